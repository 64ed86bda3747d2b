import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// What the till, the API and the report say of a discount that is carried to the point of sale.
struct TillPosDiscountTests {
    let shop: TillShop
    let ada: CustomerID

    init() throws {
        shop = try TillShop()
        ada = try shop.member()
    }

    private func redeem(_ key: String = "k", order: String = "7001") throws -> (id: String, page: String) {
        try shop.follow(shop.redeem(250, of: ada, key: key, order: order))
    }

    private func show(_ id: String) throws -> String {
        try shop.app.get("\(Path.till)?redemption=\(id)", as: .budtender).bodyText
    }

    /// What the worker came to.
    private func settle(_ outcome: DiscountOutcome) throws {
        let now = Instant.now().advanced(bySeconds: 60)
        for id in try shop.app.tenantStore.discountsDue(at: now, limit: 5) {
            let claimed = try #require(try shop.app.tenantStore.claimDiscount(id, at: now))
            try shop.app.tenantStore.record(outcome, of: claimed, at: now)
        }
    }

    @Test("the till asks for the order\u{2019}s number only where rewards are carried, and keeps it through the forms")
    func field() throws {
        #expect(try !shop.open(ada).contains("name=\"order\" value=\"\" autocomplete"))
        try shop.carryRewards()
        let path = TillPage.path(of: ada, total: "60", order: "7001")
        let page = try shop.app.get(path, as: .budtender).bodyText
        #expect(page.contains("<label for=\"order\">Order number</label>"))
        #expect(page.hidden("order").filter { $0 == "7001" }.count >= 2)
    }

    @Test(
        "a number that can be no order\u{2019}s is refused before points are taken",
        arguments: ["70 01", "ä", "7\u{7}"])
    func badNumber(order: String) throws {
        let response = try shop.redeem(250, of: ada, key: "k", order: order)
        #expect(response.status == .unprocessableContent && response.bodyText.contains("NOTHING TAKEN"))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("the result says that the discount is on its way, then that it is there")
    func applied() throws {
        try shop.carryRewards()
        let (id, page) = try redeem()
        #expect(page.contains("on its way to order 7001") && !page.contains("take $15.00 off:"))
        try settle(.done)
        #expect(try show(id).contains("The discount is on order 7001 at the point of sale."))
    }

    @Test("a discount that failed is said with its reason, on the till and in the report")
    func failed() throws {
        try shop.carryRewards()
        let (id, _) = try redeem()
        try settle(.refused("The point of sale has no order of this number."))
        #expect(try show(id).contains("Order 7001: The point of sale has no order of this number."))
        let report = try shop.app.get(Path.redemptions, as: .manager).bodyText
        #expect(report.contains("0 are on the order at the point of sale, 0 on the way, 1 not there."))
        #expect(report.contains("$15.00, order 7001</a>: The point of sale has no order of this number."))
    }

    @Test("points given back say what became of the discount")
    func givenBack() throws {
        try shop.carryRewards()
        let unsent = try redeem("k1")
        let page = try shop.follow(shop.undo(unsent.id)).page
        #expect(page.contains("The discount is not on the order any more"))
        let sent = try redeem("k2")
        try settle(.done)
        #expect(try shop.follow(shop.undo(sent.id)).page.contains("The discount is being taken off the order again."))
        try settle(.refused("It is still on the order."))
        #expect(try show(sent.id).contains("It is still on the order."))
    }

    @Test("a shop that carries nothing is told what to press, as before")
    func off() throws {
        #expect(try redeem().page.contains("At the point of sale, take $15.00 off: $15 off."))
    }
}
