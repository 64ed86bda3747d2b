import LoyaltyRules
import MariaDB

/// Where an incident stands.
public enum IncidentState: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// Somebody has to decide.
    case open
    /// Decided: the next run posts it.
    case applying
    /// Alpine's numbers were taken.
    case applied
    /// Ours stayed.
    case rejected
}

extension ComparisonGroup: SQLBindable, SQLDecodable {}

/// Many customers at once whose number differs. rules.md, "Comparison", wave.
public struct Incident: Equatable, Sendable {
    /// Which.
    public var id: IncidentID
    /// What kind of customers.
    public var group: ComparisonGroup
    /// Where it stands.
    public var state: IncidentState
    /// Customers of the group that were compared when it was opened.
    public var compared: Int64
    /// Its members whose number still differs.
    public var members: Int64
    /// What taking Alpine's numbers would add, zero or more.
    public var gained: Int64
    /// What it would take, zero or more.
    public var lost: Int64
    /// The members with the greatest differences.
    public var samples: [Sample]
    /// When it was opened.
    public var openedAt: Instant
    /// When it was decided; nil while it is open.
    public var resolvedAt: Instant?
    /// Who decided.
    public var resolvedBy: String?
    /// Why.
    public var reason: String

    /// One of the members.
    public struct Sample: Equatable, Sendable {
        /// Who.
        public var customer: CustomerCard
        /// Our number.
        public var calculated: Int64
        /// Alpine's.
        public var alpine: Int64
        /// What an override would post.
        public var difference: Int64

        /// Makes one by hand, for samples and tests.
        public init(customer: CustomerCard, calculated: Int64, alpine: Int64, difference: Int64) {
            self.customer = customer
            self.calculated = calculated
            self.alpine = alpine
            self.difference = difference
        }
    }

    /// Makes one by hand, for samples and tests.
    public init(
        id: IncidentID, group: ComparisonGroup, state: IncidentState, compared: Int64, members: Int64, gained: Int64,
        lost: Int64, samples: [Sample] = [], openedAt: Instant, resolvedAt: Instant? = nil, resolvedBy: String? = nil,
        reason: String = ""
    ) {
        self.id = id
        self.group = group
        self.state = state
        self.compared = compared
        self.members = members
        self.gained = gained
        self.lost = lost
        self.samples = samples
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.resolvedBy = resolvedBy
        self.reason = reason
    }
}

extension TenantQueries {
    /// The members of incidents that nobody has carried out yet: no path overrides them.
    public func openIncidentMembers() throws -> [CustomerID: IncidentID] {
        try members("TRUE")
    }

    func openIncidentMembers(among customers: some Collection<CustomerID>) throws -> [CustomerID: IncidentID] {
        guard !customers.isEmpty else { return [:] }
        return try members("member.customer_id IN (\(list: padded(customers)))")
    }

