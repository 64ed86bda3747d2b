import Connectors
import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Synchronization

/// What the jobs need to know, checked at start.
public struct JobConfiguration: Sendable {
    /// The database; each thread opens its own connection.
    public var database: ConnectionOptions
    /// Opens sealed credentials.
    public var sealer: Sealer
    /// Where Alleaves is.
    public var alleavesBaseURL: URL
    /// Where Alpine IQ is.
    public var alpineBaseURL: URL
    /// Requests a second to Alleaves for one tenant; 0: no limit.
    public var alleavesPerSecond: Int
    /// Requests a second to Alpine IQ for one tenant; 0: no limit.
    public var alpinePerSecond: Int
    /// How often a failed request is tried again.
    public var retry: Retry
    /// Whether Alpine's numbers may be taken: off, differences are only recorded.
    public var areOverridesEnabled: Bool
    /// `LOYALTY_GAMIFICATION_ENABLED`.
    public var isGamificationEnabled = true
    /// Whether anything is sent to others: off, what there is to tell stays queued.
    public var isOutboundEnabled: Bool

    /// Makes a configuration.
    public init(
        database: ConnectionOptions, sealer: Sealer, alleavesBaseURL: URL, alpineBaseURL: URL, alleavesPerSecond: Int,
        alpinePerSecond: Int, retry: Retry = Retry(), isOutboundEnabled: Bool = true,
        areOverridesEnabled: Bool = true
    ) {
        self.database = database
        // A job's statements go over more rows than a visitor's.
        self.database.statementSeconds = 120
        self.database.readTimeoutSeconds = 150
        self.database.lockWaitSeconds = 20
        self.database.idleTransactionSeconds = 60
        self.sealer = sealer
        self.alleavesBaseURL = alleavesBaseURL
        self.alpineBaseURL = alpineBaseURL
        self.alleavesPerSecond = alleavesPerSecond
        self.alpinePerSecond = alpinePerSecond
        self.retry = retry
        self.isOutboundEnabled = isOutboundEnabled
        self.areOverridesEnabled = areOverridesEnabled
    }
}

extension JobConfiguration {
    /// The database as one thread of a job sees it.
    func openStore(logger: Logger?) -> Store {
        Store(
            Connection(database, logger: logger), isGamificationEnabled: isGamificationEnabled,
            tombstones: TombstoneKeeper(sealer))
    }
}

/// Where the credentials of an integration are sealed to: `tenant|table|column|row`. engine-notes, "Security rules".
public func credentialsContext(tenant: TenantID, kind: IntegrationKind) -> [UInt8] {
    SealedPlace.credentials(kind).context(of: tenant)
}

/// Makes clients of third parties. One per process: it keeps each tenant's limits, so that all threads share them.
public final class ThirdParties: Sendable {
    private let configuration: JobConfiguration
    private let transport: any HTTPTransport
    private let clock: ConnectorClock
    private let limits = Mutex<[String: RateLimit]>([:])

    /// - Parameter transport: how requests travel; tests give their own.
    public init(_ configuration: JobConfiguration, transport: any HTTPTransport, clock: ConnectorClock = .live()) {
        self.configuration = configuration
        self.transport = transport
        self.clock = clock
    }

    /// Whether Alpine's numbers may be taken at this installation.
    var areOverridesEnabled: Bool { configuration.areOverridesEnabled }
    /// Whether the process has been told to end.
    var isStopping: Bool { clock.isStopping() }

    /// A client of the tenant's POS; nil when none is connected.
    ///
    /// - Parameter attemptsMax: for callers that repeat by themselves; nil for as often as configured.
    public func alleaves(_ store: TenantStore, attemptsMax: Int? = nil) throws -> AlleavesClient? {
        var retry = configuration.retry
        if let attemptsMax { retry.attemptsMax = attemptsMax }
        guard let credentials: AlleavesCredentials = try credentials(.alleaves, of: store) else { return nil }
        return AlleavesClient(
            baseURL: configuration.alleavesBaseURL, credentials: credentials, transport: transport,
            limit: limit("alleaves", store.tenant, perSecond: configuration.alleavesPerSecond, perMinute: 0),
            retry: retry, clock: clock)
    }

    /// A client of the tenant's Alpine IQ account; nil when none is connected.
    ///
    /// - Parameter attemptsMax: for callers that repeat by themselves; nil for as often as configured.
    public func alpine(_ store: TenantStore, attemptsMax: Int? = nil) throws -> AlpineClient? {
        guard let credentials: AlpineCredentials = try credentials(.alpine, of: store) else { return nil }
        // Without a limit for a second there is none for a minute either. contract.md, "Settings".
        let perMinute = configuration.alpinePerSecond == 0 ? 0 : 100
        var retry = configuration.retry
        if let attemptsMax { retry.attemptsMax = attemptsMax }
        return AlpineClient(
            baseURL: configuration.alpineBaseURL, credentials: credentials, transport: transport,
            limit: limit("alpine", store.tenant, perSecond: configuration.alpinePerSecond, perMinute: perMinute),
            retry: retry, clock: clock)
    }

    private func credentials<Credentials: Decodable>(
        _ kind: IntegrationKind, of store: TenantStore
    ) throws -> Credentials? {
        guard let sealed = try store.sealedCredentials(kind) else { return nil }
        let bytes = try configuration.sealer.open(sealed, context: credentialsContext(tenant: store.tenant, kind: kind))
        return try JSONDecoder().decode(Credentials.self, from: Data(bytes))
    }

    private func limit(_ source: String, _ tenant: TenantID, perSecond: Int, perMinute: Int) -> RateLimit {
        limits.withLock { limits in
            let key = "\(tenant.rawValue)|\(source)"
            if let known = limits[key] { return known }
            let made = RateLimit(perSecond: perSecond, perMinute: perMinute, clock: clock)
            limits[key] = made
            return made
        }
    }
}
