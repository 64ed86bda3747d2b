import Foundation
public import LoyaltyRules
import MariaDB

/// A discount that is this worker's to put on an order, or to take off; `attempt` numbers the sending.
public struct ClaimedDiscount: Equatable, Sendable {
    /// Which row of the outbox.
    public let id: PushID
    /// Of which redemption.
    public let redemption: RedemptionID
    /// The POS's id of the order.
    public let posOrderID: String
    /// What is taken off.
    public let value: Cents
    /// The shop's own discount for the reward, as the settings name it; empty for none.
    public let discountName: String
    /// What is to be done, once it has been written down.
    public let plan: PosDiscountPlan?
    /// Whether it is to be taken off again.
    public let isRemoval: Bool
    /// From 1.
    public let attempt: Int64
    /// Since when the answer to a sending counts as lost; nil while none is.
    public let unclearSince: Instant?
}

/// What became of carrying a discount.
public enum DiscountOutcome: Equatable, Sendable {
    /// The order is as it should be.
    case done
    /// Nothing is known to stand in the way: it goes on at `next`.
    case again(String, next: Instant)
    /// It may have been done: it is looked for at `next`.
    case unclear(String, since: Instant, next: Instant)
    /// It does not go on by itself: why, in words for the till.
    case refused(String)
}

extension TenantQueries {
    /// The first open discount of each customer, where it is due, at most `limit` of each state.
    public func discountsDue(at now: Instant, limit: Int) throws -> [PushID] {
        try pushesDue(to: "alleaves", at: now, limit: limit)
    }
}

extension TenantStore {
    /// Takes a discount that is due and marks it, before anything is sent. One whose sender fell silent comes back as one
    /// to look for.
    ///
    /// - Returns: nil when somebody else has it, or has another on the same order: what the order says could not tell
    ///   two apart.
    public func claimDiscount(_ id: PushID, at now: Instant) throws -> ClaimedDiscount? {
        try transaction { tx in
            guard let order = try tx.lockOrder(of: id), let due = try tx.lockDiscount(id, at: now),
                try !tx.hasDiscountUnderWay(on: order, except: id)
            else { return nil }
            let isSending = due.state == .queued
            let unclearSince = isSending ? nil : due.unclearAt ?? now
            let attempt = due.attempts + (isSending ? 1 : 0)
            try tx.connection.execute(
                """
                UPDATE outbox SET state = \(isSending ? PushState.sending : .unclear), attempts = \(attempt),
                       sent_at = \(isSending ? now : due.sentAt ?? now), unclear_at = \(unclearSince),
                       next_attempt_at = \(now.advanced(bySeconds: Self.leaseSeconds))
                 WHERE tenant_id = \(tenant) AND id = \(id)
                """)
            return try tx.claimed(id, order: order, attempt: attempt, unclearSince: unclearSince)
        }
    }

    /// Writes down what is going to be done to the order, before it is sent.
    ///
    /// - Returns: whether the discount is still this worker's; if not, nothing may be sent.
    public func keep(_ plan: PosDiscountPlan, of discount: ClaimedDiscount) throws -> Bool {
        let text = try JSONEncoder().encode(plan)
        return try transaction { tx in
            try tx.connection.execute(
                """
                UPDATE redemptions SET pos_discount_plan = \(Array(text))
                 WHERE tenant_id = \(tenant) AND id = \(discount.redemption)
                   AND EXISTS (SELECT 1 FROM outbox WHERE tenant_id = \(tenant) AND id = \(discount.id)
                     AND attempts = \(discount.attempt) AND state IN ('sending', 'unclear'))
                """)
            return try tx.isOwned(discount)
        }
    }

    /// Keeps what became of a claimed discount, and shows it on the redemption; nothing when it has been taken over since.
    public func record(_ outcome: DiscountOutcome, of discount: ClaimedDiscount, at now: Instant) throws {
        try transaction { tx in
            // Before the row of the outbox: whoever gives points back locks them in this order.
            let status = try tx.lockedStatus(of: discount.redemption)
            let outcome = discount.isRemoval ? outcome : outcome.ifStill(status == .captured)
            let change: SQL =
                switch outcome {
                case .done: "state = 'acknowledged', acknowledged_at = \(now), problem = NULL"
                case .again(let words, let next): "state = 'queued', problem = \(words), next_attempt_at = \(next)"
                case .unclear(let words, let since, let next):
                    "state = 'unclear', problem = \(words), unclear_at = \(since), next_attempt_at = \(next)"
                case .refused(let words): "state = 'refused', problem = \(words)"
                }
            let rows = try tx.connection.execute(
                """
                UPDATE outbox SET \(change) WHERE tenant_id = \(tenant) AND id = \(discount.id)
                   AND attempts = \(discount.attempt) AND state IN ('sending', 'unclear')
                """)
            guard rows == 1 else { return }
            switch outcome {
            case .done where discount.isRemoval: try tx.show(nil, of: discount.redemption)
            case .refused(let words) where discount.isRemoval:
                let state = try tx.one(discount.redemption).posDiscount?.state ?? .applied
                try tx.show(PosDiscount(state: state, words: words), of: discount.redemption)
            // Given back meanwhile: the row that takes it off has the last word.
            case .done where status == .captured:
                try tx.show(PosDiscount(state: .applied), of: discount.redemption)
            case .refused(let words) where status == .captured:
                try tx.show(PosDiscount(state: .failed, words: words), of: discount.redemption)
            case .done, .refused, .again, .unclear: break
            }
        }
    }
}

