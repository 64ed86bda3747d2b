import LoyaltyRules
import MariaDB

/// What became of a customer's difference to Alpine IQ.
public struct TakenNumber: Equatable, Sendable {
    /// What was done.
    public enum Outcome: Equatable, Sendable {
        /// Alpine's number was taken.
        case taken
        /// It was recorded and no points moved.
        case recorded(UntakenReason)
    }

    /// Whose.
    public var customer: CustomerID
    /// What was done.
    public var outcome: Outcome
    /// The signed distance.
    public var points: Int64
    /// Whether somebody is to be told: once a customer in 24 hours.
    public var isAlert: Bool
}

extension TenantStore {
    /// Takes Alpine's numbers, or records why not: at most 100 at once, each as it was found. What has changed since is
    /// left to the next comparison, and members of incidents to the admin. rules.md, "Comparison", "over".
    ///
    /// - Parameters:
    ///   - isEnabled: the switch of the installation.
    ///   - now: later than when Alpine was asked.
    /// - Returns: what was done; those left out are left to the next comparison.
    public func takeAlpine(
        _ differences: [AlpineDifference], run: RunID, isEnabled: Bool, at now: Instant
    ) throws -> [TakenNumber] {
        guard !differences.isEmpty else { return [] }
        return try transaction { tx in
            // Inside, so that nothing is taken any more once a pause is saved.
            let bar = try tx.settings().program.barToOverrides(isEnabled: isEnabled)
            let unchanged = try tx.unchanged(differences)
            let blocked = try tx.liveMembers(of: differences.map(\.customer))
            let records = try tx.openRecords(of: differences.map(\.customer))
            let alerted = try tx.lastAlerts(of: differences.map(\.customer))
            var takings: [Taking] = []
            for (customer, found) in unchanged where blocked[customer.id] == nil {
                let taking = try Taking(
                    customer, found, record: records[customer.id], alertedAt: alerted[customer.id], bar: bar, at: now)
                if let taking { takings.append(taking) }
            }
            try tx.join(takings, at: now)
            try tx.take(takings.filter { $0.untaken == nil }.map(\.number), run: run, at: now)
            return takings.map(\.outcome)
        }
    }

    /// Notes that nothing of these customers' open records waits to be taken any more: the numbers agree.
    public func clearUntaken(of customers: [CustomerID]) throws {
        guard !customers.isEmpty else { return }
        try transaction { tx in
            try tx.connection.execute(
                """
                UPDATE alpine_discrepancies FORCE INDEX (one_open) SET untaken_points = 0, untaken_reason = NULL
                 WHERE tenant_id = \(tenant) AND open_slot = 1 AND customer_id IN (\(list: padded(customers)))
                """)
        }
    }
}

/// An open record as joining it needs it.
struct OpenRecord {
    let id: DiscrepancyID
    let untakenPoints: Int64
    let untakenReason: UntakenReason?
}

/// What is to be done about a difference.
private struct Taking {
    let customer: LockedCustomer
    var found: FoundOverride
    /// The open record that it joins; nil when there is none.
    let record: OpenRecord?
    /// Why points do not move; nil when they do.
    let untaken: UntakenReason?
    private(set) var isAlert = false

    /// Nil when nothing is to be done: the next comparison sees it.
    init?(
        _ customer: LockedCustomer, _ found: FoundOverride, record: OpenRecord?, alertedAt: Instant?,
        bar: UntakenReason?,
        at now: Instant
    ) throws {
        (self.customer, self.found, self.record) = (customer, found, record)
        let points = found.difference.points
        let fits = try addingExactly(customer.head.balance, points) >= customer.held
        // Spent meanwhile, and no hold will end.
        if !fits, customer.held == 0 { return nil }
        // A rise that once looked like another member's number stays with the admin.
        let lostBefore: UntakenReason? = record?.untakenReason == .lostMatch && points > 0 ? .lostMatch : nil
        untaken = bar ?? found.difference.bar ?? lostBefore ?? (fits ? nil : .hold)
        guard AlpineOverride.isRecorded(points) else {
            if untaken != nil { return nil }
            return
        }
        self.found.discrepancy = record?.id ?? .make(at: now)
        let isNews = record == nil || untaken == nil || record?.untakenPoints != points
        let wasAlerted = alertedAt.map { $0 > now.advanced(bySeconds: -AlpineOverride.alertSeconds) } ?? false
        isAlert = isNews && !wasAlerted
    }

