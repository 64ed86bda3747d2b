import LoyaltyRules
import LoyaltyStore
import Logging

/// The worker's own clock: a sync of each tenant every so many minutes, and the nightly run after 03:00 of the tenant's
/// day; holds whose time is over, each minute. The cron URLs queue the same runs, and two triggers make one. rules.md, "Sync".
final class Scheduler {
    private let store: Store
    private let logger: Logger
    private let startedAt: Instant
    /// Tenants' minutes differ, so that a host of many does not ask for all at once.
    private static let jitterSeconds: Int64 = 120
    private static let holdSeconds: Int64 = 60
    private var holdsEndedAt: Instant?

    init(store: Store, logger: Logger, startedAt: Instant = .now()) {
        self.store = store
        self.logger = logger
        self.startedAt = startedAt
    }

    func tick(at now: Instant) throws {
        try endHoldsIfDue(now)
        let connected = Set(try store.tenantsWithIntegration())
        for id in try store.tenants().map(\.id) {
            let tenant = store.tenant(id)
            let settings = try tenant.settings()
            if connected.contains(id) { try requestSyncIfDue(tenant, settings, now) }
            if let day = settings.business.calendar.nightlyDay(at: now) {
                if let run = try tenant.requestNightly(of: day, trigger: .schedule) {
                    logger.info("nightly run queued", metadata: ["run": "\(run.id)"])
                }
            }
        }
    }

    /// Each minute: holds whose time is over, and what is left of redemptions to give back.
    private func endHoldsIfDue(_ now: Instant) throws {
        if let last = holdsEndedAt, now < last.advanced(bySeconds: Self.holdSeconds) { return }
        for tenant in try store.tenants().map({ store.tenant($0.id) }) {
            while try tenant.endLapsedHolds(limit: 100) > 0 {}
            try tenant.reverseUndone(at: now)
        }
        holdsEndedAt = now
    }

    private func requestSyncIfDue(_ tenant: TenantStore, _ settings: Settings, _ now: Instant) throws {
        let last = try tenant.latestRuns(limit: 1).first?.queuedAt
        let since = max(last ?? startedAt, startedAt)
        let interval = settings.program.syncEveryMinutes * 60 + tenant.tenant.rawValue * 37 % Self.jitterSeconds
        guard now >= since.advanced(bySeconds: interval) else { return }
        let run = try tenant.requestSync(forced: false, trigger: .schedule)
        logger.info("sync queued", metadata: ["run": "\(run.id)"])
    }
}
