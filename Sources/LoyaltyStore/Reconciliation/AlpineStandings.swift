import LoyaltyRules
import MariaDB

/// What came of comparing a customer with Alpine IQ.
public enum ComparisonOutcome: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    case within
    case awaiting
    case discrepancy
    case notCompared = "not_compared"
    /// It differed, and Alpine's number was taken.
    case overridden
}

/// A standing as it is kept.
struct KnownStanding: Sendable {
    let standing: AlpineStanding
    /// Since when the numbers have agreed at least once.
    let reconciledAt: Instant?
    /// Whether Alpine IQ had nobody for the customer any more.
    let isLost: Bool
}

/// Where a customer stands with Alpine IQ.
public struct AlpineStanding: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// Alpine's id of the person.
    public var contactID: String
    /// What Alpine says.
    public var figure: AlpineFigure
    /// When that was asked for.
    public var readAt: Instant
    /// How it compared.
    public var outcome: ComparisonOutcome
    /// Our balance then.
    public var calculated: Int64?
    /// Alpine's figure less ours.
    public var difference: Int64?

    /// Makes a standing.
    public init(
        customer: CustomerID, contactID: String, figure: AlpineFigure, readAt: Instant, outcome: ComparisonOutcome,
        calculated: Int64? = nil, difference: Int64? = nil
    ) {
        self.customer = customer
        self.contactID = contactID
        self.figure = figure
        self.readAt = readAt
        self.outcome = outcome
        self.calculated = calculated
        self.difference = difference
    }
}

