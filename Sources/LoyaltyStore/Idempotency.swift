import LoyaltyRules
import MariaDB

/// An `Idempotency-Key` with the request it was sent with. contract.md, "API v1".
public struct IdempotencyKey: Equatable, Sendable {
    /// 1 to 255 visible ASCII characters.
    public var text: [UInt8]
    /// SHA-256 of method, path and raw body.
    public var requestHash: [UInt8]

    /// Makes a key.
    public init(text: [UInt8], requestHash: [UInt8]) {
        self.text = text
        self.requestHash = requestHash
    }
}

/// An answer that is kept under a key.
public struct KeptAnswer: Equatable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// The body as sent.
    public var body: [UInt8]
    /// Whose data it may hold, so that erasing a customer finds it.
    public var customer: CustomerID?

    /// Makes an answer.
    public init(status: Int, body: [UInt8], customer: CustomerID? = nil) {
        self.status = status
        self.body = body
        self.customer = customer
    }
}

extension TenantStore {
    /// Does `work` once per key: its effect and its answer commit together, and later requests under the key get that
    /// answer. One that comes meanwhile waits for the first. `work` may run twice, so it touches nothing but its
    /// transaction.
    ///
    /// - Parameter refusal: the answer to keep for an error of `work`, whose writes are then undone; nil for errors
    ///   that are no decision, which keep nothing and are thrown on.
    /// - Throws: `Refusal.idempotencyMismatch` when the key was used for another request, `.idempotencyInProgress`
    ///   when the first is not done after several lock waits.
    public func once(
        _ key: IdempotencyKey, refusal: (any Error) throws -> KeptAnswer?,
        _ work: (TenantTransaction) throws -> KeptAnswer
    ) throws -> (answer: KeptAnswer, isReplay: Bool) {
        var attemptsLeft = 4
        while true {
            do {
                return try transaction(resolve: { try $0.answer(under: key).map { ($0, false) } }) { tx in
                    try tx.once(key, refusal: refusal, work)
                }
            } catch let error as DatabaseError where error.isDuplicateKey() && attemptsLeft > 1 {
                // Somebody else made the same customer or order in between: the next attempt finds it.
                attemptsLeft -= 1
            }
        }
    }

    /// Deletes keys that are older than 30 days, at most `limit`.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func forgetIdempotencyKeys(limit: Int) throws -> Int {
        let count = try transaction { tx in
            try tx.connection.execute(
                """
                DELETE FROM idempotency_keys
                 WHERE tenant_id = \(tenant) AND created_at < UTC_TIMESTAMP(6) - INTERVAL 30 DAY LIMIT \(limit)
                """)
        }
        return Int(count)
    }

    /// The answer that was committed under the key; nil when there is none.
    fileprivate func answer(under key: IdempotencyKey) throws -> KeptAnswer? {
        try connection.optional(
            """
            SELECT status, body, customer_id FROM idempotency_keys
             WHERE tenant_id = \(tenant) AND idempotency_key = \(key.text) AND request_hash = \(key.requestHash)
               AND status IS NOT NULL AND created_at >= UTC_TIMESTAMP(6) - INTERVAL 30 DAY
            """, KeptAnswer.init(row:))
    }
}

extension TenantTransaction {
    fileprivate func once(
        _ key: IdempotencyKey, refusal: (any Error) throws -> KeptAnswer?,
        _ work: (TenantTransaction) throws -> KeptAnswer
    ) throws -> (answer: KeptAnswer, isReplay: Bool) {
        if let earlier = try claim(key) { return (earlier, true) }
        try connection.executeText("SAVEPOINT work")
        let answer: KeptAnswer
        do {
            answer = try work(self)
        } catch {
            guard let refused = try refusal(error) else { throw error }
            try connection.executeText("ROLLBACK TO SAVEPOINT work")
            answer = refused
        }
        try keep(answer, under: key)
        return (answer, false)
    }

    /// Takes the key for this transaction, or finds the answer of an earlier one. A row older than 30 days counts as
    /// none and is taken over.
    fileprivate func claim(_ key: IdempotencyKey) throws -> KeptAnswer? {
        let row: Row
        do {
            // Assignments run from left to right: the age, on which the others depend, changes last.
            row = try connection.one(
                """
                INSERT INTO idempotency_keys (tenant_id, idempotency_key, request_hash, created_at)
                VALUES (\(tenant), \(key.text), \(key.requestHash), UTC_TIMESTAMP(6))
                ON DUPLICATE KEY UPDATE
                  request_hash =
                    IF(created_at < VALUES(created_at) - INTERVAL 30 DAY, VALUES(request_hash), request_hash),
                  status = IF(created_at < VALUES(created_at) - INTERVAL 30 DAY, NULL, status),
                  body = IF(created_at < VALUES(created_at) - INTERVAL 30 DAY, NULL, body),
                  customer_id = IF(created_at < VALUES(created_at) - INTERVAL 30 DAY, NULL, customer_id),
                  created_at = IF(created_at < VALUES(created_at) - INTERVAL 30 DAY, VALUES(created_at), created_at)
                RETURNING request_hash, status, body, customer_id
                """
            ) { $0 }
        } catch let error as DatabaseError where error.code == 1205 {
            // The transaction is tried again all the same; this is what it says when it gives up.
            throw Refusal(.idempotencyInProgress, "The first request with this Idempotency-Key is still at work.")
        }
        guard try row.get("status", as: Int64?.self) != nil else { return nil }
        guard try row.get("request_hash", as: [UInt8].self) == key.requestHash else {
            throw Refusal(.idempotencyMismatch, "The Idempotency-Key was used for another request.")
        }
        return try KeptAnswer(row: row)
    }

    fileprivate func keep(_ answer: KeptAnswer, under key: IdempotencyKey) throws {
        try connection.execute(
            """
            UPDATE idempotency_keys
               SET status = \(answer.status), body = \(answer.body), customer_id = \(answer.customer)
             WHERE tenant_id = \(tenant) AND idempotency_key = \(key.text)
            """)
    }
}

extension KeptAnswer {
    fileprivate init(row: Row) throws {
        self.init(
            status: try row.get("status"), body: try row.get("body"), customer: try row.get("customer_id"))
    }
}
