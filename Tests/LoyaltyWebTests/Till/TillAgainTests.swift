import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// The answer to a press was lost, and somebody finds the member anew and presses again.
struct TillAgainTests {
    let shop: TillShop
    let ada: CustomerID

    init() throws {
        shop = try TillShop()
        ada = try shop.member(points: 1_000)
    }

    /// Opens the member and presses the reward that costs this.
    private func press(
        _ cost: Int64 = 100, order: String = "", as person: TestApp.Person = .budtender
    ) throws -> Response {
        let key = try #require(shop.open(ada, as: person).hidden("request_key").first)
        return try shop.shown(shop.redeem(cost, of: ada, key: key, order: order, as: person), as: person)
    }

    /// The form that takes more, as the page offers it.
    private func takeMore(_ page: Response, key: String? = nil, as person: TestApp.Person = .budtender) throws
        -> Response
    {
        var form: [String: String] = [:]
        for name in ["customer", "total", "order", "request_key", "seen", "redemption_tier_id", "points"] {
            form[name] = page.bodyText.hidden(name).first
        }
        if let key { form["request_key"] = key }
        #expect(form["seen"]?.isEmpty == false)
        return try shop.shown(shop.app.post(Path.tillRedeem, form, as: person), as: person)
    }

    private func isAsked(_ page: Response) -> Bool {
        page.status == .ok && page.bodyText.contains(">NOTHING TAKEN<")
    }

    /// Lets so many minutes go by since all that was taken.
    private func age(minutes: Int64) throws {
        try shop.app.owner.execute(
            """
            UPDATE redemptions SET captured_at = captured_at - INTERVAL \(minutes) MINUTE,
                   created_at = created_at - INTERVAL \(minutes) MINUTE
             WHERE tenant_id = \(shop.app.tenant.id)
            """)
    }

