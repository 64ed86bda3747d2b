import LoyaltyRules
import MariaDB

/// Where a record of a difference stands.
public enum DiscrepancyState: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    case open
    /// Alpine's number stands.
    case accepted
    /// Ours stands.
    case kept
    /// A third number stands.
    case set
}

/// A difference to Alpine IQ that somebody should look at.
public struct Discrepancy: Equatable, Sendable {
    /// Its id.
    public var id: DiscrepancyID
    /// Whose.
    public var customer: CustomerID
    /// Where it stands.
    public var state: DiscrepancyState
    /// When it was found.
    public var openedAt: Instant
    /// The newest comparison: when Alpine was asked, our balance, Alpine's number, what was on the way, the distance.
    public var requestedAt: Instant
    public var calculated: Int64
    public var alpine: Int64
    public var pending: Int64
    public var difference: Int64
    /// What has been posted to bring our balance to Alpine's number.
    public var takenPoints: Int64
    /// What would still have to be posted.
    public var untakenPoints: Int64
    /// Why it was not.
    public var untakenReason: UntakenReason?
    /// When somebody, or time, decided.
    public var resolvedAt: Instant?
    /// The e-mail of who decided; nil for time.
    public var resolvedBy: String?
    /// Why, in words.
    public var resolutionReason: String?
    /// What the decision moved here.
    public var movedPoints: Int64
    /// What Alpine IQ was told to change.
    public var pushedPoints: Int64

    /// Makes one by hand, for samples and tests.
    public init(
        id: DiscrepancyID, customer: CustomerID, state: DiscrepancyState = .open, openedAt: Instant,
        requestedAt: Instant, calculated: Int64, alpine: Int64, pending: Int64 = 0, difference: Int64,
        takenPoints: Int64 = 0, untakenPoints: Int64 = 0, untakenReason: UntakenReason? = nil,
        resolvedAt: Instant? = nil, resolvedBy: String? = nil, resolutionReason: String? = nil, movedPoints: Int64 = 0,
        pushedPoints: Int64 = 0
    ) {
        self.id = id
        self.customer = customer
        self.state = state
        self.openedAt = openedAt
        self.requestedAt = requestedAt
        self.calculated = calculated
        self.alpine = alpine
        self.pending = pending
        self.difference = difference
        self.takenPoints = takenPoints
        self.untakenPoints = untakenPoints
        self.untakenReason = untakenReason
        self.resolvedAt = resolvedAt
        self.resolvedBy = resolvedBy
        self.resolutionReason = resolutionReason
        self.movedPoints = movedPoints
        self.pushedPoints = pushedPoints
    }
}

/// A record in a list, with its customer.
public struct DiscrepancyCard: Equatable, Sendable {
    /// The record.
    public var record: Discrepancy
    /// Whose.
    public var customer: CustomerCard

    /// Makes one by hand, for samples and tests.
    public init(record: Discrepancy, customer: CustomerCard) {
        self.record = record
        self.customer = customer
    }
}

/// What Alpine IQ said at some time.
public struct AlpineReading: Equatable, Sendable {
    /// The figure.
    public var figure: AlpineFigure
    /// When Alpine was asked.
    public var requestedAt: Instant

    /// Makes one by hand, for samples and tests.
    public init(figure: AlpineFigure, requestedAt: Instant) {
        self.figure = figure
        self.requestedAt = requestedAt
    }
}

/// What waits for somebody at the reconciliation page.
public struct ReviewCounts: Equatable, Sendable {
    /// Open records.
    public var records: Int64 = 0
    /// Of them, those of which the admins were told in the last 24 hours.
    public var alerts: Int64 = 0
    /// Open incidents.
    public var incidents: Int64 = 0
    /// Their customers.
    public var members: Int64 = 0

    /// Nothing waits.
    public init() {}

    /// contract.md, "Sync API": open records and incident members.
    public var needsReview: Int64 { records + members }
}

extension TenantQueries {
    /// Records, newest first: open ones, or those that are resolved.
    public func discrepancies(
        isOpen: Bool, _ range: PageRange<DiscrepancyID>, limit: Int
    ) throws -> PageOf<DiscrepancyCard> {
        let (condition, order): (SQL, SQL) =
            switch range {
            case .first: ("TRUE", "DESC")
            case .older(let id): ("record.id < \(id)", "DESC")
            case .newer(let id): ("record.id > \(id)", "ASC")
            }
        let rows = try connection.all(
            """
            SELECT record.id AS record_id FROM alpine_discrepancies AS record FORCE INDEX (by_slot)
             WHERE record.tenant_id = \(tenant) AND record.open_slot <=> \(isOpen ? 1 : nil as Int64?) AND \(condition)
             ORDER BY record.id \(order) LIMIT \(limit + 1)
            """
        ) { try $0.get("record_id", as: DiscrepancyID.self) }
        let cards = try discrepancyCards(rows)
        return PageOf(rows.compactMap { cards[$0] }, limit: limit, range: range)
    }

