import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct TillRedeemTests {
    let shop: TillShop
    let ada: CustomerID

    init() throws {
        shop = try TillShop()
        ada = try shop.member()
    }

    private func times(_ text: String) -> [Substring] { text.matches(of: /TAKEN −250, \$15\.00, (\d\d:\d\d)/).map(\.1) }

    @Test("one press takes the points, says so in large letters, and what to do, with the lines of a receipt")
    func takes() throws {
        let page = try shop.follow(shop.redeem(250, of: ada, key: "k")).page
        #expect(times(page).count >= 1)
        #expect(page.contains("At the point of sale, take $15.00 off: $15 off."))
        for line in [
            "Spent: 250 points for $15.00", "Earned with this order: about 45 points", "Balance: 50 points",
            "Next tier: Silver, $200.00 to go",
        ] { #expect(page.contains("<li>\(line)</li>"), "\(line)") }
        #expect(try shop.balance(ada) == 50)
    }

    @Test("the discount that the shop named for a reward is what to press; a part of a reward has no button")
    func posDiscount() throws {
        var redemptions = try shop.app.tenantStore.settings().redemptions
        redemptions.rewards[1].posDiscountID = "D-15 <b>"
        redemptions.rewards[1].description = "Fifteen off"
        try shop.save(redemptions)
        let (whole, page) = try shop.follow(shop.redeem(250, of: ada, key: "k"))
        #expect(page.contains("At the point of sale, press D-15 &lt;b&gt;: Fifteen off."))
        try shop.give(250, to: ada)
        let part = try shop.follow(shop.redeem(250, of: ada, key: "k2", total: "10", seen: [whole])).page
        #expect(part.contains("TAKEN −167, $10.00"))
        #expect(part.contains("<li>Spent: 167 points for $10.00</li>"))
        #expect(part.contains("<li>Not spent: 83 points, for the order could take $10.00 off at most</li>"))
        #expect(part.contains("take $10.00 off by hand: no button is for this amount."))
    }

    @Test("pressed twice, points are taken once, and the page shows the first result with its time")
    func doubleClick() throws {
        let key = try #require(shop.open(ada).hidden("request_key").first)
        #expect(key.utf8.count == 43)
        let first = try shop.follow(shop.redeem(250, of: ada, key: key))
        try shop.app.owner.execute(
            """
            UPDATE redemptions SET captured_at = captured_at - INTERVAL 90 SECOND
             WHERE tenant_id = \(shop.app.tenant.id)
            """)
        let again = try shop.follow(shop.redeem(250, of: ada, key: key))
        #expect(again.id == first.id)
        let id = try #require(RedemptionID(first.id))
        let captured = try #require(try shop.app.tenantStore.redemption(id)?.capturedAt)
        let calendar = try shop.app.tenantStore.settings().business.calendar
        let minutes = calendar.secondOfDay(of: captured) / 60
        #expect(times(again.page).first == Substring(String(format: "%02d:%02d", minutes / 60, minutes % 60)))
        #expect(try shop.balance(ada) == 50)
    }

    @Test("all forms of a page share its key: after one was pressed, another takes nothing")
    func otherButton() throws {
        let keys = try shop.open(ada).hidden("request_key")
        #expect(keys.count == 2 && Set(keys).count == 1)
        _ = try shop.follow(shop.redeem(100, of: ada, key: keys[0]))
        let other = try shop.redeem(points: "150", of: ada, key: keys[0])
        #expect(other.status == .unprocessableContent && other.bodyText.contains("NOTHING TAKEN, "))
        #expect(other.bodyText.contains("This page was used already, for something else."))
        #expect(other.bodyText.contains(/100 points for \$5\.00 at \d\d:\d\d today/))
        #expect(try shop.balance(ada) == 200)
    }

    @Test("of two tabs the second is asked about, and told that no more can be taken until there is more")
    func twoTabs() throws {
        let tabs = try [shop.open(ada), shop.open(ada)].compactMap { $0.hidden("request_key").first }
        #expect(tabs.count == 2 && tabs[0] != tabs[1])
        let first = try shop.follow(shop.redeem(250, of: ada, key: tabs[0]))
        let asked = try shop.shown(shop.redeem(250, of: ada, key: tabs[1]))
        #expect(asked.bodyText.contains("NOTHING TAKEN") && !asked.bodyText.contains("Take 250 more"))
        #expect(asked.bodyText.contains("250 points are needed, 200 more than are available."))
        // Even when the points are there by then: this press was answered.
        try shop.give(500, to: ada)
        let again = try shop.shown(shop.redeem(250, of: ada, key: tabs[1]))
        #expect(again.bodyText.contains("NOTHING TAKEN") && again.bodyText.contains("Take 250 more"))
        #expect(try shop.balance(ada) == 550)
        // The form in it has a key of its own.
        let fresh = try #require(again.bodyText.hidden("request_key").first)
        #expect(fresh != tabs[1])
        _ = try shop.follow(shop.redeem(250, of: ada, key: fresh, seen: [first.id]))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("pressed too late, points that a program has reserved meanwhile are refused with figures, again and again")
    func short() throws {
        let tab = try #require(shop.open(ada).hidden("request_key").first)
        try shop.app.hold40(of: ada)
        let refused = try shop.redeem(points: "300", of: ada, key: tab, total: "600")
        #expect(refused.bodyText.contains("300 points are needed, short by 40. Available: 260 of a balance of 300."))
        try shop.give(500, to: ada)
        let again = try shop.redeem(points: "300", of: ada, key: tab, total: "600")
        #expect(again.status == .unprocessableContent && again.bodyText.contains("short by 40"))
        // The page under the refusal has a key of its own.
        let fresh = try #require(again.bodyText.hidden("request_key").first)
        _ = try shop.follow(shop.redeem(points: "300", of: ada, key: fresh, total: "600"))
        #expect(try shop.balance(ada) == 460)
    }

    @Test("a refusal kept its moment: pressed again, it is told with that")
    func refusalTime() throws {
        _ = try shop.redeem(500, of: ada, key: "k")
        try shop.app.owner.execute(
            """
            UPDATE idempotency_keys SET body = CONCAT('1772578800000000', '\\nkept') WHERE tenant_id = \(shop.app.tenant.id)
            """)
        let again = try shop.redeem(500, of: ada, key: "k").bodyText
        #expect(again.contains("NOTHING TAKEN, 18:00 on Tue 3 Mar 2026") && again.contains("kept"))
    }

    @Test(
        "refusals name their figures",
        arguments: [
            ("90", "60", "At least 100 points can be used at once."), ("301", "60", "short by 1. Available: 300"),
            ("0", "60", "Enter whole points"), ("ten", "60", "Enter whole points"), ("", "60", "Choose a reward"),
            ("100", "", "Enter the order’s total"), ("100", "-1", "Enter the order’s total"),
        ])
    func refused(points: String, total: String, why: String) throws {
        let response = try shop.redeem(points: points, of: ada, total: total)
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains("NOTHING TAKEN, ") && response.bodyText.contains(why))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("the settings' minimum and share are told, too")
    func settings() throws {
        var redemptions = try shop.app.tenantStore.settings().redemptions
        redemptions.minimumOrder = 20_00
        redemptions.partialRedemption = false
        redemptions.maxOrderPercent = 50
        try shop.save(redemptions)
        let small = try shop.redeem(100, of: ada, key: "k1", total: "19.99").bodyText
        #expect(small.contains("Rewards can be used on orders of $20.00 or more."))
        let share = try shop.redeem(250, of: ada, key: "k2", total: "20").bodyText
        #expect(share.contains("The reward is worth more than this order can take: $10.00."))
        #expect(try shop.redeem(points: "150", of: ada).bodyText.contains("Points are used for whole rewards only."))
        #expect(try !shop.open(ada).contains("Other number of points"))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("150 of 300 points: 150 left")
    func anyNumber() throws {
        let page = try shop.follow(shop.redeem(points: "150", of: ada)).page
        #expect(page.contains("TAKEN −150, $7.50") && page.contains("take $7.50 off by hand"))
        #expect(try shop.balance(ada) == 150)
    }

    @Test("a form that no page of ours sends moves nothing")
    func tampered() throws {
        for (customer, key) in [("cus_x", "k"), ("", "k"), ("\(CustomerID.make())", "k"), ("\(ada)", "")] {
            let response = try shop.app.post(
                Path.tillRedeem, ["customer": customer, "points": "100", "total": "60", "request_key": key],
                as: .budtender)
            #expect(response.status == .unprocessableContent && response.bodyText.contains("NOTHING TAKEN"))
        }
        #expect(try shop.balance(ada) == 300)
        #expect(try shop.app.get("\(Path.till)?redemption=red_x", as: .budtender).status == .notFound)
    }

    @Test("the audit log and the timeline know who took what")
    func audit() throws {
        _ = try shop.follow(shop.redeem(100, of: ada, key: "k"))
        _ = try shop.redeem(100, of: ada, key: "k")
        let rows: [String] = try shop.app.owner.all(
            """
            SELECT CONCAT(actor, ': ', detail) AS line FROM audit_log
             WHERE tenant_id = \(shop.app.tenant.id) AND action = 'redemption.redeem'
            """
        ) { try $0.get("line") }
        #expect(rows == ["\(shop.app.email(.budtender)): 100 points for $5.00 off, \(ada)"])
        let lines = try shop.app.tenantStore.activities(of: ada, .first, limit: 9).rows
        #expect(lines.contains { $0.kind == .pointsRedeemed && $0.user == shop.app.email(.budtender) })
    }

    // MARK: Giving back

    @Test("a budtender gives back what they took today, once however often it is pressed")
    func undo() throws {
        let taken = try shop.follow(shop.redeem(250, of: ada, key: "k"))
        let key = try #require(taken.page.hidden("request_key").first)
        for _ in 0..<2 {
            let page = try shop.follow(shop.undo(taken.id, key: key)).page
            #expect(page.contains("GIVEN BACK +250, ") && page.contains("They were taken at "))
            #expect(page.contains("Take the discount of $15.00 off the order again."))
            #expect(page.contains("<li>Given back: 250 points that were used for $15.00</li>"))
            #expect(page.contains("<h1 id=\"who\" dir=\"auto\">Ada Byron</h1>"))
        }
        #expect(try shop.balance(ada) == 300)
        let late = try shop.undo(taken.id)
        #expect(late.status == .unprocessableContent && late.bodyText.contains("NOTHING GIVEN BACK, "))
        #expect(late.bodyText.contains("The redemption was voided already.") || late.bodyText.contains("was voided"))
        // The first press shown again is honest about what became of it.
        #expect(try shop.follow(shop.redeem(250, of: ada, key: "k")).page.contains("GIVEN BACK +250"))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("a sale that was voided gives its points back by itself: the receipt says what, and nothing is left to do")
    func voidedSale() throws {
        let taken = try shop.follow(shop.redeem(250, of: ada, key: "k", order: "7001"))
        var sale = OrderRevision(
            source: .pos, posOrderID: "7001", posCustomerID: "p1", posLocationID: nil, status: "completed",
            isCompleted: true, total: 45_00, completedAt: .now(), updatedAt: nil)
        let store = shop.app.tenantStore
        _ = try store.transaction { try $0.store([sale], ignoresOlder: false, at: .now()) }
        (sale.status, sale.isCompleted) = ("voided", false)
        _ = try store.transaction { [sale] in try $0.store([sale], ignoresOlder: false, at: .now()) }
        #expect(try shop.app.tenantStore.reverseUndone(at: .now()) == 1)
        let page = try shop.app.get("\(Path.till)?redemption=\(taken.id)", as: .budtender).bodyText
        #expect(page.contains("GIVEN BACK +250, ") && page.contains("<h1 id=\"who\" dir=\"auto\">Ada Byron</h1>"))
        #expect(page.contains("so there is no discount to take off it again."))
        #expect(page.contains("<li>Sale voided or given back</li>"))
        #expect(page.contains("<li>Given back: 250 points that were used for $15.00</li>"))
    }

    @Test("what a colleague took, a budtender sees but a manager gives back")
    func othersRedemption() throws {
        let taken = try shop.follow(shop.redeem(250, of: ada, key: "k", as: .manager), as: .manager)
        let text = try shop.open(ada)
        #expect(text.contains("250 points for $15.00 at ") && !text.contains("/till/undo"))
        let refused = try shop.undo(taken.id)
        #expect(refused.status == .unprocessableContent && refused.bodyText.contains("ask a manager"))
        #expect(try shop.balance(ada) == 50)
        #expect(try shop.open(ada, as: .dispensaryAdmin).contains("/till/undo"))
        _ = try shop.follow(shop.undo(taken.id, as: .dispensaryAdmin), as: .dispensaryAdmin)
        #expect(try shop.balance(ada) == 300)
    }

    @Test("after 24 hours a budtender may give nothing back, a manager may")
    func later() throws {
        let taken = try shop.follow(shop.redeem(250, of: ada, key: "k"))
        try shop.app.owner.execute(
            """
            UPDATE redemptions SET captured_at = captured_at - INTERVAL 25 HOUR
             WHERE tenant_id = \(shop.app.tenant.id)
            """)
        #expect(try !shop.open(ada).contains("250 points for $15.00"))
        #expect(try shop.undo(taken.id).bodyText.contains("NOTHING GIVEN BACK"))
        #expect(try shop.balance(ada) == 50)
        let shown = try shop.open(ada, as: .manager)
        #expect(shown.contains("/till/undo"))
        #expect(shown.contains(/250 points for \$15\.00 at \d\d:\d\d on \w+ \d+ \w+ \d{4}/))
        _ = try shop.follow(shop.undo(taken.id, as: .manager), as: .manager)
        #expect(try shop.balance(ada) == 300)
    }

    @Test("roles: budtender, manager, admin and platform work the till, an auditor does not")
    func roles() throws {
        for (person, status) in [
            (TestApp.Person.budtender, HTTPResponse.Status.ok), (.manager, .ok), (.dispensaryAdmin, .ok),
            (.superUser, .ok), (.auditor, .forbidden), (.anonymous, .seeOther),
        ] {
            #expect(try shop.app.get(Path.till, as: person).status == status, "\(person)")
        }
        #expect(try shop.redeem(100, of: ada, key: "k", as: .auditor).status == .forbidden)
        #expect(try shop.balance(ada) == 300)
    }
}
