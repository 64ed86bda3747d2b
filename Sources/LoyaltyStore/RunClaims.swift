import Foundation
import LoyaltyRules
import MariaDB

/// A run that this worker holds. Its fence rises with every claim: a worker that lost the run to another writes nothing
/// more to it.
public struct ClaimedRun: Equatable, Sendable {
    /// Whose.
    public let tenant: TenantID
    /// Which.
    public let id: RunID
    /// What it covers.
    public let kind: RunKind
    /// The customer of a single-customer run.
    public let posCustomerID: String?
    /// Whether all history is read.
    public let isForced: Bool
    /// What an earlier worker of this run read before it stopped.
    public let bookmark: ReadingBookmark
    /// What it counted.
    public let result: RunResult
    /// Of this claim.
    public let fence: Int64
    /// When the first worker began.
    public let startedAt: Instant
}

/// How far a run has read the POS: what is stored whole is not read again.
public struct ReadingBookmark: Equatable, Sendable {
    /// Pages of customers.
    public var customerPages: Int = 0
    /// Whether there are no more of them.
    public var customersRead = false
    /// Pages of orders.
    public var orderPages: Int = 0
    /// The first day that orders are asked for; nil before it is decided.
    public var ordersFrom: Day?

    /// The beginning.
    public init() {}
}

/// Another worker took the run over, or it ended: this one stops without a trace.
public struct RunLost: Error, Equatable, CustomStringConvertible {
    public var description: String { "Another worker has taken over this run." }
}

extension Store {
    /// Takes the next run that waits, or one whose worker has given no sign of life; priority runs first.
    ///
    /// - Parameters:
    ///   - kinds: what this thread of the worker takes on.
    ///   - silenceSeconds: after how long without a heartbeat a worker counts as dead.
    ///   - only: this run and no other.
    public func claimRun(
        _ kinds: [RunKind], worker: String, silenceSeconds: Int, only: RunID? = nil
    ) throws -> ClaimedRun? {
        try connection.transaction { connection in
            let found = try connection.optional(
                """
                SELECT tenant_id, id FROM sync_runs AS candidate
                 WHERE kind IN (\(list: kinds)) AND (\(only) IS NULL OR id = \(only))
                   AND ((state = 'queued' AND (kind <> 'all' OR NOT EXISTS
                          (SELECT 1 FROM sync_runs AS busy WHERE busy.tenant_id = candidate.tenant_id
                              AND busy.running_slot = 1)))
                     OR (state = 'running' AND heartbeat_at < UTC_TIMESTAMP(6) - INTERVAL \(silenceSeconds) SECOND))
                 ORDER BY kind = 'customer' DESC, queued_at LIMIT 1 FOR UPDATE SKIP LOCKED
                """
            ) { row in (try row.get("tenant_id", as: TenantID.self), try row.get("id", as: RunID.self)) }
            guard let (tenant, id) = found else { return nil }
            try connection.execute(
                """
                UPDATE sync_runs SET state = 'running', worker = \(Array(worker.utf8.prefix(64))), fence = fence + 1,
                       started_at = COALESCE(started_at, UTC_TIMESTAMP(6)), heartbeat_at = UTC_TIMESTAMP(6)
                 WHERE tenant_id = \(tenant) AND id = \(id)
                """)
            return try connection.one(
                """
                SELECT kind, pos_customer_id, is_forced, customer_pages, customers_read, order_pages, orders_from, result,
                       fence, started_at
                  FROM sync_runs WHERE tenant_id = \(tenant) AND id = \(id)
                """
            ) { try ClaimedRun(tenant: tenant, id: id, row: $0) }
        }
    }
}

extension TenantStore {
    /// The same data, written only while this worker holds `run`: a worker that was silent for too long and wakes up
    /// must not store what it read before over what its successor has read since. Transactions throw `RunLost` then.
    public func held(by run: ClaimedRun) -> TenantStore {
        var store = self
        store.run = run
        return store
    }

    /// Tells how far a run is and that its worker lives. Exceptions are kept with the bookmark, since what lies before
    /// it is not read again; `firstNumber` is the number of the first of them.
    ///
    /// - Throws: `RunLost` when the run is another worker's.
    public func report(
        _ run: ClaimedRun, stage: String, done: Int64, expected: Int64?, bookmark: ReadingBookmark, result: RunResult,
        exceptions: [RunException] = [], firstNumber: Int = 1
    ) throws {
        try transaction { tx in
            try tx.report(
                run, stage: stage, done: done, expected: expected, bookmark: bookmark, result: result,
                exceptions: exceptions, firstNumber: firstNumber)
        }
    }

    /// Tells that the worker of a run lives, while it waits for a third party.
    public func beat(_ run: ClaimedRun) throws {
        do {
            // Not for a run that was given back: it waits for another worker.
            try connection.execute(
                """
                UPDATE sync_runs SET heartbeat_at = UTC_TIMESTAMP(6)
                 WHERE tenant_id = \(tenant) AND id = \(run.id) AND fence = \(run.fence) AND state = 'running'
                   AND heartbeat_at > '1971-01-01 00:00:00'
                """)
        } catch let error as DatabaseError where error.isRetryable {
            // Somebody is just writing how far it is.
        }
    }

    /// Ends a run: its counts, its exceptions that were not reported yet, and last the watermark.
    public func finish(
        _ run: ClaimedRun, state: RunState, result: RunResult, exceptions: [RunException], firstNumber: Int = 1,
        error: String?, watermark: Watermark?
    ) throws {
        let text = try result.json()
        try transaction { tx in
            let rows = try tx.connection.execute(
                """
                UPDATE sync_runs SET state = \(state), stage = 'done', result = \(text),
                       error = \(error.map { String($0.prefix(500)) }), finished_at = UTC_TIMESTAMP(6)
                 WHERE tenant_id = \(tenant) AND id = \(run.id) AND fence = \(run.fence) AND state = 'running'
                """)
            guard rows == 1 else { throw RunLost() }
            try tx.insert(exceptions, of: run, firstNumber: firstNumber)
            if let watermark { try tx.move(to: watermark) }
        }
    }

