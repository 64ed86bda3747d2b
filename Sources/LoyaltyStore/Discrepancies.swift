import LoyaltyRules
import MariaDB

/// Where a record stands.
public enum DiscrepancyState: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// Somebody should look at it.
    case open
    /// Alpine's number stays.
    case accepted
    /// Ours was put back.
    case kept
    /// Another number was set.
    case set
}

extension TenantTransaction {
    /// Opens a record for each override of some size, or joins the customer's open one, and notes which record each
    /// belongs to.
    ///
    /// - Returns: about whom the staff are told: nobody twice within a day.
    func record(_ posted: inout [PostedOverride], at now: Instant) throws -> [CustomerID] {
        let recorded = posted.filter { $0.entry.movement.points.magnitude >= OverridePlan.recordedFrom.magnitude }
        guard !recorded.isEmpty else { return [] }
        let customers = recorded.map(\.plan.customer)
        let open = try openRecords(of: customers)
        let alerted = try lastAlerts(of: customers)
        let quietFrom = now.advanced(bySeconds: -OverridePlan.alertSeconds)
        let loud = Set(customers.filter { alerted[$0].map { $0 <= quietFrom } ?? true })
        var records = open
        var rows: [[Value]] = []
        for override in recorded {
            let id = override.plan.customer
            if let record = open[id] {
                try join(record, override.entry.movement.points, alertedAt: loud.contains(id) ? now : nil)
                continue
            }
            let record = DiscrepancyID.make(at: now)
            records[id] = record
            rows.append([
                tenant.sqlValue, record.sqlValue, id.sqlValue, override.entry.movement.points.sqlValue, now.sqlValue,
                (loud.contains(id) ? now : alerted[id] ?? now).sqlValue,
            ])
        }
        try connection.bulkInsert(
            """
            INSERT INTO discrepancies (tenant_id, id, customer_id, state, overrides, points, opened_at, alerted_at)
            VALUES (?, ?, ?, 'open', 1, ?, ?, ?)
            """, rows: rows)
        let small = Set(customers)
        for index in posted.indices where small.contains(posted[index].plan.customer) {
            posted[index].record = records[posted[index].plan.customer]
        }
        return customers.filter(loud.contains)
    }

    private func join(_ record: DiscrepancyID, _ points: Int64, alertedAt: Instant?) throws {
        try connection.execute(
            """
            UPDATE discrepancies SET overrides = overrides + 1, points = points + \(points),
                   alerted_at = COALESCE(\(alertedAt), alerted_at)
             WHERE tenant_id = \(tenant) AND id = \(record)
            """)
    }

    private func openRecords(of customers: [CustomerID]) throws -> [CustomerID: DiscrepancyID] {
        let rows = try connection.all(
            """
            SELECT customer_id, id FROM discrepancies
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND state = 'open' FOR UPDATE
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("id", as: DiscrepancyID.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    private func lastAlerts(of customers: [CustomerID]) throws -> [CustomerID: Instant] {
        let rows = try connection.all(
            """
            SELECT customer_id, MAX(alerted_at) AS last FROM discrepancies
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) GROUP BY customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("last", as: Instant.self)) }
        return Dictionary(rows) { first, _ in first }
    }
}

/// A record as the inbox shows it.
public struct Discrepancy: Equatable, Sendable {
    /// Which.
    public var id: DiscrepancyID
    /// Whose.
    public var customer: CustomerCard
    /// Where it stands.
    public var state: DiscrepancyState
    /// How often Alpine's number was taken.
    public var overrides: Int64
    /// What that moved in all, signed.
    public var points: Int64
    /// Our balance before the last time.
    public var calculated: Int64
    /// What Alpine said then.
    public var alpine: Int64
    /// What its figure lacked then.
    public var pending: Int64
    /// When the first override was posted.
    public var openedAt: Instant
    /// When it was decided; nil while it is open.
    public var resolvedAt: Instant?
    /// Who decided; nil for time that ran out.
    public var resolvedBy: String?
    /// Why.
    public var reason: String

