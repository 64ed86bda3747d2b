import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

struct RecalculationTests {
    @Test(
        "days alone move tier and segment, up to the day before and from the day on",
        arguments: [  // days since the last order, tier from the lowest, segment
            (1, 3, "vip"), (29, 3, "vip"), (30, 3, "slipping"), (60, 3, "at_risk"), (90, 3, "churned"),
            (179, 3, "churned"), (180, 2, "churned"), (400, 1, "churned"), (2_000, 0, "churned"),
        ])
    func days(since days: Int64, tier: Int, segment: String) throws {
        var world = World()
        let last = Instant.now().advanced(bySeconds: -86_400)
        world.buyers = [World.Buyer(id: 1), World.Buyer(id: 2)]
        world.sales = [
            World.Sale(1, 1, 600_00, at: last.advanced(bySeconds: -40 * 86_400)), World.Sale(2, 1, 400_00, at: last),
        ]
        let shop = try Shop(world)
        try shop.sync()
        let entries = try shop.entryRows()
        let recalculation = Recalculation(store: shop.tenant, asOf: last.advanced(bySeconds: days * 86_400))
        #expect(try recalculation.perform() == 2)
        #expect(try shop.classes(1) == (tier, segment))
        #expect(try shop.classes(2) == (0, "new"))
        let after = try shop.checksums()
        try recalculation.perform()
        #expect(try shop.checksums() == after)
        #expect(try shop.entryRows() == entries)
        #expect(try shop.balance(1) == 1_000)
    }

    @Test("the nightly run recalculates and says of how many")
    func nightly() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.checksums()
        guard let run = try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .schedule) else {
            throw Shop.Missing(what: "a nightly run")
        }
        let ended = try shop.perform(run.id)
        #expect(ended.state == .succeeded)
        #expect(try ended.outcome.totalProcessed == 150)
        #expect(try shop.checksums() == before)
        #expect(try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .schedule) == nil)
    }
}
