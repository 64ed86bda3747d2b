import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `GET /till`: the search, whom it found, or what became of a use of points.
    func showTill(_ visit: Visit) throws -> Response {
        if let text = try visit.query.single("redemption") {
            guard let id = RedemptionID(text), let redemption = try visit.store.redemption(id) else {
                throw Refusal(.notFound, "There is no such use of points.")
            }
            return try tillPage(.nothing, outcome: outcome(of: redemption, visit), TillPage.Search(), visit)
        }
        if try visit.query.single("again") != nil { return try askWhich(visit) }
        var search = TillPage.Search()
        search.typed = try visit.query.single("q") ?? ""
        search.typedTotal = try visit.query.single("total") ?? ""
        search.typedOrder = try visit.query.single("order") ?? ""
        let order = search.readOrder()
        let opened = try visit.query.single("customer").flatMap { CustomerID($0) }
        guard let asked = CustomerSearch(search.typed) else {
            return try tillPage(customer(opened, order, visit), search, visit)
        }
        let result = try visit.store.customers(asked, limit: 10)
        try visit.store.append(
            .lookUp(by: asked.way, found: result.found.map(\.id)) { visit.audit($0, subject: $1, detail: $2) })
        if let only = result.found.first, result.found.count == 1 {
            return try tillPage(customer(only.id, order, visit), search, visit)
        }
        let nobody = TillJoin(TillJoinForm(search: asked), total: search.typedTotal)
        return try tillPage(
            result.found.isEmpty ? .nobody(asked, nobody) : .several(result.found, hasMore: result.hasMore), search,
            visit)
    }

    /// `POST /till/redeem`.
    func redeemAtTill(_ visit: Visit) throws -> Response {
        let form = TillRedeemForm(from: visit.form)
        do {
            let asked = try form.validated()
            let result = try onceAtTill(asked.key, visit) { tx in
                let redemption = try tx.redeemAtTill(
                    asked.request, of: asked.customer, on: asked.order, seen: asked.seen,
                    by: .till(visit.user, requestID: visit.request.id), at: .now())
                try tx.append(
                    visit.audit(
                        "redemption.redeem", subject: "\(redemption.id)",
                        detail: "\(redemption.words), \(redemption.customer)"))
                return (.done(redemption.id), redemption.customer)
            }
            if result == .asked { return try seeOther(TillPage.path(asking: form), for: visit) }
            return try tillAnswer(result, form.customer, total: form.total, order: form.order, .redeem, visit)
        } catch let problems as FormProblems {
            return try tillAnswer(
                .refused(problems.words, at: .now()), form.customer, total: form.total, order: form.order, .redeem,
                visit)
        }
    }

    /// `POST /till/undo`: what a budtender took today, or anything for a manager. rules.md, "Redemption".
    func undoAtTill(_ visit: Visit) throws -> Response {
        let form = TillUndoForm(from: visit.form)
        do {
            let asked = try form.validated()
            let result = try onceAtTill(asked.key, visit) { tx in
                let now = Instant.now()
                guard let redemption = try tx.redemption(asked.redemption) else {
                    throw Refusal(.notFound, "There is no such use of points.")
                }
                guard visit.role.may(.voidAny) || redemption.isOwn(of: visit, today: now) else {
                    throw Refusal(.forbidden, "You can give back what you took today. For others, ask a manager.")
                }
                let voided = try tx.void(
                    redemption.id, mayBeLate: visit.role.may(.voidAny),
                    by: .till(visit.user, requestID: visit.request.id), at: now)
                try tx.append(
                    visit.audit(
                        "redemption.void", subject: "\(voided.id)", detail: "\(voided.words), \(voided.customer)"))
                return (.done(voided.id), voided.customer)
            }
            let customer = try visit.store.redemption(asked.redemption)?.customer
            return try tillAnswer(result, customer, total: "", .undo, visit)
        } catch let problems as FormProblems {
            return try tillAnswer(.refused(problems.words, at: .now()), nil, total: "", .undo, visit)
        }
    }

    /// The page after a press: the result has an address of its own, a refusal stands above the customer as they are.
    func tillAnswer(
        _ result: TillResult, _ customerID: CustomerID?, total: String, order: String = "", _ verb: TillVerb,
        _ visit: Visit
    ) throws -> Response {
        switch result {
        case .asked: preconditionFailure("only a use of points is asked about")
        case .done(let id): return try seeOther("\(Path.till)?redemption=\(id)", for: visit)
        case .joined(let id, let isNew):
            return try seeOther(
                TillPage.path(of: id, total: total), for: visit,
                notice: isNew ? "Joined. Points count from the next order." : "A member already: nothing was changed.")
        case .refused(let why, let at):
            var search = TillPage.Search()
            search.typedTotal = total
            search.typedOrder = order
            let content = try customer(customerID, search.readOrder(), visit)
            let outcome = TillOutcome(refused: why, verb, at: at, clock: TillClock(visit, now: .now()))
            return try tillPage(content, outcome: outcome, search, visit, status: .unprocessableContent)
        }
    }

    func tillPage(
        _ content: TillPage.Content, outcome: TillOutcome? = nil, _ search: TillPage.Search, _ visit: Visit,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        var search = search
        search.asksForOrder = visit.settings.program.posDiscountEnabled
        let page = TillPage(content, outcome: outcome, search: search, link: visit.link)
        return try render(
            page, for: visit, in: .till, status: page.search.totalProblem == nil ? status : .unprocessableContent)
    }

    /// The open customer; nothing for nobody and for somebody who was erased.
    private func customer(
        _ named: CustomerID?, _ order: RedemptionOrder?, _ visit: Visit
    ) throws -> TillPage.Content {
        guard let named, let record = try visit.store.records(of: .id(named), limit: 1).first else { return .nothing }
        let now = Instant.now()
        // One who was merged is the survivor.
        let id = record.card.id
        let quote = try order.map { try visit.store.redemptionQuote(of: id, on: $0) }
        let captured = try visit.store.redemptions(of: id, limit: 20).filter { $0.status == .captured }
        let recent = captured.map { ($0, $0.mayBeUndone(by: visit, at: now)) }
            .filter { $0.1 || $0.0.isToday(visit, now: now) }.prefix(5)
        return .customer(
            TillCustomer(
                TillCustomer.Figures(
                    card: record.card, posID: record.posID, qualifyingSpend: record.qualifyingSpend,
                    asOf: record.pointsAsOf, options: quote?.options ?? [], bestPartial: quote?.bestPartial,
                    order: order, recent: Array(recent)),
                settings: visit.settings, clock: TillClock(visit, now: now)))
    }

    /// As the search shows them; nil for somebody who was erased.
    func tillName(_ id: CustomerID, _ visit: Visit) throws -> String? {
        try visit.store.records(of: .id(id), limit: 1).first.map {
            ContactWords(isMasked: true).name($0.card, posID: $0.posID)
        }
    }

    private func outcome(of redemption: Redemption, _ visit: Visit) throws -> TillOutcome {
        let now = Instant.now()
        let clock = TillClock(visit, now: now)
        let customer = try visit.store.customer(redemption.customer)
        let next = customer.flatMap { visit.settings.tiers.next(after: $0.qualifyingSpend) }
        return TillOutcome(
            redemption, who: try tillName(redemption.customer, visit),
            reward: visit.settings.redemptions.rewards.first { $0.id == redemption.price.reward },
            receipt: redemption.tillReceipt(
                balance: customer?.card.available ?? 0,
                earned: try customer.flatMap { try visit.settings.pointsToCome(to: $0, for: redemption, at: now) },
                next: next),
            undo: redemption.mayBeUndone(by: visit, at: now) ? TillOutcome.Undo(redemption, clock: clock) : nil,
            clock: clock, backHref: visit.link(TillPage.path(of: redemption.customer, total: "")))
    }
}

