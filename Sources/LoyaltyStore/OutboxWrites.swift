import LoyaltyRules
import MariaDB

/// Something to tell Alpine IQ.
struct Push: Equatable, Sendable {
    var id: PushID
    var customer: CustomerID
    /// The last entry of the customer's ledger: pushes go out by it, then by id.
    var position: Int64
    /// The entry told, if it is one.
    var entry: LedgerEntry?
    /// The order whose points are told, if it is one.
    var order: OrderID?
    /// Signed, never zero.
    var points: Int64
    var createdAt: Instant

    /// A movement of the ledger.
    init(of entry: LedgerEntry) {
        self.init(
            id: .make(at: entry.createdAt), customer: entry.customer, position: entry.sequence, points: entry.points,
            at: entry.createdAt)
        self.entry = entry
    }

    /// What an order's posting changed of what Alpine IQ is told; `number` orders those of one moment.
    init(of telling: Telling, number: Int, customer: LockedCustomer, at now: Instant) {
        self.init(
            id: .make(at: now, number: number), customer: customer.id, position: customer.head.sequence ?? 0,
            order: telling.order, points: telling.points, at: now)
    }

    init(
        id: PushID, customer: CustomerID, position: Int64, order: OrderID? = nil, points: Int64, at now: Instant
    ) {
        self.id = id
        self.customer = customer
        self.position = position
        self.order = order
        self.points = points
        createdAt = now
    }

    /// What travels with it: neutral, for others read it, and with an id, by which it is found again.
    var note: String { "Loyalty points \(entry.map { "\($0.id)" } ?? "\(id)")" }
}

extension LedgerEntry {
    fileprivate var points: Int64 { movement.points }
}

extension TenantTransaction {
    /// Writes pushes with what they tell, in the same transaction; nothing for a tenant without Alpine IQ.
    func queueForAlpine(_ pushes: [Push]) throws {
        guard !pushes.isEmpty, try integrations().contains(.alpine) else { return }
        try connection.bulkInsert(
            """
            INSERT INTO outbox (tenant_id, id, destination, customer_id, position, entry_sequence, order_id, points, note,
              state, next_attempt_at, created_at)
            VALUES (?, ?, 'alpine', ?, ?, ?, ?, ?, ?, 'queued', UTC_TIMESTAMP(6), ?)
            """,
            rows: pushes.map { push in
                [
                    tenant.sqlValue, push.id.sqlValue, push.customer.sqlValue, push.position.sqlValue,
                    (push.entry?.sequence).sqlValue, push.order.sqlValue, push.points.sqlValue,
                    .bytes(Array(push.note.utf8)), push.createdAt.sqlValue,
                ]
            })
    }
}

extension TenantTransaction {
    /// Tells Alpine IQ to change its figure of a customer by `points`, though nothing moves here: after its figure was
    /// not taken. rules.md, "keep ours".
    ///
    /// - Parameter points: signed; nothing is told for zero.
    public func correctAlpine(by points: Int64, of customer: LockedCustomer, at now: Instant) throws {
        guard points != 0 else { return }
        try queueForAlpine([
            Push(
                id: .make(at: now), customer: customer.id, position: customer.head.sequence ?? 0, points: points,
                at: now)
        ])
    }
}

extension TenantStore {
    /// Marks sales as due for posting that only our API knows and of which Alpine IQ is to be told by now, at most
    /// `limit`.
    ///
    /// - Returns: their POS ids.
    public func markOrdersToTell(asOf now: Instant, limit: Int) throws -> [String] {
        guard try integrations().contains(.alpine) else { return [] }
        let youngest = now.advanced(bySeconds: -PostedOrder.apiBaseDelaySeconds)
        let found = try connection.all(
            """
            SELECT pos_order_id FROM orders FORCE INDEX (by_completion)
              JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE orders.tenant_id = \(tenant) AND completed_at <= \(youngest)
               AND completed_at > \(youngest.advanced(bySeconds: -Self.tellingDays * 86_400))
               AND source = 'api' AND points_told <> points_posted AND NOT EXISTS
                 (SELECT 1 FROM customers_due AS due
                   WHERE due.tenant_id = orders.tenant_id AND due.customer_id = orders.customer_id)
             LIMIT \(limit)
            """
        ) { try $0.get("pos_order_id", as: String.self) }
        if found.isEmpty { return [] }
        try transaction { tx in try tx.markDue(posOrderIDs: Set(found)) }
        return found
    }

    /// A sale is told when it comes of age, by the worker of that day; for longer than this no worker is down.
    private static var tellingDays: Int64 { 45 }
}
