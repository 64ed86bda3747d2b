import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct TillJoinTests {
    let shop: TillShop
    init() throws { shop = try TillShop() }

    private func join(_ changes: [String: String] = [:], key: String = "k") throws -> Response {
        let form = [
            "first_name": "Ada", "phone": "(202) 555-0143", "birth_date": "1990-12-31", "total": "60",
            "request_key": key,
        ]
        return try shop.app.post(Path.tillJoin, form.merging(changes) { $1 }, as: .budtender)
    }

    private func members() throws -> [CustomerRecord] {
        guard let phone = Phone("202-555-0143") else { return [] }
        return try shop.app.tenantStore.records(of: .phone(phone), limit: 9)
    }

    @Test("when nobody is found the form to join is there, with what was typed in its place")
    func offered() throws {
        let byPhone = try shop.app.get("\(Path.till)?q=2025550143&total=60", as: .budtender).bodyText
        #expect(byPhone.contains("Nobody was found.") && byPhone.contains("action=\"/till/join\""))
        #expect(byPhone.contains("value=\"(202) 555-0143\""))
        #expect(try shop.app.get("\(Path.till)?q=grace", as: .budtender).bodyText.contains("value=\"grace\""))
    }

    @Test(
        "nobody found by phone: the keyboard is at the name to join; by name: in the search; refused: at what is wrong")
    func keyboard() throws {
        func focused(_ page: Response) throws -> String {
            let parts = page.bodyText.components(separatedBy: " autofocus")
            #expect(parts.count == 2)
            let element = try #require(parts.first?.components(separatedBy: "<").last)
            return String(element.split(separator: " id=\"").last?.prefix { $0 != "\"" } ?? "")
        }
        #expect(try focused(shop.app.get("\(Path.till)?q=2025550143", as: .budtender)) == "join-first_name")
        #expect(try focused(shop.app.get("\(Path.till)?q=grace", as: .budtender)) == "q")
        #expect(try focused(join(["phone": "12345"])) == "join-phone")
        #expect(try focused(join(["first_name": "", "phone": "12345"])) == "join-first_name")
    }

    @Test("somebody joins once, however often it is pressed, and stands at the till with the order's total")
    func joins() throws {
        for _ in 0..<3 {
            let response = try join(["consent_sms": "1"])
            let record = try #require(try members().first)
            #expect(response.status == .seeOther)
            #expect(response.headers[.location] == TillPage.path(of: record.card.id, total: "60"))
        }
        let all = try members()
        #expect(all.count == 1 && all.first?.card.firstName == "Ada" && all.first?.allowsSMS == true)
        let id = try #require(all.first?.card.id)
        #expect(try shop.app.tenantStore.customer(id)?.birthDate == Day(year: 1990, month: 12, day: 31))
        #expect(try shop.open(id).contains("Joined. Points count from the next order."))
        let wordings: [String] = try shop.app.owner.all(
            "SELECT wording FROM consent_records WHERE tenant_id = \(shop.app.tenant.id)"
        ) { try $0.get("wording") }
        #expect(wordings == [TillJoinForm.wording])
    }

    @Test("a box left alone is no consent")
    func noConsent() throws {
        _ = try join()
        #expect(try members().map(\.allowsSMS) == [false])
    }

    @Test("who has the phone already is that member, and nothing about them changes")
    func known() throws {
        let ada = try shop.member()
        let response = try join(["first_name": "Somebody"])
        #expect(response.headers[.location] == TillPage.path(of: ada, total: "60"))
        #expect(try shop.open(ada).contains("A member already: nothing was changed."))
        #expect(try members().map(\.card.firstName) == ["Ada"])
    }

    @Test(
        "what cannot be comes back as typed, with the reason beside its field",
        arguments: [
            ("first_name", ""), ("phone", ""), ("phone", "12345"), ("birth_date", "31/12/1990"),
            ("birth_date", "2999-01-01"), ("consent_sms", "maybe"),
        ])
    func refused(field: String, text: String) throws {
        let response = try join([field: text])
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains("id=\"join-\(field)-problem\""))
        if !text.isEmpty, field != "consent_sms" { #expect(response.bodyText.contains("value=\"\(text)\"")) }
        #expect(try members().isEmpty)
    }

    @Test("a phone that several have makes nobody a member, and says so again when pressed again")
    func ambiguous() throws {
        _ = try shop.member()
        _ = try shop.member("p2")
        for _ in 0..<2 {
            let response = try join()
            #expect(response.status == .unprocessableContent && response.bodyText.contains("NOBODY JOINED, "))
            #expect(response.bodyText.contains("Several customers have this phone."))
        }
        #expect(try members().count == 2)
    }

    @Test("a key that was used for somebody else makes nobody a member")
    func mismatch() throws {
        _ = try join()
        let response = try join(["phone": "202-555-0199"])
        #expect(response.status == .unprocessableContent && response.bodyText.contains("This page was used already"))
        #expect(try members().count == 1)
    }
}
