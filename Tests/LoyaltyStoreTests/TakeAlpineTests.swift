import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Comparison", "over".
struct TakeAlpineTests {
    let store: TestStore
    let customer: CustomerID
    private let now = Instant.now()

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
        try store.post(.sale("A", of: "1", 100_00, at: now.advanced(bySeconds: -90)), at: now.advanced(bySeconds: -80))
    }

    private func later(_ seconds: Int64) -> Instant { now.advanced(bySeconds: seconds) }

    @Test("Alpine's number is an entry with its reading, a line of the timeline, and a record with both figures")
    func taken() throws {
        let taken = try store.takeAlpine(130, of: customer, at: now)
        #expect(taken?.customer == customer && taken?.outcome == .taken && taken?.points == 30)
        #expect(taken?.isAlert == true)
        #expect(try store.balance("1") == 130)
        let line = try #require(try store.tenant.ledger(of: customer, .first, limit: 1).rows.first)
        #expect(line.kind == .alpineOverride && line.points == 30)
        #expect(line.reason == "Alpine’s number was taken: 130 instead of our 100")
        let told = try store.tenant.activities(of: customer, .first, limit: 1).rows.first
        #expect(told?.kind == .pointsAdjusted && told?.points == 30)
        let record = try #require(try store.records(of: customer).first)
        #expect(record.state == .open && record.calculated == 100 && record.alpine == 130 && record.pending == 0)
        #expect(record.takenPoints == 30 && record.untakenPoints == 0 && record.difference == 30)
        let readings = try store.tenant.alpineReadings(of: customer, upTo: record.requestedAt, limit: 5)
        #expect(readings.map(\.figure) == [.known(130)])
        #expect(try store.tenant.alpineStandings(of: [customer])[customer]?.outcome == .overridden)
        #expect(try store.differences() == [])
    }

    @Test("what is pending stands in the reason")
    func pending() throws {
        try store.connectAlpine()
        try store.move(-50, .redeem, key: "r", for: customer)
        try store.takeAlpine(200, of: customer, at: Instant.now().advanced(bySeconds: 2))
        #expect(try store.balance("1") == 150)
        let line = try store.tenant.ledger(of: customer, .first, limit: 1).rows.first
        #expect(line?.reason == "Alpine’s number was taken: 200 with −50 on the way there instead of our 50")
    }

    @Test("the same comparison posts once, however often and by how many it is posted")
    func once() async throws {
        let difference = try store.alpineSays(130, of: customer, at: now)
        let (door, run, moment) = (store.door, store.run, later(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    _ = try door.open().takeAlpine([difference], run: run, isEnabled: true, at: moment)
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.entries("1") == [100, 30])
        #expect(try store.records(of: customer).map(\.takenPoints) == [30])
        #expect(try store.differences() == [])
    }

    @Test("a comparison that somebody else's override has overtaken posts nothing")
    func overtaken() throws {
        let first = try store.alpineSays(130, of: customer, at: now)
        try store.takeAlpine(130, of: customer, at: later(5))
        #expect(try store.tenant.takeAlpine([first], run: store.run, isEnabled: true, at: later(6)).isEmpty)
        #expect(try store.entries("1") == [100, 30])
    }

    @Test("a comparison is left when an entry of before comes to light, or Alpine has named another number since")
    func stale() throws {
        let first = try store.alpineSays(130, of: customer, at: now)
        try store.post(.sale("B", of: "1", 7_00, at: later(-70)), at: later(-60))
        #expect(try store.tenant.takeAlpine([first], run: store.run, isEnabled: true, at: later(1)).isEmpty)
        let second = try store.alpineSays(140, of: customer, at: later(2))
        _ = try store.alpineSays(150, of: customer, at: later(4))
        #expect(try store.tenant.takeAlpine([second], run: store.run, isEnabled: true, at: later(5)).isEmpty)
        #expect(try store.entries("1") == [100, 7])
    }

    @Test("what moves after Alpine was asked stays beside what is taken")
    func between() throws {
        let difference = try store.alpineSays(130, of: customer, at: now)
        try store.post(.sale("B", of: "1", 7_00, at: now), at: later(1))
        #expect(try store.tenant.takeAlpine([difference], run: store.run, isEnabled: true, at: later(2)).count == 1)
        #expect(try store.entries("1") == [100, 7, 30])
    }

    @Test("under five points are corrected without a record, or not at all where nothing is taken")
    func small() throws {
        #expect(try store.takeAlpine(96, of: customer, isEnabled: false, at: now) == nil)
        #expect(try store.balance("1") == 100)
        let taken = try store.takeAlpine(96, of: customer, at: later(2))
        #expect(taken?.outcome == .taken && taken?.isAlert == false)
        #expect(try store.balance("1") == 96)
        #expect(try store.records(of: customer).isEmpty)
        #expect(try store.takeAlpine(91, of: customer, at: later(4))?.isAlert == true)
        #expect(try store.records(of: customer).count == 1)
    }

    @Test(
        "where nothing is taken it is recorded with its reason, and no points move",
        arguments: [UntakenReason.compareOnly, .paused, .switchedOff, .lostMatch])
    func recorded(reason: UntakenReason) throws {
        try store.save(\.program) { program in
            if reason == .compareOnly { program.alpinePolicy = .compareOnly }
            if reason == .paused { program.paused = true }
        }
        let taken = try store.takeAlpine(
            130, of: customer, isEnabled: reason != .switchedOff, bar: reason == .lostMatch ? .lostMatch : nil, at: now)
        #expect(taken?.outcome == .recorded(reason) && taken?.isAlert == true)
        #expect(try store.entries("1") == [100])
        let record = try #require(try store.records(of: customer).first)
        #expect(record.untakenReason == reason && record.untakenPoints == 30 && record.takenPoints == 0)
        // Seen again it is the same record and no news.
        #expect(try store.takeAlpine(130, of: customer, isEnabled: false, bar: reason, at: later(2))?.isAlert == false)
        #expect(try store.records(of: customer).count == 1)
        try store.tenant.clearUntaken(of: [customer])
        #expect(try store.records(of: customer).first?.untakenPoints == 0)
    }

    @Test("a rise that looked like another's number stays with the admin while its record is open; a fall is taken")
    func lostBefore() throws {
        try store.takeAlpine(130, of: customer, bar: .lostMatch, at: now)
        #expect(try store.takeAlpine(130, of: customer, at: later(2))?.outcome == .recorded(.lostMatch))
        #expect(try store.balance("1") == 100)
        #expect(try store.takeAlpine(80, of: customer, at: later(4))?.outcome == .taken)
        #expect(try store.balance("1") == 80)
    }

    @Test("never below open holds: deferred with a record, and taken when the hold has ended")
    func held() throws {
        try store.hold(60, of: customer)
        #expect(try store.takeAlpine(50, of: customer, at: now)?.outcome == .recorded(.hold))
        #expect(try store.balance("1") == 100)
        #expect(try store.records(of: customer).first?.untakenReason == .hold)
        #expect(try store.takeAlpine(60, of: customer, at: later(2))?.outcome == .taken)
        #expect(try store.takeAlpine(50, of: customer, at: later(4))?.outcome == .recorded(.hold))
        try store.hold(0, of: customer)
        #expect(try store.takeAlpine(50, of: customer, at: later(6))?.outcome == .taken)
        #expect(try store.entries("1") == [100, -40, -10])
        #expect(try store.records(of: customer).map(\.takenPoints) == [-50])
        #expect(try store.differences() == [])
    }

    @Test("what would fall below zero because points were spent meanwhile is left to the next comparison")
    func spent() throws {
        let difference = try store.alpineSays(10, of: customer, at: now)
        try store.move(-50, .redeem, key: "r", for: customer)
        let moment = Instant.now().advanced(bySeconds: 1)
        #expect(try store.tenant.takeAlpine([difference], run: store.run, isEnabled: true, at: moment).isEmpty)
        #expect(try store.balance("1") == 50)
        #expect(try store.records(of: customer).isEmpty)
    }

    @Test("later overrides join the open record, and a resolved one is followed by another")
    func joins() throws {
        try store.takeAlpine(130, of: customer, at: now)
        try store.takeAlpine(90, of: customer, at: later(2))
        let record = try #require(try store.records(of: customer).first)
        #expect(record.takenPoints == -10 && record.calculated == 130 && record.alpine == 90)
        _ = try store.tenant.resolve(
            record.id, by: DiscrepancyDecision(.accept), audit: AuditRecord(actor: "t", action: "t"), at: later(3))
        try store.takeAlpine(70, of: customer, at: later(4))
        #expect(try store.records(of: customer).map(\.state) == [.accepted, .open])
    }

    @Test("somebody is told of a customer once in 24 hours, also across records")
    func alerts() throws {
        func told(_ points: Int64, _ seconds: Int64) throws -> Bool? {
            let taken = try store.takeAlpine(points, of: customer, at: later(seconds))
            return taken?.isAlert
        }
        #expect(try told(130, 0) == true)
        #expect(try told(150, 3_600) == false)
        let record = try #require(try store.records(of: customer).first)
        _ = try store.tenant.resolve(
            record.id, by: DiscrepancyDecision(.accept), audit: AuditRecord(actor: "t", action: "t"), at: later(3_700))
        #expect(try told(170, 7_200) == false)
        #expect(try told(190, 86_399) == false)
        #expect(try told(210, 86_400) == true)
        #expect(try told(230, 86_500) == false)
    }

    @Test("what is owed is settled without a clawback, and never settled again by later earnings")
    func owed() throws {
        try store.move(-100, .redeem, key: "r", for: customer)
        try store.post(.sale("A", of: "1", 0, at: later(-90)))
        #expect(try store.account("1").owed == 100)
        let moment = Instant.now()
        try store.takeAlpine(60, of: customer, at: moment.advanced(bySeconds: 2))
        #expect(try store.account("1").owed == 0 && store.balance("1") == 60)
        #expect(try store.differences() == [])
        try store.post(.sale("B", of: "1", 150_00), at: moment.advanced(bySeconds: 3))
        #expect(try store.entries("1") == [100, -100, 60, 150])
        // The refund undone: its points come back once.
        try store.post(.sale("A", of: "1", 100_00, at: later(-90)), at: moment.advanced(bySeconds: 4))
        #expect(try store.balance("1") == 310)
        #expect(try store.differences() == [])
    }

    @Test("an erased customer is left alone")
    func erased() throws {
        let difference = try store.alpineSays(130, of: customer, at: now)
        try store.root.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(store.id)")
        #expect(try store.tenant.takeAlpine([difference], run: store.run, isEnabled: true, at: later(1)).isEmpty)
        #expect(try store.balance("1") == 100)
    }
}
