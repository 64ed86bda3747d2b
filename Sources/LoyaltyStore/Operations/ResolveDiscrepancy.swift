public import LoyaltyRules
import MariaDB

/// What somebody decides about a difference to Alpine IQ. rules.md, "the inbox resolves a record".
public struct DiscrepancyDecision: Equatable, Sendable {
    /// Which number stands.
    public enum Choice: Equatable, Sendable {
        /// Alpine's.
        case accept
        /// Ours.
        case keep
        /// This one.
        case set(Int64)
    }

    /// Which number stands.
    public var choice: Choice
    /// Why, at most 200 characters; may be empty.
    public var reason: String
    /// Who; nil for time.
    public var user: UserID?
    /// The request's id.
    public var requestID: String?

    /// Makes a decision.
    public init(_ choice: Choice, reason: String = "", user: UserID? = nil, requestID: String? = nil) {
        self.choice = choice
        self.reason = reason
        self.user = user
        self.requestID = requestID
    }

    fileprivate var state: DiscrepancyState {
        switch choice {
        case .accept: .accepted
        case .keep: .kept
        case .set: .set
        }
    }
}

/// What became of a decision that a form asked for.
public enum ResolutionResult: Equatable, Sendable {
    /// Done: the points moved here, signed; the balance afterwards; what Alpine IQ is told to change.
    case done(moved: Int64, balance: Int64, pushed: Int64)
    /// The same was decided before; nothing was done now.
    case alreadyDone
    /// Something else was decided before; nothing was done.
    case decidedOtherwise(DiscrepancyState)
    /// More would have to be taken than is free; nothing was done.
    case beyondAvailable(needed: Int64, available: Int64, balance: Int64)
    /// The number is below what is reserved; nothing was done.
    case belowHolds(held: Int64)
}

extension TenantStore {
    /// Resolves a record once: posts what the decision moves, tells Alpine IQ, and closes it.
    ///
    /// - Parameter audit: written with the decision.
    /// - Throws: `Refusal.notFound` for an unknown record; `.conflict` for an erased customer, or for one whom an undecided
    ///   incident concerns.
    public func resolve(
        _ id: DiscrepancyID, by decision: DiscrepancyDecision, audit: AuditRecord, at now: Instant
    ) throws -> ResolutionResult {
        try transaction { tx in
            guard let card = try tx.discrepancy(id) else {
                throw Refusal(.notFound, "There is no such difference.")
            }
            var customer = try tx.lockForChange(card.record.customer)
            let (record, reading) = try tx.lockRecord(id)
            guard record.state == .open else {
                return record.state == decision.state ? .alreadyDone : .decidedOtherwise(record.state)
            }
            if let member = try tx.liveMembers(of: [customer.id])[customer.id], member.state != .rejected {
                throw Refusal(
                    .conflict, "A change at Alpine concerns many customers and this one too. Decide that first.")
            }
            let moved = try record.points(moving: customer, for: decision.choice)
            if let refused = Self.refusal(of: moved, decision.choice, customer) { return refused }
            if moved != 0 {
                try tx.post(moved, decision, record, reading, for: &customer, at: now)
            } else {
                try tx.insert([
                    Activity(
                        customer: customer.id, kind: .pointsAdjusted, at: now, cause: decision.words(record),
                        user: decision.user)
                ])
            }
            let pushed = decision.choice == .accept ? 0 : try tx.tellAlpine(customer, at: now)
            try tx.close(record.id, by: decision, moved: moved, pushed: pushed, at: now)
            try tx.append(audit)
            return .done(moved: moved, balance: customer.head.balance, pushed: pushed)
        }
    }

    private static func refusal(
        of moved: Int64, _ choice: DiscrepancyDecision.Choice, _ customer: LockedCustomer
    ) -> ResolutionResult? {
        guard customer.available < -moved else { return nil }
        if case .set = choice { return .belowHolds(held: customer.held) }
        return .beyondAvailable(needed: -moved, available: customer.available, balance: customer.head.balance)
    }

    /// Accepts records that have been open for 30 days, at most `limit`. No points move: what was not taken stays untaken.
    ///
    /// - Returns: how many.
    public func acceptOldDiscrepancies(limit: Int, at now: Instant) throws -> Int {
        let before = now.advanced(bySeconds: -AlpineOverride.acceptanceSeconds)
        let old = try connection.all(
            """
            SELECT id, customer_id FROM alpine_discrepancies FORCE INDEX (by_slot)
             WHERE tenant_id = \(tenant) AND open_slot = 1 AND opened_at <= \(before) ORDER BY id LIMIT \(limit)
            """
        ) { (id: try $0.get("id", as: DiscrepancyID.self), customer: try $0.get("customer_id", as: CustomerID.self)) }
        guard !old.isEmpty else { return 0 }
        try transaction { tx in
            _ = try tx.lock(old.map(\.customer))
            let decision = DiscrepancyDecision(.accept, reason: "Nobody decided within 30 days")
            for (id, customer) in old where try tx.lockRecord(id).record.state == .open {
                try tx.close(id, by: decision, moved: 0, pushed: 0, at: now)
                try tx.insert([
                    Activity(
                        customer: customer, kind: .pointsAdjusted, at: now,
                        cause: "Alpine’s number stands: 30 days passed")
                ])
                try tx.append(
                    AuditRecord(
                        actor: "system", action: "reconciliation.accept", subject: "\(id)", detail: decision.reason))
            }
        }
        return old.count
    }
}

