import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Sync": orders named by webhooks are read again by their ids.
struct RereadTests {
    private func mark(_ id: Int, of customer: Int? = nil, in shop: Shop) throws {
        try shop.tenant.transaction { tx in
            try tx.markForReread(posOrderID: "\(id)", posCustomerID: customer.map { "\($0)" })
        }
    }

    private func marks(_ shop: Shop) throws -> [String] {
        try shop.tenant.orderRereads(limit: 100).map(\.posOrderID)
    }

    @Test("a marked order that the pages do not show is read by its id, and the sync has the last word")
    func old() throws {
        var world = World.standard()
        world.sales.append(World.Sale(900, 1_000, 100_00, at: .now().advanced(bySeconds: -200 * 86_400)))
        world.agree()
        let shop = try Shop(world)
        try shop.sync()
        let before = try shop.balance(1_000)
        shop.script.world[sale: 900].cents = 40_00
        shop.script.world.agree()
        try mark(900, in: shop)
        shop.script.forgetCalls()
        try shop.sync()
        #expect(shop.script.calls.contains(.order("900")))
        #expect(try shop.balance(1_000) == before - 60)
        #expect(try marks(shop) == [])
        #expect(try shop.differences() == [])
    }

    @Test("a marked order that a page shows is not asked for again")
    func shown() throws {
        let shop = try Shop()
        try shop.sync()
        try mark(1, in: shop)
        shop.script.forgetCalls()
        try shop.sync()
        #expect(!shop.script.calls.contains(.order("1")))
        #expect(try marks(shop) == [])
    }

    @Test("an order that the POS no longer has is an exception of the run, and keeps its points")
    func gone() throws {
        let shop = try Shop()
        try shop.sync()
        try mark(777, in: shop)
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        let listed = try shop.count(
            """
            SELECT COUNT(*) AS number FROM sync_exceptions
             WHERE tenant_id = \(shop.tenant.tenant) AND run_id = \(run.id) AND subject = '777'
            """)
        #expect(listed == 1)
        #expect(try marks(shop) == [])
    }

    @Test("the run of one customer reads that customer's marked orders again, and nobody else's")
    func customer() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world[sale: 6].cents += 25_00
        shop.script.world.agree()
        try mark(6, in: shop)
        try mark(7, in: shop)
        shop.script.forgetCalls()
        let run = try shop.syncCustomer(1_005)
        #expect(run.state == .succeeded)
        #expect(shop.script.calls.contains(.order("6")) && !shop.script.calls.contains(.order("7")))
        #expect(try shop.balance(1_005) == before + 25)
        #expect(try marks(shop) == ["7"])
    }

    @Test("an order not stored yet is found by the customer that the webhook named")
    func new() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_005)
        shop.script.world.sales.append(World.Sale(950, 1_005, 30_00, at: .now()))
        try mark(950, of: 1_005, in: shop)
        try shop.syncCustomer(1_005)
        #expect(try shop.balance(1_005) == before + 30)
    }

    @Test("while Alleaves is away a customer's run is stale, and the mark stays")
    func away() throws {
        let shop = try Shop()
        try shop.sync()
        try mark(6, in: shop)
        shop.script.fault = { call, answer in
            call.isAlpine ? answer : try Failure.serverFault.answer(instead: answer)
        }
        #expect(try shop.syncCustomer(1_005).state == .degraded)
        #expect(try marks(shop) == ["6"])
    }

    @Test("a mark that is set again while its order is read stays")
    func again() throws {
        let shop = try Shop()
        try shop.sync()
        try mark(6, in: shop)
        let old = try shop.tenant.orderRereads(limit: 1)
        try mark(6, in: shop)
        try shop.tenant.transaction { tx in try tx.clear(old) }
        #expect(try marks(shop) == ["6"])
    }
}
