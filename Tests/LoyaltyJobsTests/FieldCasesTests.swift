import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// What went wrong in other systems, through whole runs.
struct FieldCasesTests {
    private func shop(_ sales: World.Sale...) throws -> Shop {
        var world = World()
        world.buyers = [World.Buyer(id: 1), World.Buyer(id: 2)]
        world.sales = sales
        let shop = try Shop(world, connected: [.alleaves])
        try shop.sync(forced: true)
        return shop
    }

    private func lifetimeCents(_ posID: Int, at shop: Shop) throws -> Int64 {
        let customer = try shop.customer(posID)
        return try shop.count(
            """
            SELECT lifetime_cents AS number FROM customers
             WHERE tenant_id = \(shop.tenant.tenant) AND id = \(customer)
            """)
    }

    @Test("spending points never drops the tier, and points given never raise it: tiers follow what was paid")
    func spending() throws {
        let shop = try shop(World.Sale(1, 1, 1_000_00), World.Sale(2, 2, 10_00))
        let rich = try shop.customer(1)
        #expect(try shop.classes(1).tier == 3 && shop.classes(2).tier == 0)
        try shop.redeem(500, of: rich, order: "71")
        try shop.redeem(500, of: rich, order: "72")
        try shop.adjust(2, by: 5_000)
        #expect(try shop.balance(1) == 0 && shop.balance(2) == 5_010)
        shop.script.world.sales.append(World.Sale(3, 1, 1_00))
        shop.script.world.sales.append(World.Sale(4, 2, 1_00))
        try shop.sync(forced: true)
        try Recalculation(store: shop.tenant, asOf: .now().advanced(bySeconds: 86_400)).perform()
        #expect(try shop.classes(1).tier == 3 && shop.classes(2).tier == 0)
        let changes = try shop.count(
            """
            SELECT COUNT(*) AS number FROM customer_activities
             WHERE tenant_id = \(shop.tenant.tenant) AND kind = 'tier_change'
            """)
        // Up by the first sale, and never after.
        #expect(changes == 1)
        #expect(try shop.differences() == [])
    }

    @Test(
        "reward and discount lines never earn points: only what was paid does", arguments: [EarnBase.total, .beforeTax])
    func discountLines(base: EarnBase) throws {
        let shop = try shop()
        var points = try shop.tenant.settings().points
        points.earnOn = base
        try shop.tenant.save(
            points, ifVersion: shop.tenant.settings().version(of: .points), by: nil, requestID: nil)
        var sale = World.Sale(1, 1, 25_00)
        sale.raw = """
            {"id_order":1,"id_customer":1,"subtotal":"40.00","discount":"15.00","loyalty":10,"tax":"0.00",\
            "total":"25.00","status":"completed","complete":true,"date_created":"\(sale.at)","items":[\
            {"id_item":1,"item":"Flower","quantity":1,"price":"40.00"},\
            {"id_item":2,"item":"Loyalty reward","quantity":1,"price":"-10.00"},\
            {"id_item":3,"item":"Promotion","quantity":1,"price":"-5.00"}]}
            """
        shop.script.world.sales = [sale]
        try shop.sync(forced: true)
        #expect(try shop.balance(1) == 25)
        #expect(try lifetimeCents(1, at: shop) == 25_00)
    }

    @Test("a tier's spend is paid minus refunded, to the cent: no redemption counts, no refunded order stays")
    func spend() throws {
        // A reward of $5 was used on the second: the point of sale names what was paid.
        let shop = try shop(World.Sale(1, 1, 155_01), World.Sale(2, 1, 44_99))
        #expect(try lifetimeCents(1, at: shop) == 200_00 && shop.classes(1).tier == 1)
        try shop.redeem(100, of: try shop.customer(1), order: "2")
        try Recalculation(store: shop.tenant, asOf: .now()).perform()
        #expect(try lifetimeCents(1, at: shop) == 200_00 && shop.classes(1).tier == 1)
        var refund = World.Sale(3, 1, -1)
        refund.external = 1
        shop.script.world.sales.append(refund)
        try shop.sync(forced: true)
        #expect(try lifetimeCents(1, at: shop) == 199_99 && shop.classes(1).tier == 0)
        #expect(try shop.differences() == [])
    }
}
