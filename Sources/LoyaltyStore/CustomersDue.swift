import LoyaltyRules
import MariaDB

// Customers whose orders are to be posted stand in `customers_due` until the posting that brings the ledger to them.

extension TenantTransaction {
    /// Locks customers in the order of their ids, so that no posting of theirs runs meanwhile, and tells which of them
    /// are due already. Customers come before orders, as everywhere.
    func lockForMarking(_ customers: Set<CustomerID>) throws -> Set<CustomerID> {
        guard !customers.isEmpty else { return [] }
        let rows = try connection.all(
            """
            SELECT customers.id, due.customer_id IS NOT NULL AS is_due FROM customers FORCE INDEX (PRIMARY)
              LEFT JOIN customers_due AS due ON due.tenant_id = customers.tenant_id AND due.customer_id = customers.id
             WHERE customers.tenant_id = \(tenant) AND customers.id IN (\(list: padded(customers.sorted())))
             ORDER BY customers.id LOCK IN SHARE MODE
            """
        ) { row in (try row.get("id", as: CustomerID.self), try row.get("is_due", as: Bool.self)) }
        return Set(rows.filter(\.1).map(\.0))
    }

    /// Marks customers as due. Belongs after the orders that make them so: whoever posts a customer has either seen
    /// those, or finds the mark.
    ///
    /// - Parameters:
    ///   - losing: those among them in whose ledger an order stands that belongs to somebody else now.
    ///   - due: those locked already that are known to be due.
    func markDue(_ customers: Set<CustomerID>, losing: Set<CustomerID> = [], known due: Set<CustomerID>? = nil) throws {
        guard !customers.isEmpty else { return }
        let due = try due ?? lockForMarking(customers)
        let marked = customers.intersection(due).subtracting(losing)
        if !marked.isEmpty {
            try connection.execute(
                """
                UPDATE customers_due FORCE INDEX (PRIMARY) SET marks = marks + 1
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(marked.sorted())))
                """)
        }
        try connection.bulkInsert(
            """
            INSERT INTO customers_due (tenant_id, customer_id, is_losing, marks) VALUES (?, ?, ?, 1)
            ON DUPLICATE KEY UPDATE is_losing = GREATEST(is_losing, VALUES(is_losing)), marks = marks + 1
            """,
            rows: customers.subtracting(marked).sorted().map { customer in
                [tenant.sqlValue, customer.sqlValue, losing.contains(customer).sqlValue]
            })
    }

    /// Marks the customers of these orders as due.
    func markDue(posOrderIDs: Set<String>) throws {
        guard !posOrderIDs.isEmpty else { return }
        // Locked: their owners may be changing.
        let rows = try storedOrders(posIDs: posOrderIDs.sorted(), isLocked: true).values
        let losing = Set(rows.compactMap(\.losing))
        try markDue(losing.union(rows.compactMap(\.customer)), losing: losing)
    }

    /// Of these customers, whose rows are locked, those that are due, and those of them that lose an order. Locked, so
    /// that a mark made on another node of a cluster is not taken for one that was seen.
    func lockDue(_ customers: [CustomerID]) throws -> (due: Set<CustomerID>, losing: Set<CustomerID>) {
        let rows = try connection.all(
            """
            SELECT customer_id, is_losing FROM customers_due FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) FOR UPDATE
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("is_losing", as: Bool.self)) }
        return (Set(rows.map(\.0)), Set(rows.filter(\.1).map(\.0)))
    }

    /// Forgets marks whose customers were posted.
    func clearDue(_ customers: [CustomerID]) throws {
        guard !customers.isEmpty else { return }
        try connection.execute(
            """
            DELETE customers_due FROM customers_due FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """)
    }
}

extension TenantQueries {
    /// Customers that have orders due for posting, from `cursor` on, at most `limit`.
    public func customersDue(after cursor: CustomerID?, limit: Int) throws -> [CustomerID] {
        try connection.all(
            """
            SELECT customer_id AS id FROM customers_due
             WHERE tenant_id = \(tenant) AND customer_id > \(cursor ?? CustomerID(rawValue: 0))
             ORDER BY customer_id LIMIT \(limit)
            """
        ) { try $0.get("id") }
    }

    /// Customers in whose ledger an order stands that belongs to somebody else now, at most `limit`. They are posted
    /// first, so that the new owner finds the order released.
    public func customersLosingOrders(limit: Int) throws -> [CustomerID] {
        try connection.all(
            """
            SELECT customer_id AS id FROM customers_due
             WHERE tenant_id = \(tenant) AND is_losing = 1 ORDER BY customer_id LIMIT \(limit)
            """
        ) { try $0.get("id") }
    }

    /// How many customers have orders due for posting.
    public func countCustomersDue() throws -> Int64 {
        try connection.one("SELECT COUNT(*) AS due FROM customers_due WHERE tenant_id = \(tenant)") {
            try $0.get("due")
        }
    }

    /// Whether something of an order, or of another of its customer, waits to be posted.
    func isDue(_ order: StoredOrder) throws -> Bool {
        guard let customer = order.customer else { return order.posted.reason == nil || order.losing != nil }
        return try order.losing != nil
            || connection.optional(
                "SELECT 1 AS due FROM customers_due WHERE tenant_id = \(tenant) AND customer_id = \(customer)"
            ) { try $0.get("due", as: Int.self) } != nil
    }

    /// The customers in whose ledgers these orders, or the sales they take back, are still to be posted: first those who
    /// lose one to somebody else.
    public func customersToPost(posOrderIDs: [String]) throws -> (losing: [CustomerID], owning: [CustomerID]) {
        guard !posOrderIDs.isEmpty else { return ([], []) }
        let told = try orders(posIDs: posOrderIDs)
        let rows = try told + orders(posIDs: told.compactMap(\.posted.revision.refundOf))
        let losing = Set(rows.compactMap(\.losing))
        let owners = Set(rows.compactMap(\.customer)).sorted()
        guard !owners.isEmpty else { return (losing.sorted(), []) }
        let owning: [CustomerID] = try connection.all(
            """
            SELECT customer_id FROM customers_due
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(owners))) ORDER BY customer_id
            """
        ) { try $0.get("customer_id") }
        return (losing.sorted(), owning)
    }
}
