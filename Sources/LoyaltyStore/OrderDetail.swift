public import LoyaltyRules
import MariaDB

/// How a caller names an order.
public enum OrderName: Equatable, Sendable {
    /// By our id.
    case id(OrderID)
    /// By the POS's or another by which it is known, byte for byte.
    case posID(String)
}

/// One order with what was posted for it.
public struct OrderDetail: Equatable, Sendable {
    /// Ours.
    public var id: OrderID
    /// As the source tells it now.
    public var revision: OrderRevision
    /// The buyer; nil for nobody we know.
    public var customer: CustomerID?
    /// What it earns under; nil before it could earn.
    public var terms: EarningTerms?
    /// What it is worth: the sum of its entries and of what they could not take.
    public var pointsPosted: Int64
    /// Why it earns nothing; nil for one that earns, and for a negative one, which never does.
    public var reason: NoPointsReason?
    /// Its entries in the buyer's ledger and in those of earlier ones, oldest first, at most 1,000.
    public var entries: [LedgerLine]
}

extension TenantQueries {
    /// One order; nil when this tenant has none of that name.
    public func order(_ name: OrderName) throws -> OrderDetail? {
        let condition: SQL =
            switch name {
            case .id(let id): "id = \(id)"
            case .posID(let posID):
                "pos_order_id = \(Array((try standingOrderIDs(of: [posID])[posID] ?? posID).utf8))"
            }
        let found = try connection.optional(
            "SELECT \(StoredOrder.columns) FROM orders WHERE tenant_id = \(tenant) AND \(condition)",
            StoredOrder.init(row:))
        guard let found else { return nil }
        let order = found.posted
        return OrderDetail(
            id: order.id, revision: order.revision, customer: found.customer, terms: order.terms,
            pointsPosted: order.pointsPosted, reason: order.revision.total < .zero ? nil : order.reason,
            entries: try entries(of: order.id, named: order.revision.posOrderID))
    }

    private func entries(of order: OrderID, named posOrderID: String) throws -> [LedgerLine] {
        try connection.all(
            """
            SELECT id, sequence, points, balance, kind, reason, created_at FROM ledger_entries FORCE INDEX (by_order)
             WHERE tenant_id = \(tenant) AND order_id = \(order) ORDER BY created_at, customer_id, sequence LIMIT 1000
            """
        ) { row in
            LedgerLine(
                id: try row.get("id"), sequence: try row.get("sequence"), points: try row.get("points"),
                balance: try row.get("balance"), kind: try row.get("kind"), reason: try row.get("reason"),
                posOrderID: posOrderID, createdAt: try row.get("created_at"))
        }
    }
}
