public import LoyaltyRules
import MariaDB

/// What an `ExceptionID` names.
public enum ExceptionEntity: Entity { public static let idPrefix = "exc" }
/// Something a sync listed for somebody to decide on.
public typealias ExceptionID = ID<ExceptionEntity>

/// What became of something that a sync listed.
public enum ExceptionDecision: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// It stays as it is; for what is no order: it was seen.
    case keep
    /// The order counts as not completed until the point of sale shows it again.
    case takeBack = "take_back"
    /// Nobody had to decide: the point of sale shows the order again.
    case shownAgain = "shown_again"
}

/// Something a sync listed: once, however many runs list it.
public struct ExceptionCase: Equatable, Sendable {
    /// Its public id.
    public var id: ExceptionID
    /// An outside id.
    public var subject: String?
    /// In words.
    public var reason: String
    /// The order that vanished, if that is what it is about.
    public var order: OrderID?
    /// When it was listed first.
    public var foundAt: Instant
    /// What was decided; nil while it is open.
    public var decision: ExceptionDecision?

    /// Makes one by hand, for samples.
    public init(
        id: ExceptionID, subject: String?, reason: String, order: OrderID? = nil, foundAt: Instant,
        decision: ExceptionDecision? = nil
    ) {
        self.id = id
        self.subject = subject
        self.reason = reason
        self.order = order
        self.foundAt = foundAt
        self.decision = decision
    }

    fileprivate static let columns: SQL = "id, subject, reason, order_id, found_at, decision"

    fileprivate init(row: Row) throws {
        self.init(
            id: try row.get("id"), subject: try row.get("subject"), reason: try row.get("reason"),
            order: try row.get("order_id"), foundAt: try row.get("found_at"), decision: try row.get("decision"))
    }
}

extension TenantQueries {
    /// What nobody has decided on, newest first.
    public func openExceptions(limit: Int) throws -> [ExceptionCase] {
        try connection.all(
            """
            SELECT \(ExceptionCase.columns) FROM exception_cases
             WHERE tenant_id = \(tenant) AND decision IS NULL ORDER BY id DESC LIMIT \(limit)
            """, ExceptionCase.init(row:))
    }

    /// How many there are of them.
    public func openExceptionCount() throws -> Int64 {
        try connection.one(
            "SELECT COUNT(*) AS number FROM exception_cases WHERE tenant_id = \(tenant) AND decision IS NULL"
        ) { try $0.get("number") }
    }

    /// One.
    public func exceptionCase(_ id: ExceptionID) throws -> ExceptionCase? {
        try connection.optional(
            "SELECT \(ExceptionCase.columns) FROM exception_cases WHERE tenant_id = \(tenant) AND id = \(id)",
            ExceptionCase.init(row:))
    }
}

extension TenantTransaction {
    /// Lists what a run found; what is listed already, decided or not, stays as it is.
    func list(_ exceptions: [RunException], of run: RunID) throws {
        try connection.bulkInsert(
            """
            INSERT INTO exception_cases (tenant_id, id, fingerprint, run_id, subject, reason, order_id, found_at)
            VALUES (?, ?, UNHEX(SHA2(?, 256)), ?, ?, ?, ?, UTC_TIMESTAMP(6))
            ON DUPLICATE KEY UPDATE id = exception_cases.id
            """,
            rows: exceptions.map { exception in
                // A sale that vanishes once more is another matter: the run tells the two apart.
                let what = exception.vanished.map { "\(run) \($0)" } ?? exception.reason
                return [
                    tenant.sqlValue, ExceptionID.make().sqlValue,
                    .bytes(Array("\(exception.subject ?? "")\n\(what)".utf8)), run.sqlValue,
                    (exception.subject.map { Array($0.utf8.prefix(120)) }).sqlValue,
                    String(exception.reason.prefix(300)).sqlValue, exception.vanished.sqlValue,
                ]
            })
    }

    /// Closes what is open about orders that the point of sale shows again.
    func closeExceptions(of orders: [OrderID], at now: Instant) throws {
        try connection.execute(
            """
            UPDATE exception_cases SET decision = 'shown_again', decided_at = \(now)
             WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(orders))) AND decision IS NULL
            """)
    }
}
