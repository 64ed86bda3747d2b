import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import Logging
import MariaDB
import Synchronization

/// The worker: claims runs from the database, and is its own clock. One thread for runs of single customers, which
/// somebody waits for; one for whole runs; one for recalculations after a save; one for the outbox; one for discounts at
/// the point of sale; one for the clock.
public final class JobRunner: Sendable {
    /// A worker that has been silent for so long counts as dead.
    static let silenceSeconds = 30
    private static let pauseMilliseconds = 100

    private let configuration: JobConfiguration
    private let parties: ThirdParties
    private let logger: Logger
    private let name: String
    private let stopping: StopFlag
    private let running = DispatchGroup()
    private let performing = Mutex<[RunID: ClaimedRun]>([:])

    /// Makes a worker that has not started.
    public convenience init(_ configuration: JobConfiguration, logger: Logger) {
        let flag = StopFlag()
        let isStopping: @Sendable () -> Bool = { flag.isSet }
        self.init(
            configuration,
            parties: ThirdParties(
                configuration, transport: CurlTransport(isStopping: isStopping),
                clock: .live(isStopping: isStopping)), stopping: flag, logger: logger)
    }

    init(_ configuration: JobConfiguration, parties: ThirdParties, stopping: StopFlag, logger: Logger) {
        self.configuration = configuration
        self.parties = parties
        self.stopping = stopping
        self.logger = logger
        name = "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
    }

    /// Starts the threads and returns.
    public func start() {
        start("customers") { [self] in claimUntilStopped([.customer]) }
        start("runs") { [self] in claimUntilStopped([.all, .nightly]) }
        // Apart from the syncs: whoever saved looks at customers next, and a sync may wait long for third parties.
        start("recalculations") { [self] in claimUntilStopped([.recalculation]) }
        start("outbox") { [self] in
            let store = configuration.openStore(logger: logger)
            let pusher = Pusher(
                store: store, parties: parties, isEnabled: configuration.isOutboundEnabled, logger: logger)
            repeatUntilStopped(pauseMilliseconds: 1_000) {
                do { while try pusher.tick() > 0 {} } catch is Stopped { return }
            }
        }
        // Apart from the outbox's: somebody stands at the till, and Alpine IQ may be slow.
        start("discounts") { [self] in
            let store = configuration.openStore(logger: logger)
            let carrier = DiscountCarrier(
                store: store, parties: parties, isEnabled: configuration.isOutboundEnabled, logger: logger)
            repeatUntilStopped(pauseMilliseconds: 1_000) {
                do { while try carrier.tick() > 0 {} } catch is Stopped { return }
            }
        }
        start("clock") { [self] in
            let store = configuration.openStore(logger: logger)
            let scheduler = Scheduler(store: store, logger: logger)
            repeatUntilStopped(pauseMilliseconds: 2_000) {
                try beat(store)
                try scheduler.tick(at: .now())
            }
        }
    }

    /// Asks the threads to end and waits for them; a run in progress is given back and goes on later.
    ///
    /// - Returns: whether all ended in time.
    public func stop(waitingAtMost seconds: Int) -> Bool {
        stopping.set()
        return running.wait(timeout: .now() + .seconds(seconds)) == .success
    }

    private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        running.enter()
        let thread = Thread { [running] in
            body()
            running.leave()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    private func claimUntilStopped(_ kinds: [RunKind]) {
        let store = configuration.openStore(logger: logger)
        repeatUntilStopped(pauseMilliseconds: Self.pauseMilliseconds) {
            while !self.stopping.isSet,
                let run = try store.claimRun(kinds, worker: self.name, silenceSeconds: Self.silenceSeconds)
            {
                try self.perform(run, store)
            }
        }
    }

    /// A run may wait longer for a slow third party than a worker may be silent.
    private func beat(_ store: Store) throws {
        for run in performing.withLock({ $0 }).values { try store.tenant(run.tenant).beat(run) }
    }

    /// Runs `body` again and again; an outage of the database is waited out.
    private func repeatUntilStopped(pauseMilliseconds: Int, _ body: () throws -> Void) {
        while !stopping.isSet {
            do {
                try body()
            } catch {
                logger.error("job interrupted", metadata: ["error": "\(String(reflecting: error))"])
                stopping.wait(milliseconds: 1_000)
            }
            stopping.wait(milliseconds: pauseMilliseconds)
        }
    }

    private func perform(_ run: ClaimedRun, _ store: Store) throws {
        let tenant = store.tenant(run.tenant)
        performing.withLock { $0[run.id] = run }
        defer { performing.withLock { $0[run.id] = nil } }
        logger.info("run starts", metadata: ["run": "\(run.id)", "kind": "\(run.kind.rawValue)"])
        do {
            let state = try RunPerformer(parties: parties, logger: logger).perform(run, tenant)
            logger.info("run ends", metadata: ["run": "\(run.id)", "state": "\(state.rawValue)"])
        } catch is Stopped {
            try tenant.release(run)
        } catch is RunLost {
            logger.notice("run lost to another worker", metadata: ["run": "\(run.id)"])
        } catch let error as DatabaseError where error.isUnavailable {
            // It goes on when a worker finds it silent.
            throw error
        } catch {
            logger.error("run failed", metadata: ["run": "\(run.id)", "error": "\(String(reflecting: error))"])
            try tenant.finish(
                run, state: .failed, result: run.result, exceptions: [],
                error: "The sync stopped because of a fault of ours. What was posted stays; the next sync goes on.",
                watermark: nil)
        }
    }
}

/// Performs a claimed run of any kind, for the worker and for `loyalty sync` in the foreground.
public struct RunPerformer {
    private let parties: ThirdParties
    private let logger: Logger

    /// Makes a performer.
    public init(parties: ThirdParties, logger: Logger) {
        self.parties = parties
        self.logger = logger
    }

    /// Runs to the end; see `SyncRun.perform` for what it throws.
    public func perform(
        _ run: ClaimedRun, _ store: TenantStore, onProgress: @escaping (RunProgress) -> Void = { _ in }
    ) throws -> RunState {
        switch run.kind {
        case .all:
            var sync = SyncRun(run, store: store, parties: parties, logger: logger, onProgress: onProgress)
            return try sync.perform()
        case .customer:
            return try CustomerSync(run, store: store, parties: parties, logger: logger).perform()
        case .nightly:
            return try NightlyRun(run: run, store: store, parties: parties, logger: logger, now: .now()).perform()
        case .recalculation:
            return try RecalculationRun(run: run, store: store, parties: parties, now: .now()).perform()
        }
    }
}

/// Set once, seen by all threads, and ends their pauses at once.
final class StopFlag: Sendable {
    private let condition = Mutex(false)
    private let semaphore = DispatchSemaphore(value: 0)

    var isSet: Bool { condition.withLock { $0 } }

    func set() {
        condition.withLock { $0 = true }
        semaphore.signal()
    }

    func wait(milliseconds: Int) {
        // Whoever is woken wakes the next.
        if semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success { semaphore.signal() }
    }
}
