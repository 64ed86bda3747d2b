import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

/// Tells Alpine IQ what it cannot know: takes pushes out of the outbox, marks each before it goes out, and keeps what
/// became of it. rules.md, "What Alpine cannot know, we tell it".
///
/// Belongs to one thread; any number of workers may run.
final class Pusher {
    private let store: Store
    private let parties: ThirdParties
    private let isEnabled: Bool
    private let logger: Logger
    private let time: () throws -> Instant
    private var pauses: [TenantID: Pause] = [:]
    private var choresDone: [TenantID: Instant] = [:]

    /// An Alpine IQ that does not answer is left alone for a while.
    private struct Pause {
        var failures = 0
        var until: Instant
    }

    /// Pushes of a tenant at a time, so that each tenant has its turn.
    private static let batch = 20
    private static let choresEverySeconds: Int64 = 60
    private static let pauseSecondsMin: Int64 = 30
    private static let pauseSecondsMax: Int64 = 600

    /// - Parameters:
    ///   - isEnabled: the switch of the installation; off, pushes stay queued.
    ///   - time: the database's clock, by which all workers go.
    init(
        store: Store, parties: ThirdParties, isEnabled: Bool, logger: Logger, time: (() throws -> Instant)? = nil
    ) {
        self.store = store
        self.parties = parties
        self.isEnabled = isEnabled
        self.logger = logger
        self.time = time ?? { try store.databaseTime() }
    }

    /// Goes through all tenants once.
    ///
    /// - Returns: how many pushes were dealt with.
    /// - Throws: `Stopped` when the process ends, and outages of the database.
    func tick() throws -> Int {
        try TenantRound(store: store, parties: parties, logger: logger, what: "outbox").perform(work, failed: pause)
    }

    private func work(_ tenant: TenantStore) throws -> Int {
        if let pause = pauses[tenant.tenant], try pause.until > time() { return 0 }
        try doChores(tenant)
        guard isEnabled else { return 0 }
        let due = try tenant.pushesDue(at: time(), limit: Self.batch)
        guard !due.isEmpty, try tenant.settings().program.outboundEnabled,
            let client = try parties.alpine(tenant, attemptsMax: 1)
        else { return 0 }
        var done = 0
        for id in due {
            if parties.isStopping { throw Stopped() }
            guard let push = try tenant.claimPush(id, at: time()) else { continue }
            done += 1
            if try !deal(with: push, tenant, client) {
                try pause(tenant.tenant)
                return done
            }
            pauses[tenant.tenant] = nil
        }
        return done
    }

    /// - Returns: whether Alpine IQ is worth asking on: a client is not used again after a loss.
    private func deal(with push: ClaimedPush, _ tenant: TenantStore, _ client: AlpineClient) throws -> Bool {
        let delivery = PushDelivery(push: push, client: client, time: time)
        let (outcome, failure) = try delivery.outcome { outcome in try tenant.record(outcome, of: push, at: time()) }
        logger.log(
            level: failure == nil ? .debug : .warning, "push",
            metadata: [
                "push": "\(push.id)", "attempt": "\(push.attempt)", "outcome": "\(outcome.word)",
                "cause": "\(failure.map { $0.debugDescription } ?? "")",
            ])
        return failure.map { !$0.concernsTheSource } ?? true
    }

    /// What needs no answer of Alpine IQ: whoever appeared there is waited for no more, and sales of our API come of age.
    private func doChores(_ tenant: TenantStore) throws {
        let now = try time()
        if let last = choresDone[tenant.tenant], now < last.advanced(bySeconds: Self.choresEverySeconds) { return }
        choresDone[tenant.tenant] = now
        try tenant.wakeWaitingPushes(at: now)
        let orders = try tenant.markOrdersToTell(asOf: now, limit: 500)
        if orders.isEmpty { return }
        try PostDue(store: tenant, cause: PostingCause(), now: { now }).post(orders: orders)
    }

    private func pause(_ id: TenantID) throws {
        let failures = (pauses[id]?.failures ?? 0) + 1
        let seconds = min(Self.pauseSecondsMin << Int64(min(failures - 1, 10)), Self.pauseSecondsMax)
        pauses[id] = Pause(failures: failures, until: try time().advanced(bySeconds: seconds))
    }
}
