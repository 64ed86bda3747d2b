import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

struct SchedulerTests {
    private func moment(_ text: String) throws -> Instant {
        guard let instant = Instant(parsing: text) else { throw Shop.Missing(what: text) }
        return instant
    }

    @Test("a sync is due after the tenant's minutes, and two triggers make one run")
    func due() throws {
        let shop = try Shop()
        let start = Instant.now()
        let scheduler = Scheduler(store: shop.store, logger: .silent, startedAt: start)
        try scheduler.tick(at: start.advanced(bySeconds: 29 * 60))
        #expect(try shop.tenant.latestRuns(limit: 9).isEmpty)
        try scheduler.tick(at: start.advanced(bySeconds: 33 * 60))
        let queued = try shop.tenant.latestRuns(limit: 9)
        #expect(queued.map(\.trigger) == [.schedule])
        try scheduler.tick(at: start.advanced(bySeconds: 34 * 60))
        let joined = try shop.tenant.requestSync(forced: false, trigger: .cron)
        #expect(joined.id == queued.first?.id)
        #expect(try shop.tenant.latestRuns(limit: 9).count == 1)
    }

    @Test("a tenant without third parties is never synced, and has its nightly run")
    func unconnected() throws {
        let shop = try Shop(connected: [])
        let scheduler = Scheduler(store: shop.store, logger: .silent, startedAt: try moment("2026-01-10T00:00:00Z"))
        try scheduler.tick(at: try moment("2026-01-10T04:00:00Z"))
        #expect(try shop.tenant.latestRuns(limit: 9).isEmpty)
        #expect(try shop.tenant.latestRuns(.nightly, limit: 9).count == 1)
    }

    @Test(
        "the nightly run comes once a local day, after 03:00",
        arguments: [  // ticks, how many runs are queued after each
            // Winter: New York is five hours behind.
            [
                ("2026-01-10T07:59:59Z", 0), ("2026-01-10T08:00:00Z", 1), ("2026-01-10T09:00:00Z", 1),
                ("2026-01-11T04:59:00Z", 1),
            ],
            // 8 March 2026: 02:00 to 03:00 do not exist.
            [
                ("2026-03-08T06:59:59Z", 0), ("2026-03-08T07:00:00Z", 1), ("2026-03-08T08:00:00Z", 1),
                ("2026-03-09T07:00:00Z", 2),
            ],
            // 1 November 2026: 01:00 to 02:00 come twice.
            [
                ("2026-11-01T06:30:00Z", 0), ("2026-11-01T07:59:59Z", 0), ("2026-11-01T08:00:00Z", 1),
                ("2026-11-01T23:00:00Z", 1),
            ],
            // The worker was away for two days: one run, not three.
            [("2026-06-01T12:00:00Z", 1), ("2026-06-04T12:00:00Z", 2)],
        ] as [[(String, Int)]])
    func nightly(ticks: [(String, Int)]) throws {
        let shop = try Shop(timeZone: "America/New_York", connected: [])
        let scheduler = Scheduler(store: shop.store, logger: .silent)
        for (time, count) in ticks {
            try scheduler.tick(at: try moment(time))
            #expect(try shop.tenant.latestRuns(.nightly, limit: 9).count == count, "\(time)")
        }
    }

    @Test("holds whose time is over end within a minute, and what was left to give back is given back")
    func holds() throws {
        let shop = try Shop(connected: [])
        let customer = try shop.member(1, points: 300)
        let hold = try shop.redeem(100, of: customer, isHold: true)
        let used = try shop.redeem(100, of: customer, order: "9")
        let scheduler = Scheduler(store: shop.store, logger: .silent)
        let start = try moment("2026-01-10T00:00:00Z")
        try scheduler.tick(at: start)
        #expect(try shop.tenant.openHolds(of: customer).map(\.id) == [hold.id])
        try shop.root.execute("UPDATE redemptions SET expires_at = UTC_TIMESTAMP(6) WHERE id = \(hold.id)")
        try shop.tenant.transaction { tx in
            _ = try tx.store([.voided("9")], ignoresOlder: false, at: .now())
        }
        try scheduler.tick(at: start.advanced(bySeconds: 59))
        #expect(try shop.held(customer) == 100)
        try scheduler.tick(at: start.advanced(bySeconds: 60))
        #expect(try shop.held(customer) == 0)
        #expect(try shop.tenant.redemption(hold.id)?.status == .expired)
        #expect(try shop.tenant.redemption(used.id)?.status == .reversed)
        #expect(try shop.tenant.availablePoints(of: customer) == 300)
        #expect(try shop.differences() == [])
    }

    @Test("the nightly run ends holds, too")
    func nightlyHolds() throws {
        let shop = try Shop(connected: [])
        let customer = try shop.member(1, points: 300)
        let hold = try shop.redeem(100, of: customer, isHold: true)
        try shop.root.execute("UPDATE redemptions SET expires_at = UTC_TIMESTAMP(6) WHERE id = \(hold.id)")
        let run = try #require(try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .cron))
        #expect(try shop.perform(run.id).state == .succeeded)
        #expect(try shop.held(customer) == 0)
    }
}