extension TenantQueries {
    /// The standings of these customers.
    public func alpineStandings(of customers: some Collection<CustomerID>) throws -> [CustomerID: AlpineStanding] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT customer_id, contact_id, state, points, read_at, outcome, calculated, difference FROM alpine_standings
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """, AlpineStanding.init(row:))
        return Dictionary(rows.map { ($0.customer, $0) }) { first, _ in first }
    }

    fileprivate func knownStandings(of customers: some Collection<CustomerID>) throws -> [CustomerID: KnownStanding] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT \(KnownStanding.columns) FROM alpine_standings AS standing FORCE INDEX (PRIMARY)
             WHERE standing.tenant_id = \(tenant) AND standing.customer_id IN (\(list: padded(customers)))
            """, KnownStanding.init(row:))
        return Dictionary(rows.map { ($0.standing.customer, $0) }) { first, _ in first }
    }

    /// The balances of these customers.
    public func balances(of customers: some Collection<CustomerID>) throws -> [CustomerID: Int64] {
        guard !customers.isEmpty else { return [:] }
        let rows = try connection.all(
            "SELECT id, balance FROM customers WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers)))"
        ) { row in (try row.get("id", as: CustomerID.self), try row.get("balance", as: Int64.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// The customers known by these ids of `source`.
    public func customers(_ source: IdentitySource, outsideIDs: Set<String>) throws -> [String: CustomerID] {
        guard !outsideIDs.isEmpty else { return [:] }
        let pairs = try connection.all(
            """
            SELECT outside_id, customer_id FROM customer_identities FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND source = \(source)
               AND outside_id IN (\(list: padded(outsideIDs.sorted()).map { Array($0.utf8) }))
            """
        ) { row in (try row.get("outside_id", as: String.self), try row.get("customer_id", as: CustomerID.self)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The one customer that carries each phone or e-mail; those that several carry are told apart from these.
    public func soleCarriers(phones: Set<Phone>, emails: Set<String>) throws -> (
        byPhone: [String: CustomerID], byEmail: [String: CustomerID], shared: Set<String>
    ) {
        func sole(_ rows: [(String, CustomerID)]) -> [String: CustomerID] {
            Dictionary(grouping: rows, by: \.0).compactMapValues { $0.count == 1 ? $0[0].1 : nil }
        }
        let phoneRows =
            try phones.isEmpty
            ? []
            : connection.all(
                """
                SELECT DISTINCT phone, COALESCE(merged_into, id) AS id FROM customers FORCE INDEX (by_phone)
                 WHERE tenant_id = \(tenant) AND phone IN (\(list: padded(phones.map { Array($0.e164.utf8) })))
                """
            ) { row in (try row.get("phone", as: String.self), try row.get("id", as: CustomerID.self)) }
        let emailRows =
            try emails.isEmpty
            ? []
            : connection.all(
                """
                SELECT DISTINCT LOWER(email) AS email, COALESCE(merged_into, id) AS id FROM customers FORCE INDEX (by_email)
                 WHERE tenant_id = \(tenant) AND email IN (\(list: padded(emails.sorted())))
                """
            ) { row in (try row.get("email", as: String.self).lowercased(), try row.get("id", as: CustomerID.self)) }
        let (byPhone, byEmail) = (sole(phoneRows), sole(emailRows))
        let carried = Set((phoneRows + emailRows).map(\.0))
        return (byPhone, byEmail, carried.filter { byPhone[$0] == nil && byEmail[$0] == nil })
    }
}

extension TenantStore {
    /// Keeps what Alpine said and how it compared, at most 1,000 at once: a reading when figure or state changed, the
    /// standing when anything did. Nothing is written for a customer about whom all is as before.
    ///
    /// - Returns: how many standings changed.
    @discardableResult
    public func record(_ standings: [AlpineStanding], run: RunID) throws -> Int {
        try transaction { tx in
            let before = try tx.knownStandings(of: standings.map(\.customer))
            let changed = standings.filter { $0.isNews(after: before[$0.customer]) }
            // Rows go in where they lie: those of customers by their ids, identities by Alpine's, as it names people.
            let sorted = changed.sorted { $0.customer < $1.customer }
            try tx.insertReadings(sorted.filter { before[$0.customer]?.standing.figure != $0.figure }, run: run)
            try tx.upsert(sorted)
            try tx.insertIdentities(changed.map { (.alpine, $0.contactID, $0.customer) })
            return changed.count
        }
    }
}

extension TenantTransaction {
    func insertReadings(_ readings: [AlpineStanding], run: RunID) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_readings (tenant_id, customer_id, id, run_id, state, points, requested_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            rows: readings.map { reading in
                [
                    tenant.sqlValue, reading.customer.sqlValue, ReadingID.make(at: reading.readAt).sqlValue,
                    run.sqlValue,
                    reading.figure.state.sqlValue, reading.figure.points.sqlValue, reading.readAt.sqlValue,
                ]
            })
    }

    fileprivate func upsert(_ standings: [AlpineStanding]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO alpine_standings (tenant_id, customer_id, contact_id, state, points, read_at, outcome, calculated,
              difference, compared_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE contact_id = VALUES(contact_id), state = VALUES(state), points = VALUES(points),
              read_at = VALUES(read_at), outcome = VALUES(outcome), calculated = VALUES(calculated),
              difference = VALUES(difference), compared_at = VALUES(compared_at), lost_at = NULL, lost_points = NULL
            """,
            rows: standings.map { standing in
                [
                    tenant.sqlValue, standing.customer.sqlValue, .bytes(Array(standing.contactID.utf8)),
                    standing.figure.state.sqlValue, standing.figure.points.sqlValue, standing.readAt.sqlValue,
                    standing.outcome.sqlValue, standing.calculated.sqlValue, standing.difference.sqlValue,
                    (standing.outcome == .notCompared ? nil : standing.readAt).sqlValue,
                ]
            })
    }
}

extension AlpineFigure {
    /// Reads `state` and `points`.
    init(row: Row) throws {
        let points: Int64? = try row.get("points")
        self =
            switch try row.get("state", as: String.self) {
            case "known": .known(points ?? 0)
            case "hidden": .hidden
            case "not_a_member": .notAMember
            default: .unknown
            }
    }
}

extension KnownStanding {
    static let columns: SQL = """
        standing.customer_id, standing.contact_id, standing.state, standing.points, standing.read_at, standing.outcome,
        standing.calculated, standing.difference, standing.reconciled_at, standing.lost_at IS NOT NULL AS is_lost
        """

    init(row: Row) throws {
        self.init(
            standing: try AlpineStanding(row: row), reconciledAt: try row.get("reconciled_at"),
            isLost: try row.get("is_lost"))
    }
}

extension AlpineStanding {
    /// Whether there is anything to record of it after `known`.
    func isNews(after known: KnownStanding?) -> Bool {
        guard let known else { return true }
        var old = known.standing
        // Somebody asked later, and has said so already.
        if old.readAt > readAt { return false }
        old.readAt = readAt
        return old != self || known.isLost
    }

    init(row: Row) throws {
        self.init(
            customer: try row.get("customer_id"), contactID: try row.get("contact_id"),
            figure: try AlpineFigure(row: row),
            readAt: try row.get("read_at"), outcome: try row.get("outcome"), calculated: try row.get("calculated"),
            difference: try row.get("difference"))
    }
}

extension TenantQueries {
    /// The POS ids of these customers.
    public func posIDs(of customers: some Collection<CustomerID>) throws -> [CustomerID: String] {
        guard !customers.isEmpty else { return [:] }
        let pairs = try connection.all(
            """
            SELECT customer_id, outside_id FROM customer_identities WHERE tenant_id = \(tenant) AND source = 'alleaves'
               AND customer_id IN (\(list: padded(customers))) ORDER BY is_merged, outside_id
            """
        ) { row in (try row.get("customer_id", as: CustomerID.self), try row.get("outside_id", as: String.self)) }
        return Dictionary(pairs) { first, _ in first }
    }
}
