import LoyaltyRules
import LoyaltyStore

/// Alpine's number and how it compares with ours.
struct AlpineWords: Sendable {
    let status: StatusWord
    let sentence: String

    init(_ standing: AlpineStanding?, balance: Int64, words: Words) {
        guard let standing else {
            status = StatusWord("Not compared", "waiting")
            sentence = "Alpine IQ has not named a number for this customer. Our ledger counts."
            return
        }
        let read = "asked \(words.moment(standing.readAt).shownTime)"
        guard let points = standing.figure.points else {
            status = StatusWord("Not compared", "waiting")
            sentence = "\(Self.absence(standing.figure)), \(read). Our ledger counts."
            return
        }
        let said = "Alpine’s number was \(groupedDigits(points)), \(read)"
        let ours = standing.calculated.map { "; ours was \(groupedDigits($0))" } ?? ""
        switch standing.outcome {
        case .within: status = StatusWord("Agrees", "good")
        case .awaiting: status = StatusWord("Waiting for Alpine", "waiting")
        case .discrepancy: status = StatusWord("Differs", "look")
        case .overridden: status = StatusWord("Alpine’s number was taken", "look")
        case .notCompared: status = StatusWord("Not compared", "waiting")
        }
        let difference = standing.difference.map { $0 == 0 ? "" : ", a difference of \(Words.signed($0))" } ?? ""
        sentence = "\(said)\(ours)\(difference). The balance is \(groupedDigits(balance)) now."
    }

    /// Of a customer made of two whom Alpine may know as two.
    static let several = AlpineWords(
        status: StatusWord("Not compared", "waiting"),
        sentence: "Two customers were merged here, and Alpine IQ may still count their points apart. Our ledger counts."
    )

    private init(status: StatusWord, sentence: String) {
        self.status = status
        self.sentence = sentence
    }

    private static func absence(_ figure: AlpineFigure) -> String {
        switch figure {
        case .known, .unknown: "Alpine IQ gave no number"
        case .hidden: "Alpine IQ hides points for this shop"
        case .notAMember: "Alpine IQ has no membership for this customer"
        }
    }
}

/// A ledger entry as the owner reads it.
struct EntryLine: Sendable {
    let at: Moment
    let kind: String
    let reason: String
    let cause: String?
    let points: String
    let balance: String

    init(_ line: LedgerLine, words: Words) {
        at = words.moment(line.createdAt)
        kind = line.kind.words
        reason = line.reason
        cause = line.user.map { "by \($0)" }
        points = Words.signed(line.points)
        balance = groupedDigits(line.balance)
    }
}

extension EntryKind {
    /// On screen.
    var words: String {
        switch self {
        case .earn: "Earned"
        case .clawback: "Taken back"
        case .redeem: "Redeemed"
        case .redeemReversal: "Redemption undone"
        case .alpineOverride: "Alpine’s number was taken"
        case .adjustment: "Adjusted"
        case .bonus: "Bonus"
        case .referral: "Referral"
        case .transfer: "Moved"
        }
    }
}

/// A line of the timeline as the owner reads it.
struct ActivityWords: Sendable {
    let at: Moment
    let what: String
    let cause: String
    let who: String?

    init(_ line: ActivityLine, words: Words) {
        at = words.moment(line.at)
        cause = line.cause
        who = line.user.map { "by \($0)" }
        what = Self.what(line)
    }

    private static func what(_ line: ActivityLine) -> String {
        let points = line.points.map { Words.signed($0) + ($0 == 1 || $0 == -1 ? " point" : " points") } ?? "Points"
        return switch line.kind {
        case .order: "Bought" + (line.to.map { " for $\($0)" } ?? "")
        case .pointsEarned: "\(points) earned"
        case .pointsRedeemed: "\(points) redeemed"
        case .pointsAdjusted: "\(points) adjusted"
        case .tierChange: "Tier " + change(line.from, line.to)
        case .segmentChange: "Segment " + change(segment(line.from), segment(line.to))
        case .badgeEarned: "Badge " + (line.to ?? "earned")
        case .hold: "Points reserved" + (line.to.map { ": \($0)" } ?? "")
        case .equityChange: "Equity " + change(equity(line.from), equity(line.to))
        case .consentChange: "Consent " + change(line.from, line.to)
        case .message: "Message sent"
        case .note: "Note"
        }
    }

    private static func change(_ from: String?, _ to: String?) -> String {
        switch (from, to) {
        case (let from?, let to?): "from \(from) to \(to)"
        case (nil, let to?): "is \(to)"
        case (let from?, nil): "no longer \(from)"
        case (nil, nil): "changed"
        }
    }

    private static func equity(_ word: String?) -> String? {
        word.map { EquityStatus(rawValue: $0)?.words.lowercased() ?? $0 }
    }

    private static func segment(_ word: String?) -> String? {
        word.map { Segment(rawValue: $0)?.name ?? $0 }
    }
}
