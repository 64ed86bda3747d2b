import LoyaltyRules
import MariaDB

extension UntakenReason: SQLBindable, SQLDecodable {}
extension ComparisonGroup: SQLBindable, SQLDecodable {}

/// A comparison that came out over the threshold.
public struct AlpineDifference: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// When Alpine was asked.
    public var requestedAt: Instant
    /// Our balance then.
    public var calculated: Int64
    /// What Alpine said.
    public var alpine: Int64
    /// What Alpine had not acknowledged then.
    public var pending: Int64
    /// The signed distance that an override posts.
    public var points: Int64
    /// What keeps this one from being taken, beside the settings.
    public var bar: UntakenReason?

    /// Makes one.
    public init(
        customer: CustomerID, requestedAt: Instant, calculated: Int64, alpine: Int64, pending: Int64, points: Int64,
        bar: UntakenReason? = nil
    ) {
        self.customer = customer
        self.requestedAt = requestedAt
        self.calculated = calculated
        self.alpine = alpine
        self.pending = pending
        self.points = points
        self.bar = bar
    }
}

/// What is taken of Alpine's number, or would be: the comparison, its reading, and why.
struct FoundOverride {
    let difference: AlpineDifference
    let reading: ReadingID
    var discrepancy: DiscrepancyID?
    var incident: IncidentID?
}

/// Whose number at Alpine is to be taken, and who decided so.
struct NumberToTake {
    let customer: LockedCustomer
    let found: FoundOverride
    var user: UserID?
}

/// An override in the ledger, and what it came of.
private typealias PostedOverride = (entry: LedgerEntry, found: FoundOverride)

extension TenantTransaction {
    /// Of the differences, those that are as they were found, each with its locked customer: nobody was overridden since
    /// Alpine was asked, nothing of then has come to light later, and Alpine's newest figure is this one.
    func unchanged(
        _ differences: [AlpineDifference]
    ) throws -> [(customer: LockedCustomer, found: FoundOverride)] {
        let ids = differences.map(\.customer)
        let locked = try lock(ids)
        let (readings, overridden) = (try newestReadings(of: ids), try lastOverrides(of: ids))
        let found = Dictionary(differences.map { ($0.customer, $0) }) { first, _ in first }
        var (balances, pending): ([CustomerID: Int64], [CustomerID: PendingAtAlpine]) = ([:], [:])
        for (moment, group) in Dictionary(grouping: differences, by: \.requestedAt) {
            let members = group.map(\.customer)
            balances.merge(try self.balances(of: members, at: moment)) { first, _ in first }
            pending.merge(try pendingAtAlpine(of: members, at: moment)) { first, _ in first }
        }
        return locked.compactMap { customer in
            let waiting = pending[customer.id] ?? PendingAtAlpine()
            guard let difference = found[customer.id], let reading = readings[customer.id], !customer.isErased,
                reading.points == difference.alpine, balances[customer.id] == difference.calculated,
                waiting.pending == difference.pending, !waiting.isUnsettled,
                overridden[customer.id].map({ $0 <= difference.requestedAt }) ?? true
            else { return nil }
            return (customer, FoundOverride(difference: difference, reading: reading.id))
        }
    }

