public import LoyaltyRules
import MariaDB

/// What an admin decides about an incident, as a whole.
public enum IncidentDecision: String, Sendable, CaseIterable {
    /// Alpine's numbers are taken.
    case apply
    /// Ours stay; Alpine's are not looked at again until they change.
    case reject

    fileprivate var state: IncidentState { self == .apply ? .applied : .rejected }
}

/// What became of a decision that a form asked for.
public enum DecisionResult<State: Equatable & Sendable>: Equatable, Sendable {
    /// It counts from now on.
    case decided
    /// The same was decided before; nothing was done now.
    case alreadyDecided
    /// Something else was decided before, or nothing was left to decide; nothing was done.
    case decidedOtherwise(State)
}

extension TenantStore {
    /// Decides an incident once. Points move by `postDecidedIncidents`, which may go on later.
    ///
    /// - Parameters:
    ///   - reason: in words, at most 200 characters.
    ///   - audit: written with the decision.
    /// - Throws: `Refusal.notFound` for an unknown incident.
    public func decide(
        _ id: IncidentID, _ decision: IncidentDecision, reason: String, by user: UserID?, audit: AuditRecord,
        at now: Instant
    ) throws -> DecisionResult<IncidentState> {
        try transaction { tx in
            let state: IncidentState? = try tx.connection.optional(
                "SELECT state FROM alpine_incidents WHERE tenant_id = \(tenant) AND id = \(id) FOR UPDATE"
            ) { try $0.get("state") }
            guard let state else { throw Refusal(.notFound, "There is no such change at Alpine.") }
            guard state == .open else {
                return state == decision.state ? .alreadyDecided : .decidedOtherwise(state)
            }
            try tx.connection.execute(
                """
                UPDATE alpine_incidents SET state = \(decision.state), decided_at = \(now), decided_by = \(user),
                       reason = \(reason) WHERE tenant_id = \(tenant) AND id = \(id)
                """)
            try tx.append(audit)
            return .decided
        }
    }

    /// Takes Alpine's numbers for customers of incidents that an admin applied, at most `limit` of them.
    ///
    /// - Parameters:
    ///   - limit: at most 100.
    ///   - requestID: of the request on behalf of which they are taken.
    /// - Returns: how many customers were dealt with; 0 when nothing is left.
    public func postDecidedIncidents(limit: Int, requestID: String? = nil, at now: Instant) throws -> Int {
        let due = try connection.all(
            """
            SELECT member.customer_id FROM alpine_incidents AS incident FORCE INDEX (by_state)
              JOIN alpine_incident_members AS member
                ON member.tenant_id = incident.tenant_id AND member.incident_id = incident.id AND member.live_slot = 1
             WHERE incident.tenant_id = \(tenant) AND incident.state = 'applied'
             ORDER BY incident.id, member.customer_id LIMIT \(limit)
            """
        ) { try $0.get("customer_id", as: CustomerID.self) }
        guard !due.isEmpty else { return 0 }
        try transaction { tx in
            let locked = try tx.lock(due)
            let members = try tx.decidedMembers(of: due)
            let overridden = try tx.lastOverrides(of: due)
            // Nobody who was erased or merged since.
            let comparable = try tx.balances(of: due, at: now)
            var (taken, left): ([NumberToTake], [CustomerID]) = ([], [])
            for customer in locked {
                guard let member = members[customer.id] else { continue }
                let isUntouched = overridden[customer.id].map { $0 <= member.found.difference.requestedAt } ?? true
                let points = member.found.difference.points
                let fits = try addingExactly(customer.head.balance, points) >= customer.held
                if fits, isUntouched, comparable[customer.id] != nil {
                    taken.append(NumberToTake(customer: customer, found: member.found, user: member.decidedBy))
                } else {
                    left.append(customer.id)
                }
            }
            try tx.take(taken, requestID: requestID, at: now)
            try tx.end(taken.map(\.customer.id), as: "posted")
            try tx.end(left, as: "left")
        }
        return due.count
    }
}

/// A member of an incident that an admin applied.
private struct DecidedMember {
    let found: FoundOverride
    let decidedBy: UserID?
}

extension TenantTransaction {
    fileprivate func decidedMembers(of customers: [CustomerID]) throws -> [CustomerID: DecidedMember] {
        let rows = try connection.all(
            """
            SELECT member.customer_id, member.incident_id, member.reading_id, member.requested_at, member.calculated,
                   member.alpine, member.pending, member.difference, incident.decided_by
              FROM alpine_incident_members AS member FORCE INDEX (one_live)
              JOIN alpine_incidents AS incident
                ON incident.tenant_id = member.tenant_id AND incident.id = member.incident_id
             WHERE member.tenant_id = \(tenant) AND member.live_slot = 1 AND incident.state = 'applied'
               AND member.customer_id IN (\(list: padded(customers)))
            """
        ) { row in
            let difference = AlpineDifference(
                customer: try row.get("customer_id"), requestedAt: try row.get("requested_at"),
                calculated: try row.get("calculated"), alpine: try row.get("alpine"), pending: try row.get("pending"),
                points: try row.get("difference"))
            let found = FoundOverride(
                difference: difference, reading: try row.get("reading_id"), incident: try row.get("incident_id"))
            return (difference.customer, DecidedMember(found: found, decidedBy: try row.get("decided_by")))
        }
        return Dictionary(rows) { first, _ in first }
    }

    fileprivate func end(_ members: [CustomerID], as ending: String) throws {
        guard !members.isEmpty else { return }
        try connection.execute(
            """
            UPDATE alpine_incident_members FORCE INDEX (one_live) SET ended = \(ending)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(members))) AND live_slot = 1
            """)
    }
}
