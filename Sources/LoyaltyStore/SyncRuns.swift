import Foundation
import LoyaltyRules
import MariaDB

/// Where a run stands. rules.md, "Sync".
public enum RunState: String, Sendable, CaseIterable, Codable, SQLBindable, SQLDecodable {
    case queued
    case running
    case succeeded
    /// A source was lost wholly or in part: what is good is kept.
    case degraded
    /// Alleaves gave nothing usable, and nothing was posted.
    case failed

    /// Whether nothing more will happen.
    public var isFinished: Bool { self == .succeeded || self == .degraded || self == .failed }
}

/// A run as kept.
public struct RunSummary: Equatable, Sendable {
    /// Its id.
    public let id: RunID
    /// What it covers.
    public let kind: RunKind
    /// The customer of a single-customer run.
    public let posCustomerID: String?
    /// Whether all history is read.
    public let isForced: Bool
    /// Who asked.
    public let trigger: RunTrigger
    /// Where it stands.
    public let state: RunState
    /// What it is doing, in the owner's words.
    public let stage: String
    /// How much of the stage is done.
    public let done: Int64
    /// How much there is, if known.
    public let expected: Int64?
    /// When it was asked for.
    public let queuedAt: Instant
    /// When a worker began.
    public let startedAt: Instant?
    /// When it ended.
    public let finishedAt: Instant?
    /// What came of it.
    public let result: RunResult?
    /// Why it failed, in the owner's words.
    public let error: String?
}

/// What came of a run: the `result` of contract.md, "Sync API", and what the pages tell beside it.
public struct RunResult: Codable, Equatable, Sendable {
    /// Customers looked at.
    public var totalProcessed: Int64 = 0
    /// Of them, those all of which was taken in.
    public var successful: Int64 = 0
    /// Of them, those with an error.
    public var failed: Int64 = 0
    /// Customers not compared with Alpine.
    public var degraded: Int64 = 0
    /// Orders read.
    public var ordersProcessed: Int64 = 0
    /// Differences over the threshold, the first 100.
    public var discrepancies: [Discrepancy] = []
    /// What went wrong with single customers, the first 100.
    public var errors: [CustomerError] = []
    /// Milliseconds from start to end.
    public var duration: Int64 = 0
    /// Ledger entries posted.
    public var entriesPosted: Int64 = 0
    /// Customers new, changed.
    public var customersAdded: Int64 = 0
    public var customersChanged: Int64 = 0
    /// Orders new, changed.
    public var ordersAdded: Int64 = 0
    public var ordersChanged: Int64 = 0
    /// Customers whose number was compared with Alpine's, and how it came out.
    public var compared: Int64 = 0
    public var within: Int64 = 0
    public var awaiting: Int64 = 0
    /// Customers for whom Alpine's number was taken, and those left to the admin because many differ at once.
    public var overridden: Int64?
    public var leftToDecide: Int64?
    /// Things to look at, the first 100 of `exceptionCount`.
    public var exceptionCount: Int64 = 0
    /// What was lost of a source, in words; nil when it was read to its end.
    public var alleavesProblem: String?
    public var alpineProblem: String?
    /// When Alpine's figures were asked for.
    public var alpineReadAt: Instant?

    /// Nothing yet.
    public init() {}

    /// A difference over the threshold. Customers are named by their POS id here.
    public struct Discrepancy: Codable, Equatable, Sendable {
        public var customerId: String
        public var calculated: Int64
        public var alpine: Int64
        public var difference: Int64

        /// Makes one.
        public init(customerId: String, calculated: Int64, alpine: Int64, difference: Int64) {
            self.customerId = customerId
            self.calculated = calculated
            self.alpine = alpine
            self.difference = difference
        }
    }

    /// What went wrong with one customer.
    public struct CustomerError: Codable, Equatable, Sendable {
        public var customerId: String
        public var error: String

        /// Makes one.
        public init(customerId: String, error: String) {
            self.customerId = customerId
            self.error = error
        }
    }

