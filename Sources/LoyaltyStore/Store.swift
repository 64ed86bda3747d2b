import LoyaltyRules
import MariaDB

/// The database as one thread sees it: what belongs to no tenant, and the way to a tenant's data.
public struct Store {
    /// This thread's connection.
    public let connection: Connection
    private let options: StoreOptions

    /// Wraps a thread's connection.
    ///
    /// - Parameters:
    ///   - isGamificationEnabled: `LOYALTY_GAMIFICATION_ENABLED`; off, no streak of any tenant changes.
    ///   - tombstones: knows erased customers again; what stores sales or customers needs it.
    public init(_ connection: Connection, isGamificationEnabled: Bool = true, tombstones: TombstoneKeeper? = nil) {
        self.connection = connection
        options = StoreOptions(isGamificationEnabled: isGamificationEnabled, tombstones: tombstones)
    }

    /// One tenant's data.
    public func tenant(_ id: TenantID) -> TenantStore {
        TenantStore(connection: connection, tenant: id, options: options)
    }

    /// The database's clock, by which deadlines are set and compared.
    public func databaseTime() throws -> Instant {
        try connection.one("SELECT UTC_TIMESTAMP(6) AS now") { try $0.get("now") }
    }
}

/// What the operator decides for all tenants.
struct StoreOptions: Sendable {
    var isGamificationEnabled = true
    var tombstones: TombstoneKeeper?
    let parsedSettings = ParsedSettings()
}

/// What can read one tenant's data. Every query names the tenant: there is no other way to reach it from here.
public protocol TenantQueries {
    /// This thread's connection.
    var connection: Connection { get }
    /// Whose data.
    var tenant: TenantID { get }
    /// Settings read before.
    var parsedSettings: ParsedSettings { get }
}

/// One tenant's data: reads, and the door to writes.
public struct TenantStore: TenantQueries {
    public let connection: Connection
    public let tenant: TenantID
    /// The run on behalf of which all writing happens; see `held(by:)`.
    var run: ClaimedRun?
    private let options: StoreOptions
    public var parsedSettings: ParsedSettings { options.parsedSettings }

    init(connection: Connection, tenant: TenantID, options: StoreOptions) {
        self.connection = connection
        self.tenant = tenant
        self.options = options
    }

    /// The same data on a connection of its own, for another thread.
    public func onAnotherConnection() -> TenantStore {
        var store = TenantStore(connection: connection.another(), tenant: tenant, options: options)
        store.run = run
        return store
    }

    /// Runs `body` in a transaction; it may run several times, so it touches nothing else.
    @discardableResult
    public func transaction<T>(_ body: (TenantTransaction) throws -> T) throws -> T {
        try connection.transaction { try perform(body, on: $0) }
    }

    /// As above; when the connection is lost during COMMIT, `resolve` is asked on a new one whether the work is done.
    func transaction<T>(
        resolve: @escaping (TenantStore) throws -> T?, _ body: (TenantTransaction) throws -> T
    ) throws -> T {
        try connection.transaction(
            resolve: { try resolve(TenantStore(connection: $0, tenant: tenant, options: options)) },
            { try perform(body, on: $0) })
    }

    private func perform<T>(_ body: (TenantTransaction) throws -> T, on connection: Connection) throws -> T {
        let tx = TenantTransaction(connection: connection, tenant: tenant, options: options)
        if let run { try tx.requireHeld(run) }
        return try body(tx)
    }
}

/// An open transaction on one tenant's data: the only thing that can write.
public struct TenantTransaction: TenantQueries {
    public let connection: Connection
    public let tenant: TenantID
    private let options: StoreOptions
    /// Whether the operator lets streaks change.
    var isGamificationEnabled: Bool { options.isGamificationEnabled }
    public var parsedSettings: ParsedSettings { options.parsedSettings }
    /// Knows erased customers again.
    var tombstones: TombstoneKeeper? { options.tombstones }

    init(connection: Connection, tenant: TenantID, options: StoreOptions = StoreOptions()) {
        self.connection = connection
        self.tenant = tenant
        self.options = options
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