    @Test("a press on a page opened anew takes nothing, and asks with time and name whether more is meant")
    func asks() throws {
        let first = try shop.follow(press())
        let page = try press()
        #expect(isAsked(page))
        #expect(
            page.bodyText.contains(/100 points were taken at \d\d:\d\d for Ada Byron, \$5\.00 off\. Take another 100\?/)
        )
        #expect(page.bodyText.contains("href=\"/till?redemption=\(first.id)\">That is the one: show it</a>"))
        #expect(page.bodyText.contains("<button>Take 100 more</button>"))
        #expect(page.bodyText.components(separatedBy: "/till/redeem").count == 2)
        #expect(try shop.balance(ada) == 900)
    }

    @Test("a press that was asked about asks again when it is pressed again, also when all was given back meanwhile")
    func pressedAgain() throws {
        let first = try shop.follow(press())
        let key = try #require(shop.open(ada).hidden("request_key").first)
        for _ in 0..<3 { #expect(isAsked(try shop.shown(shop.redeem(100, of: ada, key: key)))) }
        _ = try shop.follow(shop.undo(first.id))
        let page = try shop.shown(shop.redeem(100, of: ada, key: key))
        #expect(page.status == .unprocessableContent && page.bodyText.contains("NOTHING TAKEN, "))
        #expect(page.bodyText.contains("stands any more"))
        #expect(try shop.balance(ada) == 1_000)
        // The page under it has a key of its own, and nothing stands any more.
        _ = try shop.follow(shop.redeem(100, of: ada, key: try #require(page.bodyText.hidden("request_key").first)))
        #expect(try shop.balance(ada) == 900)
    }

    @Test("who means it takes more, once however often that is pressed")
    func takesMore() throws {
        let first = try shop.follow(press())
        let page = try press(250)
        #expect(page.bodyText.contains("Take another 250?"))
        let second = try shop.follow(takeMore(page))
        #expect(second.id != first.id && second.page.contains("TAKEN −250, $15.00, "))
        for _ in 0..<2 { #expect(try shop.follow(takeMore(page)).id == second.id) }
        #expect(try shop.balance(ada) == 650)
    }

    @Test("a number of points is asked about like a reward, and taken when it is meant")
    func numbers() throws {
        _ = try shop.follow(shop.redeem(points: "150", of: ada))
        let page = try shop.shown(shop.redeem(points: "150", of: ada))
        #expect(isAsked(page) && page.bodyText.contains("Take another 150?"))
        _ = try shop.follow(takeMore(page))
        #expect(try shop.balance(ada) == 700)
    }

    @Test("a third use meanwhile is asked about, too: only what was shown is left out")
    func third() throws {
        _ = try shop.follow(press())
        let pages = try [press(), press()]
        let second = try shop.follow(takeMore(pages[0]))
        // The other lane's question named the first only.
        let asked = try takeMore(pages[1])
        #expect(isAsked(asked) && asked.bodyText.contains(second.id))
        #expect(asked.bodyText.contains(/It is the one of \d\d:\d\d, 100 points: show it/))
        #expect(try shop.balance(ada) == 800)
        // Told both, more is taken.
        _ = try shop.follow(takeMore(asked))
        #expect(try shop.balance(ada) == 700)
        // The first question, sent anew with another key, is none any more.
        #expect(isAsked(try takeMore(pages[0], key: "another")))
    }

    @Test(
        "another lane, somebody else's sign-in: asked all the same",
        arguments: [TestApp.Person.manager, .dispensaryAdmin])
    func otherLane(person: TestApp.Person) throws {
        _ = try shop.follow(press())
        let page = try press(as: person)
        #expect(isAsked(page))
        _ = try shop.follow(takeMore(page, as: person), as: person)
        #expect(try shop.balance(ada) == 800)
    }

    @Test("after two hours, or once given back, a press is a new one")
    func over() throws {
        let first = try shop.follow(press())
        try age(minutes: 119)
        #expect(isAsked(try press()))
        try age(minutes: 2)
        let second = try shop.follow(press())
        _ = try shop.follow(shop.undo(second.id))
        let third = try shop.follow(press())
        #expect(Set([first.id, second.id, third.id]).count == 3)
        #expect(try shop.balance(ada) == 800)
    }

    @Test("an order of another number is another order; the same number, or none on one side, is asked about")
    func orders() throws {
        _ = try shop.follow(press(order: "7001"))
        _ = try shop.follow(press(order: "7002"))
        let same = try press(order: "7002")
        #expect(isAsked(same) && same.bodyText.contains("$5.00 off order 7002."))
        #expect(!same.bodyText.contains("order 7001"))
        #expect(isAsked(try press()))
        #expect(try shop.balance(ada) == 800)
        _ = try shop.follow(takeMore(same))
        #expect(try shop.stored().filter { $0 == "7002" }.count == 2)
    }

    @Test("another member, and what a program took over the API, are no reason to ask")
    func others() throws {
        let bob = try shop.member("p2", first: "Bob", phone: "202-555-0199")
        _ = try shop.follow(press())
        let key = try #require(shop.open(bob).hidden("request_key").first)
        _ = try shop.follow(shop.redeem(100, of: bob, key: key))
        let eve = try shop.member("p3", first: "Eve", phone: "202-555-0177")
        let apiKey = try ApiCaller.makeKey(Scope.all, at: shop.app.tenant, in: shop.app)
        try shop.app.tenantStore.transaction { tx in
            _ = try tx.redeem(
                .points(100), of: eve, on: RedemptionOrder(total: 60_00), isHold: false,
                by: .api(key: String(apiKey.prefix(8)), words: "API key Tills"), at: .now())
        }
        _ = try shop.follow(shop.redeem(points: "100", of: eve))
        #expect(try shop.balance(ada) == 900 && shop.balance(bob) == 200 && shop.balance(eve) == 100)
    }

    @Test("when no more can be taken the page says why, and leads to what was")
    func noMore() throws {
        _ = try shop.follow(press(500, order: ""))
        _ = try shop.follow(takeMore(press(250)))
        let page = try press(500)
        #expect(isAsked(page))
        #expect(page.bodyText.contains("This was not taken: 500 points are needed, 250 more than are available."))
        #expect(!page.bodyText.contains("/till/redeem") && page.bodyText.contains(">Same customer</a>"))
    }

    @Test("the address of a question without what it asks about is none")
    func noQuestion() throws {
        _ = try shop.follow(press())
        for query in ["", "&customer=\(ada)", "&customer=\(ada)&points=100", "&points=100&total=60"] {
            #expect(try shop.app.get("\(Path.till)?again=1\(query)", as: .budtender).status == .notFound)
        }
        let whole = "\(Path.till)?again=1&customer=\(ada)&points=100&total=60"
        #expect(isAsked(try shop.app.get(whole, as: .budtender)))
        #expect(try shop.app.get("\(whole)&org=\(shop.app.other.slug)", as: .partner).status == .notFound)
        #expect(try shop.balance(ada) == 900)
    }

    @Test("what a form names as seen must be such ids", arguments: ["x", ",", "red_x"])
    func tampered(seen: String) throws {
        let response = try shop.app.post(
            Path.tillRedeem,
            ["customer": "\(ada)", "points": "100", "total": "60", "request_key": "k", "seen": seen], as: .budtender)
        #expect(response.status == .unprocessableContent && response.bodyText.contains("This page was not complete."))
        #expect(try shop.balance(ada) == 1_000)
    }
}