    /// One record; nil when there is none.
    public func discrepancy(_ id: DiscrepancyID) throws -> DiscrepancyCard? { try discrepancyCards([id])[id] }

    private func discrepancyCards(_ ids: [DiscrepancyID]) throws -> [DiscrepancyID: DiscrepancyCard] {
        guard !ids.isEmpty else { return [:] }
        let records = try connection.all(
            """
            SELECT \(Discrepancy.columns), users.email FROM alpine_discrepancies AS record
              LEFT JOIN users ON users.id = record.resolved_by
             WHERE record.tenant_id = \(tenant) AND record.id IN (\(list: padded(ids)))
            """, Discrepancy.init(row:))
        let customers = try connection.all(
            """
            SELECT \(CustomerCard.columns) FROM customers
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(records.map(\.customer))))
            """, CustomerCard.init(row:))
        let byID = Dictionary(customers.map { ($0.id, $0) }) { first, _ in first }
        let cards = records.compactMap { record in
            byID[record.customer].map { (record.id, DiscrepancyCard(record: record, customer: $0)) }
        }
        return Dictionary(cards) { first, _ in first }
    }

    /// What Alpine IQ said of a customer up to `moment`, newest first.
    public func alpineReadings(of customer: CustomerID, upTo moment: Instant, limit: Int) throws -> [AlpineReading] {
        try connection.all(
            """
            SELECT state, points, requested_at FROM alpine_readings
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND requested_at <= \(moment)
             ORDER BY id DESC LIMIT \(limit)
            """
        ) { AlpineReading(figure: try AlpineFigure(row: $0), requestedAt: try $0.get("requested_at")) }
    }

    /// Those of `customers` who have an open record.
    func customersWithOpenDiscrepancy(of customers: some Collection<CustomerID>) throws -> Set<CustomerID> {
        Set(
            try connection.all(
                """
                SELECT customer_id FROM alpine_discrepancies FORCE INDEX (one_open)
                 WHERE tenant_id = \(tenant) AND open_slot = 1 AND customer_id IN (\(list: padded(customers)))
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
    }

    /// Whether a customer is one to look at: an open record, or member of an open incident.
    public func needsReview(_ customer: CustomerID) throws -> Bool {
        try customersWithOpenDiscrepancy(of: [customer]).contains(customer)
            || liveMembers(of: [customer])[customer]?.state == .open
    }

    /// What waits for somebody.
    public func reviewCounts() throws -> ReviewCounts {
        var counts = ReviewCounts()
        try connection.one(
            """
            SELECT COUNT(*) AS records,
                   COUNT(IF(alerted_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY, 1, NULL)) AS alerts
              FROM alpine_discrepancies WHERE tenant_id = \(tenant) AND open_slot = 1
            """
        ) { row in
            counts.records = try row.get("records")
            counts.alerts = try row.get("alerts")
        }
        try connection.one(
            """
            SELECT COUNT(DISTINCT incident.id) AS incidents, COUNT(member.customer_id) AS members
              FROM alpine_incidents AS incident LEFT JOIN alpine_incident_members AS member
                ON member.tenant_id = incident.tenant_id AND member.incident_id = incident.id AND member.live_slot = 1
             WHERE incident.tenant_id = \(tenant) AND incident.open_slot = 1
            """
        ) { row in
            counts.incidents = try row.get("incidents")
            counts.members = try row.get("members")
        }
        return counts
    }
}

extension Discrepancy {
    static let columns: SQL = """
        record.id, record.customer_id, record.state, record.opened_at, record.requested_at, record.calculated,
        record.alpine, record.pending, record.difference, record.taken_points, record.untaken_points,
        record.untaken_reason, record.resolved_at, record.resolution_reason, record.moved_points, record.pushed_points
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("id"), customer: try row.get("customer_id"), state: try row.get("state"),
            openedAt: try row.get("opened_at"), requestedAt: try row.get("requested_at"),
            calculated: try row.get("calculated"), alpine: try row.get("alpine"), pending: try row.get("pending"),
            difference: try row.get("difference"), takenPoints: try row.get("taken_points"),
            untakenPoints: try row.get("untaken_points"), untakenReason: try row.get("untaken_reason"),
            resolvedAt: try row.get("resolved_at"), resolvedBy: try row.get("email"),
            resolutionReason: try row.get("resolution_reason"), movedPoints: try row.get("moved_points"),
            pushedPoints: try row.get("pushed_points"))
    }
}
