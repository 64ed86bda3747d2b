import LoyaltyRules
import MariaDB

extension TenantStore {
    /// Ends holds whose time is over, of at most `limit` customers; whoever locks a customer does so too.
    ///
    /// - Returns: of how many customers.
    @discardableResult
    public func endLapsedHolds(limit: Int) throws -> Int {
        let customers: [CustomerID] = try connection.all(
            """
            SELECT DISTINCT customer_id AS id FROM redemptions FORCE INDEX (by_expiry)
             WHERE tenant_id = \(tenant) AND status = 'held' AND expires_at <= UTC_TIMESTAMP(6) LIMIT \(limit)
            """
        ) { try $0.get("id") }
        if !customers.isEmpty { try transaction { tx in _ = try tx.lock(customers) } }
        return customers.count
    }
}

extension TenantTransaction {
    /// Ends a customer's open holds, whose points become available: before their data are erased, say.
    ///
    /// - Parameter reason: for the timeline, as in `Released: the customer was erased`.
    public func endHolds(of customer: inout LockedCustomer, because reason: String, at now: Instant) throws {
        let open = try connection.all(
            """
            SELECT \(Redemption.storedColumns) FROM redemptions
             WHERE tenant_id = \(tenant) AND customer_id = \(customer.id) AND status = 'held' ORDER BY id FOR UPDATE
            """, Redemption.init(row:))
        for redemption in open {
            try connection.execute(
                """
                UPDATE redemptions SET status = 'voided', voided_at = UTC_TIMESTAMP(6)
                 WHERE tenant_id = \(tenant) AND id = \(redemption.id)
                """)
            try release(redemption, of: &customer, as: .voided, reason, at: now)
        }
    }

    /// Gives the points of a hold that has ended back, and settles with them what is owed.
    func release(
        _ redemption: Redemption, of customer: inout LockedCustomer, as status: RedemptionStatus, _ reason: String,
        by actor: RedemptionActor = RedemptionActor(), at now: Instant
    ) throws {
        try reserve(-redemption.price.points, of: &customer)
        try insert([.hold(redemption, actor.cause(reason), from: .held, to: status, by: actor.user, at: now)])
        try settleOwings(
            of: &customer, settingsVersion: settingsVersion(), requestID: actor.requestID, at: now)
    }

    /// Ends those holds of locked customers whose time is over.
    func endLapsedHolds(of customers: inout [LockedCustomer]) throws {
        let holders = customers.filter { $0.held > 0 }.map(\.id)
        if holders.isEmpty { return }
        let lapsed = try connection.all(
            """
            SELECT \(Redemption.storedColumns) FROM redemptions FORCE INDEX (by_customer)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(holders))) AND status = 'held'
               AND expires_at <= UTC_TIMESTAMP(6)
             ORDER BY id FOR UPDATE
            """, Redemption.init(row:))
        for redemption in lapsed {
            guard let index = customers.firstIndex(where: { $0.id == redemption.customer }) else { continue }
            try connection.execute(
                """
                UPDATE redemptions SET status = 'expired' WHERE tenant_id = \(tenant) AND id = \(redemption.id)
                """)
            try release(
                redemption, of: &customers[index], as: .expired, "The hold of \(redemption.words) lapsed",
                at: redemption.expiresAt ?? .now())
        }
    }
}