    /// When these customers were last overridden, or an override was undone.
    func lastOverrides(of customers: some Collection<CustomerID>) throws -> [CustomerID: Instant] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT taken.customer_id, MAX(entry.created_at) AS at FROM alpine_overrides AS taken
              JOIN ledger_entries AS entry ON entry.tenant_id = taken.tenant_id
               AND entry.customer_id = taken.customer_id AND entry.sequence = taken.sequence
             WHERE taken.tenant_id = \(tenant) AND taken.customer_id IN (\(list: padded(customers)))
             GROUP BY taken.customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("at", as: Instant.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Posts an `alpine_override` with the reading that explains it. The caller has seen that it stays above open holds.
    ///
    /// - Parameters:
    ///   - key: unique for its cause.
    ///   - settlesOwings: whether Alpine's number is taken, which contains what is owed already.
    @discardableResult
    func postOverride(
        _ found: FoundOverride, points: Int64, key: String, reason: String, settlesOwings: Bool, user: UserID? = nil,
        run: RunID? = nil, requestID: String? = nil, for customer: inout LockedCustomer, at now: Instant
    ) throws -> LedgerEntry? {
        let movement = Movement(
            points: points, kind: .alpineOverride, key: key, run: run, user: user, reason: reason,
            settingsVersion: try settingsVersion(), requestID: requestID)
        guard let entry = try append([movement], to: &customer, at: now).first else { return nil }
        try explain([PostedOverride(entry: entry, found: found)], at: now)
        if settlesOwings { try settleWithoutClawback([entry]) }
        return entry
    }

    /// Takes Alpine's numbers of several customers, each once, with the readings that explain them. The caller has seen
    /// that they stay above open holds.
    func take(_ numbers: [NumberToTake], run: RunID? = nil, requestID: String? = nil, at now: Instant) throws {
        guard !numbers.isEmpty else { return }
        let version = try settingsVersion()
        var posted: [PostedOverride] = []
        for number in numbers {
            var customer = number.customer
            // The key has the end of the chain, whose lock is held.
            let movement = Movement(
                points: number.found.difference.points, kind: .alpineOverride,
                key: number.found.key(after: customer.head),
                run: run, user: number.user, reason: number.found.words, settingsVersion: version, requestID: requestID)
            posted += try self.number([movement], for: &customer, at: now).map {
                PostedOverride(entry: $0, found: number.found)
            }
        }
        try insert(posted.map(\.entry))
        try explain(posted, at: now)
        try settleWithoutClawback(posted.map(\.entry))
        try markOverridden(numbers.map(\.customer.id), at: now)
    }

    private func explain(_ posted: [PostedOverride], at now: Instant) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_overrides (tenant_id, customer_id, sequence, reading_id, calculated, alpine, pending,
              discrepancy_id, incident_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows: posted.map { entry, found in
                let difference = found.difference
                return [
                    tenant.sqlValue, entry.customer.sqlValue, entry.sequence.sqlValue, found.reading.sqlValue,
                    difference.calculated.sqlValue, difference.alpine.sqlValue, difference.pending.sqlValue,
                    found.discrepancy.sqlValue, found.incident.sqlValue,
                ]
            })
        try insert(
            posted.map { entry, _ in
                Activity(
                    customer: entry.customer, kind: .pointsAdjusted, at: now, cause: entry.movement.reason,
                    points: entry.movement.points, user: entry.movement.user)
            })
    }

    /// What is owed counts as settled: Alpine's number contains it already.
    private func settleWithoutClawback(_ overrides: [LedgerEntry]) throws {
        // Few owe anything.
        let owing = Set(
            try connection.all(
                """
                SELECT DISTINCT customer_id FROM order_owings FORCE INDEX (PRIMARY)
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(overrides.map(\.customer)))) AND open > 0
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
        for entry in overrides where owing.contains(entry.customer) {
            try connection.execute(
                """
                INSERT INTO alpine_settlements (tenant_id, customer_id, order_id, sequence, points)
                SELECT tenant_id, customer_id, order_id, \(entry.sequence), open FROM order_owings
                 WHERE tenant_id = \(tenant) AND customer_id = \(entry.customer) AND open > 0
                """)
            try connection.execute(
                """
                UPDATE order_owings SET open = 0
                 WHERE tenant_id = \(tenant) AND customer_id = \(entry.customer) AND open > 0
                """)
            try connection.execute(
                "UPDATE customers SET points_owed = 0 WHERE tenant_id = \(tenant) AND id = \(entry.customer)")
        }
    }

    /// Notes that Alpine's numbers were taken.
    func markOverridden(_ customers: [CustomerID], at now: Instant) throws {
        try connection.execute(
            """
            UPDATE alpine_standings FORCE INDEX (PRIMARY) SET outcome = 'overridden', reconciled_at = \(now)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """)
    }
}

extension FoundOverride {
    /// Why the entry is there, in the owner's words.
    var words: String {
        let waiting =
            difference.pending == 0 ? "" : " with \(groupedDigits(difference.pending)) on the way there"
        return "Alpine’s number was taken: \(groupedDigits(difference.alpine))\(waiting) "
            + "instead of our \(groupedDigits(difference.calculated))"
    }

    /// Unique for the reading and the ledger that it was compared with: after a crash the same comparison posts once.
    func key(after head: LedgerHead) -> String { "alpine:\(reading):\(head.sequence ?? 0)" }
}