    private func members(_ chosen: SQL) throws -> [CustomerID: IncidentID] {
        let rows = try connection.all(
            """
            SELECT member.customer_id, member.incident_id FROM incidents
              JOIN incident_members AS member ON member.tenant_id = incidents.tenant_id
               AND member.incident_id = incidents.id
             WHERE incidents.tenant_id = \(tenant) AND incidents.state IN ('open', 'applying') AND \(chosen)
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("incident_id", as: IncidentID.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Incidents to be decided or carried out, or the newest that were, with samples.
    public func incidents(areOpen: Bool, limit: Int) throws -> [Incident] {
        let state: SQL = areOpen ? "state IN ('open', 'applying')" : "state IN ('applied', 'rejected')"
        let found = try connection.all(
            """
            SELECT incident.id, incident.kind, incident.state, incident.compared, incident.opened_at,
                   incident.resolved_at, incident.reason, users.email AS resolver,
                   COALESCE(sums.members, 0) AS members, COALESCE(sums.gained, 0) AS gained,
                   COALESCE(sums.lost, 0) AS lost
              FROM (SELECT id, kind, state, compared, opened_at, resolved_at, resolved_by, reason FROM incidents
                     WHERE tenant_id = \(tenant) AND \(state)
                     ORDER BY opened_at DESC LIMIT \(limit)) AS incident
              LEFT JOIN users ON users.id = incident.resolved_by
              LEFT JOIN (SELECT incident_id, COUNT(*) AS members,
                                CAST(SUM(GREATEST(difference, 0)) AS SIGNED) AS gained,
                                CAST(-SUM(LEAST(difference, 0)) AS SIGNED) AS lost
                           FROM incident_members WHERE tenant_id = \(tenant) AND difference <> 0
                          GROUP BY incident_id) AS sums ON sums.incident_id = incident.id
             ORDER BY incident.opened_at DESC
            """, Incident.init(row:))
        return try found.map { incident in
            var shown = incident
            shown.samples = try samples(of: incident.id)
            return shown
        }
    }

    private func samples(of incident: IncidentID) throws -> [Incident.Sample] {
        let rows = try connection.all(
            """
            SELECT customer_id, calculated, alpine_points, difference FROM incident_members
             WHERE tenant_id = \(tenant) AND incident_id = \(incident) AND difference <> 0
             ORDER BY ABS(difference) DESC, customer_id LIMIT 10
            """
        ) { row in
            (
                try row.get("customer_id", as: CustomerID.self), try row.get("calculated", as: Int64.self),
                try row.get("alpine_points", as: Int64.self), try row.get("difference", as: Int64.self)
            )
        }
        let cards = try cards(of: rows.map(\.0))
        return rows.compactMap { row in
            cards[row.0].map {
                Incident.Sample(customer: $0, calculated: row.1, alpine: row.2, difference: row.3)
            }
        }
    }

    /// Incidents that somebody decided to carry out, and that are not done.
    public func incidentsToApply() throws -> [(id: IncidentID, by: UserID?)] {
        try connection.all(
            "SELECT id, resolved_by FROM incidents WHERE tenant_id = \(tenant) AND state = 'applying' ORDER BY id"
        ) { row in (try row.get("id", as: IncidentID.self), try row.get("resolved_by", as: UserID?.self)) }
    }

    /// Members of an incident from `cursor` on whose number differs and was not corrected since it was opened, at most
    /// `limit`.
    public func overridesToApply(
        _ incident: IncidentID, after cursor: CustomerID?, limit: Int
    ) throws -> [PlannedOverride] {
        try connection.all(
            """
            SELECT member.customer_id, member.difference, member.calculated, member.alpine_points, member.pending,
                   standing.read_at
              FROM incident_members AS member
              JOIN incidents AS incident ON incident.tenant_id = member.tenant_id AND incident.id = member.incident_id
              JOIN alpine_standings AS standing ON standing.tenant_id = member.tenant_id
               AND standing.customer_id = member.customer_id
             WHERE member.tenant_id = \(tenant) AND member.incident_id = \(incident) AND member.difference <> 0
               AND member.customer_id > \(cursor ?? CustomerID(rawValue: 0)) AND NOT EXISTS
                 (SELECT 1 FROM alpine_overrides AS done WHERE done.tenant_id = member.tenant_id
                     AND done.customer_id = member.customer_id AND done.created_at >= incident.opened_at)
             ORDER BY member.customer_id LIMIT \(limit)
            """
        ) { row in
            PlannedOverride(
                customer: try row.get("customer_id"), distance: try row.get("difference"),
                calculated: try row.get("calculated"), alpine: try row.get("alpine_points"),
                pending: try row.get("pending"), requestedAt: try row.get("read_at"))
        }
    }
}

extension TenantStore {
    /// Puts customers into the group's open incident, opened if there is none, at most 1,000 at once; those who are in
    /// it get the figures of now.
    public func addToIncident(
        _ group: ComparisonGroup, _ members: [PlannedOverride], compared: Int64, at now: Instant
    ) throws -> IncidentID {
        try transaction { tx in
            let open: IncidentID? = try tx.connection.optional(
                """
                SELECT id FROM incidents WHERE tenant_id = \(tenant) AND kind = \(group) AND state IN ('open', 'applying')
                   FOR UPDATE
                """
            ) { try $0.get("id") }
            let incident = try open ?? tx.openIncident(group, compared: compared, at: now)
            try tx.keep(members, in: incident)
            return incident
        }
    }

    /// Gives members of open incidents the figures of a newer comparison.
    public func refresh(_ members: [(incident: IncidentID, override: PlannedOverride)]) throws {
        guard !members.isEmpty else { return }
        try transaction { tx in
            for (incident, group) in Dictionary(grouping: members, by: \.incident).sorted(by: { $0.key < $1.key }) {
                try tx.keep(group.map(\.override), in: incident)
            }
        }
    }

    /// Ends an incident whose members were corrected.
    public func finishApplying(_ incident: IncidentID) throws {
        try transaction { tx in
            try tx.connection.execute(
                "UPDATE incidents SET state = 'applied' WHERE tenant_id = \(tenant) AND id = \(incident) AND state = 'applying'"
            )
        }
    }
}

extension TenantTransaction {
    fileprivate func openIncident(_ group: ComparisonGroup, compared: Int64, at now: Instant) throws -> IncidentID {
        let id = IncidentID.make(at: now)
        try connection.execute(
            """
            INSERT INTO incidents (tenant_id, id, kind, state, compared, opened_at)
            VALUES (\(tenant), \(id), \(group), 'open', \(compared), \(now))
            """)
        return id
    }

    fileprivate func keep(_ members: [PlannedOverride], in incident: IncidentID) throws {
        try connection.bulkInsert(
            """
            INSERT INTO incident_members (tenant_id, incident_id, customer_id, calculated, alpine_points, pending, difference)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE calculated = VALUES(calculated), alpine_points = VALUES(alpine_points),
              pending = VALUES(pending), difference = VALUES(difference)
            """,
            rows: members.sorted { $0.customer < $1.customer }.map { member in
                [
                    tenant.sqlValue, incident.sqlValue, member.customer.sqlValue, member.calculated.sqlValue,
                    member.alpine.sqlValue, member.pending.sqlValue, member.distance.sqlValue,
                ]
            })
    }
}

extension Incident {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.get("id"), group: try row.get("kind"), state: try row.get("state"),
            compared: try row.get("compared"), members: try row.get("members"), gained: try row.get("gained"),
            lost: try row.get("lost"), openedAt: try row.get("opened_at"), resolvedAt: try row.get("resolved_at"),
            resolvedBy: try row.get("resolver"), reason: try row.get("reason"))
    }
}
