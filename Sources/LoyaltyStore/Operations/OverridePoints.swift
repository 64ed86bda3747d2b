import LoyaltyRules
import MariaDB

/// A balance that is to be brought to Alpine's. rules.md, "Comparison".
public struct PlannedOverride: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// Signed, never zero.
    public var distance: Int64
    /// Our balance when Alpine IQ was asked.
    public var calculated: Int64
    /// What Alpine said.
    public var alpine: Int64
    /// What its figure lacked.
    public var pending: Int64
    /// When Alpine IQ was asked.
    public var requestedAt: Instant

    /// Makes one.
    public init(
        customer: CustomerID, distance: Int64, calculated: Int64, alpine: Int64, pending: Int64, requestedAt: Instant
    ) {
        self.customer = customer
        self.distance = distance
        self.calculated = calculated
        self.alpine = alpine
        self.pending = pending
        self.requestedAt = requestedAt
    }
}

/// What overriding came to.
public struct PostedOverrides: Equatable, Sendable {
    /// Whose balances were corrected.
    public var corrected: [CustomerID] = []
    /// Whose open holds stand in the way until they end.
    public var waiting: [CustomerID] = []
    /// About whom the staff are told, once a day at most.
    public var alerted: [CustomerID] = []

    /// Nothing yet.
    public init() {}

    /// Adds another chunk's.
    public mutating func add(_ other: PostedOverrides) {
        corrected += other.corrected
        waiting += other.waiting
        alerted += other.alerted
    }
}

/// What makes Alpine's number be taken.
public enum OverrideCause: Equatable, Sendable {
    /// A run compared it.
    case run(RunID)
    /// Somebody decided it for many at once.
    case incident(IncidentID, by: UserID?)

    var run: RunID? { if case .run(let id) = self { id } else { nil } }
    var incident: IncidentID? { if case .incident(let id, _) = self { id } else { nil } }
    var user: UserID? { if case .incident(_, let user) = self { user } else { nil } }
}

extension TenantStore {
    /// Brings balances to Alpine's, at most 500 at once: entry, evidence, record, timeline. Left out are customers who
    /// were erased, whose number was corrected since Alpine IQ was asked, and members of an incident that is not this
    /// one: no path decides for them.
    public func override(
        _ planned: [PlannedOverride], cause: OverrideCause, at now: Instant
    ) throws -> PostedOverrides {
        try transaction { tx in try tx.override(planned, cause: cause, at: now) }
    }
}

extension TenantTransaction {
    func override(_ planned: [PlannedOverride], cause: OverrideCause, at now: Instant) throws -> PostedOverrides {
        let plans = Dictionary(planned.map { ($0.customer, $0) }) { first, _ in first }
        let locked = try lock(plans.keys.sorted())
        let kept = try keptStandings(of: plans.keys)
        let undecided = try openIncidentMembers(among: plans.keys).filter { $0.value != cause.incident }
        let corrected = try lastOverrides(of: plans.keys)
        let version = try settingsVersion()
        var result = PostedOverrides()
        var posted: [PostedOverride] = []
        for var customer in locked where !customer.isErased && undecided[customer.id] == nil {
            guard let plan = plans[customer.id], let reading = kept[customer.id]?.reading,
                corrected[customer.id].map({ $0 <= plan.requestedAt }) ?? true
            else { continue }
            switch OverridePlan(distance: plan.distance, available: customer.available) {
            case .nothing: continue
            case .wait: result.waiting.append(customer.id)
            case .post(let points):
                let movement = plan.movement(points, of: customer, cause: cause, settingsVersion: version)
                let entry = try number([movement], for: &customer, at: now)[0]
                posted.append(PostedOverride(plan: plan, entry: entry, reading: reading))
                result.corrected.append(customer.id)
            }
        }
        try insert(posted.map(\.entry))
        result.alerted = try record(&posted, at: now)
        try insertEvidence(posted, incident: cause.incident, at: now)
        try writeOffOwings(of: result.corrected)
        try markOverridden(result.corrected, at: now)
        try insert(posted.map { $0.activity(by: cause.user) })
        return result
    }

    /// When each customer's balance was last corrected.
    private func lastOverrides(of customers: some Collection<CustomerID>) throws -> [CustomerID: Instant] {
        let rows = try connection.all(
            """
            SELECT customer_id, MAX(created_at) AS last FROM alpine_overrides
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) GROUP BY customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("last", as: Instant.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    func insertEvidence(_ posted: [PostedOverride], incident: IncidentID?, at now: Instant) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_overrides (tenant_id, customer_id, sequence, reading_id, discrepancy_id, incident_id,
              calculated, alpine_points, pending, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows: posted.map { override in
                [
                    tenant.sqlValue, override.plan.customer.sqlValue, override.entry.sequence.sqlValue,
                    override.reading.sqlValue, override.record.sqlValue, incident.sqlValue,
                    override.plan.calculated.sqlValue, override.plan.alpine.sqlValue, override.plan.pending.sqlValue,
                    now.sqlValue,
                ]
            })
    }

    /// Alpine's figure contains what was owed already.
    private func writeOffOwings(of customers: [CustomerID]) throws {
        guard !customers.isEmpty else { return }
        // Assignments go from left to right.
        try connection.execute(
            """
            UPDATE order_owings SET overridden = overridden + open, open = 0
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND open > 0
            """)
        try connection.execute(
            """
            UPDATE customers SET points_owed = 0
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers))) AND points_owed > 0
            """)
    }

    func markOverridden(_ customers: [CustomerID], at now: Instant) throws {
        guard !customers.isEmpty else { return }
        try connection.execute(
            """
            UPDATE alpine_standings SET outcome = 'overridden', reconciled_at = \(now), rejected_points = NULL
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """)
    }
}

/// An override with what it left behind.
struct PostedOverride: Equatable {
    let plan: PlannedOverride
    let entry: LedgerEntry
    let reading: ReadingID
    /// The record it belongs to; nil for a few points, which are corrected without.
    var record: DiscrepancyID?

    init(plan: PlannedOverride, entry: LedgerEntry, reading: ReadingID, record: DiscrepancyID? = nil) {
        self.plan = plan
        self.entry = entry
        self.reading = reading
        self.record = record
    }

    func activity(by user: UserID?) -> Activity {
        Activity(
            customer: plan.customer, kind: .pointsAdjusted, at: entry.createdAt, cause: entry.movement.reason,
            points: entry.movement.points, user: user)
    }
}

extension PlannedOverride {
    fileprivate func movement(
        _ points: Int64, of customer: LockedCustomer, cause: OverrideCause, settingsVersion: Int64
    ) -> Movement {
        let lacking = pending == 0 ? "" : " and lacked \(groupedDigits(pending)) of ours"
        return Movement(
            points: points, kind: .alpineOverride,
            // Made from the lock's counter, so that no other movement can have it.
            key: "alpine:\(customer.id):\((customer.head.sequence ?? 0) + 1)", run: cause.run, user: cause.user,
            reason: "Alpine’s number \(groupedDigits(alpine))\(lacking) was taken; ours was \(groupedDigits(calculated))",
            settingsVersion: settingsVersion)
    }
}