    /// Makes one by hand, for samples and tests.
    public init(
        id: DiscrepancyID, customer: CustomerCard, state: DiscrepancyState, overrides: Int64, points: Int64,
        calculated: Int64, alpine: Int64, pending: Int64, openedAt: Instant, resolvedAt: Instant? = nil,
        resolvedBy: String? = nil, reason: String = ""
    ) {
        self.id = id
        self.customer = customer
        self.state = state
        self.overrides = overrides
        self.points = points
        self.calculated = calculated
        self.alpine = alpine
        self.pending = pending
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.resolvedBy = resolvedBy
        self.reason = reason
    }
}

extension TenantQueries {
    /// Open records, or decided ones, newest first, at most `limit`.
    public func discrepancies(areOpen: Bool, limit: Int) throws -> [Discrepancy] {
        let state: SQL = areOpen ? "state = 'open'" : "state <> 'open'"
        let order: SQL = areOpen ? "opened_at DESC, id DESC" : "resolved_at DESC, id DESC"
        return try discrepancies(
            """
            SELECT id, customer_id FROM discrepancies WHERE tenant_id = \(tenant) AND \(state)
             ORDER BY \(order) LIMIT \(limit)
            """)
    }

    /// One record; nil when there is none of that id.
    public func discrepancy(_ id: DiscrepancyID) throws -> Discrepancy? {
        try discrepancies(
            "SELECT id, customer_id FROM discrepancies WHERE tenant_id = \(tenant) AND id = \(id)"
        ).first
    }

    private func discrepancies(_ chosen: SQL) throws -> [Discrepancy] {
        let records = try connection.all(chosen) { row in
            (try row.get("id", as: DiscrepancyID.self), try row.get("customer_id", as: CustomerID.self))
        }
        guard !records.isEmpty else { return [] }
        let cards = try cards(of: records.map(\.1))
        let rows = try connection.all(
            """
            SELECT record.id, record.customer_id, record.state, record.overrides, record.points, record.opened_at,
                   record.resolved_at, record.reason, users.email AS resolver, evidence.calculated,
                   evidence.alpine_points, evidence.pending
              FROM discrepancies AS record
              LEFT JOIN users ON users.id = record.resolved_by
              JOIN alpine_overrides AS evidence ON evidence.tenant_id = record.tenant_id
               AND evidence.customer_id = record.customer_id AND evidence.sequence =
                 (SELECT MAX(last.sequence) FROM alpine_overrides AS last WHERE last.tenant_id = record.tenant_id
                     AND last.discrepancy_id = record.id)
             WHERE record.tenant_id = \(tenant) AND record.id IN (\(list: padded(records.map(\.0))))
            """
        ) { row in try cards[row.get("customer_id", as: CustomerID.self)].map { try Discrepancy(row: row, of: $0) } }
        let found = Dictionary(rows.compactMap { $0 }.map { ($0.id, $0) }) { first, _ in first }
        return records.compactMap { found[$0.0] }
    }

    /// The cards of these customers.
    func cards(of customers: [CustomerID]) throws -> [CustomerID: CustomerCard] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT \(CustomerCard.columns) FROM customers
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers)))
            """, CustomerCard.init(row:))
        return Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Open records and members of open incidents: who waits for somebody to decide.
    public func needsReview() throws -> Int64 {
        try connection.one(
            """
            SELECT (SELECT COUNT(*) FROM discrepancies WHERE tenant_id = \(tenant) AND state = 'open')
                 + (SELECT COUNT(*) FROM incident_members AS member
                      JOIN incidents ON incidents.tenant_id = member.tenant_id AND incidents.id = member.incident_id
                     WHERE incidents.tenant_id = \(tenant) AND incidents.state IN ('open', 'applying')) AS waiting
            """
        ) { try $0.get("waiting") }
    }
}

extension Discrepancy {
    fileprivate init(row: Row, of customer: CustomerCard) throws {
        self.init(
            id: try row.get("id"), customer: customer, state: try row.get("state"),
            overrides: try row.get("overrides"), points: try row.get("points"), calculated: try row.get("calculated"),
            alpine: try row.get("alpine_points"), pending: try row.get("pending"), openedAt: try row.get("opened_at"),
            resolvedAt: try row.get("resolved_at"), resolvedBy: try row.get("resolver"), reason: try row.get("reason"))
    }
}
