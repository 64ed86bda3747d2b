import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "What Alpine cannot know, we tell it": orders, through the real tables.
struct OrderTellingTests {
    let store: TestStore
    private let start = Instant.now().advanced(bySeconds: -7_200)
    private var noon: Instant { start.advanced(bySeconds: 3_600) }

    /// Customer 1 has equity, customer 2 has not.
    init() throws {
        store = try TestStore()
        let customer = try store.importCustomers("1", "2")[0]
        try store.connectAlpine()
        // From here on the tenant has posted an order.
        try store.post(.sale("first", of: "2", 1_00, at: start), at: start)
        for status in [EquityStatus.pending, .verified] {
            try store.tenant.recordEquity(
                EquityRecord(
                    status: status, documentKind: "State card", documentReference: "NY-0042", expiresOn: nil,
                    reason: "Seen", recordedAt: start.advanced(bySeconds: 1)),
                of: customer, by: .make(), in: try store.tenant.settings().business.calendar,
                audit: AuditRecord(actor: "test", action: "test"))
        }
    }

    private func sale(
        _ total: Cents, of customer: String? = "1", isCompleted: Bool = true, at: Instant? = nil
    ) -> OrderRevision { .sale("A", of: customer, total, at: at ?? noon, isCompleted: isCompleted) }

    private func apiSale(hoursAgo: Int64, of customer: String = "2") -> OrderRevision {
        var order = sale(100_00, of: customer, at: Instant.now().advanced(bySeconds: -hoursAgo * 3_600))
        order.source = .api
        return order
    }

    /// The points told of a customer, in order.
    private func told(_ posID: String) throws -> [Int64] { try store.told(posID) }

    @Test("an equity order of 100 dollars tells 20 points, and the same order again nothing")
    func uplift() throws {
        try store.post(sale(100_00))
        try store.post(sale(100_00))
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        #expect(try store.entries("1") == [120])
        #expect(try told("1") == [20])
        #expect(try told("2") == [])
        let pending = try store.tenant.pendingAtAlpine(
            of: [try store.customer("1")], at: .now().advanced(bySeconds: 60))
        #expect(pending == [try store.customer("1"): PendingAtAlpine(pending: 20)])
    }

    @Test("an edit, refunds and a void tell the difference, once each")
    func changes() throws {
        try store.post(sale(100_00))
        try store.post(sale(150_00))
        try store.post(.sale("R1", of: "1", -50_00, at: noon, refundOf: "A"))
        try store.post(.sale("R1", of: "1", -50_00, at: noon, refundOf: "A"))
        try store.post(sale(150_00, isCompleted: false))
        #expect(try store.entries("1") == [120, 60, -60, -120])
        #expect(try told("1") == [20, 10, -10, -20])
    }

    @Test("an order that moves takes its uplift from the one and tells that of the other")
    func moved() throws {
        try store.post(sale(100_00))
        try store.post(sale(100_00, of: "2"))
        #expect(try told("1") == [20, -20])
        #expect(try told("2") == [])
        try store.post(sale(100_00, of: "1"))
        #expect(try told("1") == [20, -20, 20])
        #expect(try store.balance("1") == 120 && store.balance("2") == 1)
        try store.post(sale(100_00, of: nil))
        #expect(try told("1") == [20, -20, 20, -20])
        #expect(try store.differences() == [])
    }

    @Test("what moved before Alpine was connected is not told when the order changes later")
    func connectedLater() throws {
        let late = try TestStore()
        try late.importCustomers("1")
        try late.save(\.tiers) { $0.tiers[0].earnMultiplier = 1_250 }
        try late.post(.sale("A", of: "1", 100_00))
        try late.connectAlpine()
        try late.post(.sale("A", of: "1", 200_00))
        #expect(try late.entries("1") == [125, 125])
        #expect(try late.told("1") == [25])
    }

    @Test("a sale that only our API knows is told when it is 48 hours old, and told back when the POS shows it")
    func api() throws {
        let now = Instant.now()
        try store.post(apiSale(hoursAgo: 1))
        #expect(try store.tenant.markOrdersToTell(asOf: now, limit: 10) == [])
        #expect(try told("2") == [])
        let later = now.advanced(bySeconds: 48 * 3_600)
        #expect(try store.tenant.markOrdersToTell(asOf: later, limit: 10) == ["A"])
        try store.tenant.postDue(at: later)
        #expect(try told("2") == [100])
        #expect(try store.tenant.markOrdersToTell(asOf: later, limit: 10) == [])
        var shown = apiSale(hoursAgo: 1)
        shown.source = .pos
        try store.post(shown, at: later.advanced(bySeconds: 1))
        #expect(try told("2") == [100, -100])
        #expect(try store.entries("2") == [1, 100])
        #expect(try store.tenant.markOrdersToTell(asOf: later, limit: 10) == [])
        #expect(try store.differences() == [])
    }

    @Test("one that comes older than that is told at once, with its uplift")
    func oldAPISale() throws {
        let old = try TestStore()
        try old.importCustomers("2")
        try old.connectAlpine()
        try old.save(\.tiers) { $0.tiers[0].earnMultiplier = 1_250 }
        try old.post(apiSale(hoursAgo: 60))
        #expect(try old.told("2") == [125])
    }
}

extension TestStore {
    /// The points put into the outbox for a customer, in the order in which they go out.
    func told(_ posID: String) throws -> [Int64] {
        let customer = try customer(posID)
        return try root.all(
            "SELECT points FROM outbox WHERE tenant_id = \(id) AND customer_id = \(customer) ORDER BY position, id"
        ) { try $0.get("points") }
    }
}
