import LoyaltyRules
import MariaDB

/// A member who had a person at Alpine IQ and has none. rules.md, "Comparison".
public struct LostMatch: Equatable, Sendable {
    /// Who.
    public var customer: CustomerID
    /// The last number known of them.
    public var points: Int64?
    /// Whether the run that asks is the first to miss them.
    public var isNew: Bool
}

extension TenantQueries {
    /// The lost matches of a run that has read all of Alpine IQ's persons.
    ///
    /// - Parameter matched: everybody whom the run matched; their standings are recorded.
    public func lostMatches(besides matched: Set<CustomerID>) throws -> [LostMatch] {
        var lost = try connection.all(
            """
            SELECT standing.customer_id, standing.lost_points FROM alpine_standings AS standing
              JOIN customers ON customers.tenant_id = standing.tenant_id AND customers.id = standing.customer_id
             WHERE standing.tenant_id = \(tenant) AND standing.lost_at IS NOT NULL AND customers.erased_at IS NULL
               AND customers.merged_into IS NULL
            """
        ) { LostMatch(customer: try $0.get("customer_id"), points: try $0.get("lost_points"), isNew: false) }
        let standing = try connection.one(
            """
            SELECT COUNT(*) AS number FROM alpine_standings
             WHERE tenant_id = \(tenant) AND lost_at IS NULL AND customer_id NOT IN
               (SELECT id FROM customers WHERE tenant_id = \(tenant) AND merged_into IS NOT NULL)
            """
        ) { try $0.get("number", as: Int64.self) }
        // Mostly nobody is missing, and then no standing need be read.
        guard standing > Int64(matched.count) else { return lost }
        try connection.forEach(
            """
            SELECT standing.customer_id, standing.points FROM alpine_standings AS standing
              JOIN customers ON customers.tenant_id = standing.tenant_id AND customers.id = standing.customer_id
             WHERE standing.tenant_id = \(tenant) AND standing.lost_at IS NULL AND customers.erased_at IS NULL
               AND customers.merged_into IS NULL
            """
        ) { row in
            let customer: CustomerID = try row.get("customer_id")
            guard !matched.contains(customer) else { return }
            lost.append(LostMatch(customer: customer, points: try row.get("points"), isNew: true))
        }
        return lost
    }

    /// By how much each of these customers' newest known figure is above the one before it; those without two are left
    /// out.
    public func risesAtAlpine(of customers: some Collection<CustomerID>) throws -> [CustomerID: Int64] {
        guard !customers.isEmpty else { return [:] }
        var rises: [CustomerID: Int64] = [:]
        try connection.forEach(
            """
            SELECT customer_id, points, earlier FROM (
              SELECT customer_id, points, LEAD(points) OVER newest AS earlier, ROW_NUMBER() OVER newest AS number
                FROM alpine_readings
               WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND state = 'known'
              WINDOW newest AS (PARTITION BY customer_id ORDER BY id DESC)) AS ranked
             WHERE number = 1 AND earlier IS NOT NULL
            """
        ) { row in
            rises[try row.get("customer_id")] = try addingExactly(
                row.get("points", as: Int64.self), -row.get("earlier", as: Int64.self))
        }
        return rises
    }
}

extension TenantStore {
    /// Notes that Alpine IQ has nobody for these customers any more, at most 1,000: their number is unknown, and the one
    /// they had is kept as lost.
    public func markLost(_ customers: [CustomerID], run: RunID, at now: Instant) throws {
        guard !customers.isEmpty else { return }
        try transaction { tx in
            let known = try tx.alpineStandings(of: customers).values.filter { $0.figure != .unknown }
            try tx.insertReadings(
                known.map { standing in
                    var standing = standing
                    standing.figure = .unknown
                    standing.readAt = now
                    return standing
                }, run: run)
            try tx.connection.execute(
                """
                UPDATE alpine_standings
                   SET lost_at = \(now), lost_points = points, state = 'unknown', points = NULL, outcome = 'not_compared',
                       calculated = NULL, difference = NULL, read_at = \(now)
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND lost_at IS NULL
                """)
        }
    }
}