    /// Gives a run back to the queue: its worker is asked to stop. It goes on from its last stored page.
    public func release(_ run: ClaimedRun) throws {
        try connection.execute(
            """
            UPDATE sync_runs SET heartbeat_at = '1970-01-02 00:00:00'
             WHERE tenant_id = \(tenant) AND id = \(run.id) AND fence = \(run.fence) AND state = 'running'
            """)
    }
}

extension TenantTransaction {
    /// As `TenantStore.report`, together with what has been read.
    public func report(
        _ run: ClaimedRun, stage: String, done: Int64, expected: Int64?, bookmark: ReadingBookmark, result: RunResult,
        exceptions: [RunException], firstNumber: Int
    ) throws {
        let rows = try connection.execute(
            """
            UPDATE sync_runs SET stage = \(stage), done = \(done), expected = \(expected),
                   customer_pages = \(bookmark.customerPages), customers_read = \(bookmark.customersRead),
                   order_pages = \(bookmark.orderPages), orders_from = \(bookmark.ordersFrom),
                   result = \(try result.json()), heartbeat_at = UTC_TIMESTAMP(6)
             WHERE tenant_id = \(tenant) AND id = \(run.id) AND fence = \(run.fence) AND state = 'running'
            """)
        guard rows == 1 else { throw RunLost() }
        try insert(exceptions, of: run, firstNumber: firstNumber)
    }
}

/// How far a tenant's POS has been read.
public struct Watermark: Equatable, Sendable {
    /// When all history was last read whole; nil: never.
    public var historyReadAt: Instant?
    /// The local day on which the long window was last read.
    public var longWindowDay: Day?
    /// When a run last ended well, wholly or in part.
    public var succeededAt: Instant?

    /// Makes one.
    public init(historyReadAt: Instant? = nil, longWindowDay: Day? = nil, succeededAt: Instant? = nil) {
        self.historyReadAt = historyReadAt
        self.longWindowDay = longWindowDay
        self.succeededAt = succeededAt
    }
}

extension TenantQueries {
    /// How far the POS has been read.
    public func watermark() throws -> Watermark {
        try connection.optional(
            "SELECT history_read_at, long_window_day, succeeded_at FROM sync_watermarks WHERE tenant_id = \(tenant)"
        ) { row in
            Watermark(
                historyReadAt: try row.get("history_read_at"), longWindowDay: try row.get("long_window_day"),
                succeededAt: try row.get("succeeded_at"))
        } ?? Watermark()
    }
}

extension TenantTransaction {
    /// Throws `RunLost` when the run is no longer this worker's, and keeps others from taking it until the end of the
    /// transaction.
    func requireHeld(_ run: ClaimedRun) throws {
        let held: Int64? = try connection.optional(
            """
            SELECT 1 AS held FROM sync_runs WHERE tenant_id = \(tenant) AND id = \(run.id) AND fence = \(run.fence)
               AND state = 'running' LOCK IN SHARE MODE
            """
        ) { try $0.get("held") }
        guard held != nil else { throw RunLost() }
    }

    fileprivate func insert(_ exceptions: [RunException], of run: ClaimedRun, firstNumber: Int) throws {
        let room = max(0, RunResult.listMax + 1 - firstNumber)
        try list(exceptions.prefix(room).filter { $0.vanished == nil }, of: run.id)
        try connection.bulkInsert(
            "INSERT INTO sync_exceptions (tenant_id, run_id, number, subject, reason) VALUES (?, ?, ?, ?, ?)",
            rows: exceptions.prefix(room).enumerated().map { index, exception in
                [
                    tenant.sqlValue, run.id.sqlValue, (firstNumber + index).sqlValue,
                    (exception.subject.map { Array($0.utf8.prefix(120)) }).sqlValue,
                    String(exception.reason.prefix(300)).sqlValue,
                ]
            })
    }

    /// Moves what `watermark` names; what it leaves nil stays.
    fileprivate func move(to watermark: Watermark) throws {
        try connection.execute(
            """
            INSERT INTO sync_watermarks (tenant_id, history_read_at, long_window_day, succeeded_at)
            VALUES (\(tenant), \(watermark.historyReadAt), \(watermark.longWindowDay), \(watermark.succeededAt))
            ON DUPLICATE KEY UPDATE history_read_at = COALESCE(VALUES(history_read_at), history_read_at),
              long_window_day = COALESCE(VALUES(long_window_day), long_window_day),
              succeeded_at = COALESCE(VALUES(succeeded_at), succeeded_at)
            """)
    }
}

extension RunResult {
    /// As stored.
    fileprivate func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension ClaimedRun {
    fileprivate init(tenant: TenantID, id: RunID, row: Row) throws {
        var bookmark = ReadingBookmark()
        bookmark.customerPages = try row.get("customer_pages")
        bookmark.customersRead = try row.get("customers_read")
        bookmark.orderPages = try row.get("order_pages")
        bookmark.ordersFrom = try row.get("orders_from")
        let result: String? = try row.get("result")
        self.init(
            tenant: tenant, id: id, kind: try row.get("kind"), posCustomerID: try row.get("pos_customer_id"),
            isForced: try row.get("is_forced"), bookmark: bookmark,
            result: try result.map { try JSONDecoder().decode(RunResult.self, from: Data($0.utf8)) } ?? RunResult(),
            fence: try row.get("fence"), startedAt: try row.get("started_at"))
    }
}
