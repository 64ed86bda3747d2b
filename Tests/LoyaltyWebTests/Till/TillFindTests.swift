import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct TillFindTests {
    let shop: TillShop
    init() throws { shop = try TillShop() }

    private func find(_ text: String, total: String = "") throws -> Response {
        let query = FormFields([("q", text), ("total", total)]).encoded
        return try shop.app.get("\(Path.till)?\(query)", as: .budtender)
    }

    @Test("a budtender signs in to a page with one search box, where the keyboard is, and nothing else to open")
    func start() throws {
        let page = try shop.app.get(Path.till, as: .budtender)
        #expect(page.status == .ok)
        #expect(page.bodyText.components(separatedBy: "type=\"search\"").count == 2)
        #expect(page.bodyText.components(separatedBy: "autofocus").count == 2)
        #expect(!page.bodyText.contains("/dashboard"))
    }

    @Test(
        "the box finds by phone in any format, id, e-mail, name, and name with birth year",
        arguments: [
            "(202) 555-0143", "2025550143", "+1 202 555 0143", "p1", "p1@example.org", "ada byron", "byr ad",
            "byron 1990", "Ada Byron 1990",
        ])
    func finds(text: String) throws {
        _ = try shop.member(born: Day(year: 1990, month: 12, day: 31))
        _ = try shop.member("p2", first: "Grace", last: "Hopper", phone: "202-555-0199")
        let page = try find(text)
        #expect(page.bodyText.contains(">Ada Byron<"))
        #expect(page.bodyText.contains("300 points"))
        #expect(!page.bodyText.contains("Hopper"))
    }

    @Test("of two with one name the birth year finds the one; the other year finds nobody")
    func birthYear() throws {
        _ = try shop.member(born: Day(year: 1990, month: 1, day: 1))
        _ = try shop.member("p2", phone: "202-555-0199", born: Day(year: 1991, month: 1, day: 1), points: 7)
        let both = try find("ada byron").bodyText
        #expect(both.contains("2 found. Choose one.") && both.contains("300 points") && both.contains("7 points"))
        #expect(try find("ada byron 1991").bodyText.contains(">7 points<"))
        #expect(try find("ada byron 1992").bodyText.contains("Nobody was found."))
    }

    @Test("a choice keeps the order's total, and leads to the customer")
    func choose() throws {
        let ada = try shop.member()
        _ = try shop.member("p2", phone: "202-555-0199")
        let page = try find("ada", total: "60.50").bodyText
        #expect(page.contains("/till?customer=\(ada)&amp;total=60.50"))
        #expect(try shop.open(ada, total: "60.50").contains("Use 250 points: $15.00 off"))
    }

    @Test("phone, e-mail and birth date are masked for everybody: the screen is seen from both sides")
    func masked() throws {
        let ada = try shop.member(born: Day(year: 1990, month: 12, day: 31))
        _ = try shop.member("p2", phone: "202-555-0199")
        for person in [TestApp.Person.budtender, .manager, .superUser] {
            let org = person.hasSeveralTenants ? "&org=\(shop.app.tenant.slug)" : ""
            for path in [TillPage.path(of: ada, total: "60"), "\(Path.till)?q=ada"] {
                let text = try shop.app.get(path + org, as: person).bodyText
                #expect(text.contains("••• 0143"))
                // In attributes stand ids, which may have any digits by chance.
                let shown = text.replacing(/<[^>]*>/, with: " ")
                #expect(!shown.contains("555") && !shown.contains("1990"))
                for whole in ["555-0143", "5550143", "5550199", "example.org", "1990-12-31"] {
                    #expect(!text.contains(whole))
                }
            }
        }
    }

    @Test("points stand with the moment they are right as of, what is reserved, and the way to the next tier")
    func figures() throws {
        let ada = try shop.member()
        try shop.app.hold40(of: ada)
        let text = try shop.open(ada)
        #expect(text.contains(">260 points<") && text.contains("40 more are reserved."))
        #expect(text.contains("As of <time datetime=\""))
        #expect(text.contains("Bronze, $200.00 to Silver."))
    }

    @Test("without a total it says what the points are enough for, and offers nothing to press")
    func withoutTotal() throws {
        let ada = try shop.member()
        let text = try shop.open(ada, total: "")
        #expect(text.contains("Enough for: $5 off, $15 off. Enter the order’s total to use points."))
        #expect(!text.contains("/till/redeem"))
        #expect(text.components(separatedBy: "autofocus").count == 2)
    }

    @Test("without points for a reward only that is said, whatever total was typed", arguments: ["", "none"])
    func notEnough(total: String) throws {
        let ada = try shop.member(points: 90)
        let page = try shop.app.get(TillPage.path(of: ada, total: total), as: .budtender)
        #expect(page.status == .ok)
        #expect(page.bodyText.contains("Not enough points for a reward yet: $5 off takes 10 more."))
        #expect(!page.bodyText.contains("Enter the order"))
        #expect(page.bodyText.components(separatedBy: "autofocus").count == 2)
    }

    @Test("a shop without rewards says so, and a pause is all that is said while it lasts")
    func nothingToSay() throws {
        let ada = try shop.member()
        var redemptions = try shop.app.tenantStore.settings().redemptions
        redemptions.rewards = []
        try shop.save(redemptions)
        #expect(try shop.open(ada, total: "").contains("The shop has no rewards yet."))
        var program = try shop.app.tenantStore.settings().program
        program.paused = true
        try shop.save(program)
        #expect(try !shop.open(ada, total: "").contains("rewards yet"))
    }

    @Test("any number of points is typed: the field is empty, the most there is stands under it")
    func emptyField() throws {
        let text = try shop.open(shop.member())
        #expect(text.contains("name=\"points\" inputmode"))
        #expect(text.contains("At most 300 points, $18.00, for this order."))
    }

    @Test("times of day are written in one way on the till")
    func clock() throws {
        let ada = try shop.member()
        let result = try shop.follow(shop.redeem(100, of: ada, key: "k"))
        for text in [result.page, try shop.open(ada)] {
            #expect(!text.contains(/\d [ap]m\b/))
            #expect(text.contains(/\d\d:\d\d/))
        }
        #expect(try shop.open(ada).contains(/>\d\d:\d\d<\/time>/))
    }

    @Test("a total that is none comes back as typed", arguments: ["sixty", "-5", "0", "1000000.01", "6,0"])
    func badTotal(total: String) throws {
        _ = try shop.member()
        let page = try find("p1", total: total)
        #expect(page.status == .unprocessableContent)
        #expect(page.bodyText.contains("value=\"\(total)\"") && page.bodyText.contains("id=\"total-problem\""))
        #expect(!page.bodyText.contains("/till/redeem"))
    }

    @Test("rewards that cannot be used say why, and those that can are buttons")
    func offers() throws {
        let ada = try shop.member()
        let text = try shop.open(ada)
        #expect(text.contains("Use 100 points: $5.00 off") && text.contains("Use 250 points: $15.00 off"))
        #expect(!text.contains("Use 500 points"))
        #expect(text.contains("500 points are needed, 200 more than are available."))
        #expect(text.contains("At most 300 points, $18.00, for this order."))
    }

    @Test("while the program is paused nothing can be pressed")
    func paused() throws {
        let ada = try shop.member()
        var program = try shop.app.tenantStore.settings().program
        program.paused = true
        try shop.save(program)
        let text = try shop.open(ada)
        #expect(text.contains("The program is paused: no points can be used now."))
        #expect(!text.contains("/till/redeem"))
        let refused = try shop.redeem(points: "100", of: ada)
        #expect(refused.status == .unprocessableContent && refused.bodyText.contains("NOTHING TAKEN, "))
        #expect(try shop.balance(ada) == 300)
    }

    @Test("another tenant's customer is nobody here")
    func stranger() throws {
        let ada = try shop.member()
        let text = try shop.app.get(
            TillPage.path(of: ada, total: "60") + "&org=\(shop.app.other.slug)", as: .partner
        ).bodyText
        #expect(!text.contains("Ada") && !text.contains("300"))
    }

    @Test("every state of the page is at most 15 kB")
    func size() throws {
        let templates = try Templates.ofCheckout()
        for page in TillPage.samples { #expect(try templates.render(page, in: .sample).utf8.count < 15_000) }
        let ada = try shop.member(points: 10_000)
        var seen: [String] = []
        for number in 0..<8 {
            seen.append(try shop.follow(shop.redeem(100, of: ada, key: "k\(number)", seen: seen)).id)
        }
        #expect(try shop.open(ada, as: .manager).utf8.count < 15_000)
    }
}