    var number: NumberToTake { NumberToTake(customer: customer, found: found) }
    var outcome: TakenNumber {
        TakenNumber(
            customer: customer.id, outcome: untaken.map { .recorded($0) } ?? .taken, points: found.difference.points,
            isAlert: isAlert)
    }
    var takenPoints: Int64 { untaken == nil ? found.difference.points : 0 }
    var untakenPoints: Int64 { untaken == nil ? 0 : found.difference.points }
}

extension TenantTransaction {
    /// The open records of these customers, whose rows are locked.
    func openRecords(of customers: some Collection<CustomerID>) throws -> [CustomerID: OpenRecord] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT customer_id, id, untaken_points, untaken_reason FROM alpine_discrepancies FORCE INDEX (one_open)
             WHERE tenant_id = \(tenant) AND open_slot = 1 AND customer_id IN (\(list: padded(customers)))
            """
        ) { row in
            (
                try row.get("customer_id", as: CustomerID.self),
                OpenRecord(
                    id: try row.get("id"), untakenPoints: try row.get("untaken_points"),
                    untakenReason: try row.get("untaken_reason"))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// Writes comparisons into the customers' open records, or opens them.
    fileprivate func join(_ takings: [Taking], at now: Instant) throws {
        let recorded = takings.filter { $0.found.discrepancy != nil }
        try open(recorded.filter { $0.record == nil }, at: now)
        for taking in recorded where taking.record != nil { try update(taking, at: now) }
    }

    private func open(_ takings: [Taking], at now: Instant) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_discrepancies (tenant_id, id, customer_id, state, opened_at, reading_id, requested_at,
              calculated, alpine, pending, difference, taken_points, untaken_points, untaken_reason, alerted_at)
            VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows: takings.map { taking in
                let (found, difference) = (taking.found, taking.found.difference)
                return [
                    tenant.sqlValue, found.discrepancy.sqlValue, difference.customer.sqlValue, now.sqlValue,
                    found.reading.sqlValue, difference.requestedAt.sqlValue, difference.calculated.sqlValue,
                    difference.alpine.sqlValue, difference.pending.sqlValue, difference.points.sqlValue,
                    taking.takenPoints.sqlValue, taking.untakenPoints.sqlValue, taking.untaken.sqlValue,
                    (taking.isAlert ? now : nil).sqlValue,
                ]
            })
    }

    private func update(_ taking: Taking, at now: Instant) throws {
        let difference = taking.found.difference
        let alertedAt: Instant? = taking.isAlert ? now : nil
        try connection.execute(
            """
            UPDATE alpine_discrepancies
               SET reading_id = \(taking.found.reading), requested_at = \(difference.requestedAt),
                   calculated = \(difference.calculated), alpine = \(difference.alpine),
                   pending = \(difference.pending), difference = \(difference.points),
                   taken_points = taken_points + \(taking.takenPoints), untaken_reason = \(taking.untaken),
                   untaken_points = \(taking.untakenPoints), alerted_at = COALESCE(\(alertedAt), alerted_at)
             WHERE tenant_id = \(tenant) AND id = \(taking.record?.id)
            """)
    }

    /// When somebody was last told of these customers.
    fileprivate func lastAlerts(of customers: [CustomerID]) throws -> [CustomerID: Instant] {
        let rows = try connection.all(
            """
            SELECT customer_id, MAX(alerted_at) AS last FROM alpine_discrepancies FORCE INDEX (one_open)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND alerted_at IS NOT NULL
             GROUP BY customer_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("last", as: Instant.self)) }
        return Dictionary(rows) { first, _ in first }
    }
}
