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
        let facts = taken.map { redemption in
            let time = redemption.capturedAt.map { clock.time($0) } ?? ""
            return (redemption, points: Words.points(redemption.price.points), time)
        }
        let list = facts.reversed().map { redemption, points, time in
            let verb = redemption.price.points == 1 ? "was" : "were"
            let order = redemption.posOrderID.map { " order \($0)" } ?? ""
            return "\(points) \(verb) taken at \(time) for \(who), "
                + "\(redemption.price.value.formatted()) off\(order)."
        }
        self.taken = facts.map { redemption, points, time in
            Taken(
                takenHref: link("\(Path.till)?redemption=\(redemption.id)"),
                takenLabel: facts.count == 1
                    ? "That is the one: show it" : "It is the one of \(time), \(points): show it")
        }
        switch price {
        case .success(let price):
            let count = groupedDigits(price.points)
            words = (list + ["Take another \(count)?"]).joined(separator: " ")
            more = More(
                moreCustomer: form.customer.map { "\($0)" } ?? "", moreTotal: form.total, moreOrder: form.order,
                moreReward: form.rewardID, morePoints: form.points, moreKey: RandomBytes.token(),
                moreSeen: taken.map { "\($0.id)" }.joined(separator: ","), moreLabel: "Take \(count) more")
        case .failure(let problem):
            words = (list + ["No more can be taken: \(problem)"]).joined(separator: " ")
            more = nil
        }
    }
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
