public import LoyaltyRules
import MariaDB

/// An order that a webhook named, to be read from the point of sale again.
public struct OrderReread: Equatable, Sendable {
    /// The POS's id.
    public let posOrderID: String
    /// When it was marked last, by the database's clock.
    public let markedAt: Instant
}

extension TenantTransaction {
    /// Marks an order for the next sync, whether it is stored or not.
    public func markForReread(posOrderID: String, posCustomerID: String?) throws {
        try connection.execute(
            """
            INSERT INTO order_rereads (tenant_id, pos_order_id, pos_customer_id, marked_at)
            VALUES (\(tenant), \(Array(posOrderID.utf8)), \(posCustomerID.map { Array($0.utf8) }), UTC_TIMESTAMP(6))
            ON DUPLICATE KEY UPDATE pos_customer_id = COALESCE(VALUES(pos_customer_id), pos_customer_id),
              marked_at = VALUES(marked_at)
            """)
    }

    /// Forgets marks whose orders were read; one that was set again meanwhile stays.
    public func clear(_ rereads: [OrderReread]) throws {
        for reread in rereads {
            try connection.execute(
                """
                DELETE FROM order_rereads WHERE tenant_id = \(tenant)
                   AND pos_order_id = \(Array(reread.posOrderID.utf8)) AND marked_at = \(reread.markedAt)
                """)
        }
    }
}

extension TenantQueries {
    /// Orders to read again, oldest mark first.
    public func orderRereads(limit: Int) throws -> [OrderReread] {
        try connection.all(
            """
            SELECT pos_order_id, marked_at FROM order_rereads
             WHERE tenant_id = \(tenant) ORDER BY marked_at, pos_order_id LIMIT \(limit)
            """, OrderReread.init(row:))
    }

    /// Those that are this customer's by what the webhook said, or by what is stored.
    public func orderRereads(of customer: CustomerID, posCustomerID: String, limit: Int) throws -> [OrderReread] {
        try connection.all(
            """
            SELECT rereads.pos_order_id, marked_at FROM order_rereads AS rereads
              LEFT JOIN orders ON orders.tenant_id = rereads.tenant_id
               AND orders.pos_order_id = rereads.pos_order_id
             WHERE rereads.tenant_id = \(tenant)
               AND (rereads.pos_customer_id = \(Array(posCustomerID.utf8)) OR customer_id = \(customer))
             ORDER BY marked_at, rereads.pos_order_id LIMIT \(limit)
            """, OrderReread.init(row:))
    }

    /// The latest revision of an order as stored.
    public func orderRevision(posOrderID: String) throws -> OrderRevision? {
        let standing = try standingOrderIDs(of: [posOrderID])[posOrderID]
        return try orders(posIDs: [standing ?? posOrderID]).first?.posted.revision
    }
}

extension OrderReread {
    fileprivate init(row: Row) throws {
        self.init(posOrderID: try row.get("pos_order_id"), markedAt: try row.get("marked_at"))
    }
}