    /// At most this many of anything are listed.
    public static let listMax = 100
}

/// Something a run could not take in, or that somebody should look at.
public struct RunException: Equatable, Sendable {
    /// An outside id.
    public var subject: String?
    /// In words.
    public var reason: String
    /// The order that vanished, if that is what it is about; it is listed to decide already.
    public var vanished: OrderID?

    /// Makes one.
    public init(subject: String?, reason: String, vanished: OrderID? = nil) {
        self.subject = subject
        self.reason = reason
        self.vanished = vanished
    }
}

extension TenantQueries {
    /// One run.
    public func run(_ id: RunID) throws -> RunSummary? {
        try connection.optional(
            "SELECT \(RunSummary.columns) FROM sync_runs WHERE tenant_id = \(tenant) AND id = \(id)",
            RunSummary.init(row:))
    }

    /// The newest runs of these kinds, newest first.
    public func latestRuns(_ kinds: RunKind..., limit: Int) throws -> [RunSummary] {
        try connection.all(
            """
            SELECT \(RunSummary.columns) FROM sync_runs
             WHERE tenant_id = \(tenant) AND kind IN (\(list: kinds.isEmpty ? [.all] : kinds)) ORDER BY id DESC LIMIT \(limit)
            """, RunSummary.init(row:))
    }

    /// The exceptions of a run.
    public func exceptions(of run: RunID) throws -> [RunException] {
        try connection.all(
            """
            SELECT subject, reason FROM sync_exceptions
             WHERE tenant_id = \(tenant) AND run_id = \(run) ORDER BY number LIMIT \(RunResult.listMax)
            """
        ) { RunException(subject: try $0.get("subject"), reason: try $0.get("reason")) }
    }

    /// When a run last ended well, wholly or in part.
    public func lastSyncAt() throws -> Instant? {
        try connection.optional("SELECT succeeded_at FROM sync_watermarks WHERE tenant_id = \(tenant)") {
            try $0.get("succeeded_at", as: Instant?.self)
        } ?? nil
    }
}

extension TenantStore {
    /// Asks for a run of the whole tenant. A request joins a queued run, `forced` winning; while one is running, it
    /// queues one follower.
    public func requestSync(forced: Bool, trigger: RunTrigger) throws -> RunSummary {
        try transaction { tx in
            // The tenant's row serves as the lock: two first requests would both find nothing queued.
            try tx.connection.one("SELECT id FROM tenants WHERE id = \(tenant) FOR UPDATE") { _ in }
            let queued: RunID? = try tx.connection.optional(
                // By its slot: a search by state would wait for the transactions of the run that is being performed.
                "SELECT id FROM sync_runs WHERE tenant_id = \(tenant) AND queued_slot = 1 FOR UPDATE"
            ) { try $0.get("id") }
            let id = queued ?? .make()
            if queued == nil {
                try tx.insertRun(id, kind: .all, posCustomerID: nil, forced: forced, trigger: trigger)
            } else if forced {
                try tx.connection.execute(
                    "UPDATE sync_runs SET is_forced = 1 WHERE tenant_id = \(tenant) AND id = \(id)")
            }
            return try tx.summary(id)
        }
    }

    /// Asks for a priority run of one customer.
    public func requestCustomerSync(posCustomerID: String, trigger: RunTrigger) throws -> RunSummary {
        try transaction { tx in
            let id = RunID.make()
            try tx.insertRun(id, kind: .customer, posCustomerID: posCustomerID, forced: false, trigger: trigger)
            return try tx.summary(id)
        }
    }

