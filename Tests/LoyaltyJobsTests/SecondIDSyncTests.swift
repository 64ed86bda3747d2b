import LoyaltyRules
import LoyaltyStore
import Testing

/// rules.md, "Orders change": a sale known by two ids, as a sync meets it.
struct SecondIDSyncTests {
    @Test("a sale of our API that the feed then shows under its own id stays one, and each further run writes nothing")
    func shownLater() throws {
        var world = World.standard()
        world.sales.append(World.Sale(900, 1_005, 50_00))
        let shop = try Shop(world, connected: [.alleaves])
        let before = world.points(of: 1_005)
        let told = OrderRevision(
            source: .api, posOrderID: "77000", posCustomerID: "1005", posLocationID: nil, status: "completed",
            isCompleted: true, total: 30_00, completedAt: .now().advanced(bySeconds: -3_600), updatedAt: nil)
        try shop.tenant.transaction { tx in _ = try tx.store([told], ignoresOlder: true, at: .now()) }
        shop.script.world[sale: 900].external = 77_000
        try shop.sync()
        #expect(try shop.balance(1_005) == before)
        #expect(try shop.orderRows() == 251)
        let checksums = try shop.checksums()
        try shop.sync()
        try shop.sync(forced: true)
        #expect(try shop.checksums() == checksums)
        #expect(try shop.differences() == [])
    }
}
