import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// Settles points owed from what is available: belongs after every movement by which `available` rises, but an
    /// `alpine_override`. Posting orders does it in its plan, by the same `Settlement`.
    @discardableResult
    public func settleOwings(
        of customer: inout LockedCustomer, settingsVersion: Int64, requestID: String?, at now: Instant
    ) throws -> [LedgerEntry] {
        let settlement = Settlement(
            of: try openOwings(of: customer.id), available: customer.available, settingsVersion: settingsVersion)
        if settlement.entries.isEmpty { return [] }
        let entries = try append(
            settlement.entries.map { entry in
                Movement(
                    points: entry.points, kind: entry.kind, key: entry.key, order: entry.order, reason: entry.reason,
                    settingsVersion: entry.settingsVersion, requestID: requestID)
            }, to: &customer, at: now)
        for owing in settlement.owings {
            try connection.execute(
                """
                UPDATE order_owings SET open = \(owing.open), settlements = \(owing.settlements)
                 WHERE tenant_id = \(tenant) AND customer_id = \(customer.id) AND order_id = \(owing.order)
                """)
        }
        try connection.execute(
            """
            UPDATE customers SET points_owed = points_owed - \(settlement.points)
             WHERE tenant_id = \(tenant) AND id = \(customer.id)
            """)
        return entries
    }

    /// What a customer still owes, oldest order first: by completion, then id.
    private func openOwings(of customer: CustomerID) throws -> [Owing] {
        try connection.all(
            """
            SELECT owing.order_id, owing.put, owing.open, owing.settlements FROM order_owings AS owing
              JOIN orders ON orders.tenant_id = owing.tenant_id AND orders.id = owing.order_id
             WHERE owing.tenant_id = \(tenant) AND owing.customer_id = \(customer) AND owing.open > 0
             ORDER BY orders.completed_at, owing.order_id
            """
        ) { row in
            Owing(
                order: try row.get("order_id"), put: try row.get("put"), open: try row.get("open"),
                settlements: try row.get("settlements"))
        }
    }
}
