import LoyaltyRules
import MariaDB

/// A push that somebody should look at: it goes no further by itself.
public struct PushProblem: Equatable, Sendable {
    /// Which.
    public let id: PushID
    /// Whose points.
    public let customer: CustomerID
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
        try connection.all(
            """
            SELECT id, customer_id, points, state, problem, attempts, sent_at, created_at FROM outbox
             WHERE tenant_id = \(tenant) AND destination = 'alpine' AND state IN ('refused', 'unsettled')
             ORDER BY created_at, id LIMIT \(limit)
            """
        ) { row in
            PushProblem(
                id: try row.get("id"), customer: try row.get("customer_id"), points: try row.get("points"),
                state: try row.get("state"), words: try row.get("problem"), attempts: try row.get("attempts"),
                sentAt: try row.get("sent_at"), createdAt: try row.get("created_at"))
        }
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
               AND state IN ('refused', 'unsettled')
            """)
        guard rows == 1 else { throw Refusal(.conflict, "This is settled already.") }
    }
}
