import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

@Suite(.serialized)
struct JobRunnerTests {
    private func runner(_ shop: Shop) -> JobRunner {
        JobRunner(shop.configuration, parties: shop.otherParties(), stopping: StopFlag(), logger: .silent)
    }

    private func wait(atMost seconds: Int = 20, until isDone: () throws -> Bool) throws -> Bool {
        for _ in 0..<(seconds * 20) {
            if try isDone() { return true }
            usleep(50_000)
        }
        return false
    }

    @Test("two workers on one database never perform the same run")
    func twoWorkers() throws {
        let shop = try Shop()
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        for id in 0..<20 { _ = try shop.tenant.requestCustomerSync(posCustomerID: "\(id)", trigger: .api) }
        let runners = [runner(shop), runner(shop)]
        for runner in runners { runner.start() }
        let isDone = try wait {
            try shop.count(
                "SELECT COUNT(*) AS number FROM sync_runs WHERE tenant_id = \(shop.tenant.tenant) AND finished_at IS NULL"
            ) == 0
        }
        for runner in runners { #expect(runner.stop(waitingAtMost: 10)) }
        #expect(isDone)
        #expect(try shop.summary(run.id).state == .succeeded)
        let claimedTwice = try shop.count(
            "SELECT COUNT(*) AS number FROM sync_runs WHERE tenant_id = \(shop.tenant.tenant) AND fence > 1")
        #expect(claimedTwice == 0)
        let lists = shop.script.calls.filter(\.isList)
        #expect(Set(lists).count == lists.count)
    }

    @Test("a worker that is stopped gives its run back in time, and another ends it")
    func stop() throws {
        let shop = try Shop()
        let flag = StopFlag()
        let clock = ConnectorClock.live(isStopping: { flag.isSet })
        let slow = ThirdParties(shop.configuration, transport: shop.script, clock: clock)
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        shop.script.fault = { call, answer in
            if case .orders = call { return OutboundAnswer(status: 429, headers: ["Retry-After": "60"]) }
            return answer
        }
        let first = JobRunner(shop.configuration, parties: slow, stopping: flag, logger: .silent)
        first.start()
        let isWaiting = try wait {
            shop.script.calls.contains { if case .orders = $0 { true } else { false } }
        }
        #expect(isWaiting)
        #expect(first.stop(waitingAtMost: 3))
        #expect(try shop.summary(run.id).state == .running)
        shop.script.healAll()
        let second = runner(shop)
        second.start()
        let isEnded = try wait { try shop.summary(run.id).state.isFinished }
        #expect(second.stop(waitingAtMost: 10))
        #expect(isEnded)
        #expect(try shop.summary(run.id).state == .succeeded)
        #expect(try shop.orderRows() == 250)
    }

    @Test(
        "a failed settings read is not taken for points switched off: nothing is posted, and the next run awards the sale"
    )
    func settingsRead() throws {
        let shop = try Shop(.crowd(3))
        try shop.sync()
        shop.script.world.sales.append(World.Sale(9, 1, 40_00, at: .now().advanced(bySeconds: -3_600)))
        let options = shop.database.options
        // Readable when the run begins, and not any more when points are to be posted.
        shop.script.fault = { call, answer in
            if case .orders = call {
                try Shop.root(of: options).executeText("RENAME TABLE loyalty_settings TO loyalty_settings_away")
            }
            return answer
        }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        let worker = runner(shop)
        worker.start()
        let hasFailed = try wait { try shop.summary(run.id).state.isFinished }
        #expect(worker.stop(waitingAtMost: 10))
        try shop.root.executeText("RENAME TABLE loyalty_settings_away TO loyalty_settings")
        #expect(hasFailed)
        #expect(try shop.summary(run.id).state == .failed)
        #expect(try shop.summary(run.id).error?.hasSuffix("the next sync goes on.") == true)
        #expect(try shop.orderRows() == 3 && shop.balance(1) == 100)
        shop.script.healAll()
        // By its id: the worker may have left a nightly run.
        let next = try shop.tenant.requestSync(forced: false, trigger: .user)
        let claimed = try #require(
            try shop.store.claimRun([.all], worker: "next", silenceSeconds: 30, only: next.id))
        _ = try RunPerformer(parties: shop.parties, logger: .silent).perform(claimed, shop.tenant)
        #expect(try shop.summary(next.id).outcome.entriesPosted == 1)
        #expect(try shop.balance(1) == 140)
        #expect(try shop.differences() == [])
    }

    @Test("an outage of the database is waited out")
    func outage() throws {
        let shop = try Shop()
        let worker = runner(shop)
        worker.start()
        usleep(300_000)
        // What the worker holds is cut, again and again.
        for _ in 0..<3 {
            let ids: [Int64] = try shop.root.all(
                "SELECT id FROM information_schema.processlist WHERE user = 'loyalty_jobs_test' AND db = \(shop.database.options.database)"
            ) { try $0.get("id") }
            for id in ids {
                do { try shop.root.executeText("KILL CONNECTION \(id)") } catch is DatabaseError { continue }
            }
            usleep(200_000)
        }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        let isEnded = try wait { try shop.summary(run.id).state.isFinished }
        #expect(worker.stop(waitingAtMost: 10))
        #expect(isEnded)
        #expect(try shop.summary(run.id).state == .succeeded)
    }

    @Test("a run that waits for a slow third party is not taken for dead")
    func beats() throws {
        let shop = try Shop()
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        shop.script.fault = { call, answer in
            if call == .signIn { usleep(6_000_000) }
            return answer
        }
        let worker = runner(shop)
        worker.start()
        _ = try wait { !shop.script.calls.isEmpty }
        usleep(5_000_000)
        let silent = try shop.count(
            """
            SELECT CAST(TIMESTAMPDIFF(MICROSECOND, heartbeat_at, UTC_TIMESTAMP(6)) / 1000 AS SIGNED) AS number FROM sync_runs
             WHERE tenant_id = \(shop.tenant.tenant) AND id = \(run.id)
            """)
        #expect(silent < 3_500)
        _ = try wait { try shop.summary(run.id).state.isFinished }
        #expect(worker.stop(waitingAtMost: 10))
    }
}
