import Connectors
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import Testing

@testable import LoyaltyJobs

/// rules.md, "Comparison" and "Pause", through whole runs.
struct ReconcilingTests {
    @Test("a number that differs too much is taken once, recorded with its evidence, and agrees from then on")
    func taken() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[person: "c1005"].points = "\(before + 50)"
        #expect(try shop.sync().outcome.overridden == 1)
        #expect(try shop.balance(1_005) == before + 50)
        let record = try #require(try shop.records(1_005).first)
        #expect(record.calculated == before && record.alpine == before + 50 && record.takenPoints == 50)
        #expect(try shop.standing(1_005)?.outcome == .overridden)
        let again = try shop.sync().outcome
        #expect(again.overridden == 0 || again.overridden == nil)
        #expect(again.within == 150 && again.discrepancies.isEmpty)
        #expect(try shop.standing(1_005)?.outcome == .within)
        #expect(try shop.records(1_005).count == 1 && shop.tenant.syncStats().needsReview == 1)
        #expect(try shop.differences() == [])
    }

    @Test("a run of one customer takes the number in the same way")
    func single() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[person: "c1005"].points = "\(before + 50)"
        #expect(try shop.syncCustomer(1_005).outcome.overridden == 1)
        #expect(try shop.balance(1_005) == before + 50)
        #expect(try shop.records(1_005).count == 1)
        #expect(try shop.syncCustomer(1_005).outcome.overridden == 0)
        #expect(try shop.differences() == [])
    }

    @Test("what moves while Alpine is asked does not count: neither the points nor what is to be told of them")
    func moment() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        let (options, tenant, customer) = (shop.database.options, shop.tenant.tenant, try shop.customer(1_005))
        shop.script.fault = { call, answer in
            guard call == .people(start: 0) else { return answer }
            _ = try Store(Connection(options)).tenant(tenant).adjust(
                customer, by: Adjustment(points: 5_000, reason: "Test", key: "while asked"),
                audit: AuditRecord(actor: "test", action: "adjust"), at: .now())
            return answer
        }
        try shop.sync()
        #expect(try shop.standing(1_005)?.outcome == .within)
        #expect(try shop.standing(1_005)?.calculated == before)
        #expect(try shop.balance(1_005) == before + 5_000)
        shop.script.healAll()
        // Still to be told: pending.
        try shop.sync()
        #expect(try shop.standing(1_005)?.outcome == .within)
        #expect(try shop.standing(1_005)?.calculated == before + 5_000)
        #expect(try shop.records(1_005).isEmpty)
    }

    @Test("a sale that came by a webhook while Alpine was asked about others is not taken back: it may lag")
    func lagOfTheMoment() throws {
        let shop = try Shop()
        shop.script.world.peoplePerPage = 50
        try shop.sync()
        let before = try shop.balance(1_149)
        let (options, tenant) = (shop.database.options, shop.tenant.tenant)
        shop.script.fault = { call, answer in
            guard call == .people(start: 0) else { return answer }
            let store = Store(Connection(options)).tenant(tenant)
            let sale = OrderRevision(
                source: .pos, posOrderID: "77000", posCustomerID: "1149", posLocationID: nil, status: "completed",
                isCompleted: true, total: 500_00, completedAt: .now(), updatedAt: nil)
            _ = try store.transaction { tx in try tx.store([sale], ignoresOlder: true, at: .now()) }
            try PostDue(store: store, cause: PostingCause(), now: { .now() }).post(orders: ["77000"])
            return answer
        }
        try shop.sync()
        #expect(try shop.balance(1_149) == before + 500)
        #expect(try shop.standing(1_149)?.outcome == .awaiting)
    }

    @Test("a customer with an unsettled push is not compared")
    func unsettled() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        try shop.adjust(1_005, by: 40)
        let now = try shop.store.databaseTime()
        let push = try #require(try shop.tenant.pushesDue(at: now, limit: 1).first)
        let claimed = try #require(try shop.tenant.claimPush(push, at: now))
        try shop.tenant.record(.unclear("Lost", since: now, next: now.advanced(bySeconds: 600)), of: claimed, at: now)
        shop.script.world[person: "c1005"].points = "9999"
        let result = try shop.sync().outcome
        #expect(try shop.standing(1_005)?.outcome == .notCompared)
        #expect(result.degraded == 1 && result.compared == 149)
        #expect(try shop.balance(1_005) == before + 40)
        try shop.syncCustomer(1_005)
        #expect(try shop.balance(1_005) == before + 40)
    }

    @Test("without the switch, by policy or in a pause, differences are recorded and no points move", arguments: 0..<3)
    func recorded(which: Int) throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[person: "c1005"].points = "\(before + 50)"
        var parties = shop.parties
        switch which {
        case 0: parties = shop.parties(areOverridesEnabled: false)
        case 1: try shop.saveProgram { $0.alpinePolicy = .compareOnly }
        default: try shop.saveProgram { $0.paused = true }
        }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        _ = try RunPerformer(parties: parties, logger: .silent).perform(try shop.claim(), shop.tenant)
        #expect(try shop.summary(run.id).outcome.overridden == 0)
        let single = try shop.tenant.requestCustomerSync(posCustomerID: "1005", trigger: .api)
        _ = try RunPerformer(parties: parties, logger: .silent).perform(try shop.claim(), shop.tenant)
        #expect(try shop.summary(single.id).state == .succeeded)
        #expect(try shop.balance(1_005) == before)
        let record = try #require(try shop.records(1_005).first)
        #expect(record.untakenReason == [.switchedOff, .compareOnly, .paused][which] && record.untakenPoints == 50)
        if which == 2 { try shop.saveProgram { $0.paused = false } }
        if which == 1 { try shop.saveProgram { $0.alpinePolicy = .override } }
        try shop.sync()
        #expect(try shop.balance(1_005) == before + 50)
        #expect(try shop.records(1_005).map(\.takenPoints) == [50])
    }

    @Test("when the numbers agree again, nothing waits to be taken, and the record stays to be looked at")
    func agreeAgain() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        try shop.saveProgram { $0.alpinePolicy = .compareOnly }
        shop.script.world[person: "c1005"].points = "\(before + 50)"
        try shop.sync()
        #expect(try shop.records(1_005).map(\.untakenPoints) == [50])
        shop.script.world[person: "c1005"].points = "\(before)"
        try shop.sync()
        let record = try #require(try shop.records(1_005).first)
        #expect(record.untakenPoints == 0 && record.untakenReason == nil && record.state == .open)
    }

    @Test("Alpine breaks off midway: what was compared is kept, and no number is taken")
    func brokenOff() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[person: "c1005"].points = "\(before + 50)"
        shop.script.fault = { call, answer in
            call == .people(start: 100) ? .json("<html>Maintenance</html>") : answer
        }
        let run = try shop.sync()
        #expect(run.state == .degraded)
        #expect(try shop.standing(1_005)?.outcome == .discrepancy)
        #expect(try shop.balance(1_005) == before)
        shop.script.healAll()
        try shop.sync()
        #expect(try shop.balance(1_005) == before + 50)
    }

    @Test("a run that is stopped between two chunks takes each number once")
    func stopped() throws {
        let shop = try Shop(.crowd(2_400))
        try shop.sync()
        for index in 0..<450 { shop.script.world.people[index].points = "80" }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        let script = shop.script
        #expect(throws: Stopped.self) {
            _ = try RunPerformer(parties: shop.parties, logger: .silent).perform(try shop.claim(), shop.tenant) {
                if $0.stage == "Taking Alpine’s numbers" { script.isStopping = true }
            }
        }
        let taken = try shop.overrides()
        #expect(taken == 400)
        shop.script.isStopping = false
        let claimed = try shop.claim(silenceSeconds: -1)
        #expect(claimed.id == run.id)
        _ = try RunPerformer(parties: shop.parties, logger: .silent).perform(claimed, shop.tenant)
        #expect(try shop.overrides() == 450)
        #expect(try (0..<450).allSatisfy { try shop.balance($0 + 1) == 80 })
        #expect(try shop.differences() == [])
    }

    @Test("ours is kept: Alpine is told, and from then on nothing is taken again, before it is told and after")
    func kept() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[person: "c1005"].points = "\(before + 500)"
        try shop.sync()
        let record = try #require(try shop.records(1_005).first)
        let result = try shop.tenant.resolve(
            record.id, by: DiscrepancyDecision(.keep), audit: AuditRecord(actor: "t", action: "t"), at: .now())
        #expect(result == .done(moved: -500, balance: before, pushed: -500))
        try shop.sync()
        #expect(try shop.standing(1_005)?.outcome == .within)
        let now = try shop.store.databaseTime()
        let push = try #require(try shop.tenant.pushesDue(at: now, limit: 1).first)
        let claimed = try #require(try shop.tenant.claimPush(push, at: now))
        try shop.tenant.record(.acknowledged, of: claimed, at: now)
        shop.script.world[person: "c1005"].points = "\(before)"
        try shop.sync()
        #expect(try shop.standing(1_005)?.outcome == .within)
        #expect(try shop.balance(1_005) == before)
        #expect(try shop.records(1_005).map(\.state) == [.kept])
    }

    @Test("what differs is told to the log once a customer")
    func log() throws {
        let shop = try Shop()
        try shop.sync()
        shop.script.world[person: "c1005"].points = "\(try shop.balance(1_005) + 50)"
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in LineHandler { line in lines.withLock { $0.append(line) } } }
        for step in [50, 100] {
            shop.script.world[person: "c1005"].points = "\(try shop.balance(1_005) + Int64(step))"
            _ = try shop.tenant.requestSync(forced: false, trigger: .user)
            _ = try RunPerformer(parties: shop.parties, logger: logger).perform(try shop.claim(), shop.tenant)
        }
        let told = lines.withLock { $0 }.filter { $0.contains("alpine's number differs") }
        #expect(told.count == 1)
        #expect(told.first?.contains("\(try shop.customer(1_005))") == true)
    }

    @Test("each night records that have been open for 30 days are accepted")
    func nightly() throws {
        let shop = try Shop()
        try shop.sync()
        shop.script.world[person: "c1005"].points = "9999"
        try shop.sync()
        try shop.root.execute(
            "UPDATE alpine_discrepancies SET opened_at = opened_at - INTERVAL 31 DAY WHERE tenant_id = \(shop.tenant.tenant)"
        )
        let night = try #require(
            try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .cron))
        try shop.perform(night.id)
        #expect(try shop.records(1_005).map(\.state) == [.accepted])
    }
}

/// Hands each line with its metadata on.
private struct LineHandler: LogHandler {
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write("\(event.message) \(event.metadata ?? [:])") }
}
