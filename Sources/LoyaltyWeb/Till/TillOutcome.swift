import LoyaltyRules
import LoyaltyStore

/// What a press asks for.
enum TillVerb: Sendable {
    case redeem, undo, join

    /// That it did not happen.
    fileprivate var refusal: String {
        switch self {
        case .redeem: "NOTHING TAKEN"
        case .undo: "NOTHING GIVEN BACK"
        case .join: "NOBODY JOINED"
        }
    }
}

/// What became of a press at the till, in large letters: read at a glance, with a queue waiting.
struct TillOutcome: Sendable {
    let isRefusal: Bool
    let headline: String
    /// Whose points; nil where the page below says it.
    let who: String?
    let lines: [String]
    let question: TillQuestion?
    let receipt: Receipt?
    let undo: Undo?
    let backHref: String?

    /// What a till prints or reads out.
    struct Receipt: Sendable {
        let receiptLines: [String]
    }

    /// A form that gives the points back.
    struct Undo: Sendable {
        let undoID: String
        let undoKey: String
        let undoLabel: String
    }

    /// Nothing moved: what was refused, when, and why with its figures.
    ///
    /// - Parameter verb: what did not happen.
    init(refused why: String, _ verb: TillVerb, at: Instant, clock: TillClock) {
        isRefusal = true
        headline = "\(verb.refusal), \(clock.time(at))"
        lines = [why]
        (who, question, receipt, undo, backHref) = (nil, nil, nil, nil, nil)
    }

    /// Nothing was taken, for it may have been taken shortly before.
    init(asking question: TillQuestion) {
        isRefusal = true
        headline = TillVerb.redeem.refusal
        lines = [question.words]
        (who, self.question) = (question.who, question)
        (receipt, undo, backHref) = (nil, nil, nil)
    }

    /// Where a redemption stands.
    ///
    /// - Parameter receipt: without what the redemption itself says.
    init(
        _ redemption: Redemption, who: String?, reward: Reward?, receipt: [String], undo: Undo?, clock: TillClock,
        backHref: String
    ) {
        let (points, value) = (redemption.price.points, redemption.price.value.formatted())
        let taken = redemption.capturedAt.map { clock.time($0) } ?? ""
        isRefusal = false
        switch redemption.status {
        case .captured:
            headline = "TAKEN \(Words.signed(-points)), \(value), \(taken)"
            lines = Self.atPos(redemption) ?? Self.press(redemption, reward: reward)
        case .voided where redemption.capturedAt != nil, .reversed:
            let back = redemption.voidedAt ?? redemption.reversedAt ?? redemption.createdAt
            headline = "GIVEN BACK \(Words.signed(points)), \(clock.time(back))"
            lines = ["They were taken at \(taken). \(Self.afterwards(redemption, value))"]
        case .held:
            headline = "RESERVED \(groupedDigits(points)), \(value)"
            lines = ["Another program reserved these points. They are not spent yet."]
        case .voided, .expired:
            headline = "RESERVED NO MORE"
            lines = ["The points are free again."]
        }
        self.receipt = Receipt(receiptLines: receipt)
        self.undo = undo
        self.backHref = backHref
        self.who = who
        question = nil
    }

    /// Where the discount is that is carried to the point of sale; nil when nothing is carried.
    private static func atPos(_ redemption: Redemption) -> [String]? {
        let order = redemption.posOrderID ?? ""
        switch redemption.posDiscount?.state {
        case nil: return nil
        case .queued:
            return [
                "The discount is on its way to order \(order) at the point of sale. Take nothing off by hand: "
                    + "open this page again to see whether it is there."
            ]
        case .applied: return ["The discount is on order \(order) at the point of sale."]
        case .failed: return ["Order \(order): \(redemption.posDiscount?.words ?? "")"]
        }
    }

    /// What is to be done about the discount once the points were given back.
    private static func afterwards(_ redemption: Redemption, _ value: String) -> String {
        if let discount = redemption.posDiscount, let words = discount.words { return words }
        if redemption.status == .reversed {
            return "Their sale was voided or given back, so there is no discount to take off it again."
        }
        return redemption.isCarriedToPos
            ? "The discount is not on the order any more, unless somebody took it off by hand."
            : "Take the discount of \(value) off the order again."
    }

    /// What to do at the point of sale: design.md, "A button says what it does"; so does a till.
    private static func press(_ redemption: Redemption, reward: Reward?) -> [String] {
        let value = redemption.price.value
        guard let reward, reward.value == value else {
            return ["At the point of sale, take \(value.formatted()) off by hand: no button is for this amount."]
        }
        guard !reward.posDiscountID.isEmpty else {
            return ["At the point of sale, take \(value.formatted()) off: \(reward.label)."]
        }
        return ["At the point of sale, press \(reward.posDiscountID): \(reward.label)."]
    }
}

/// The time of day as the till writes it: short, and with the day when that is another.
struct TillClock: Sendable {
    let words: Words
    let today: Day

    /// `18:04`, or `18:04 on Mon 3 Mar 2026`.
    func time(_ instant: Instant) -> String {
        let minutes = words.calendar.secondOfDay(of: instant) / 60
        let (hour, minute) = (minutes / 60, minutes % 60)
        let text = "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
        let day = words.calendar.day(of: instant)
        return day == today ? text : "\(text) on \(Words.day(day))"
    }

    /// `18:04 today`, or `18:04 on Mon 3 Mar 2026`: for what may be of any day.
    func dated(_ instant: Instant) -> String {
        words.calendar.day(of: instant) == today ? "\(time(instant)) today" : time(instant)
    }

    /// `18:04` as above, and for programs.
    func moment(_ instant: Instant) -> Moment {
        Moment(machineTime: instant.description, shownTime: time(instant))
    }
}

extension Redemption {
    /// What a till's receipt says: spent, earned, balance, next tier.
    ///
    /// - Parameter earned: what the order is going to earn; nil when that is not known before it is paid.
    func tillReceipt(
        balance: Int64, earned: Int64?, next: (tier: Tier, remaining: Cents)?
    ) -> [String] {
        let points = pointsText(price.points)
        var lines =
            switch status {
            case .captured: ["Spent: \(points) for \(price.value.formatted())"] + kept
            case .held: ["Reserved: \(points) for \(price.value.formatted())"] + kept
            case .voided where capturedAt != nil:
                ["Given back: \(points) that were used for \(price.value.formatted())"]
            case .reversed:
                ["Sale voided or given back", "Given back: \(points) that were used for \(price.value.formatted())"]
            case .voided, .expired: ["Released: \(points)"]
            }
        if status == .captured {
            lines.append(
                earned.map { "Earned with this order: about \(pointsText($0))" } ?? "Earned: when the order is paid")
        }
        lines.append("Balance: \(pointsText(balance))")
        lines.append(
            next.map { "Next tier: \($0.tier.name), \($0.remaining.formatted()) to go" } ?? "Tier: the highest there is"
        )
        return lines
    }

    /// What of a reward a smaller order left.
    private var kept: [String] {
        guard price.value < price.fullValue else { return [] }
        let left = pointsText(price.fullPoints - price.points)
        return ["Not spent: \(left), for the order could take \(price.value.formatted()) off at most"]
    }
}
