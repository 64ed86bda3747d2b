import Connectors
import LoyaltyRules
import LoyaltyStore

/// Carries one reward to its order at the point of sale, or takes it off again: what comes of it, and when to go on.
///
/// Everything begins with reading the order: what it says tells whether an earlier sending was done, so a discount is
/// on the order once, however often its answers are lost.
struct DiscountDelivery {
    let discount: ClaimedDiscount
    let client: AlleavesClient
    let time: () throws -> Instant
    /// Writes a plan down before it is sent; false when the discount has been taken over.
    let keep: (PosDiscountPlan) throws -> Bool

    /// How long after an answer was lost what the order does not show counts as never done.
    static let settlingSeconds: Int64 = 60
    /// How often a discount is sent in all.
    static let attemptsMax: Int64 = 20
    /// How long a discount is looked for.
    private static let searchDays: Int64 = 3
    private static let backoffSecondsMin: Int64 = 5
    private static let backoffSecondsMax: Int64 = 600

    /// Somebody else has the discount now.
    private struct TakenOver: Error {}

    /// Reads, sends and reads again, and hands what came of it to `record`, also when the process is told to end.
    ///
    /// - Returns: the failure behind it.
    func outcome(record: (DiscountOutcome) throws -> Void) throws -> ConnectorError? {
        do {
            try record(carry())
            return nil
        } catch is TakenOver {
            return nil
        } catch let error as SourceLost {
            try record(unclear(since: discount.unclearSince ?? time()))
            return error.cause
        } catch let failure as Failure {
            try record(failure.outcome)
            return failure.error
        } catch let stopped as Stopped {
            // Perhaps in the middle of sending.
            try record(unclear(since: discount.unclearSince ?? time()))
            throw stopped
        }
    }

    private struct Failure: Error {
        let outcome: DiscountOutcome
        let error: ConnectorError
    }

    private func carry() throws -> DiscountOutcome {
        guard let order = try read() else { return .refused(Words.unknownOrder) }
        if discount.isRemoval { return try takeOff(order) }
        if let plan = discount.plan, let outcome = try settled(plan, in: order) { return outcome }
        guard order.state == .open else { return .refused(Words.closed) }
        guard discount.attempt <= Self.attemptsMax else { return .refused(Words.tooOften(discount.attempt - 1)) }
        let plan = try discount.plan ?? kept(plan(for: order, discountID: wholeNumber(parsing: discount.discountName)))
        guard let plan else { return .refused(Words.noLines) }
        return try send(plan, order)
    }

    private func takeOff(_ order: PosOrderPrices) throws -> DiscountOutcome {
        // Nothing was ever sent, or the whole sale is gone.
        guard let applied = discount.plan, order.state != .ended else { return .done }
        guard let plan = applied.reversed else {
            if case .pending = applied.progress(of: discount.value, in: order) { return .done }
            return .refused(order.state == .closed ? Words.staysOnPaid : Words.staysOn)
        }
        if let outcome = try settled(plan, in: order) { return outcome }
        guard order.state == .open else { return .refused(Words.staysOnPaid) }
        guard discount.attempt <= Self.attemptsMax else { return .refused(Words.staysOn) }
        return try send(plan, order)
    }

    /// What a plan has come to; nil when there is something to send.
    private func settled(_ plan: PosDiscountPlan, in order: PosOrderPrices) throws -> DiscountOutcome? {
        switch plan.progress(of: discount.value, in: order) {
        case .done: return .done
        case .other: return .refused(Words.changed)
        case .pending:
            guard let since = discount.unclearSince else { return nil }
            let now = try time()
            // What is still on its way must not arrive beside its repetition.
            let settled = since.advanced(bySeconds: Self.settlingSeconds)
            return now < settled
                ? .unclear(Words.lost, since: since, next: settled) : .again(Words.notTaken, next: now)
        }
    }

    private func plan(for order: PosOrderPrices, discountID: Int64?) -> PosDiscountPlan? {
        .taking(discount.value, off: order, discountID: discountID)
    }

    private func kept(_ plan: PosDiscountPlan?) throws -> PosDiscountPlan? {
        guard let plan else { return nil }
        guard try keep(plan) else { throw TakenOver() }
        return plan
    }

