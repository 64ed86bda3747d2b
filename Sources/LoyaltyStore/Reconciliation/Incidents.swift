import LoyaltyRules
import MariaDB

/// Where an incident stands.
public enum IncidentState: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    case open
    /// Alpine's numbers are taken.
    case applied
    /// Ours stay.
    case rejected
    /// The numbers came to agree again before anybody decided.
    case agreed
}

/// Many differences at once: something happened at the source.
public struct Incident: Equatable, Sendable {
    /// Its id.
    public var id: IncidentID
    /// Whose comparisons were counted.
    public var group: ComparisonGroup
    /// Where it stands.
    public var state: IncidentState
    /// When it was found.
    public var openedAt: Instant
    /// How many of the group were compared then.
    public var compared: Int64
    /// Its customers; those whose numbers agree again are left out.
    public var members: Int64 = 0
    /// Of them, those for whom a decision has been carried out.
    public var settled: Int64 = 0
    /// The sums of our balances, of Alpine's numbers, and of the distances.
    public var calculated: Int64 = 0
    public var alpine: Int64 = 0
    public var difference: Int64 = 0
    /// When somebody decided.
    public var decidedAt: Instant?
    /// The e-mail of who decided.
    public var decidedBy: String?
    /// Why, in words.
    public var reason: String?
    /// The customers with the largest distances.
    public var samples: [IncidentSample] = []

    /// Makes one by hand, for samples and tests.
    public init(id: IncidentID, group: ComparisonGroup, state: IncidentState, openedAt: Instant, compared: Int64) {
        self.id = id
        self.group = group
        self.state = state
        self.openedAt = openedAt
        self.compared = compared
    }
}

/// One customer of an incident.
public struct IncidentSample: Equatable, Sendable {
    /// Who.
    public var customer: CustomerCard
    /// Our balance when Alpine was asked.
    public var calculated: Int64
    /// What Alpine said.
    public var alpine: Int64
    /// The signed distance.
    public var difference: Int64

    /// Makes one by hand, for samples and tests.
    public init(customer: CustomerCard, calculated: Int64, alpine: Int64, difference: Int64) {
        self.customer = customer
        self.calculated = calculated
        self.alpine = alpine
        self.difference = difference
    }
}

/// A customer whom an incident keeps from being overridden.
public struct IncidentMember: Equatable, Sendable {
    /// The incident.
    public var incident: IncidentID
    /// Where it stands.
    public var state: IncidentState
    /// The run that made the customer a member.
    public var joinedRun: RunID
    /// The newest comparison.
    public var difference: AlpineDifference
}

extension TenantQueries {
    /// Those of `customers` whom an incident keeps from being overridden: an open one, one whose decision is not yet
    /// carried out for them, and a rejected one for as long as Alpine names the same number.
    public func liveMembers(of customers: some Collection<CustomerID>) throws -> [CustomerID: IncidentMember] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT member.incident_id, incident.state, member.joined_run, member.customer_id, member.requested_at,
                   member.calculated, member.alpine, member.pending, member.difference
              FROM alpine_incident_members AS member FORCE INDEX (one_live)
              JOIN alpine_incidents AS incident
                ON incident.tenant_id = member.tenant_id AND incident.id = member.incident_id
             WHERE member.tenant_id = \(tenant) AND member.live_slot = 1
               AND member.customer_id IN (\(list: padded(customers)))
            """
        ) { row in
            let customer: CustomerID = try row.get("customer_id")
            return (
                customer,
                IncidentMember(
                    incident: try row.get("incident_id"), state: try row.get("state"),
                    joinedRun: try row.get("joined_run"),
                    difference: AlpineDifference(
                        customer: customer, requestedAt: try row.get("requested_at"),
                        calculated: try row.get("calculated"), alpine: try row.get("alpine"),
                        pending: try row.get("pending"), points: try row.get("difference")))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// The incidents to decide, or the last that are decided, newest first, each with its largest differences.
    public func incidents(isOpen: Bool, limit: Int, samples: Int) throws -> [Incident] {
        let found = try connection.all(
            """
            SELECT \(Incident.columns) FROM alpine_incidents AS incident
              LEFT JOIN users ON users.id = incident.decided_by
             WHERE incident.tenant_id = \(tenant) AND incident.open_slot <=> \(isOpen ? 1 : nil as Int64?)
             ORDER BY incident.id DESC LIMIT \(limit)
            """, Incident.init(row:))
        return try found.map { try filled($0, samples: samples) }
    }

    /// One incident, without samples; nil when there is none.
    public func incident(_ id: IncidentID) throws -> Incident? {
        try connection.optional(
            """
            SELECT \(Incident.columns) FROM alpine_incidents AS incident
              LEFT JOIN users ON users.id = incident.decided_by
             WHERE incident.tenant_id = \(tenant) AND incident.id = \(id)
            """, Incident.init(row:)
        ).map { try filled($0, samples: 0) }
    }

    private func filled(_ incident: Incident, samples: Int) throws -> Incident {
        var incident = incident
        try connection.one(
            """
            SELECT COUNT(*) AS members, COUNT(ended) AS settled, CAST(COALESCE(SUM(calculated), 0) AS SIGNED) AS calculated,
                   CAST(COALESCE(SUM(alpine), 0) AS SIGNED) AS alpine,
                   CAST(COALESCE(SUM(difference), 0) AS SIGNED) AS difference
              FROM alpine_incident_members
             WHERE tenant_id = \(tenant) AND incident_id = \(incident.id) AND NOT ended <=> 'agreed'
            """
        ) { row in
            incident.members = try row.get("members")
            incident.settled = try row.get("settled")
            incident.calculated = try row.get("calculated")
            incident.alpine = try row.get("alpine")
            incident.difference = try row.get("difference")
        }
        guard samples > 0 else { return incident }
        incident.samples = try connection.all(
            """
            SELECT \(CustomerCard.columns), largest.calculated, largest.alpine, largest.difference
              FROM (SELECT customer_id, calculated, alpine, difference FROM alpine_incident_members
                     WHERE tenant_id = \(tenant) AND incident_id = \(incident.id) AND NOT ended <=> 'agreed'
                     ORDER BY ABS(difference) DESC, customer_id LIMIT \(samples)) AS largest
              JOIN customers ON customers.tenant_id = \(tenant) AND customers.id = largest.customer_id
             ORDER BY ABS(largest.difference) DESC, largest.customer_id
            """
        ) { row in
            IncidentSample(
                customer: try CustomerCard(row: row), calculated: try row.get("calculated"),
                alpine: try row.get("alpine"), difference: try row.get("difference"))
        }
        return incident
    }
}

extension Incident {
    fileprivate static let columns: SQL = """
        incident.id, incident.comparison_group, incident.state, incident.opened_at, incident.compared,
        incident.decided_at, incident.reason, users.email
        """

    fileprivate init(row: Row) throws {
        self.init(
            id: try row.get("id"), group: try row.get("comparison_group"), state: try row.get("state"),
            openedAt: try row.get("opened_at"), compared: try row.get("compared"))
        decidedAt = try row.get("decided_at")
        decidedBy = try row.get("email")
        reason = try row.get("reason")
    }
}
