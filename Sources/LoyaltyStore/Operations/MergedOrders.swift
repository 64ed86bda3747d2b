import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// Gives the survivors what somebody stored for merged customers whom they had found just before the merging, and
    /// locks the survivors too: it is posted with the rest.
    func handingOnOrders(of locked: [LockedCustomer]) throws -> [LockedCustomer] {
        let merged = locked.filter { $0.mergedInto != nil }.map(\.id)
        guard !merged.isEmpty else { return locked }
        let late = Set(
            try connection.all(
                """
                SELECT DISTINCT customer_id FROM orders
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(merged)))
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
        guard !late.isEmpty else { return locked }
        // After customers that may come later in the order of locks: whoever meets somebody here is tried again.
        let survivors = locked.filter { late.contains($0.id) }.compactMap(\.mergedInto)
        let all = try lock(Set(locked.map(\.id) + survivors).sorted())
        for customer in all {
            guard late.contains(customer.id), let survivor = customer.mergedInto else { continue }
            try connection.execute(
                "UPDATE orders SET customer_id = \(survivor) WHERE tenant_id = \(tenant) AND customer_id = \(customer.id)"
            )
        }
        try markDue(Set(survivors))
        return all
    }

    /// What Alpine IQ is yet to be told of the merged customer's sales that only our API knows is part of the balance that
    /// moves: it is told of the merged one now, and not of the survivor, of whom it is told when such a sale is of age.
    func tellTransferred(of merged: LockedCustomer, to survivor: LockedCustomer, at now: Instant) throws {
        let untold = try connection.all(
            """
            SELECT orders.id, points_posted - points_told AS points FROM orders
              JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE orders.tenant_id = \(tenant) AND customer_id = \(merged.id) AND posted_customer_id = \(merged.id)
               AND source = 'api' AND points_told <> points_posted ORDER BY orders.id
            """
        ) { (order: try $0.get("id", as: OrderID.self), points: try $0.get("points", as: Int64.self)) }
        try queueForAlpine(
            untold.enumerated().flatMap { number, told in
                Push.moving(told.points, of: told.order, from: survivor, to: merged, number: number, at: now)
            })
    }

    /// What each of these customers' people at Alpine IQ were told of each of these orders.
    func told(of orders: [OrderID], to customers: [CustomerID]) throws -> [OrderID: [CustomerID: Int64]] {
        guard !orders.isEmpty else { return [:] }
        var told: [OrderID: [CustomerID: Int64]] = [:]
        try connection.forEach(
            """
            SELECT order_id, customer_id, CAST(SUM(points) AS SIGNED) AS points FROM outbox
             WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(orders))) AND destination = 'alpine'
               AND customer_id IN (\(list: padded(customers)))
             GROUP BY order_id, customer_id
            """
        ) { row in
            told[try row.get("order_id"), default: [:]][try row.get("customer_id")] = try row.get("points")
        }
        return told
    }
}

extension TenantTransaction {
    /// Takes back what the returning customer's person at Alpine IQ was told of the survivor, who had none there: it is
    /// told of the survivor once they have one.
    func takeBackTold(_ merge: MergeID, of survivor: LockedCustomer, from merged: LockedCustomer, at now: Instant)
        throws
    {
        let contacts: SQL = """
            (SELECT contact_id FROM (SELECT contact_id FROM alpine_standings
               WHERE tenant_id = \(tenant) AND customer_id = \(merged.id)
               UNION SELECT outside_id FROM customer_merge_identities
               WHERE tenant_id = \(tenant) AND merge_id = \(merge) AND source = 'alpine') AS own)
            """
        let told: Int64 = try connection.one(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS points FROM outbox
             WHERE tenant_id = \(tenant) AND customer_id = \(survivor.id) AND destination = 'alpine'
               AND state IN ('sending', 'unclear', 'acknowledged', 'unsettled') AND contact_id IN \(contacts)
            """
        ) { try $0.get("points") }
        try correctAlpine(by: -told, of: merged, at: now)
        try correctAlpine(by: told, of: survivor, at: now)
        try connection.execute(
            """
            UPDATE alpine_standings
               SET contact_id = '', state = 'unknown', points = NULL, outcome = 'not_compared', calculated = NULL,
                   difference = NULL
             WHERE tenant_id = \(tenant) AND customer_id = \(survivor.id) AND contact_id IN \(contacts)
            """)
    }
}

extension Push {
    /// What tells of `points` of an order at one person of Alpine IQ instead of at another; nothing for zero.
    static func moving(
        _ points: Int64, of order: OrderID, from giver: LockedCustomer, to taker: LockedCustomer, number: Int,
        at now: Instant
    ) -> [Push] {
        points == 0
            ? []
            : [
                telling(-points, of: order, to: giver, 2 * number, now),
                telling(points, of: order, to: taker, 2 * number + 1, now),
            ]
    }

    static func telling(
        _ points: Int64, of order: OrderID, to customer: LockedCustomer, _ number: Int, _ now: Instant
    ) -> Push {
        Push(
            id: .make(at: now, number: number), customer: customer.id, position: customer.head.sequence ?? 0,
            order: order, points: points, at: now)
    }
}
