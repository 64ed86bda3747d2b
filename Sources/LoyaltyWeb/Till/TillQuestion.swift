import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets

/// Points were taken shortly before, perhaps by this very press, whose answer was lost: is it that, or are more meant?
struct TillQuestion: Sendable {
    let who: String
    let words: String
    let taken: [Taken]
    let more: More?
    /// The member's page, where what was pressed cannot be taken.
    let sameHref: String?

    /// Leads to what was taken.
    struct Taken: Sendable {
        let takenHref: String
        let takenLabel: String
    }

    /// The form that takes more than what was shown.
    struct More: Sendable {
        let moreCustomer: String
        let moreTotal: String
        let moreOrder: String
        let moreReward: String
        let morePoints: String
        let moreKey: String
        let moreSeen: String
        let moreLabel: String
    }

    /// - Parameters:
    ///   - taken: one or more, newest first.
    ///   - price: what more would cost, or why no more can be taken.
    init(
        _ form: TillRedeemForm, taken: [Redemption], price: Result<RedemptionPrice, RedemptionProblem>, who: String,
        clock: TillClock, link: (String) -> String
    ) {
        self.who = who
        let told = Self.words(taken, for: who, clock: clock)
        self.taken = taken.map { redemption in
            let which = "\(clock.taken(redemption)), \(Words.points(redemption.price.points))"
            return Taken(
                takenHref: link("\(Path.till)?redemption=\(redemption.id)"),
                takenLabel: taken.count == 1 ? "That is the one: show it" : "It is the one of \(which): show it")
        }
        let same = form.customer.map { link(TillPage.path(of: $0, total: form.total, order: form.order)) }
        switch price {
        case .success(let price):
            let count = groupedDigits(price.points)
            sameHref = nil
            words = "\(told) Take another \(count)?"
            more = More(
                moreCustomer: form.customer.map { "\($0)" } ?? "", moreTotal: form.total, moreOrder: form.order,
                moreReward: form.rewardID, morePoints: form.points, moreKey: RandomBytes.token(),
                moreSeen: taken.map { "\($0.id)" }.joined(separator: ","), moreLabel: "Take \(count) more")
        case .failure(let problem):
            sameHref = same
            words = "\(told) This was not taken: \(problem)"
            more = nil
        }
    }

    /// What was taken, oldest first.
    private static func words(_ taken: [Redemption], for who: String, clock: TillClock) -> String {
        func off(_ redemption: Redemption) -> String {
            "\(redemption.price.value.formatted()) off\(redemption.posOrderID.map { " order \($0)" } ?? "")"
        }
        if let only = taken.first, taken.count == 1 {
            let points = only.price.points
            return "\(Words.points(points)) \(points == 1 ? "was" : "were") taken at \(clock.taken(only)) for \(who), "
                + "\(off(only))."
        }
        let list = taken.reversed().map { one in
            "\(Words.points(one.price.points)) at \(clock.taken(one)), \(off(one))"
        }
        return "Taken for \(who): \(list.joined(separator: "; "))."
    }
}

extension TillClock {
    fileprivate func taken(_ redemption: Redemption) -> String { redemption.capturedAt.map { time($0) } ?? "" }
}

extension TillPage {
    /// Where a use of points is asked about: an address of its own, so that going back to it or loading it again shows
    /// what was taken by then.
    static func path(asking form: TillRedeemForm) -> String {
        let fields = [
            ("again", "1"), ("customer", form.customer.map { "\($0)" } ?? ""), ("redemption_tier_id", form.rewardID),
            ("points", form.points), ("total", form.total), ("order", form.order),
        ]
        return "\(Path.till)?" + FormFields(fields.filter { !$0.1.isEmpty }).encoded
    }
}

extension Site {
    /// `GET /till?again=1`: the page that asks. Once nothing stands any more that could be asked about, the member with
    /// what can be used.
    func askWhich(_ visit: Visit) throws -> Response {
        let form = TillRedeemForm(from: visit.query)
        let asked: TillRedeemForm.Asked
        do { asked = try form.validated(withKey: false) } catch { throw Refusal(.notFound, error.words) }
        guard let who = try tillName(asked.customer, visit) else {
            throw Refusal(.notFound, "There is no such customer.")
        }
        let taken = try visit.store.tillTakes(of: asked.customer, before: asked.order)
        guard !taken.isEmpty else {
            let words = "Nothing that was taken shortly before stands any more. Press again if points are wanted."
            return try tillAnswer(
                .refused(words, at: .now()), asked.customer, total: form.total, order: form.order, .redeem, visit)
        }
        let question = TillQuestion(
            form, taken: taken, price: try price(of: asked, visit), who: who, clock: TillClock(visit, now: .now()),
            link: visit.link)
        return try tillPage(.nothing, outcome: TillOutcome(asking: question), TillPage.Search(), visit)
    }

    private func price(
        of asked: TillRedeemForm.Asked, _ visit: Visit
    ) throws -> Result<RedemptionPrice, RedemptionProblem> {
        do {
            let desk = try visit.store.redemptionDesk(of: .id(asked.customer), on: asked.order, under: visit.settings)
            return Result { () throws(RedemptionProblem) in try desk.price(of: asked.request) }
        } catch let refusal as Refusal where refusal.code == .conflict {
            return .failure(.notRedeemable(refusal.description))
        }
    }
}
