import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Orders change": clawbacks, points owed, and orders that move to another customer.
struct ClawbackTests {
    let store: TestStore
    let noon = Instant.now().advanced(bySeconds: -3_600)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
    }

    private func sale(_ id: String, of customer: String = "1", _ total: Cents, _ minute: Int64 = 0) -> OrderRevision {
        .sale(id, of: customer, total, at: noon.advanced(bySeconds: minute * 60))
    }

    @Test("a clawback takes what is available, the rest is owed, and later earnings settle it")
    func owed() throws {
        try store.post(sale("A", 100_00))
        try store.move(-70, .redeem, key: "r", for: try store.customer("1"))
        try store.post(sale("A", 0))
        #expect(try store.entries("1") == [100, -70, -30])
        #expect(try store.account("1").owed == 70)
        try store.post(sale("B", 50_00, 1))
        #expect(try store.entries("1").suffix(2) == [50, -50])
        #expect(try store.account("1").owed == 20)
        try store.post(sale("C", 50_00, 2))
        #expect(try store.entries("1").suffix(2) == [50, -20])
        #expect(try store.account("1") == .init(balance: 30, owed: 0, lifetime: 100_00, orders: 3))
        #expect(try store.differences() == [])
    }

    @Test("what is owed is settled for the oldest order first")
    func oldestFirst() throws {
        // Stored in the wrong order, so that ids do not tell which is older.
        try store.post(sale("B", 40_00, 1))
        try store.post(sale("A", 40_00, 0))
        try store.move(-80, .redeem, key: "r", for: try store.customer("1"))
        try store.post(sale("A", 0, 0), sale("B", 0, 1))
        #expect(try store.account("1").owed == 80)
        try store.post(sale("C", 40_00, 2))
        let open: [String: Int64] = Dictionary(
            try store.root.all(
                """
                SELECT pos_order_id, open FROM order_owings JOIN orders ON orders.tenant_id = order_owings.tenant_id
                   AND orders.id = order_id WHERE orders.tenant_id = \(store.id)
                """
            ) { (try $0.get("pos_order_id"), try $0.get("open")) }, uniquingKeysWith: { first, _ in first })
        #expect(open == ["A": 0, "B": 40])
    }

    @Test("points on hold are not clawed back")
    func held() throws {
        try store.post(sale("A", 100_00))
        try store.connection.execute("UPDATE customers SET held = 60 WHERE tenant_id = \(store.id) AND balance > 0")
        try store.post(sale("A", 0))
        #expect(try store.account("1") == .init(balance: 60, owed: 60, lifetime: 0, orders: 1))
    }

    @Test("an order clawed back into debt and reopened earns whole, and pays the debt")
    func reopened() throws {
        try store.post(sale("A", 100_00))
        try store.move(-100, .redeem, key: "r", for: try store.customer("1"))
        try store.post(sale("A", 0))
        try store.post(sale("A", 100_00))
        #expect(try store.entries("1") == [100, -100, 100, -100])
        #expect(try store.account("1") == .init(balance: 0, owed: 0, lifetime: 100_00, orders: 1))
        #expect(try store.differences() == [])
    }

    @Test("an order that moves takes its points from the old customer and earns for the new one")
    func moved() throws {
        try store.post(sale("A", 100_00))
        try store.post(sale("A", of: "2", 100_00))
        #expect(try store.entries("1") == [100, -100])
        #expect(try store.entries("2") == [100])
        #expect(try store.account("1") == .init(balance: 0, owed: 0, lifetime: 0, orders: 0))
        #expect(try store.account("2") == .init(balance: 100, owed: 0, lifetime: 100_00, orders: 1))
        try store.post(sale("A", 100_00))
        #expect(try store.entries("1") == [100, -100, 100])
        #expect(try store.differences() == [])
    }

    @Test("an order that moves after its points were spent leaves the debt behind")
    func movedInDebt() throws {
        try store.post(sale("A", 100_00))
        try store.move(-100, .redeem, key: "r", for: try store.customer("1"))
        try store.post(sale("A", of: "2", 100_00))
        #expect(try store.account("1") == .init(balance: 0, owed: 100, lifetime: 0, orders: 0))
        #expect(try store.balance("2") == 100)
        try store.post(sale("B", 120_00, 1))
        #expect(try store.balance("1") == 20)
        #expect(try store.differences() == [])
    }

    @Test("an order whose points two owners spent leaves each their own debt, and each settles it")
    func owedTwice() throws {
        try store.post(sale("A", 100_00))
        try store.move(-100, .redeem, key: "r1", for: try store.customer("1"))
        try store.post(sale("A", of: "2", 100_00))
        try store.move(-100, .redeem, key: "r2", for: try store.customer("2"))
        try store.post(sale("A", of: "2", 0))
        #expect(try store.account("1").owed == 100)
        #expect(try store.account("2").owed == 100)
        for minute in 1...2 as ClosedRange<Int64> {
            try store.post(sale("B\(minute)", 40_00, minute), sale("C\(minute)", of: "2", 40_00, minute))
        }
        #expect(try store.account("1") == .init(balance: 0, owed: 20, lifetime: 80_00, orders: 2))
        #expect(try store.account("2") == .init(balance: 0, owed: 20, lifetime: 80_00, orders: 3))
        #expect(try store.differences() == [])
    }

    @Test("the new owner of an order waits until the old one has released it")
    func releasedFirst() throws {
        try store.post(sale("A", 100_00))
        try store.tenant.store([sale("A", of: "2", 100_00)])
        let history = try store.tenant.settingsHistory(asOf: .now())
        try store.tenant.postOrders(
            of: [try store.customer("2")], under: history, cause: PostingCause(), at: .now())
        #expect(try store.entries("2") == [])
        try store.tenant.postDue()
        #expect(try store.entries("1") == [100, -100])
        #expect(try store.entries("2") == [100])
    }

    @Test("an order that loses its customer gives its points back and says why it earns nothing")
    func unnamed() throws {
        try store.post(sale("A", 100_00))
        try store.post(.sale("A", of: nil, 100_00, at: noon))
        #expect(try store.entries("1") == [100, -100])
        #expect(try store.reason("A") == .noMember)
        #expect(try store.differences() == [])
    }

    @Test("a moved order keeps the rate of its completion and takes the equity and tier of its new owner")
    func newOwnersTerms() throws {
        let completed = Instant.now()
        try store.post(sale("first", 1_00))
        let history = try store.customer("2")
        try store.connection.execute(
            """
            INSERT INTO equity_periods (tenant_id, customer_id, starts_at)
            VALUES (\(store.id), \(history), \(noon))
            """)
        try store.post(.sale("A", of: "1", 100_00, at: completed))
        try store.save(\.points) { $0.pointsPerDollar = 5_000 }
        try store.post(.sale("A", of: "2", 100_00, at: completed))
        #expect(try store.balance("2") == 120)
        #expect(try store.balance("1") == 1)
    }
}
