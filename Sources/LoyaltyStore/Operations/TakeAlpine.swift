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
            return try unchanged.compactMap { customer, found in
                guard blocked[customer.id] == nil else { return nil }
                var taking = Taking(customer: customer, found: found, record: records[customer.id], run: run, now: now)
                return try taking.perform(in: tx, bar: bar)
            }
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

private struct Taking {
    var customer: LockedCustomer
    var found: FoundOverride
    let record: OpenRecord?
    let run: RunID
    let now: Instant

    mutating func perform(in tx: TenantTransaction, bar: UntakenReason?) throws -> TakenNumber? {
        let points = found.difference.points
        let fits = try addingExactly(customer.head.balance, points) >= customer.held
        // Spent meanwhile, and no hold will end: the next comparison sees it.
        if !fits, customer.held == 0 { return nil }
        let reason = bar ?? found.difference.bar ?? lostBefore ?? (fits ? nil : .hold)
        var isAlert = false
        if AlpineOverride.isRecorded(points) {
            (found.discrepancy, isAlert) = try tx.join(record, found, untaken: reason, at: now)
        } else if reason != nil {
            return nil
        }
        if reason == nil {
            let key = found.key(after: customer.head)
            try tx.postOverride(
                found, points: points, key: key, reason: found.words, settlesOwings: true, run: run, for: &customer,
                at: now)
            try tx.markOverridden(customer.id, at: now)
        }
        return TakenNumber(
            customer: customer.id, outcome: reason.map { .recorded($0) } ?? .taken, points: points, isAlert: isAlert)
    }

    /// A rise that once looked like another member's number stays with the admin.
    private var lostBefore: UntakenReason? {
        record?.untakenReason == .lostMatch && found.difference.points > 0 ? .lostMatch : nil
    }
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

    /// Writes a comparison into the customer's open record, or opens one.
    ///
    /// - Parameter untaken: why points do not move; nil when they do.
    /// - Returns: the record, and whether somebody is to be told.
    fileprivate func join(
        _ record: OpenRecord?, _ found: FoundOverride, untaken: UntakenReason?, at now: Instant
    ) throws -> (DiscrepancyID, isAlert: Bool) {
        let difference = found.difference
        let (taken, left) = untaken == nil ? (difference.points, 0) : (0, difference.points)
        let isNews = record == nil || untaken == nil || record?.untakenPoints != left
        let isAlert = try isNews && !wasAlerted(difference.customer, since: now)
        let alertedAt: Instant? = isAlert ? now : nil
        let id = record?.id ?? .make(at: now)
        if record == nil {
            try connection.execute(
                """
                INSERT INTO alpine_discrepancies (tenant_id, id, customer_id, state, opened_at, reading_id, requested_at,
                  calculated, alpine, pending, difference, taken_points, untaken_points, untaken_reason, alerted_at)
                VALUES (\(tenant), \(id), \(difference.customer), 'open', \(now), \(found.reading),
                  \(difference.requestedAt), \(difference.calculated), \(difference.alpine), \(difference.pending),
                  \(difference.points), \(taken), \(left), \(untaken), \(alertedAt))
                """)
        } else {
            try connection.execute(
                """
                UPDATE alpine_discrepancies
                   SET reading_id = \(found.reading), requested_at = \(difference.requestedAt),
                       calculated = \(difference.calculated), alpine = \(difference.alpine),
                       pending = \(difference.pending), difference = \(difference.points),
                       taken_points = taken_points + \(taken), untaken_reason = \(untaken), untaken_points = \(left),
                       alerted_at = COALESCE(\(alertedAt), alerted_at)
                 WHERE tenant_id = \(tenant) AND id = \(id)
                """)
        }
        return (id, isAlert)
    }

    private func wasAlerted(_ customer: CustomerID, since now: Instant) throws -> Bool {
        let last = try connection.one(
            """
            SELECT MAX(alerted_at) AS last FROM alpine_discrepancies FORCE INDEX (one_open)
             WHERE tenant_id = \(tenant) AND customer_id = \(customer)
            """
        ) { try $0.get("last", as: Instant?.self) }
        return last.map { $0 > now.advanced(bySeconds: -AlpineOverride.alertSeconds) } ?? false
    }
}
