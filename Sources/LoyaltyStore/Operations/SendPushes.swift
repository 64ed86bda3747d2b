import LoyaltyRules
import MariaDB

/// A push that is this worker's to send or to look for; `attempt` numbers the sending.
public struct ClaimedPush: Equatable, Sendable {
    /// Which.
    public let id: PushID
    /// Whose points.
    public let customer: CustomerID
    /// To whom at Alpine IQ.
    public let contactID: String
    /// Signed.
    public let points: Int64
    /// What travels with it.
    public let note: String
    /// From 1.
    public let attempt: Int64
    /// Just before it was sent, by the database's clock.
    public let sentAt: Instant
    /// Since when its answer counts as lost; nil while it is to be sent.
    public let unclearSince: Instant?
}

/// What became of sending, or of looking for, a push.
public enum PushOutcome: Equatable, Sendable {
    /// Alpine IQ took it.
    case acknowledged
    /// It certainly was not taken: it is sent again at `next`.
    case again(String, next: Instant)
    /// Alpine IQ has nobody of this id any more: it waits for another, or for `next` to see whether that was true.
    case noPersona(String, next: Instant)
    /// It certainly was not taken, and never will be as it is.
    case refused(String)
    /// It may have been taken: it is looked for at `next`.
    case unclear(String, since: Instant, next: Instant)
    /// It cannot be found out.
    case unsettled(String)
}

extension TenantQueries {
    /// The first open push of each customer, where it is due: to be looked for, or to be sent; at most `limit` of each.
    /// Waiting ones are not.
    public func pushesDue(at now: Instant, limit: Int) throws -> [PushID] {
        try pushesDue(to: "alpine", at: now, limit: limit)
    }

    /// Likewise, of another destination.
    func pushesDue(to destination: String, at now: Instant, limit: Int) throws -> [PushID] {
        // State by state, so that the index gives the first few of a long queue without going through all of it.
        try [PushState.unclear, .sending, .queued].flatMap { state in
            try connection.all(
                """
                SELECT id FROM outbox FORCE INDEX (by_state) WHERE tenant_id = \(tenant) AND destination = \(destination)
                   AND state = \(state) AND next_attempt_at <= \(now) AND \(isNextPush)
                 ORDER BY next_attempt_at LIMIT \(limit)
                """
            ) { try $0.get("id", as: PushID.self) }
        }
    }

    /// Whether a row of `outbox` is its customer's next: none is under way, and none before it is still to be sent.
    var isNextPush: SQL {
        """
        NOT EXISTS (SELECT 1 FROM outbox AS other
          WHERE other.tenant_id = outbox.tenant_id AND other.customer_id = outbox.customer_id
            AND other.acknowledged_at IS NULL AND other.destination = outbox.destination AND other.id <> outbox.id
            AND (other.state IN ('sending', 'unclear')
              OR (other.state = 'queued' AND (other.position, other.id) < (outbox.position, outbox.id))))
        """
    }
}

extension TenantStore {
    /// For so long whoever took a push has it to themselves.
    static let leaseSeconds: Int64 = 10 * 60

    /// Takes a push that is due and marks it, before anything is sent. A push whose sender fell silent comes back as one
    /// to look for.
    ///
    /// - Returns: nil when somebody else has it, or when Alpine IQ has nobody for its customer: then it waits.
    public func claimPush(_ id: PushID, at now: Instant) throws -> ClaimedPush? {
        try transaction { tx in
            guard let push = try tx.lockPush(id, at: now) else { return nil }
            if push.state != .queued { return try tx.claimToLookFor(push, at: now) }
            let contact = try tx.alpineStandings(of: [push.customer])[push.customer]?.contactID
            // Those that wait before it go first.
            guard let contact, !contact.isEmpty, try !tx.hasWaitingPushes(push.customer) else {
                try tx.connection.execute(
                    "UPDATE outbox SET state = 'waiting' WHERE tenant_id = \(tenant) AND id = \(id)")
                return nil
            }
            return try tx.claimToSend(push, to: contact, at: now)
        }
    }

    /// Keeps what became of a claimed push; nothing when it has been taken over since.
    public func record(_ outcome: PushOutcome, of push: ClaimedPush, at now: Instant) throws {
        let change: SQL =
            switch outcome {
            case .acknowledged: "state = 'acknowledged', acknowledged_at = \(now), problem = NULL"
            case .again(let words, let next): "state = 'queued', problem = \(words), next_attempt_at = \(next)"
            case .noPersona(let words, let next):
                "state = 'waiting', problem = \(words), next_attempt_at = \(next)"
            case .refused(let words): "state = 'refused', problem = \(words)"
            case .unclear(let words, let since, let next):
                "state = 'unclear', problem = \(words), unclear_at = \(since), next_attempt_at = \(next)"
            case .unsettled(let words): "state = 'unsettled', problem = \(words)"
            }
        try transaction { tx in
            try tx.connection.execute(
                """
                UPDATE outbox SET \(change) WHERE tenant_id = \(tenant) AND id = \(push.id)
                   AND attempts = \(push.attempt) AND state IN ('sending', 'unclear')
                """)
        }
    }