    /// Asks for the nightly run of local day `day`, once.
    ///
    /// - Returns: nil when it was asked for before.
    public func requestNightly(of day: Day, trigger: RunTrigger) throws -> RunSummary? {
        try transaction { tx in
            try tx.connection.execute(
                "INSERT INTO sync_watermarks (tenant_id) VALUES (\(tenant)) ON DUPLICATE KEY UPDATE tenant_id = tenant_id"
            )
            let last = try tx.connection.one(
                "SELECT nightly_day FROM sync_watermarks WHERE tenant_id = \(tenant) FOR UPDATE"
            ) { try $0.get("nightly_day", as: Day?.self) }
            if let last, last >= day { return nil }
            try tx.connection.execute(
                "UPDATE sync_watermarks SET nightly_day = \(day) WHERE tenant_id = \(tenant)")
            let id = RunID.make()
            try tx.insertRun(id, kind: .nightly, posCustomerID: nil, forced: false, trigger: trigger)
            return try tx.summary(id)
        }
    }
}

extension TenantTransaction {
    /// Asks for tiers and segments of all customers anew, in the transaction that saves what they depend on. One that
    /// waits is joined: it will find what is being saved. One that works may not, so another follows it.
    func queueRecalculation(trigger: RunTrigger) throws {
        // The tenant's row serves as the lock. The row is written also when it is joined: no worker, on no node of a
        // cluster, takes it before this is committed.
        try connection.one("SELECT id FROM tenants WHERE id = \(tenant) FOR UPDATE") { _ in }
        let joined = try connection.execute(
            """
            UPDATE sync_runs SET queued_at = GREATEST(UTC_TIMESTAMP(6), queued_at + INTERVAL 1 MICROSECOND)
             WHERE tenant_id = \(tenant) AND recalculation_slot = 1
            """)
        if joined > 0 { return }
        try insertRun(.make(), kind: .recalculation, posCustomerID: nil, forced: false, trigger: trigger)
    }

    fileprivate func insertRun(
        _ id: RunID, kind: RunKind, posCustomerID: String?, forced: Bool, trigger: RunTrigger
    ) throws {
        try connection.execute(
            """
            INSERT INTO sync_runs (tenant_id, id, kind, pos_customer_id, is_forced, trigger_name, state, queued_at)
            VALUES (\(tenant), \(id), \(kind), \(posCustomerID.map { Array($0.utf8) }), \(forced), \(trigger), 'queued',
                    UTC_TIMESTAMP(6))
            """)
    }

    fileprivate func summary(_ id: RunID) throws -> RunSummary {
        try connection.one(
            "SELECT \(RunSummary.columns) FROM sync_runs WHERE tenant_id = \(tenant) AND id = \(id)",
            RunSummary.init(row:))
    }
}

extension RunSummary {
    fileprivate static let columns: SQL = """
        id, kind, pos_customer_id, is_forced, trigger_name, state, stage, done, expected, queued_at, started_at,
        finished_at, result, error
        """

    fileprivate init(row: Row) throws {
        let result: String? = try row.get("result")
        self.init(
            id: try row.get("id"), kind: try row.get("kind"), posCustomerID: try row.get("pos_customer_id"),
            isForced: try row.get("is_forced"), trigger: try row.get("trigger_name"), state: try row.get("state"),
            stage: try row.get("stage"), done: try row.get("done"), expected: try row.get("expected"),
            queuedAt: try row.get("queued_at"), startedAt: try row.get("started_at"),
            finishedAt: try row.get("finished_at"),
            result: try result.map { try JSONDecoder().decode(RunResult.self, from: Data($0.utf8)) },
            error: try row.get("error"))
    }
}

extension Store {
    /// The tenant that a run belongs to. Callers check that it is theirs to see.
    public func tenant(ofRun id: RunID) throws -> Tenant? {
        let owner: TenantID? = try connection.optional("SELECT tenant_id FROM sync_runs WHERE id = \(id)") {
            try $0.get("tenant_id")
        }
        guard let owner else { return nil }
        return try tenant(named: try slug(of: owner))
    }

    /// A tenant's slug.
    public func slug(of tenant: TenantID) throws -> String {
        try connection.one("SELECT slug FROM tenants WHERE id = \(tenant)") { try $0.get("slug") }
    }
}
