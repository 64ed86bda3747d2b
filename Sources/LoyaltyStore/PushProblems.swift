import LoyaltyRules
import MariaDB

/// A push that somebody should look at: it goes no further by itself.
public struct PushProblem: Equatable, Sendable {
    /// Which.
    public let id: PushID
    /// Whose points.
    public let customer: CustomerCard
    /// Signed.
    public let points: Int64
    /// `refused`: not taken, and missing at Alpine IQ. `unsettled`: nobody knows; until somebody says, the customer is not
    /// compared.
    public let state: PushState
    /// Why, in the owner's words.
    public let words: String
    /// How often it was sent.
    public let attempts: Int64
    /// When it was sent last.
    public let sentAt: Instant?
    /// When the points moved.
    public let createdAt: Instant

    /// Makes one by hand, for samples.
    public init(
        id: PushID, customer: CustomerCard, points: Int64, state: PushState, words: String, attempts: Int64,
        sentAt: Instant?, createdAt: Instant
    ) {
        (self.id, self.customer, self.points, self.state, self.words) = (id, customer, points, state, words)
        (self.attempts, self.sentAt, self.createdAt) = (attempts, sentAt, createdAt)
    }
}

/// What somebody found out about a push that goes no further by itself.
public enum PushResolution: String, Sendable, CaseIterable {
    /// Alpine IQ has it, or was told by hand.
    case taken
    /// Alpine IQ does not have it: it is sent again.
    case sendAgain = "send_again"
}

extension TenantQueries {
    /// Pushes that were refused or could not be settled, oldest first.
    public func outboxProblems(limit: Int) throws -> [PushProblem] {
        let rows = try connection.all(
            """
            SELECT id, customer_id, points, state, problem, attempts, sent_at, created_at FROM outbox
             WHERE tenant_id = \(tenant) AND destination = 'alpine' AND state IN ('refused', 'unsettled')
             ORDER BY created_at, id LIMIT \(limit)
            """, ListedPush.init(row:))
        if rows.isEmpty { return [] }
        let customers = try connection.all(
            """
            SELECT \(CustomerCard.columns) FROM customers
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(rows.map(\.customer))))
            """, CustomerCard.init(row:))
        let byID = Dictionary(customers.map { ($0.id, $0) }) { first, _ in first }
        return rows.compactMap { row in byID[row.customer].map(row.problem(of:)) }
    }

    /// How many there are.
    public func outboxProblemCount() throws -> Int64 {
        try connection.one(
            """
            SELECT COUNT(*) AS number FROM outbox
             WHERE tenant_id = \(tenant) AND destination = 'alpine' AND state IN ('refused', 'unsettled')
            """
        ) { try $0.get("number") }
    }
}

private struct ListedPush {
    let id: PushID
    let customer: CustomerID
    let points: Int64
    let state: PushState
    let words: String
    let attempts: Int64
    let sentAt: Instant?
    let createdAt: Instant

    init(row: Row) throws {
        (id, customer, points) = (try row.get("id"), try row.get("customer_id"), try row.get("points"))
        (state, words, attempts) = (try row.get("state"), try row.get("problem"), try row.get("attempts"))
        (sentAt, createdAt) = (try row.get("sent_at"), try row.get("created_at"))
    }

    func problem(of card: CustomerCard) -> PushProblem {
        PushProblem(
            id: id, customer: card, points: points, state: state, words: words, attempts: attempts, sentAt: sentAt,
            createdAt: createdAt)
    }
}

extension TenantTransaction {
    /// Closes a listed push as somebody says; `now` by the database's clock.
    ///
    /// - Throws: `Refusal.conflict` when it is not listed any more.
    public func resolve(_ push: PushID, as resolution: PushResolution, at now: Instant) throws {
        let change: SQL =
            switch resolution {
            case .taken: "state = 'acknowledged', acknowledged_at = \(now)"
            case .sendAgain: "state = 'queued', attempts = 0, next_attempt_at = \(now)"
            }
        let rows = try connection.execute(
            """
            UPDATE outbox SET \(change) WHERE tenant_id = \(tenant) AND id = \(push)
               AND destination = 'alpine' AND state IN ('refused', 'unsettled')
            """)
        guard rows == 1 else { throw Refusal(.conflict, "This is settled already.") }
    }
}
