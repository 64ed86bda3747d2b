import LoyaltyRules
import MariaDB

/// What somebody decides about a record. contract.md, "/dashboard/reconciliation".
public enum Resolution: Equatable, Sendable {
    /// Alpine's number stays.
    case accept
    /// Ours is put back.
    case keepOurs
    /// Another number is set: the balance afterwards.
    case set(Int64)

    var state: DiscrepancyState {
        switch self {
        case .accept: .accepted
        case .keepOurs: .kept
        case .set: .set
        }
    }
}

/// Somebody's decision about a record or an incident.
public struct Decision: Sendable {
    /// Who decides.
    public var user: UserID
    /// Why, in words, at most 200 characters; may be empty for accepting.
    public var reason: String
    /// Written with the decision.
    public var audit: AuditRecord

    /// Makes one.
    public init(user: UserID, reason: String, audit: AuditRecord) {
        self.user = user
        self.reason = reason
        self.audit = audit
    }
}

/// What became of a decision.
public enum DecisionResult: Equatable, Sendable {
    /// Done; the balance afterwards.
    case done(balance: Int64)
    /// It was decided before; nothing was done now.
    case alreadyDecided(DiscrepancyState)
    /// The points that would be put back are spent; nothing was done.
    case beyondAvailable(available: Int64, balance: Int64, required: Int64)
    /// The number is less than what open holds reserve; nothing was done.
    case belowHolds(held: Int64)
}

extension TenantStore {
    /// Decides an open record: entry, timeline, audit, and what Alpine IQ is then told, once.
    ///
    /// - Throws: `Refusal.notFound` for no record of this id, `.conflict` for an erased customer.
    public func resolve(
        _ id: DiscrepancyID, _ resolution: Resolution, by decision: Decision, at now: Instant
    ) throws -> DecisionResult {
        try transaction { tx in try tx.resolve(id, resolution, by: decision, at: now) }
    }

    /// Decides an open incident as a whole. Rejecting takes effect at once; applying is posted by the next run.
    ///
    /// - Returns: whether it was open.
    public func decide(_ id: IncidentID, applies: Bool, by decision: Decision, at now: Instant) throws -> Bool {
        try transaction { tx in
            let state: IncidentState = applies ? .applying : .rejected
            let changed = try tx.connection.execute(
                """
                UPDATE incidents SET state = \(state), resolved_at = \(now), resolved_by = \(decision.user),
                       reason = \(decision.reason)
                 WHERE tenant_id = \(tenant) AND id = \(id) AND state = 'open'
                """)
            guard changed == 1 else { return false }
            if !applies {
                try tx.connection.execute(
                    """
                    UPDATE alpine_standings AS standing JOIN incident_members AS member
                        ON member.tenant_id = standing.tenant_id AND member.customer_id = standing.customer_id
                       SET standing.rejected_points = standing.points, standing.outcome = 'not_compared',
                           standing.reconciled_at = \(now)
                     WHERE member.tenant_id = \(tenant) AND member.incident_id = \(id) AND member.difference <> 0
                    """)
            }
            try tx.append(decision.audit)
            return true
        }
    }

    /// Accepts records that nobody decided about for 30 days.
    ///
    /// - Returns: how many.
    public func acceptOldDiscrepancies(at now: Instant) throws -> Int {
        let youngest = now.advanced(bySeconds: -OverridePlan.acceptedAfterDays * 86_400)
        return try transaction { tx in
            let count = try tx.connection.execute(
                """
                UPDATE discrepancies SET state = 'accepted', resolved_at = \(now), reason = 'Nobody objected for 30 days'
                 WHERE tenant_id = \(tenant) AND state = 'open' AND opened_at <= \(youngest)
                """)
            if count > 0 {
                try tx.append(
                    AuditRecord(
                        actor: "system", action: "reconciliation.accept",
                        detail: "\(count) records that nobody decided about for 30 days"))
            }
            return Int(count)
        }
    }
}