    /// Queues what waited for a customer to appear at Alpine IQ, where one has: another than had vanished before, or the
    /// same a day later, for then Alpine's lists still show it.
    ///
    /// - Returns: how many.
    @discardableResult
    public func wakeWaitingPushes(at now: Instant) throws -> Int {
        let found = try connection.all(
            """
            SELECT DISTINCT waiting.customer_id FROM outbox AS waiting JOIN alpine_standings AS standing
                ON standing.tenant_id = waiting.tenant_id AND standing.customer_id = waiting.customer_id
             WHERE waiting.tenant_id = \(tenant) AND waiting.destination = 'alpine' AND waiting.state = 'waiting'
               AND standing.contact_id <> ''
               AND NOT EXISTS (SELECT 1 FROM outbox AS vanished
                 WHERE vanished.tenant_id = waiting.tenant_id AND vanished.customer_id = waiting.customer_id
                   AND vanished.acknowledged_at IS NULL AND vanished.state = 'waiting'
                   AND vanished.contact_id = standing.contact_id AND vanished.next_attempt_at > \(now))
             LIMIT 500
            """
        ) { try $0.get("customer_id", as: CustomerID.self) }
        guard !found.isEmpty else { return 0 }
        return Int(
            try transaction { tx in
                try tx.connection.execute(
                    """
                    UPDATE outbox SET state = 'queued', next_attempt_at = \(now)
                     WHERE tenant_id = \(tenant) AND destination = 'alpine' AND state = 'waiting'
                       AND customer_id IN (\(list: padded(found)))
                    """)
            })
    }
}

/// A row that is due, locked.
private struct DuePush {
    let id: PushID
    let customer: CustomerID
    let state: PushState
    let contactID: String?
    let points: Int64
    let note: String
    let attempts: Int64
    let sentAt: Instant?
    let unclearAt: Instant?

    init(row: Row) throws {
        id = try row.get("id")
        customer = try row.get("customer_id")
        state = try row.get("state")
        contactID = try row.get("contact_id")
        points = try row.get("points")
        note = try row.get("note")
        attempts = try row.get("attempts")
        sentAt = try row.get("sent_at")
        unclearAt = try row.get("unclear_at")
    }

    func claimed(by contact: String, attempt: Int64, sentAt: Instant, unclearSince: Instant?) -> ClaimedPush {
        ClaimedPush(
            id: id, customer: customer, contactID: contact, points: points, note: note, attempt: attempt,
            sentAt: sentAt, unclearSince: unclearSince)
    }
}

extension TenantTransaction {
    fileprivate func lockPush(_ id: PushID, at now: Instant) throws -> DuePush? {
        try connection.optional(
            """
            SELECT id, customer_id, state, contact_id, points, note, attempts, sent_at, unclear_at FROM outbox
             WHERE tenant_id = \(tenant) AND id = \(id) AND state IN ('queued', 'sending', 'unclear')
               AND next_attempt_at <= \(now) AND \(isNextPush) FOR UPDATE SKIP LOCKED
            """, DuePush.init(row:))
    }

    fileprivate func hasWaitingPushes(_ customer: CustomerID) throws -> Bool {
        try connection.optional(
            """
            SELECT 1 AS found FROM outbox WHERE tenant_id = \(tenant) AND customer_id = \(customer)
               AND acknowledged_at IS NULL AND destination = 'alpine' AND state = 'waiting' LIMIT 1
            """
        ) { try $0.get("found", as: Int64.self) } != nil
    }

    fileprivate func claimToSend(_ push: DuePush, to contact: String, at now: Instant) throws -> ClaimedPush {
        try connection.execute(
            """
            UPDATE outbox SET state = 'sending', contact_id = \(Array(contact.utf8)), attempts = attempts + 1,
                   sent_at = \(now), unclear_at = NULL, next_attempt_at = \(now.advanced(bySeconds: TenantStore.leaseSeconds))
             WHERE tenant_id = \(tenant) AND id = \(push.id)
            """)
        return push.claimed(by: contact, attempt: push.attempts + 1, sentAt: now, unclearSince: nil)
    }

    fileprivate func claimToLookFor(_ push: DuePush, at now: Instant) throws -> ClaimedPush {
        let since = push.unclearAt ?? now
        try connection.execute(
            """
            UPDATE outbox SET state = 'unclear', unclear_at = \(since),
                   next_attempt_at = \(now.advanced(bySeconds: TenantStore.leaseSeconds))
             WHERE tenant_id = \(tenant) AND id = \(push.id)
            """)
        return push.claimed(
            by: push.contactID ?? "", attempt: push.attempts, sentAt: push.sentAt ?? now, unclearSince: since)
    }
}
