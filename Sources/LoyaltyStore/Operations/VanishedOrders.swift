public import LoyaltyRules
import MariaDB

// rules.md, "Orders change": "An order that vanishes from the POS feed".

/// A sale that the point of sale is to show.
public struct ExpectedSale: Equatable, Sendable {
    /// Ours.
    public let id: OrderID
    /// The id that it stands under.
    public let posOrderID: String
}

/// An order as a reading may recognise it.
public struct ReadOrder: Equatable, Sendable {
    /// Ours.
    public let id: OrderID
    /// What it was read from as it is stored; nil for what is to be read.
    public let digest: WireDigest?
}

/// A sale that the list did not show.
public struct AbsentOrder: Equatable, Sendable {
    /// Ours.
    public let id: OrderID
    /// The point of sale's id.
    public let posOrderID: String
    /// Complete readings in a row without it.
    public let readsMissed: Int64
    /// The last run that counted.
    public let run: RunID
    /// Whether it is listed for somebody to decide, or was decided.
    public let isListed: Bool

    fileprivate init(row: Row) throws {
        id = try row.get("order_id")
        posOrderID = try row.get("pos_order_id")
        readsMissed = try row.get("reads_missed")
        run = try row.get("run_id")
        isListed = try row.get("is_listed")
    }
}

extension TenantQueries {
    /// Orders made from `start` to before `end`, with what they were read from; a look at an index alone.
    public func ordersReadBefore(from start: Instant, to end: Instant) throws -> [ReadOrder] {
        try connection.all(
            """
            SELECT id, wire_digest FROM orders FORCE INDEX (by_completion)
             WHERE tenant_id = \(tenant) AND completed_at >= \(start) AND completed_at < \(end)
            """
        ) { row in ReadOrder(id: try row.get("id"), digest: try row.get("wire_digest")) }
    }

    /// The ids of those of `told` that are stored.
    public func orderIDs(of told: some Collection<String>) throws -> Set<OrderID> {
        guard !told.isEmpty else { return [] }
        let ids: [OrderID] = try connection.all(
            """
            SELECT id FROM orders FORCE INDEX (by_pos_id)
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(told.sorted()).map { Array($0.utf8) }))
            """
        ) { try $0.get("id") }
        return Set(ids)
    }

    /// Those of `orders` that are sales of the point of sale made since `start` and stored as they are since before
    /// `storedBefore`.
    public func expectedSales(
        of orders: [OrderID], since start: Instant, storedBefore: Instant
    ) throws -> [ExpectedSale] {
        guard !orders.isEmpty else { return [] }
        return try connection.all(
            """
            SELECT id, pos_order_id FROM orders FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(orders))) AND completed_at >= \(start)
               AND source = 'pos' AND is_completed = 1 AND stored_at < \(storedBefore)
             ORDER BY id
            """
        ) { row in ExpectedSale(id: try row.get("id"), posOrderID: try row.get("pos_order_id")) }
    }

    /// The point of sale's own ids of orders that stand under another.
    public func posIDs(of orders: [OrderID]) throws -> [OrderID: String] {
        guard !orders.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT order_id, other_id FROM order_aliases
             WHERE tenant_id = \(tenant) AND source = 'pos' AND order_id IN (\(list: padded(orders)))
            """
        ) { (try $0.get("order_id", as: OrderID.self), try $0.get("other_id", as: String.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// The sales that earlier readings did not show, at most `limit`.
    public func absentOrders(limit: Int) throws -> [AbsentOrder] {
        try connection.all(
            """
            SELECT absent.order_id, COALESCE(alias.other_id, orders.pos_order_id) AS pos_order_id, reads_missed, run_id,
                   is_listed
              FROM order_absences AS absent
              JOIN orders ON orders.tenant_id = absent.tenant_id AND orders.id = absent.order_id
              LEFT JOIN order_aliases AS alias ON alias.tenant_id = absent.tenant_id
               AND alias.order_id = absent.order_id AND alias.source = 'pos'
             WHERE absent.tenant_id = \(tenant) ORDER BY absent.order_id LIMIT \(limit)
            """, AbsentOrder.init(row:))
    }
}

extension TenantTransaction {
    /// Counts a complete reading that did not show these sales; once a run.
    public func noteAbsent(_ orders: [OrderID], run: RunID) throws {
        try connection.bulkInsert(
            """
            INSERT INTO order_absences (tenant_id, order_id, reads_missed, run_id) VALUES (?, ?, 1, ?)
            ON DUPLICATE KEY UPDATE reads_missed = IF(run_id = VALUES(run_id), reads_missed, LEAST(reads_missed + 1, 2)),
              run_id = VALUES(run_id)
            """,
            rows: orders.map { [tenant.sqlValue, $0.sqlValue, run.sqlValue] })
    }

    /// Lists a sale that the point of sale no longer has.
    public func listVanished(_ exception: RunException, run: RunID) throws {
        guard let order = exception.vanished else { return }
        try connection.execute(
            "UPDATE order_absences SET is_listed = 1 WHERE tenant_id = \(tenant) AND order_id = \(order)")
        try list([exception], of: run)
    }

    /// Forgets the absence of sales that are shown again.
    public func noteShownAgain(_ orders: [OrderID], at now: Instant) throws {
        guard !orders.isEmpty else { return }
        try connection.execute(
            "DELETE FROM order_absences WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(orders)))")
        try closeExceptions(of: orders, at: now)
    }
}
