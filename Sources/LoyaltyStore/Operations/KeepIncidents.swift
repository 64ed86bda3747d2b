import LoyaltyRules
import MariaDB

/// What a comparison said about members of incidents.
public struct MemberChanges: Sendable {
    /// Their numbers agree again.
    public var agreed: [CustomerID] = []
    /// Alpine names another number than the one that was rejected.
    public var changed: [CustomerID] = []
    /// They still differ, by other figures.
    public var refreshed: [AlpineDifference] = []

    /// Nothing.
    public init() {}

    /// Whether nothing changed.
    public var isEmpty: Bool { agreed.isEmpty && changed.isEmpty && refreshed.isEmpty }
}

extension TenantStore {
    /// Makes the customers of a wave members of their group's open incident, which is opened when there is none. A run
    /// that is cut short and goes on adds the rest.
    ///
    /// - Parameters:
    ///   - compared: how many of the group were compared.
    ///   - differences: in chunks of at most 500 a transaction.
    @discardableResult
    public func openIncident(
        _ group: ComparisonGroup, run: RunID, compared: Int64, _ differences: [AlpineDifference], at now: Instant
    ) throws -> IncidentID {
        var incident = IncidentID(rawValue: 0)
        for start in stride(from: 0, to: differences.count, by: 500) {
            let chunk = Array(differences[start..<min(start + 500, differences.count)])
            incident = try transaction { tx in
                // The customers first: lock order.
                let found = try tx.unchanged(chunk).map(\.found)
                let id = try tx.openIncident(group, run: run, compared: compared, at: now)
                try tx.join(id, found, run: run)
                return id
            }
        }
        return incident
    }

    /// Keeps what a comparison said about members of incidents, at most 1,000. An open incident whose customers all agree
    /// again is closed.
    public func keep(_ changes: MemberChanges, at now: Instant) throws {
        guard !changes.isEmpty else { return }
        try transaction { tx in
            let customers = changes.agreed + changes.changed + changes.refreshed.map(\.customer)
            _ = try tx.lock(customers)
            for (ending, customers) in [("agreed", changes.agreed), ("changed", changes.changed)]
            where !customers.isEmpty {
                try tx.connection.execute(
                    """
                    UPDATE alpine_incident_members FORCE INDEX (one_live) SET ended = \(ending)
                     WHERE tenant_id = \(tenant) AND live_slot = 1 AND customer_id IN (\(list: padded(customers)))
                    """)
            }
            let readings = try tx.newestReadings(of: changes.refreshed.map(\.customer))
            for difference in changes.refreshed {
                guard let reading = readings[difference.customer], reading.points == difference.alpine else { continue }
                try tx.refresh(difference, reading: reading.id)
            }
            if !changes.agreed.isEmpty { try tx.closeAgreedIncidents(at: now) }
        }
    }
}

extension TenantTransaction {
    fileprivate func openIncident(
        _ group: ComparisonGroup, run: RunID, compared: Int64, at now: Instant
    ) throws -> IncidentID {
        let open: IncidentID? = try connection.optional(
            """
            SELECT id FROM alpine_incidents
             WHERE tenant_id = \(tenant) AND comparison_group = \(group) AND open_slot = 1 FOR UPDATE
            """
        ) { try $0.get("id") }
        if let open { return open }
        let id = IncidentID.make(at: now)
        try connection.execute(
            """
            INSERT INTO alpine_incidents (tenant_id, id, comparison_group, state, run_id, opened_at, compared)
            VALUES (\(tenant), \(id), \(group), 'open', \(run), \(now), \(compared))
            """)
        return id
    }

    fileprivate func join(_ incident: IncidentID, _ found: [FoundOverride], run: RunID) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_incident_members (tenant_id, incident_id, customer_id, joined_run, reading_id, requested_at,
              calculated, alpine, pending, difference)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE joined_run = VALUES(joined_run), reading_id = VALUES(reading_id),
              requested_at = VALUES(requested_at), calculated = VALUES(calculated), alpine = VALUES(alpine),
              pending = VALUES(pending), difference = VALUES(difference), ended = NULL
            """,
            rows: found.map { member in
                let difference = member.difference
                return [
                    tenant.sqlValue, incident.sqlValue, difference.customer.sqlValue, run.sqlValue,
                    member.reading.sqlValue, difference.requestedAt.sqlValue, difference.calculated.sqlValue,
                    difference.alpine.sqlValue, difference.pending.sqlValue, difference.points.sqlValue,
                ]
            })
    }

    fileprivate func refresh(_ difference: AlpineDifference, reading: ReadingID) throws {
        try connection.execute(
            """
            UPDATE alpine_incident_members AS member FORCE INDEX (one_live) JOIN alpine_incidents AS incident
                ON incident.tenant_id = member.tenant_id AND incident.id = member.incident_id
               SET member.reading_id = \(reading), member.requested_at = \(difference.requestedAt),
                   member.calculated = \(difference.calculated), member.alpine = \(difference.alpine),
                   member.pending = \(difference.pending), member.difference = \(difference.points)
             WHERE member.tenant_id = \(tenant) AND member.customer_id = \(difference.customer) AND member.live_slot = 1
               AND incident.open_slot = 1
            """)
    }

    fileprivate func closeAgreedIncidents(at now: Instant) throws {
        try connection.execute(
            """
            UPDATE alpine_incidents SET state = 'agreed', decided_at = \(now)
             WHERE tenant_id = \(tenant) AND open_slot = 1 AND NOT EXISTS
               (SELECT 1 FROM alpine_incident_members AS member
                 WHERE member.tenant_id = alpine_incidents.tenant_id AND member.incident_id = alpine_incidents.id
                   AND member.live_slot = 1)
            """)
    }
}
