import LoyaltyRules
import MariaDB

/// The database as one thread sees it: what belongs to no tenant, and the way to a tenant's data.
public struct Store {
    /// This thread's connection.
    public let connection: Connection
    /// Knows erased customers again; what stores sales or customers needs it.
    private let tombstones: TombstoneKeeper?

    /// Wraps a thread's connection.
    public init(_ connection: Connection, tombstones: TombstoneKeeper? = nil) {
        self.connection = connection
        self.tombstones = tombstones
    }

    /// One tenant's data.
    public func tenant(_ id: TenantID) -> TenantStore {
        TenantStore(connection: connection, tenant: id, tombstones: tombstones)
    }

    /// The database's clock, by which deadlines are set and compared.
    public func databaseTime() throws -> Instant {
        try connection.one("SELECT UTC_TIMESTAMP(6) AS now") { try $0.get("now") }
    }
}

/// What can read one tenant's data. Every query names the tenant: there is no other way to reach it from here.
public protocol TenantQueries {
    /// This thread's connection.
    var connection: Connection { get }
    /// Whose data.
    var tenant: TenantID { get }
}

/// One tenant's data: reads, and the door to writes.
public struct TenantStore: TenantQueries {
    public let connection: Connection
    public let tenant: TenantID
    /// The run on behalf of which all writing happens; see `held(by:)`.
    var run: ClaimedRun?
    private let tombstones: TombstoneKeeper?

    init(connection: Connection, tenant: TenantID, tombstones: TombstoneKeeper?) {
        self.connection = connection
        self.tenant = tenant
        self.tombstones = tombstones
    }

    /// Runs `body` in a transaction; it may run several times, so it touches nothing else.
    @discardableResult
    public func transaction<T>(_ body: (TenantTransaction) throws -> T) throws -> T {
        try connection.transaction { connection in
            let tx = TenantTransaction(connection: connection, tenant: tenant, tombstones: tombstones)
            if let run { try tx.requireHeld(run) }
            return try body(tx)
        }
    }

    /// As above; when the connection is lost during COMMIT, `resolve` is asked on a new one whether the work is done.
    func transaction<T>(
        resolve: @escaping (TenantStore) throws -> T?, _ body: (TenantTransaction) throws -> T
    ) throws -> T {
        try connection.transaction(
            resolve: { try resolve(TenantStore(connection: $0, tenant: tenant, tombstones: tombstones)) },
            { connection in
                let tx = TenantTransaction(connection: connection, tenant: tenant, tombstones: tombstones)
                if let run { try tx.requireHeld(run) }
                return try body(tx)
            })
    }
}

/// An open transaction on one tenant's data: the only thing that can write.
public struct TenantTransaction: TenantQueries {
    public let connection: Connection
    public let tenant: TenantID
    let tombstones: TombstoneKeeper?

    init(connection: Connection, tenant: TenantID, tombstones: TombstoneKeeper? = nil) {
        self.connection = connection
        self.tenant = tenant
        self.tombstones = tombstones
    }
}

/// Something asked for that is refused, with words for a person. style.md, rule 12.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// A code of contract.md, "API v1", "Codes".
    public enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case ambiguousCustomer = "ambiguous_customer"
        case conflict
        case programPaused = "program_paused"
        case redemptionNotOpen = "redemption_not_open"
        case rewardExceedsOrder = "reward_exceeds_order"
        case belowMinimumOrder = "below_minimum_order"
        case notRedeemable = "not_redeemable"
        case idempotencyInProgress = "idempotency_in_progress"
        case idempotencyMismatch = "idempotency_mismatch"
        case notConfigured = "not_configured"
        case switchedOff = "unavailable"
    }

    /// What kind.
    public let code: Code
    /// Safe to show.
    public let description: String

    /// Makes a refusal.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