extension TillPage {
    /// Where a customer is open at the till.
    static func path(of customer: CustomerID, total: String, order: String = "") -> String {
        let fields = [("customer", "\(customer)"), ("total", total)] + (order.isEmpty ? [] : [("order", order)])
        return "\(Path.till)?" + FormFields(fields).encoded
    }
}

extension TillPage.Search {
    /// The order that was typed; a problem beside the total when it cannot be one, nil for a blank.
    fileprivate mutating func readOrder() -> RedemptionOrder? {
        if typedTotal.cleaned.isEmpty { return nil }
        var problems = FormProblems()
        let total = problems.tillTotal(typedTotal)
        let number = problems.tillOrder(typedOrder)
        totalProblem = problems["total"] ?? problems["order"]
        return totalProblem == nil ? RedemptionOrder(total: total, posOrderID: number) : nil
    }
}

extension TillClock {
    init(_ visit: Visit, now: Instant) {
        let calendar = visit.settings.business.calendar
        self.init(words: Words(calendar), today: calendar.day(of: now))
    }
}

extension Redemption {
    /// Whether this person took the points today, by the shop's calendar.
    fileprivate func isOwn(of visit: Visit, today now: Instant) -> Bool {
        user == visit.user && isToday(visit, now: now)
    }

    fileprivate func isToday(_ visit: Visit, now: Instant) -> Bool {
        let calendar = visit.settings.business.calendar
        return capturedAt.map { calendar.day(of: $0) } == calendar.day(of: now)
    }

    fileprivate func mayBeUndone(by visit: Visit, at now: Instant) -> Bool {
        status == .captured && (visit.role.may(.voidAny) || isOwn(of: visit, today: now))
    }
}

extension Settings {
    /// About what the order will earn once it is paid; nil when that depends on its tax.
    fileprivate func pointsToCome(to customer: CustomerDetail, for redemption: Redemption, at now: Instant) throws
        -> Int64?
    {
        guard points.earnOn == .total else { return nil }
        if program.paused { return 0 }
        let isEquity = customer.equity?.status(on: business.calendar.day(of: now)) == .verified
        let terms = EarningTerms(
            pointsPerDollar: points.pointsPerDollar, equityMultiplier: isEquity ? points.equityMultiplier : .one,
            tierMultiplier: tiers.tiers.first { $0.id == customer.card.tier }?.earnMultiplier ?? .one,
            rounding: points.rounding, earnOn: points.earnOn, settingsVersion: version)
        return try terms.points(for: redemption.orderTotal.adding(Cents(rawValue: -redemption.price.value.rawValue)))
    }
}
