public import LoyaltyRules
import MariaDB

/// Somebody's decision on something that a sync listed.
public struct ExceptionRuling: Equatable, Sendable {
    /// What about.
    public var exception: ExceptionID
    /// `keep` or `takeBack`.
    public var decision: ExceptionDecision
    /// In words, at most 200 characters.
    public var reason: String
    /// Who.
    public var user: UserID
    /// The request.
    public var requestID: String?

    /// Makes a ruling.
    public init(
        exception: ExceptionID, decision: ExceptionDecision, reason: String, user: UserID, requestID: String? = nil
    ) {
        self.exception = exception
        self.decision = decision
        self.reason = reason
        self.user = user
        self.requestID = requestID
    }
}

extension TenantStore {
    /// Decides what becomes of something that a sync listed, once: what was decided before stays.
    ///
    /// - Parameter audit: written with it.
    /// - Returns: the decision that stands, and whether it is this one.
    /// - Throws: `Refusal.notFound` for nothing of that id, `.conflict` when there is no order to take back.
    public func decide(
        _ ruling: ExceptionRuling, audit: AuditRecord, at now: Instant
    ) throws -> (decision: ExceptionDecision, isNew: Bool) {
        let history = try settingsHistory(asOf: now)
        return try transaction { tx in
            let missing = Refusal(.notFound, "There is no such exception.")
            guard let found = try tx.exceptionCase(ruling.exception) else { throw missing }
            if ruling.decision == .takeBack, found.order == nil {
                throw Refusal(.conflict, "There is no order to take back.")
            }
            let concerned = try found.order.map(tx.customersConcerned) ?? []
            let customers = try tx.lock(concerned)
            let standing: ExceptionDecision? = try tx.connection.one(
                """
                SELECT decision FROM exception_cases
                 WHERE tenant_id = \(tenant) AND id = \(ruling.exception) FOR UPDATE
                """
            ) { try $0.get("decision") }
            if let standing { return (standing, false) }
            if let order = found.order {
                if ruling.decision == .takeBack { try tx.countAsNotCompleted(order) }
                try tx.insert(customers.map { Activity(ruling, of: found, customer: $0.id, at: now) })
                let cause = PostingCause(requestID: ruling.requestID, user: ruling.user)
                _ = try tx.postOrders(of: customers.map(\.id), under: history, cause: cause, at: now)
            }
            try tx.connection.execute(
                """
                UPDATE exception_cases SET decision = \(ruling.decision), decision_reason = \(ruling.reason),
                       user_id = \(ruling.user), decided_at = \(now)
                 WHERE tenant_id = \(tenant) AND id = \(ruling.exception)
                """)
            try tx.append(audit)
            return (ruling.decision, true)
        }
    }
}

extension Activity {
    fileprivate init(_ ruling: ExceptionRuling, of found: ExceptionCase, customer: CustomerID, at now: Instant) {
        let what = ruling.decision == .takeBack ? "counts as not completed" : "is kept"
        self.init(
            customer: customer, kind: .note, at: now,
            cause: "Order \(found.subject ?? ""), which the point of sale no longer has, \(what). \(ruling.reason)",
            order: found.order, user: ruling.user)
    }
}

extension TenantTransaction {
    /// Whose points depend on an order: its customer's, and those of the sale that it takes back.
    fileprivate func customersConcerned(by order: OrderID) throws -> [CustomerID] {
        let rows = try connection.all(
            """
            SELECT holder.customer_id, posting.posted_customer_id FROM orders AS vanished
              JOIN orders AS holder ON holder.tenant_id = vanished.tenant_id
               AND (holder.id = vanished.id OR (vanished.total_cents < 0 AND holder.pos_order_id = vanished.refund_of))
              LEFT JOIN order_postings AS posting ON posting.tenant_id = holder.tenant_id AND posting.order_id = holder.id
             WHERE vanished.tenant_id = \(tenant) AND vanished.id = \(order)
            """
        ) { row in
            [
                try row.get("customer_id", as: CustomerID?.self),
                try row.get("posted_customer_id", as: CustomerID?.self),
            ]
        }
        return Set(rows.joined().compactMap { $0 }).sorted()
    }

    /// Until the feed shows it again, which then differs from what is stored. Of a refund, the sale is posted anew.
    fileprivate func countAsNotCompleted(_ order: OrderID) throws {
        try connection.execute(
            "UPDATE orders SET is_completed = 0 WHERE tenant_id = \(tenant) AND id = \(order)")
        let (id, sale) = try connection.one(
            """
            SELECT pos_order_id, IF(total_cents < 0, refund_of, NULL) AS sale FROM orders
             WHERE tenant_id = \(tenant) AND id = \(order)
            """
        ) { (try $0.get("pos_order_id", as: String.self), try $0.get("sale", as: String?.self)) }
        try markDue(posOrderIDs: Set([id, sale].compactMap { $0 }))
    }
}