extension DiscountOutcome {
    /// What becomes of it when the points may have been given back meanwhile: then nothing more is put on the order.
    fileprivate func ifStill(_ isCaptured: Bool) -> DiscountOutcome {
        guard case .again = self, !isCaptured else { return self }
        return .refused("The points were given back before it was on the order.")
    }
}

private struct DueDiscount {
    let state: PushState
    let attempts: Int64
    let sentAt: Instant?
    let unclearAt: Instant?
}

extension TenantTransaction {
    /// Makes discounts of one order follow each other.
    fileprivate func lockOrder(of id: PushID) throws -> String? {
        let order: String? = try connection.optional(
            """
            SELECT contact_id FROM outbox WHERE tenant_id = \(tenant) AND id = \(id) AND destination = 'alleaves'
               AND state IN ('queued', 'sending', 'unclear')
            """
        ) { try $0.get("contact_id") }
        guard let order else { return nil }
        _ = try connection.all(
            """
            SELECT pos_order_id FROM redeemed_orders
             WHERE tenant_id = \(tenant) AND pos_order_id = \(Array(order.utf8)) FOR UPDATE
            """)
        return order
    }

    fileprivate func lockDiscount(_ id: PushID, at now: Instant) throws -> DueDiscount? {
        try connection.optional(
            """
            SELECT state, attempts, sent_at, unclear_at FROM outbox
             WHERE tenant_id = \(tenant) AND id = \(id) AND state IN ('queued', 'sending', 'unclear')
               AND next_attempt_at <= \(now) AND \(isNextPush) FOR UPDATE SKIP LOCKED
            """
        ) { row in
            DueDiscount(
                state: try row.get("state"), attempts: try row.get("attempts"), sentAt: try row.get("sent_at"),
                unclearAt: try row.get("unclear_at"))
        }
    }

    fileprivate func hasDiscountUnderWay(on order: String, except id: PushID) throws -> Bool {
        try connection.optional(
            """
            SELECT 1 AS found FROM outbox FORCE INDEX (by_state) WHERE tenant_id = \(tenant)
               AND destination = 'alleaves' AND state IN ('sending', 'unclear')
               AND contact_id = \(Array(order.utf8)) AND id <> \(id) LIMIT 1
            """
        ) { try $0.get("found", as: Int64.self) } != nil
    }

    fileprivate func claimed(
        _ id: PushID, order: String, attempt: Int64, unclearSince: Instant?
    ) throws -> ClaimedDiscount {
        try connection.one(
            """
            SELECT redemptions.id, redemptions.value_cents, redemptions.pos_discount_name,
                   redemptions.pos_discount_plan, outbox.points
              FROM outbox
              JOIN ledger_entries ON ledger_entries.tenant_id = outbox.tenant_id
               AND ledger_entries.customer_id = outbox.customer_id AND ledger_entries.sequence = outbox.entry_sequence
              JOIN redemptions ON redemptions.tenant_id = outbox.tenant_id
               AND redemptions.id = ledger_entries.redemption_id
             WHERE outbox.tenant_id = \(tenant) AND outbox.id = \(id)
            """
        ) { row in
            let plan: [UInt8]? = try row.get("pos_discount_plan")
            return ClaimedDiscount(
                id: id, redemption: try row.get("id"), posOrderID: order, value: try row.get("value_cents"),
                discountName: try row.get("pos_discount_name", as: String?.self) ?? "",
                plan: try plan.map { try JSONDecoder().decode(PosDiscountPlan.self, from: Data($0)) },
                isRemoval: try row.get("points", as: Int64.self) > 0, attempt: attempt, unclearSince: unclearSince)
        }
    }

    fileprivate func isOwned(_ discount: ClaimedDiscount) throws -> Bool {
        try connection.optional(
            """
            SELECT 1 AS found FROM outbox WHERE tenant_id = \(tenant) AND id = \(discount.id)
               AND attempts = \(discount.attempt) AND state IN ('sending', 'unclear')
            """
        ) { try $0.get("found", as: Int64.self) } != nil
    }

    fileprivate func lockedStatus(of redemption: RedemptionID) throws -> RedemptionStatus {
        try connection.one(
            "SELECT status FROM redemptions WHERE tenant_id = \(tenant) AND id = \(redemption) FOR UPDATE"
        ) { try $0.get("status") }
    }
}
