import LoyaltyRules
import MariaDB

/// Our side of a comparison, as of the moment that Alpine IQ was asked.
public struct OurFigures: Equatable, Sendable {
    /// The sum of the entries of then.
    public var balance: Int64
    /// What Alpine's figure may lack.
    public var pending: PendingAtAlpine
}

extension TenantQueries {
    /// The balances of these customers.
    public func balances(of customers: some Collection<CustomerID>) throws -> [CustomerID: Int64] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            "SELECT id, balance FROM customers WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers)))"
        ) { row in (try row.get("id", as: CustomerID.self), try row.get("balance", as: Int64.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Balances and what is pending, both as of `moment`: entries posted since do not count.
    public func figures(
        of customers: some Collection<CustomerID>, at moment: Instant
    ) throws -> [CustomerID: OurFigures] {
        guard !customers.isEmpty else { return [:] }
        return try connection.snapshot { _ in
            var figures: [CustomerID: OurFigures] = [:]
            var moved: [CustomerID] = []
            try connection.forEach(
                """
                SELECT customers.id, customers.balance, COALESCE(head.created_at > \(moment), FALSE) AS has_moved
                  FROM customers LEFT JOIN ledger_entries AS head ON head.tenant_id = customers.tenant_id
                   AND head.customer_id = customers.id AND head.sequence = customers.head_sequence
                 WHERE customers.tenant_id = \(tenant) AND customers.id IN (\(list: padded(customers)))
                """
            ) { row in
                let id: CustomerID = try row.get("id")
                figures[id] = OurFigures(balance: try row.get("balance"), pending: PendingAtAlpine())
                if try row.get("has_moved") { moved.append(id) }
            }
            for (id, points) in try movements(of: moved, since: moment) { figures[id]?.balance -= points }
            for (id, pending) in try pendingAtAlpine(of: customers, at: moment) { figures[id]?.pending = pending }
            return figures
        }
    }

    private func movements(of customers: [CustomerID], since moment: Instant) throws -> [CustomerID: Int64] {
        guard !customers.isEmpty else { return [:] }
        let sums = try connection.all(
            """
            SELECT customer_id, CAST(SUM(points) AS SIGNED) AS points FROM ledger_entries
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND created_at > \(moment)
             GROUP BY customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("points", as: Int64.self)) }
        return Dictionary(sums) { first, _ in first }
    }

    /// Standings with a known figure of customers who are not in `customers`.
    public func knownStandings(unlessIn customers: Set<CustomerID>) throws -> [AlpineStanding] {
        var found: [AlpineStanding] = []
        try connection.forEach(
            """
            SELECT customer_id, contact_id, state, points, read_at, outcome, calculated, difference, pending
              FROM alpine_standings WHERE tenant_id = \(tenant) AND state = 'known'
            """
        ) { row in
            if customers.contains(try row.get("customer_id")) { return }
            found.append(try AlpineStanding(row: row))
        }
        return found
    }
}
