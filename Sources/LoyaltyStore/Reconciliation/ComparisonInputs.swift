import LoyaltyRules
import MariaDB

/// Points that recent orders moved and that Alpine may not show yet. rules.md, "Comparison", lag.
public struct RecentMovement: Equatable, Sendable {
    /// Gained, zero or more.
    public var gained: Int64
    /// Lost, zero or more.
    public var lost: Int64
}

/// What customers are compared by, all of one moment: when Alpine IQ was asked.
public struct ComparisonInputs: Sendable {
    /// Balances of the moment, of those who can be compared.
    public var balances: [CustomerID: Int64] = [:]
    /// What Alpine had not acknowledged.
    public var pending: [CustomerID: PendingAtAlpine] = [:]
    /// Where they stood before.
    public var standings: [CustomerID: AlpineStanding] = [:]
    /// Since when their numbers have agreed at least once.
    public var reconciledAt: [CustomerID: Instant] = [:]
    /// Members of incidents that keep them from being overridden.
    public var members: [CustomerID: IncidentMember] = [:]
    /// Customers with an open record.
    public var withRecord: Set<CustomerID> = []
}

extension TenantStore {
    /// What these customers are compared by, at most 1,000 of them. To be asked after Alpine has answered.
    ///
    /// - Parameter moment: when Alpine was asked.
    public func comparisonInputs(
        of customers: [CustomerID], at moment: Instant
    ) throws -> ComparisonInputs {
        guard !customers.isEmpty else { return ComparisonInputs() }
        return try connection.snapshot { _ in
            ComparisonInputs(
                balances: try balances(of: customers, at: moment),
                pending: try pendingAtAlpine(of: customers, at: moment),
                standings: try alpineStandings(of: customers), reconciledAt: try reconciledAt(of: customers),
                members: try liveMembers(of: customers), withRecord: try customersWithOpenDiscrepancy(of: customers))
        }
    }
}

extension TenantQueries {
    /// The balances of these customers at `moment`, by entries made up to then. Left out are erased and merged customers,
    /// and those into whom somebody was merged whom the point of sale or Alpine knew: Alpine may have such a one as several
    /// persons, each with a part of the points, so there is nothing to compare.
    public func balances(
        of customers: some Collection<CustomerID>, at moment: Instant
    ) throws -> [CustomerID: Int64] {
        guard !customers.isEmpty else { return [:] }
        // By time, and not by customer: since then there are few entries in all.
        let rows = try connection.all(
            """
            SELECT customers.id, CAST(customers.balance - COALESCE(later.points, 0) AS SIGNED) AS balance
              FROM customers LEFT JOIN
                (SELECT customer_id, SUM(points) AS points FROM ledger_entries FORCE INDEX (by_day)
                  WHERE tenant_id = \(tenant) AND created_at > \(moment) GROUP BY customer_id) AS later
                ON later.customer_id = customers.id
              LEFT JOIN customer_identities AS other FORCE INDEX (by_customer) ON other.tenant_id = customers.tenant_id
               AND other.customer_id = customers.id AND other.is_merged = 1
             WHERE customers.tenant_id = \(tenant) AND customers.id IN (\(list: padded(customers)))
               AND customers.erased_at IS NULL AND customers.merged_into IS NULL
               AND other.customer_id IS NULL
            """
        ) { row in (try row.get("id", as: CustomerID.self), try row.get("balance", as: Int64.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// What recent orders of these customers had moved by `moment`: those completed or changed at the point of sale since
    /// `start`, and those that only our API knows and Alpine has not been told of, however old.
    public func recentMovements(
        of customers: some Collection<CustomerID>, since start: Instant, until moment: Instant
    ) throws -> [CustomerID: RecentMovement] {
        guard !customers.isEmpty else { return [:] }
        // Sales of those who were merged are their survivor's, and were posted in ledgers of their own before.
        let survivors = try survivors(ofMergedInto: customers)
        var movements: [CustomerID: RecentMovement] = [:]
        try connection.forEach(
            """
            SELECT entry.customer_id, CAST(SUM(GREATEST(entry.points, 0)) AS SIGNED) AS gained,
                   CAST(-SUM(LEAST(entry.points, 0)) AS SIGNED) AS lost
              FROM ledger_entries AS entry
              JOIN orders ON orders.tenant_id = entry.tenant_id AND orders.id = entry.order_id
              LEFT JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE entry.tenant_id = \(tenant) AND entry.customer_id IN (\(list: padded(customers + Array(survivors.keys))))
               AND entry.created_at <= \(moment)
               AND (orders.completed_at >= \(start) OR orders.updated_at >= \(start)
                 OR (orders.source = 'api' AND posting.points_told <> posting.points_posted))
             GROUP BY entry.customer_id
            """
        ) { row in
            let holder: CustomerID = try row.get("customer_id")
            var movement = movements[survivors[holder] ?? holder] ?? RecentMovement(gained: 0, lost: 0)
            movement.gained = try addingExactly(movement.gained, try row.get("gained"))
            movement.lost = try addingExactly(movement.lost, try row.get("lost"))
            movements[survivors[holder] ?? holder] = movement
        }
        return movements
    }

    private func survivors(ofMergedInto customers: some Collection<CustomerID>) throws -> [CustomerID: CustomerID] {
        let pairs = try connection.all(
            """
            SELECT id, merged_into FROM customers FORCE INDEX (by_survivor)
             WHERE tenant_id = \(tenant) AND merged_into IN (\(list: padded(customers)))
            """
        ) { row in (try row.get("id", as: CustomerID.self), try row.get("merged_into", as: CustomerID.self)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Since when these customers' numbers have agreed; those whose never did are left out.
    func reconciledAt(of customers: some Collection<CustomerID>) throws -> [CustomerID: Instant] {
        let rows = try connection.all(
            """
            SELECT customer_id, reconciled_at FROM alpine_standings
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND reconciled_at IS NOT NULL
            """
        ) { row in
            (try row.get("customer_id", as: CustomerID.self), try row.get("reconciled_at", as: Instant.self))
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// The newest reading of each of these customers, with its figure where that is known.
    func newestReadings(
        of customers: some Collection<CustomerID>
    ) throws -> [CustomerID: (id: ReadingID, points: Int64?)] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT reading.customer_id, reading.id, reading.points FROM alpine_readings AS reading
              JOIN (SELECT customer_id, MAX(id) AS id FROM alpine_readings
                     WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
                     GROUP BY customer_id) AS newest
                ON newest.customer_id = reading.customer_id AND newest.id = reading.id
             WHERE reading.tenant_id = \(tenant)
            """
        ) { row in
            (
                try row.get("customer_id", as: CustomerID.self),
                (id: try row.get("id", as: ReadingID.self), points: try row.get("points", as: Int64?.self))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }
}

extension TenantStore {
    /// Notes that these customers' numbers agree, at most 1,000: their next comparison is not a first one.
    public func markReconciled(_ customers: [CustomerID], at now: Instant) throws {
        guard !customers.isEmpty else { return }
        try transaction { tx in
            try tx.connection.execute(
                """
                UPDATE alpine_standings SET reconciled_at = \(now)
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
                """)
        }
    }
}
