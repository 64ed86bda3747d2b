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
