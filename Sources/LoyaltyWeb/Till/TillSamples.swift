import FastCGI
import LoyaltyRules
import LoyaltyStore

extension TillPage {
    public static let samples: [TillPage] = {
        var typed = Search()
        (typed.typed, typed.typedTotal) = ("ada byron 1990", "60")
        (typed.asksForOrder, typed.typedOrder) = (true, "7001")
        var wrong = Search()
        (wrong.typedTotal, wrong.totalProblem) = ("sixty", "Enter the order’s total in dollars.")
        let cards = [CustomerCard.sample, .sampleWithoutAnything]
        let refused = TillOutcome(
            refused: "100 points are needed, short by 10.", .redeem, at: .sampleTime, clock: .sample)
        var samples = [
            TillPage(.nothing, search: Search()) { $0 },
            TillPage(.nothing, outcome: .sample(.captured), search: Search()) { $0 },
            TillPage(.nothing, outcome: .sample(.voided), search: Search()) { $0 },
            TillPage(.nothing, outcome: TillOutcome(asking: .sample(canTakeMore: true)), search: Search()) { $0 },
            TillPage(.nothing, outcome: TillOutcome(asking: .sample(canTakeMore: false)), search: Search()) { $0 },
            TillPage(.several(cards, hasMore: true), search: typed) { $0 },
            TillPage(.customer(.sample(total: 60_00)), search: typed) { $0 },
            TillPage(.customer(.sample(total: nil)), search: wrong) { $0 },
            TillPage(.customer(.sample(total: 60_00, isPaused: true)), outcome: refused, search: Search()) { $0 },
        ]
        if let search = CustomerSearch("nobody") {
            var problems = FormProblems()
            problems.add("first_name", "Enter the first name.")
            problems.add("consent_sms", "Tick the box or leave it empty.")
            samples += [
                TillPage(.nobody(search, TillJoin(TillJoinForm(search: search), total: "60")), search: typed) { $0 },
                TillPage(
                    .joining(TillJoin(TillJoinForm(search: search), problems, total: "")), search: Search()
                ) { $0 },
            ]
        }
        return samples
    }()
}

extension Instant {
    fileprivate static let sampleTime = Instant(secondsSince1970: 1_772_560_800)
}

extension TillClock {
    static let sample = TillClock(
        words: Words(Settings.barSample(full: true).business.calendar),
        today: Settings.barSample(full: true).business.calendar.day(of: .sampleTime))
}

extension Redemption {
    static func sample(_ status: RedemptionStatus = .captured) -> Redemption {
        let reward = Settings.barSample(full: true).redemptions.rewards.first
        let price = RedemptionPrice(
            reward: reward?.id, points: reward?.pointsCost ?? 1, value: reward?.value ?? 1,
            fullPoints: reward?.pointsCost ?? 1, fullValue: reward?.value ?? 1, shrinks: true)
        return Redemption(
            id: RedemptionID(rawValue: 9), customer: CustomerID(rawValue: 7), label: reward?.label ?? "",
            price: price, orderTotal: 60_00, status: status, user: UserID(rawValue: 3), capturedAt: .sampleTime,
            voidedAt: status == .voided ? .sampleTime : nil)
    }
}

extension TillOutcome {
    fileprivate static func sample(_ status: RedemptionStatus) -> TillOutcome {
        let settings = Settings.barSample(full: true)
        let redemption = Redemption.sample(status)
        return TillOutcome(
            redemption, who: "Ada Byron", reward: settings.redemptions.rewards.first,
            receipt: redemption.tillReceipt(balance: 990, earned: 45, next: settings.tiers.next(after: 100_00)),
            undo: status == .captured ? Undo(redemption, clock: .sample) : nil, clock: .sample, backHref: Path.till)
    }
}

extension TillQuestion {
    fileprivate static func sample(canTakeMore: Bool) -> TillQuestion {
        let form = TillRedeemForm(
            from: FormFields([("customer", "\(CustomerID(rawValue: 7))"), ("points", "100"), ("total", "60")]))
        let price: Result<RedemptionPrice, RedemptionProblem> =
            canTakeMore
            ? .success(Redemption.sample().price) : .failure(.insufficientPoints(required: 250, shortBy: 10))
        return TillQuestion(
            form, taken: canTakeMore ? [.sample()] : [.sample(), .sample()], price: price, who: "Ada Byron",
            clock: .sample
        ) { $0 }
    }
}

extension TillCustomer {
    fileprivate static func sample(total: Cents?, isPaused: Bool = false) -> TillCustomer {
        var settings = Settings.barSample(full: true)
        settings.program.paused = isPaused
        var card = CustomerCard.sample
        card.balance = 300
        let desk = total.map {
            RedemptionDesk(settings: settings.redemptions, available: card.available, orderTotal: $0)
        }
        return TillCustomer(
            Figures(
                card: card, posID: "1001", qualifyingSpend: 100_00, asOf: .sampleTime, options: desk?.options ?? [],
                bestPartial: desk?.bestPartial,
                order: total.map { RedemptionOrder(total: $0, posOrderID: "7001") },
                recent: [(.sample(), true), (.sample(), false)]),
            settings: settings, clock: .sample)
    }
}
