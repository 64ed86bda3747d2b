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
    var standings: [CustomerID: KnownStanding] = [:]
    /// Members of incidents that keep them from being overridden.
    public var members: [CustomerID: IncidentMember] = [:]
    /// Customers with an open record of which points wait to be taken.
    public var withUntaken: Set<CustomerID> = []

    /// Since when the customer's numbers have agreed at least once; nil for never.
    public func reconciledAt(_ customer: CustomerID) -> Instant? { standings[customer]?.reconciledAt }

    /// Whether there is anything to record of `standing`.
    public func isNews(_ standing: AlpineStanding) -> Bool { standing.isNews(after: standings[standing.customer]) }
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
            var inputs = ComparisonInputs(
                pending: try pendingAtAlpine(of: customers, at: moment), members: try liveMembers(of: customers),
                withUntaken: try customersWithUntaken(of: customers))
            let balances = try Balances(at: moment, of: customers, in: self)
            try connection.forEach(
                """
                SELECT customers.id, \(Balances.columns), \(KnownStanding.columns)
                  FROM customers FORCE INDEX (PRIMARY)
                  LEFT JOIN alpine_standings AS standing
                    ON standing.tenant_id = customers.tenant_id AND standing.customer_id = customers.id
                 WHERE customers.tenant_id = \(tenant) AND customers.id IN (\(list: padded(customers)))
                """
            ) { row in
                let customer: CustomerID = try row.get("id")
                inputs.balances[customer] = try balances.balance(row, of: customer)
                if try row.get("contact_id", as: String?.self) != nil {
                    inputs.standings[customer] = try KnownStanding(row: row)
                }
            }
            return inputs
        }
    }
}

/// What makes balances of now into those of a moment.
private struct Balances {
    static let columns: SQL = """
        customers.balance, customers.erased_at IS NULL AND customers.merged_into IS NULL AS is_own
        """

    private let later: [CustomerID: Int64]
    private let several: Set<CustomerID>

    init(at moment: Instant, of customers: some Collection<CustomerID>, in queries: some TenantQueries) throws {
        later = try queries.moved(since: moment)
        several = try queries.survivorsOfKnown(among: customers)
    }

    /// The customer's; nil for one who is not compared.
    func balance(_ row: Row, of customer: CustomerID) throws -> Int64? {
        guard try row.get("is_own", as: Bool.self), !several.contains(customer) else { return nil }
        return try addingExactly(row.get("balance", as: Int64.self), -(later[customer] ?? 0))
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
        let balances = try Balances(at: moment, of: customers, in: self)
        var found: [CustomerID: Int64] = [:]
        try connection.forEach(
            """
            SELECT customers.id, \(Balances.columns) FROM customers FORCE INDEX (PRIMARY)
             WHERE customers.tenant_id = \(tenant) AND customers.id IN (\(list: padded(customers)))
            """
        ) { row in
            let customer: CustomerID = try row.get("id")
            found[customer] = try balances.balance(row, of: customer)
        }
        return found
    }

    /// By how much ledgers have moved after `moment`: by time, and not by customer, for there are few entries since.
    fileprivate func moved(since moment: Instant) throws -> [CustomerID: Int64] {
        let rows = try connection.all(
            """
            SELECT customer_id, CAST(SUM(points) AS SIGNED) AS points FROM ledger_entries FORCE INDEX (by_day)
             WHERE tenant_id = \(tenant) AND created_at > \(moment) GROUP BY customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("points", as: Int64.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Those into whom somebody was merged whom the point of sale or Alpine knew.
    fileprivate func survivorsOfKnown(among customers: some Collection<CustomerID>) throws -> Set<CustomerID> {
        // Few: the index of those who were merged is looked at before the identities of everybody.
        let survivors = Set(try survivors(ofMergedInto: customers).values)
        guard !survivors.isEmpty else { return [] }
        return Set(
            try connection.all(
                """
                SELECT DISTINCT customer_id FROM customer_identities FORCE INDEX (by_customer)
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(survivors))) AND is_merged = 1
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
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

    /// Those of `customers` with an open record of which points wait to be taken.
    fileprivate func customersWithUntaken(of customers: some Collection<CustomerID>) throws -> Set<CustomerID> {
        Set(
            try connection.all(
                """
                SELECT customer_id FROM alpine_discrepancies FORCE INDEX (one_open)
                 WHERE tenant_id = \(tenant) AND open_slot = 1 AND customer_id IN (\(list: padded(customers)))
                   AND untaken_points <> 0
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
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
                UPDATE alpine_standings FORCE INDEX (PRIMARY) SET reconciled_at = \(now)
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
                """)
        }
    }
}