extension Discrepancy {
    /// What a decision moves here.
    fileprivate func points(moving customer: LockedCustomer, for choice: DiscrepancyDecision.Choice) throws -> Int64 {
        switch choice {
        case .accept: untakenPoints
        case .keep: -takenPoints
        case .set(let points): try addingExactly(points, -customer.head.balance)
        }
    }
}

extension DiscrepancyDecision {
    /// In the owner's words, at most 300 characters.
    fileprivate func words(_ record: Discrepancy) -> String {
        let why = reason.isEmpty ? "" : ". \(reason)"
        return switch choice {
        case .accept where record.untakenPoints == 0: "Alpine’s number stands\(why)"
        case .accept: "Alpine’s number was taken by hand: \(groupedDigits(record.alpine))\(why)"
        case .keep: "Our number was kept instead of Alpine’s \(groupedDigits(record.alpine))\(why)"
        case .set(let points):
            "Set to \(groupedDigits(points)) instead of Alpine’s \(groupedDigits(record.alpine))\(why)"
        }
    }
}

extension TenantTransaction {
    fileprivate func lockRecord(_ id: DiscrepancyID) throws -> (record: Discrepancy, reading: ReadingID) {
        try connection.one(
            """
            SELECT \(Discrepancy.columns), NULL AS email, record.reading_id FROM alpine_discrepancies AS record
             WHERE record.tenant_id = \(tenant) AND record.id = \(id) FOR UPDATE
            """
        ) { (try Discrepancy(row: $0), try $0.get("reading_id")) }
    }

    fileprivate func post(
        _ points: Int64, _ decision: DiscrepancyDecision, _ record: Discrepancy, _ reading: ReadingID,
        for customer: inout LockedCustomer, at now: Instant
    ) throws {
        let difference = AlpineDifference(
            customer: customer.id, requestedAt: record.requestedAt, calculated: record.calculated,
            alpine: record.alpine, pending: record.pending, points: points)
        try postOverride(
            FoundOverride(difference: difference, reading: reading, discrepancy: record.id), points: points,
            key: "reconciliation:\(record.id)", reason: decision.words(record),
            settlesOwings: decision.choice == .accept, user: decision.user, requestID: decision.requestID,
            for: &customer, at: now)
        if decision.choice == .accept { try markOverridden([customer.id], at: now) }
    }

    /// Tells Alpine IQ our number, as of the newest comparison: new balance − Alpine's − pending. What has moved here
    /// since is Alpine's to compute, or is told by itself.
    ///
    /// - Returns: what it is told to change; 0 when it named no number, for then there is nothing to correct.
    fileprivate func tellAlpine(_ customer: LockedCustomer, at now: Instant) throws -> Int64 {
        guard try integrations().contains(.alpine),
            let standing = try alpineStandings(of: [customer.id])[customer.id], let alpine = standing.figure.points,
            let calculated = standing.calculated
        else { return 0 }
        let overridden = try connection.one(
            """
            SELECT CAST(COALESCE(SUM(entry.points), 0) AS SIGNED) AS points FROM alpine_overrides AS taken
              JOIN ledger_entries AS entry ON entry.tenant_id = taken.tenant_id
               AND entry.customer_id = taken.customer_id AND entry.sequence = taken.sequence
             WHERE taken.tenant_id = \(tenant) AND taken.customer_id = \(customer.id)
               AND entry.created_at > \(standing.readAt)
            """
        ) { try $0.get("points", as: Int64.self) }
        let pending = try pendingAtAlpine(of: [customer.id], at: standing.readAt)[customer.id]?.pending ?? 0
        let balance = try addingExactly(calculated, overridden)
        let points = try addingExactly(balance, -(try addingExactly(alpine, pending)))
        try correctAlpine(by: points, of: customer, at: now)
        return points
    }

    fileprivate func close(
        _ id: DiscrepancyID, by decision: DiscrepancyDecision, moved: Int64, pushed: Int64, at now: Instant
    ) throws {
        try connection.execute(
            """
            UPDATE alpine_discrepancies
               SET state = \(decision.state), resolved_at = \(now), resolved_by = \(decision.user),
                   resolution_reason = \(decision.reason.isEmpty ? nil : decision.reason), moved_points = \(moved),
                   pushed_points = \(pushed), untaken_points = 0, untaken_reason = NULL
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
    }
}
