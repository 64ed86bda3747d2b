import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport
import Testing

struct SyncRunsTests {
    let store: TestStore

    // Workers take runs of any tenant.
    init() throws { store = try TestStore(ownDatabase: true) }

    private func claim(_ worker: String, silence: Int = 60, _ kinds: [RunKind] = [.all, .customer]) throws
        -> ClaimedRun?
    { try Store(Connection(store.options)).claimRun(kinds, worker: worker, silenceSeconds: silence) }

    private func claimed(_ worker: String, silence: Int = 60) throws -> ClaimedRun {
        guard let run = try claim(worker, silence: silence) else { throw TestStore.Missing(what: "run") }
        return run
    }

    private func finish(_ run: ClaimedRun, _ watermark: Watermark? = nil) throws {
        try store.tenant.finish(
            run, state: .succeeded, result: RunResult(), exceptions: [], error: nil, watermark: watermark)
    }

    @Test("a request joins the queued run, and force wins")
    func joined() throws {
        let first = try store.tenant.requestSync(forced: false, trigger: .cron)
        #expect(first.state == .queued && !first.isForced)
        let second = try store.tenant.requestSync(forced: true, trigger: .user)
        #expect(second.id == first.id && second.isForced)
        #expect(try store.tenant.requestSync(forced: false, trigger: .cron).isForced)
        #expect(try store.tenant.latestRuns(limit: 10).count == 1)
    }

    @Test("eight requests at once make one run")
    func eightAtOnce() throws {
        let door = store.door
        let request: @Sendable () throws -> Void = {
            _ = try door.open().requestSync(forced: false, trigger: .api)
        }
        try inParallel(Array(repeating: request, count: 8))
        #expect(try store.tenant.latestRuns(limit: 10).count == 1)
    }

    @Test("while one run is running, one follower waits, and starts when the first has ended")
    func follower() throws {
        _ = try store.tenant.requestSync(forced: false, trigger: .cron)
        let running = try claimed("a")
        let follower = try store.tenant.requestSync(forced: false, trigger: .cron)
        #expect(follower.id != running.id)
        #expect(try store.tenant.requestSync(forced: false, trigger: .cron).id == follower.id)
        #expect(try claim("b") == nil)
        try finish(running)
        #expect(try claim("b")?.id == follower.id)
    }

    private func recalculations() throws -> [RunSummary] {
        try store.tenant.latestRuns(.recalculation, limit: 10)
    }

    @Test("a save of what tiers or segments depend on queues their recalculation, once however many saves wait")
    func recalculated() throws {
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        try store.save(\.business) { $0.minimumAge = 25 }
        #expect(try recalculations().isEmpty)
        try store.save(\.business) { $0.timeZone = "America/Denver" }
        let first = try recalculations()
        #expect(first.map(\.state) == [.queued])
        try store.save(\.tiers) { $0.demotionEnabled = false }
        try store.save(\.segments) { $0.vipMinOrders = 9 }
        #expect(try recalculations().map(\.id) == first.map(\.id))
        // Not a sync: those stay as they are.
        #expect(try store.tenant.latestRuns(limit: 10).isEmpty)
    }