    private func send(_ plan: PosDiscountPlan, _ order: PosOrderPrices) throws -> DiscountOutcome {
        var plan = plan
        do {
            if case .discount(let id, _) = plan {
                do {
                    try client.applyDiscount(order: discount.posOrderID, discount: id)
                } catch let error as ConnectorError where error.isPlainNo {
                    // Its discounts cannot be used from outside, or not this one: prices can.
                    guard let other = try kept(self.plan(for: order, discountID: nil)) else {
                        return .refused(Words.noLines)
                    }
                    plan = other
                }
            }
            if case .pending(let changes) = plan.progress(of: discount.value, in: order) {
                for change in changes {
                    try client.overridePrice(
                        order: discount.posOrderID, line: change.line, price: change.to,
                        reason: discount.isRemoval ? "Loyalty reward taken back" : "Loyalty reward")
                }
            }
        } catch let error as ConnectorError {
            throw Failure(outcome: try outcome(ofSending: error), error: error)
        }
        return try verdict(on: plan)
    }

    /// What the order says right after a sending that was answered well.
    private func verdict(on plan: PosDiscountPlan) throws -> DiscountOutcome {
        let order: PosOrderPrices?
        do {
            order = try client.orderPrices(id: discount.posOrderID)
        } catch let error as ConnectorError {
            throw Failure(outcome: try unclear(since: time()), error: error)
        }
        guard let order else { return try unclear(since: time()) }
        switch plan.progress(of: discount.value, in: order) {
        case .done: return .done
        case .pending: return try unclear(since: time())
        case .other: return .refused(Words.changed)
        }
    }

    private func read() throws -> PosOrderPrices? {
        do {
            return try client.orderPrices(id: discount.posOrderID)
        } catch let error as ConnectorError {
            let now = try time()
            if let since = discount.unclearSince {
                throw Failure(outcome: try unclear(since: since), error: error)
            }
            // Nothing was sent.
            let outcome: DiscountOutcome =
                error.isPlainNo
                ? .refused(Words.unknownOrder) : .again(error.description, next: backoff(after: now))
            throw Failure(outcome: outcome, error: error)
        }
    }

    private func outcome(ofSending error: ConnectorError) throws -> DiscountOutcome {
        let now = try time()
        switch error {
        case .unreachable, .rateLimited, .refusedCredentials:
            return .again(error.description, next: backoff(after: now))
        // Perhaps after some of the lines: the order tells.
        case .notFound, .rejected: return .refused(discount.isRemoval ? Words.staysOn : Words.refused)
        case .timedOut, .serverFault, .notUnderstood, .cutAnswer, .tooLarge: return try unclear(since: now)
        }
    }

    private func backoff(after now: Instant) -> Instant {
        now.advanced(
            bySeconds: min(Self.backoffSecondsMin << min(discount.attempt - 1, 10), Self.backoffSecondsMax))
    }

    /// Looked for at once, for somebody stands at the till; then now and then until it is settled or given up.
    private func unclear(since: Instant) throws -> DiscountOutcome {
        let now = try time()
        if now >= since.advanced(bySeconds: Self.searchDays * 86_400) {
            return .refused(discount.isRemoval ? Words.staysOn : Words.unsettled)
        }
        let next = now.advanced(bySeconds: discount.unclearSince == nil ? 2 : 30)
        return .unclear(Words.lost, since: since, next: next)
    }
}

extension ConnectorError {
    /// Whether what was asked was certainly not done, and never will be as it is.
    fileprivate var isPlainNo: Bool {
        switch self {
        case .notFound: true
        // With a status that says "done", the order tells.
        case .rejected(let status): status != 200
        default: false
        }
    }
}

/// For whoever stands at the till.
private enum Words {
    static let byHand = "Take the discount off by hand at the point of sale."
    static let unknownOrder = "The point of sale has no order of this number. \(byHand)"
    static let closed = "The order was paid or cancelled at the point of sale before the discount was on it."
    static let noLines = "The prices of the order cannot carry the discount. \(byHand)"
    static let refused =
        "The point of sale refused the discount. Look at the order there before you take it off by hand."
    static let changed =
        "The order's prices or discounts were changed meanwhile. Look at the order at the point of sale."
    static let lost = "The point of sale's answer was lost. The order is looked at before anything is sent again."
    static let notTaken = "The point of sale did not take the discount. It is sent again."
    static let unsettled =
        "Whether the discount is on the order could not be found out. Look at it at the point of sale."
    static let staysOn =
        "The points were given back, and the discount is still on the order: take it off at the point of sale."
    static let staysOnPaid = "The points were given back, and the order had been paid with the discount on it."

    static func tooOften(_ times: Int64) -> String {
        "The point of sale did not take the discount, though it was sent \(times) times. \(byHand)"
    }
}