extension TenantTransaction {
    fileprivate func resolve(
        _ id: DiscrepancyID, _ resolution: Resolution, by decision: Decision, at now: Instant
    ) throws -> DecisionResult {
        // The customer first, as everywhere; the record cannot move to another.
        guard let seen = try record(id, isLocked: false) else { throw Refusal(.notFound, "There is no such record.") }
        var customer = try lockForChange(seen.customer)
        guard let record = try record(id, isLocked: true), record.state == .open else {
            return .alreadyDecided(try self.record(id, isLocked: false)?.state ?? .accepted)
        }
        let points: Int64
        switch resolution {
        case .accept: points = 0
        case .keepOurs:
            points = try subtractingExactly(0, record.points)
            if -points > customer.available {
                return .beyondAvailable(
                    available: customer.available, balance: customer.head.balance, required: -points)
            }
        case .set(let balance):
            if balance < customer.held { return .belowHolds(held: customer.held) }
            points = try subtractingExactly(balance, customer.head.balance)
        }
        try post(points, resolution, of: record, to: &customer, by: decision, at: now)
        try connection.execute(
            """
            UPDATE discrepancies SET state = \(resolution.state), resolved_at = \(now), resolved_by = \(decision.user),
                   reason = \(decision.reason)
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        try append(decision.audit)
        return .done(balance: customer.head.balance)
    }

    private func post(
        _ points: Int64, _ resolution: Resolution, of record: DecidedRecord, to customer: inout LockedCustomer,
        by decision: Decision, at now: Instant
    ) throws {
        let words = resolution.words(decision.reason)
        let before = customer.head.balance
        if points != 0 {
            let entries = try append(
                [
                    Movement(
                        points: points, kind: .alpineOverride, key: "decided:\(record.id)", user: decision.user,
                        reason: words, settingsVersion: try settingsVersion(), requestID: decision.audit.requestID)
                ], to: &customer, at: now)
            let kept = try keptStandings(of: [customer.id])[customer.id]
            if let entry = entries.first, let reading = kept?.reading ?? record.reading {
                let evidence = PlannedOverride(
                    customer: customer.id, distance: points, calculated: before,
                    alpine: kept?.standing.figure.points ?? record.alpine, pending: kept?.standing.pending ?? 0,
                    requestedAt: now)
                try insertEvidence(
                    [PostedOverride(plan: evidence, entry: entry, reading: reading, record: record.id)],
                    incident: nil, at: now)
            }
        }
        if resolution != .accept { try tellAlpine(customer, at: now) }
        try insert([
            Activity(
                customer: customer.id, kind: .pointsAdjusted, at: now, cause: words, points: points,
                user: decision.user)
        ])
    }

    /// One push brings Alpine's figure to our balance: new balance − alpine − pending.
    private func tellAlpine(_ customer: LockedCustomer, at now: Instant) throws {
        guard let alpine = try alpineStandings(of: [customer.id])[customer.id]?.figure.points else { return }
        let pending = try pendingAtAlpine(of: [customer.id], at: now)[customer.id]?.pending ?? 0
        let correction = try subtractingExactly(subtractingExactly(customer.head.balance, alpine), pending)
        try correctAlpine(by: correction, of: customer, at: now)
    }

    private func record(_ id: DiscrepancyID, isLocked: Bool) throws -> DecidedRecord? {
        if isLocked {
            _ = try connection.optional(
                "SELECT id FROM discrepancies WHERE tenant_id = \(tenant) AND id = \(id) FOR UPDATE"
            ) { try $0.get("id", as: DiscrepancyID.self) }
        }
        return try connection.optional(
            """
            SELECT record.id, record.customer_id, record.state, record.points, evidence.reading_id,
                   evidence.alpine_points
              FROM discrepancies AS record
              JOIN alpine_overrides AS evidence ON evidence.tenant_id = record.tenant_id
               AND evidence.discrepancy_id = record.id
             WHERE record.tenant_id = \(tenant) AND record.id = \(id) ORDER BY evidence.sequence DESC LIMIT 1
            """
        ) { row in
            DecidedRecord(
                id: try row.get("id"), customer: try row.get("customer_id"), state: try row.get("state"),
                points: try row.get("points"), reading: try row.get("reading_id"), alpine: try row.get("alpine_points"))
        }
    }
}

private struct DecidedRecord {
    let id: DiscrepancyID
    let customer: CustomerID
    let state: DiscrepancyState
    let points: Int64
    let reading: ReadingID?
    let alpine: Int64
}

extension Resolution {
    fileprivate func words(_ reason: String) -> String {
        let why = reason.isEmpty ? "" : ": \(reason)"
        return switch self {
        case .accept: "Alpine’s number stays\(why)"
        case .keepOurs: "Our number was put back\(why)"
        case .set(let balance): "The balance was set to \(groupedDigits(balance))\(why)"
        }
    }
}