    @Test("a save refused, or of what stands already, queues none")
    func notRecalculated() throws {
        try store.save(\.tiers) { _ in }
        let tiers = try store.tenant.settings().tiers
        #expect(throws: SettingsConflict.self) {
            try store.tenant.save(tiers, ifVersion: 99, by: nil, requestID: nil)
        }
        #expect(try recalculations().isEmpty)
    }

    @Test("a save while a recalculation works queues another")
    func recalculatedAgain() throws {
        try store.save(\.tiers) { $0.demotionEnabled = false }
        let working = try #require(try claim("a", [.recalculation]))
        try store.save(\.tiers) { $0.demotionEnabled = true }
        try store.save(\.segments) { $0.vipMinOrders = 9 }
        let runs = try recalculations()
        #expect(runs.map(\.state) == [.queued, .running] && runs.last?.id == working.id)
        try finish(working)
        #expect(try claim("a", [.recalculation])?.id == runs.first?.id)
    }

    @Test("a recalculation that is about to be claimed while somebody saves is either joined or followed")
    func savedWhileClaimed() throws {
        try store.save(\.tiers) { $0.demotionEnabled = false }
        let waiting = try #require(try recalculations().first)
        let version = try store.tenant.settingsVersion()
        try store.tenant.transaction { tx in
            try tx.connection.execute("SELECT 1 FROM sync_runs WHERE id = \(waiting.id) FOR UPDATE")
            // As a save that has joined it and is not committed: no worker takes it.
            #expect(try claim("a", [.recalculation]) == nil)
        }
        #expect(try claim("a", [.recalculation])?.id == waiting.id)
        #expect(try store.tenant.settingsVersion() == version)
    }

    @Test("two workers never take one run, and a customer's run goes first")
    func twoWorkers() throws {
        _ = try store.tenant.requestSync(forced: false, trigger: .cron)
        let priority = try (1...9).map {
            try store.tenant.requestCustomerSync(posCustomerID: "\($0)", trigger: .api).id
        }
        #expect(try claimed("a").id == priority[0])
        let options = store.options
        let taken = Mutex<[RunID]>([])
        let work: @Sendable () throws -> Void = {
            let platform = Store(Connection(options))
            while let run = try platform.claimRun([.all, .customer], worker: "w", silenceSeconds: 60) {
                taken.withLock { $0.append(run.id) }
            }
        }
        try inParallel([work, work])
        // A worker that met only locked rows has stopped early; the other has gone on.
        let ids = taken.withLock { $0 }
        #expect(ids.count == 9 && Set(ids).count == 9)
    }

    @Test("a run claimed in an open transaction does not hold up another worker")
    func skipped() throws {
        let first = try store.tenant.requestCustomerSync(posCustomerID: "1", trigger: .api)
        let second = try store.tenant.requestCustomerSync(posCustomerID: "2", trigger: .api)
        try store.tenant.transaction { tx in
            try tx.connection.one("SELECT id FROM sync_runs WHERE id = \(first.id) FOR UPDATE") { _ in }
            #expect(try claim("b")?.id == second.id)
        }
    }

    @Test("a silent worker's run is taken over, and the fence refuses whatever it still writes")
    func takeover() throws {
        _ = try store.tenant.requestSync(forced: false, trigger: .cron)
        let old = try claimed("a")
        var bookmark = ReadingBookmark()
        bookmark.customersRead = true
        bookmark.orderPages = 4
        var read = RunResult()
        read.ordersProcessed = 400
        try store.tenant.report(old, stage: "orders", done: 100, expected: 300, bookmark: bookmark, result: read)
        #expect(try claim("b") == nil)
        try store.root.execute("UPDATE sync_runs SET heartbeat_at = heartbeat_at - INTERVAL 61 SECOND")
        let new = try claimed("b")
        #expect(new.id == old.id && new.fence == old.fence + 1)
        #expect(new.bookmark == bookmark && new.result == read)
        #expect(new.startedAt == old.startedAt)
        #expect(throws: RunLost.self) {
            try store.tenant.report(old, stage: "orders", done: 200, expected: 300, bookmark: bookmark, result: read)
        }
        #expect(throws: RunLost.self) { try finish(old, Watermark(succeededAt: .now())) }
        #expect(try store.tenant.watermark() == Watermark())
        #expect(try store.tenant.run(new.id)?.done == 100)
        try finish(new)
        #expect(throws: RunLost.self) { try finish(new) }
    }

    @Test("a worker that is asked to stop gives its run back at once")
    func released() throws {
        _ = try store.tenant.requestSync(forced: false, trigger: .cron)
        let run = try claimed("a")
        try store.tenant.release(run)
        #expect(try claim("b")?.id == run.id)
    }

    @Test("the end of a run keeps counts and exceptions, and moves the watermark, or nothing at all")
    func finished() throws {
        let when = Instant(secondsSince1970: 1_700_000_000)
        _ = try store.tenant.requestSync(forced: true, trigger: .cli)
        let run = try claimed("a")
        var result = RunResult()
        result.ordersProcessed = 12
        result.errors = [.init(customerId: "7", error: "odd")]
        let exceptions = (1...150).map { RunException(subject: "\($0)", reason: "odd") }
        // An exception that cannot be stored leaves the watermark where it was.
        try store.root.execute(
            """
            INSERT INTO sync_exceptions (tenant_id, run_id, number, reason) VALUES (\(store.id), \(run.id), 100, 'x')
            """)
        let watermark = Watermark(historyReadAt: when, longWindowDay: Day(daysSince1970: 20_000), succeededAt: when)
        let end: () throws -> Void = {
            try store.tenant.finish(
                run, state: .degraded, result: result, exceptions: exceptions, error: "one", watermark: watermark)
        }
        #expect(try DatabaseError.code(of: end) == 1062)
        #expect(try store.tenant.watermark() == Watermark())
        #expect(try store.tenant.run(run.id)?.state == .running)
        try store.root.execute("DELETE FROM sync_exceptions")
        try end()
        let summary = try store.tenant.run(run.id)
        #expect(summary?.state == .degraded && summary?.result == result && summary?.error == "one")
        #expect(try store.tenant.exceptions(of: run.id).map(\.subject) == (1...100).map { "\($0)" })
        #expect(try store.tenant.watermark() == watermark)
        #expect(try store.tenant.lastSyncAt() == when)
    }

    @Test("what an end does not name of the watermark stays")
    func watermarkStays() throws {
        let when = Instant(secondsSince1970: 1_700_000_000)
        for watermark in [Watermark(historyReadAt: when), Watermark(succeededAt: when)] {
            _ = try store.tenant.requestSync(forced: false, trigger: .cron)
            try finish(try claimed("a"), watermark)
        }
        #expect(try store.tenant.watermark() == Watermark(historyReadAt: when, succeededAt: when))
    }

    @Test("the nightly run of a day is asked for once")
    func nightly() throws {
        let day = Day(daysSince1970: 20_000)
        #expect(try store.tenant.requestNightly(of: day, trigger: .schedule) != nil)
        #expect(try store.tenant.requestNightly(of: day, trigger: .schedule) == nil)
        #expect(try store.tenant.requestNightly(of: day.advanced(by: -1), trigger: .schedule) == nil)
        #expect(try store.tenant.requestNightly(of: day.advanced(by: 1), trigger: .schedule) != nil)
        #expect(try claim("a", [.all]) == nil)
        #expect(try claim("a", [.nightly]) != nil)
    }
}
