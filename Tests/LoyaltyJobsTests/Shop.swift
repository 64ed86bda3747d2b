import Connectors
import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Synchronization
import TestSupport

@testable import LoyaltyJobs

/// A migrated database that one test has to itself for a while: claiming a run looks at all tenants.
final class LeasedDatabase: Sendable {
    private static let free = Mutex<[ConnectionOptions]>([])
    private static let directory = String(#filePath.dropLast("Tests/LoyaltyJobsTests/Shop.swift".count)) + "sql"
    let options: ConnectionOptions

    init() throws {
        if let options = Self.free.withLock({ $0.popLast() }) {
            self.options = options
            return
        }
        let fresh = try TestDatabase.fresh()
        let owner = Connection(fresh.forMigrations())
        _ = try Migrator(directory: Self.directory).migrate(owner)
        // The application's own rights, so that what it may not do fails here.
        try owner.executeScript(
            """
            CREATE USER IF NOT EXISTS loyalty_jobs_test@localhost;
            GRANT loyalty_application TO loyalty_jobs_test@localhost;
            SET DEFAULT ROLE loyalty_application FOR loyalty_jobs_test@localhost;
            """)
        var options = fresh
        options.user = "loyalty_jobs_test"
        self.options = options
    }

    deinit { Self.free.withLock { $0.append(options) } }

    var root: Connection {
        var options = options
        options.user = "root"
        return Connection(options)
    }
}

/// A tenant that is connected to scripted third parties.
final class Shop {
    let database: LeasedDatabase
    let script: Script
    let store: Store
    let tenant: TenantStore
    let root: Connection
    let configuration: JobConfiguration
    let parties: ThirdParties
    private let sealer: Sealer

    init(
        _ world: World = .standard(), beside other: Shop? = nil, timeZone: String = "UTC",
        connected: Set<IntegrationKind> = [.alleaves, .alpine], isLimited: Bool = true
    ) throws {
        database = try other?.database ?? LeasedDatabase()
        root = database.root
        if other == nil {
            try root.execute("UPDATE sync_runs SET state = 'failed' WHERE state IN ('queued', 'running')")
            try root.execute("DELETE FROM integrations")
        }
        script = Script(world)
        sealer = try other?.sealer ?? Sealer(keyLines: Sealer.newKeyLine(id: "test"))
        store = Store(Connection(database.options), tombstones: TombstoneKeeper(sealer))
        configuration = try Self.configuration(database.options, sealer, isLimited: isLimited)
        parties = ThirdParties(configuration, transport: script, clock: script.clock)
        let slug = "shop-\(UUID().uuidString.lowercased())"
        tenant = store.tenant(try store.createTenant(slug: slug, name: "Shop", timeZone: timeZone).id)
        if connected.contains(.alleaves) {
            try connect(.alleaves, AlleavesCredentials(username: "owner@shop.example", password: "secret"))
        }
        if connected.contains(.alpine) { try connect(.alpine, AlpineCredentials(apiKey: "key", uid: "1234")) }
    }

    private static func configuration(
        _ database: ConnectionOptions, _ sealer: Sealer, isLimited: Bool
    ) throws -> JobConfiguration {
        guard let pos = URL(string: "https://api.example/pos"), let alpine = URL(string: "https://api.example/alpine")
        else { throw ConnectorError.unreachable }
        // A limit that nobody feels. Without one, pages are asked for before it is known that they follow.
        return JobConfiguration(
            database: database, sealer: sealer, alleavesBaseURL: pos, alpineBaseURL: alpine,
            alleavesPerSecond: isLimited ? 100_000 : 0, alpinePerSecond: 0)
    }

    /// As another process has them.
    func otherParties() -> ThirdParties {
        ThirdParties(configuration, transport: script, clock: script.clock)
    }

    private func connect(_ kind: IntegrationKind, _ credentials: some Encodable) throws {
        let sealed = sealer.seal(
            Array(try JSONEncoder().encode(credentials)), context: credentialsContext(tenant: tenant.tenant, kind: kind)
        )
        try tenant.saveCredentials(kind, sealed: sealed, at: .now())
    }

    /// Asks for a whole run and performs it.
    @discardableResult
    func sync(forced: Bool = false) throws -> RunSummary {
        let run = try tenant.requestSync(forced: forced, trigger: .user)
        return try perform(run.id)
    }

    @discardableResult
    func syncCustomer(_ id: Int) throws -> RunSummary {
        let run = try tenant.requestCustomerSync(posCustomerID: "\(id)", trigger: .api)
        return try perform(run.id)
    }

    /// Claims what waits and performs it.
    @discardableResult
    func perform(_ id: RunID, kinds: [RunKind] = Shop.kinds) throws -> RunSummary {
        let claimed = try claim(kinds: kinds)
        _ = try RunPerformer(parties: parties, logger: .silent).perform(claimed, tenant)
        return try summary(id)
    }

    private let background = DispatchGroup()

    /// Performs a run on a thread and a connection of its own.
    func performInBackground(_ run: ClaimedRun) throws {
        let (options, parties) = (database.options, parties)
        background.enter()
        Thread { [background] in
            do {
                let store = Store(Connection(options)).tenant(run.tenant)
                _ = try RunPerformer(parties: parties, logger: .silent).perform(run, store)
            } catch {
                // The run's state tells; the thread has nobody to tell.
                Logger(label: "test").error("\(String(reflecting: error))")
            }
            background.leave()
        }.start()
    }

    func waitForBackground() { background.wait() }

    /// Not the recalculations that saves leave: tests that are about them name them.
    static let kinds: [RunKind] = [.customer, .all, .nightly]

    func claim(
        silenceSeconds: Int = 30, worker: String = "one", kinds: [RunKind] = Shop.kinds
    ) throws -> ClaimedRun {
        guard let run = try store.claimRun(kinds, worker: worker, silenceSeconds: silenceSeconds) else {
            throw Missing(what: "a run to claim")
        }
        return run
    }

    func summary(_ id: RunID) throws -> RunSummary {
        guard let run = try tenant.run(id) else { throw Missing(what: "run \(id)") }
        return run
    }

    struct Missing: Error { let what: String }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension RunSummary {
    /// What came of a finished run.
    var outcome: RunResult {
        get throws {
            guard let result else { throw Shop.Missing(what: "a result") }
            return result
        }
    }
}
