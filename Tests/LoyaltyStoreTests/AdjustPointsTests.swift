import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

struct AdjustPointsTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
    }

    @discardableResult
    private func adjust(_ points: Int64, key: String, in door: TenantStore? = nil) throws -> AdjustmentResult {
        try (door ?? store.tenant).adjust(
            customer, by: Adjustment(points: points, reason: "A present", key: key, requestID: "req-1"),
            audit: AuditRecord(actor: "test", action: "customer.adjust"), at: .now())
    }

    @Test("an adjustment is an entry, an activity and an audit row")
    func recorded() throws {
        try adjust(50, key: "a")
        #expect(try store.balance("1") == 50)
        let entries = try store.count(
            """
            SELECT COUNT(*) AS number FROM ledger_entries WHERE tenant_id = \(store.id) AND kind = 'adjustment'
               AND reason = 'A present' AND request_id = 'req-1' AND points = 50
            """)
        let activities = try store.count(
            """
            SELECT COUNT(*) AS number FROM customer_activities
             WHERE tenant_id = \(store.id) AND kind = 'points_adjusted' AND cause = 'A present' AND points = 50
            """)
        let audits = try store.count(
            "SELECT COUNT(*) AS number FROM audit_log WHERE tenant_id = \(store.id) AND action = 'customer.adjust'")
        #expect([entries, activities, audits] == [1, 1, 1])
        #expect(try store.differences() == [])
    }

    @Test("the same key has one effect, also when the points are gone by then")
    func once() throws {
        try adjust(50, key: "a")
        try adjust(-50, key: "b")
        #expect(try adjust(-50, key: "b") == .alreadyThere(available: 0))
        #expect(try adjust(50, key: "a") == .alreadyThere(available: 0))
        #expect(try adjust(60, key: "a") == .keyTaken)
        #expect(try store.entries("1") == [50, -50])
    }

    @Test("eight at once with one key are one entry")
    func together() async throws {
        let door = store.door
        let customer = customer
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    _ = try door.open().adjust(
                        customer, by: Adjustment(points: 50, reason: "A present", key: "a"),
                        audit: AuditRecord(actor: "test", action: "customer.adjust"), at: .now())
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.entries("1") == [50])
        #expect(try store.differences() == [])
    }

    @Test("points on hold cannot be taken")
    func held() throws {
        try adjust(100, key: "a")
        // $2.00 of the $5.00 that 100 points are worth.
        try store.redeem(.reward(1), of: customer, 2_00, isHold: true)
        #expect(try adjust(-61, key: "b") == .beyondAvailable(available: 60, balance: 100))
        guard case .posted(_, available: 0) = try adjust(-60, key: "c") else {
            Issue.record("60 are free")
            return
        }
        #expect(try store.balance("1") == 40)
    }

    @Test("points given settle what is owed, in the same transaction")
    func settles() throws {
        try store.post(.sale("A", of: "1", 100_00))
        try adjust(-100, key: "spent")
        try store.post(.sale("A", of: "1", 0))
        #expect(try store.account("1").owed == 100)
        guard case .posted(_, let available) = try adjust(130, key: "b") else {
            Issue.record("points can be given")
            return
        }
        #expect(available == 30)
        #expect(try store.entries("1") == [100, -100, 130, -100])
        #expect(try store.account("1").owed == 0)
        #expect(try store.differences() == [])
    }

    @Test("nobody adjusts a customer who is unknown or erased")
    func nobody() throws {
        try store.connection.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(store.id)")
        #expect(throws: Refusal.self) { try adjust(50, key: "a") }
        let other = try TestStore()
        #expect(throws: Refusal.self) { try adjust(50, key: "a", in: other.tenant) }
        #expect(try store.balance("1") == 0)
    }
}
