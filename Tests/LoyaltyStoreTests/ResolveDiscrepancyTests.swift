import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "the inbox resolves a record".
struct ResolveDiscrepancyTests {
    let store: TestStore
    let customer: CustomerID
    private let now = Instant.now()

    init() throws {
        store = try TestStore()
        try store.connectAlpine()
        customer = try store.importCustomers("1")[0]
        try store.post(.sale("A", of: "1", 100_00, at: now.advanced(bySeconds: -90)), at: now.advanced(bySeconds: -80))
    }

    private func later(_ seconds: Int64) -> Instant { now.advanced(bySeconds: seconds) }

    private var record: Discrepancy { get throws { try #require(try store.records(of: customer).last) } }

    private func resolve(
        _ choice: DiscrepancyDecision.Choice, reason: String = "We know better", in tenant: TenantStore? = nil,
        at second: Int64 = 10
    ) throws -> ResolutionResult {
        try (tenant ?? store.tenant).resolve(
            record.id, by: DiscrepancyDecision(choice, reason: reason, requestID: "req-1"),
            audit: AuditRecord(actor: "owner", action: "reconciliation.test", detail: reason), at: later(second))
    }

    private func audits() throws -> Int64 {
        try store.count(
            """
            SELECT COUNT(*) AS number FROM audit_log
             WHERE tenant_id = \(store.id) AND action = 'reconciliation.test'
            """)
    }

    @Test("ours is kept: an entry back, an activity, an audit row, and Alpine is told once")
    func keep() throws {
        try store.takeAlpine(60, of: customer, at: now)
        #expect(try store.balance("1") == 60)
        #expect(try resolve(.keep) == .done(moved: 40, balance: 100, pushed: 40))
        #expect(try store.entries("1") == [100, -40, 40])
        let line = try #require(try store.tenant.ledger(of: customer, .first, limit: 1).rows.first)
        #expect(line.kind == .alpineOverride)
        #expect(line.reason == "Our number was kept instead of Alpine’s 60. We know better")
        #expect(try store.tenant.activities(of: customer, .first, limit: 1).rows.first?.points == 40)
        #expect(try store.corrections(of: customer) == [40])
        #expect(try audits() == 1)
        let kept = try record
        #expect(kept.state == .kept && kept.movedPoints == 40 && kept.pushedPoints == 40)
        #expect(kept.resolutionReason == "We know better" && kept.resolvedAt == later(10))
        #expect(try resolve(.keep) == .alreadyDone)
        #expect(try resolve(.accept) == .decidedOtherwise(.kept))
        #expect(try store.entries("1") == [100, -40, 40])
        #expect(try store.corrections(of: customer) == [40])
        #expect(try audits() == 1)
        #expect(try store.differences() == [])
        // With what Alpine is told, the two agree.
        #expect(try store.alpineSays(60, of: customer, at: Instant.now().advanced(bySeconds: 60)).points == 0)
    }

    @Test("pressed by six at once, ours is kept once")
    func together() async throws {
        try store.takeAlpine(60, of: customer, at: now)
        let (door, id, moment) = (store.door, try record.id, later(10))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    _ = try door.open().resolve(
                        id, by: DiscrepancyDecision(.keep),
                        audit: AuditRecord(actor: "t", action: "reconciliation.test"),
                        at: moment)
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.entries("1") == [100, -40, 40])
        #expect(try store.corrections(of: customer) == [40])
        #expect(try audits() == 1)
    }

    @Test("Alpine is told new balance − Alpine's − pending, and not what has moved since it was asked")
    func pushed() throws {
        try store.move(30, .bonus, key: "b", for: customer)
        let asked = Instant.now().advanced(bySeconds: 2)
        // 130 here, of which 30 are on the way there: Alpine's 50 means 80.
        try store.takeAlpine(50, of: customer, at: asked)
        #expect(try store.balance("1") == 80)
        // A sale that Alpine computes itself.
        try store.post(.sale("B", of: "1", 20_00, at: asked), at: asked.advanced(bySeconds: 1))
        let result = try store.tenant.resolve(
            record.id, by: DiscrepancyDecision(.keep), audit: AuditRecord(actor: "t", action: "t"),
            at: asked.advanced(bySeconds: 2))
        #expect(result == .done(moved: 50, balance: 150, pushed: 50))
        #expect(try store.corrections(of: customer) == [50])
    }

    @Test("several overrides of one record go back together")
    func backTogether() throws {
        try store.takeAlpine(60, of: customer, at: now)
        try store.takeAlpine(200, of: customer, at: later(2))
        #expect(try resolve(.keep) == .done(moved: -100, balance: 100, pushed: -100))
        #expect(try store.entries("1") == [100, -40, 140, -100])
    }

    @Test("ours is refused, with figures, when more would have to be taken back than is free")
    func beyond() throws {
        try store.takeAlpine(150, of: customer, at: now)
        try store.move(-80, .redeem, key: "r", for: customer)
        try store.hold(30, of: customer)
        #expect(try resolve(.keep) == .beyondAvailable(needed: 50, available: 40, balance: 70))
        #expect(try record.state == .open)
        #expect(try store.corrections(of: customer).isEmpty)
        #expect(try audits() == 0)
        try store.hold(20, of: customer)
        #expect(try resolve(.keep) == .done(moved: -50, balance: 20, pushed: -50))
    }

    @Test("a third number: from what is on hold upwards, and Alpine is told")
    func set() throws {
        try store.takeAlpine(60, of: customer, at: now)
        try store.hold(30, of: customer)
        #expect(try resolve(.set(29)) == .belowHolds(held: 30))
        #expect(try resolve(.set(-1)) == .belowHolds(held: 30))
        #expect(try resolve(.set(30), reason: "Agreed by phone") == .done(moved: -30, balance: 30, pushed: -30))
        #expect(try store.corrections(of: customer) == [-30])
        let line = try store.tenant.ledger(of: customer, .first, limit: 1).rows.first
        #expect(line?.reason == "Set to 30 instead of Alpine’s 60. Agreed by phone")
        #expect(try record.state == .set)
        #expect(try resolve(.set(30)) == .alreadyDone)
        #expect(try store.differences() == [])
    }

    @Test("set to what it is moves nothing here and corrects Alpine if it differs")
    func setToTheSame() throws {
        try store.save(\.program) { $0.alpinePolicy = .compareOnly }
        try store.takeAlpine(60, of: customer, at: now)
        #expect(try resolve(.set(100)) == .done(moved: 0, balance: 100, pushed: 40))
        #expect(try store.entries("1") == [100])
        #expect(try audits() == 1)
    }

    @Test("accepting what was taken moves nothing more, and is told")
    func accept() throws {
        try store.takeAlpine(60, of: customer, at: now)
        #expect(try resolve(.accept) == .done(moved: 0, balance: 60, pushed: 0))
        #expect(try store.entries("1") == [100, -40])
        let told = try store.tenant.activities(of: customer, .first, limit: 1).rows.first
        #expect(told?.cause == "Alpine’s number stands. We know better")
        #expect(try audits() == 1)
        #expect(try store.corrections(of: customer).isEmpty)
        #expect(try resolve(.accept) == .alreadyDone)
        #expect(try resolve(.keep) == .decidedOtherwise(.accepted))
    }

    @Test("accepting what was only recorded takes Alpine's number now, unless a hold forbids it")
    func acceptUntaken() throws {
        try store.hold(80, of: customer)
        try store.takeAlpine(60, of: customer, at: now)
        #expect(try record.untakenReason == .hold)
        #expect(try resolve(.accept) == .beyondAvailable(needed: 40, available: 20, balance: 100))
        try store.hold(0, of: customer)
        #expect(try resolve(.accept, reason: "") == .done(moved: -40, balance: 60, pushed: 0))
        #expect(try store.entries("1") == [100, -40])
        let line = try store.tenant.ledger(of: customer, .first, limit: 1).rows.first
        #expect(line?.reason == "Alpine’s number was taken by hand: 60")
        #expect(try store.differences() == [])
    }

    @Test("keeping ours where nothing was taken only corrects Alpine")
    func keepUntaken() throws {
        try store.save(\.program) { $0.alpinePolicy = .compareOnly }
        try store.takeAlpine(60, of: customer, at: now)
        #expect(try resolve(.keep) == .done(moved: 0, balance: 100, pushed: 40))
        #expect(try store.entries("1") == [100])
    }

    @Test("nobody is told anything where Alpine has no number, or is not connected")
    func notTold() throws {
        try store.takeAlpine(60, of: customer, at: now)
        try store.tenant.record(
            [
                AlpineStanding(
                    customer: customer, contactID: "c-\(customer)", figure: .hidden, readAt: later(5),
                    outcome: .notCompared)
            ], run: store.run)
        #expect(try resolve(.keep) == .done(moved: 40, balance: 100, pushed: 0))
        #expect(try store.corrections(of: customer).isEmpty)
    }

    @Test("after 30 days a record is accepted by itself, and no points move")
    func time() throws {
        try store.save(\.program) { $0.alpinePolicy = .compareOnly }
        try store.takeAlpine(60, of: customer, at: now)
        let days: Int64 = 30 * 86_400
        #expect(try store.tenant.acceptOldDiscrepancies(limit: 10, at: later(days - 1)) == 0)
        #expect(try store.tenant.acceptOldDiscrepancies(limit: 10, at: later(days)) == 1)
        #expect(try store.tenant.acceptOldDiscrepancies(limit: 10, at: later(days)) == 0)
        let record = try record
        #expect(record.state == .accepted && record.resolvedBy == nil && record.movedPoints == 0)
        #expect(try store.entries("1") == [100])
        #expect(
            try store.count(
                """
                SELECT COUNT(*) AS number FROM audit_log
                 WHERE tenant_id = \(store.id) AND actor = 'system' AND action = 'reconciliation.accept'
                """) == 1)
    }

    @Test("another tenant's record is not there, and an erased customer's cannot be changed")
    func nobody() throws {
        try store.takeAlpine(60, of: customer, at: now)
        let other = try TestStore()
        #expect(throws: Refusal.self) { try resolve(.keep, in: other.tenant) }
        try store.root.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(store.id)")
        #expect(throws: Refusal.self) { try resolve(.keep) }
        #expect(try store.entries("1") == [100, -40])
    }
}
