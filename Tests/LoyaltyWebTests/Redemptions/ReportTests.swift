import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct ReportTests {
    let shop: TillShop
    let ada: CustomerID
    private var app: TestApp { shop.app }

    /// Two at the till, one of them given back; one by a program at a named store.
    init() throws {
        shop = try TillShop()
        ada = try shop.member(points: 1_000)
        let first = try shop.follow(shop.redeem(250, of: ada, key: "k1", total: "60"))
        let back = try shop.follow(
            shop.redeem(100, of: ada, key: "k2", total: "30", seen: [first.id], as: .manager), as: .manager)
        _ = try shop.follow(shop.undo(back.id, as: .manager), as: .manager)
        try app.tenantStore.importLocations([
            StoreLocation(posID: "7", name: "=Main, \"Street\"", timeZone: nil, isActive: true)
        ])
        let key = try ApiCaller.makeKey([Scope(.redemptions)], at: app.tenant, in: app)
        let order = RedemptionOrder(total: 40_01, posOrderID: "o1", posLocationID: "7")
        try app.tenantStore.transaction { tx in
            _ = try tx.redeem(
                .points(150), of: ada, on: order, isHold: false,
                by: .api(key: String(key.prefix(8)), words: "API key Tills"), at: .now())
        }
    }

    private func file(_ group: String, as person: TestApp.Person = .manager) throws -> [String] {
        let response = try app.get("\(Path.redemptions).csv?group=\(group)", as: person)
        #expect(response.status == .ok && response.bodyText.hasSuffix("\r\n"))
        #expect(response.headers[.contentType]?.hasPrefix("text/csv; charset=utf-8") == true)
        #expect(response.headers[.contentDisposition]?.hasPrefix("attachment; filename=\"redemptions-by-") == true)
        return response.bodyText.components(separatedBy: "\r\n").filter { !$0.isEmpty }
    }

    @Test("the file has the counts, points, dollars, average order and what was given back, by every grouping")
    func groups() throws {
        let day = try app.tenantStore.settings().business.calendar.day(of: .now())
        let columns = "taken,given_back,given_back_percent,points,dollars,average_order"
        #expect(try file("day") == ["day,\(columns)", "\(day),3,1,33.3,400,22.50,50.00"])
        #expect(
            try file("tier") == [
                "tier,\(columns)", "$15 off,1,0,0.0,250,15.00,60.00", "Any number of points,1,0,0.0,150,7.50,40.01",
                "$5 off,1,1,100.0,0,0.00,",
            ])
        #expect(
            try file("staff") == [
                "staff,\(columns)", "\(app.email(.budtender)),1,0,0.0,250,15.00,60.00",
                "A program,1,0,0.0,150,7.50,40.01", "\(app.email(.manager)),1,1,100.0,0,0.00,",
            ])
        #expect(
            try file("source") == [
                "source,\(columns)", "At the till,2,1,50.0,250,15.00,60.00", "By a program,1,0,0.0,150,7.50,40.01",
            ])
        #expect(
            try file("store") == [
                "store,\(columns)", "Not told,2,1,50.0,250,15.00,60.00",
                "\"'=Main, \"\"Street\"\"\",1,0,0.0,150,7.50,40.01",
            ])
    }

    @Test("the page says the same, in a table, as bars and as tiles", arguments: RedemptionGrouping.allCases)
    func page(grouping: RedemptionGrouping) throws {
        let text = try app.get("\(Path.redemptions)?group=\(grouping.rawValue)", as: .manager).bodyText
        #expect(text.contains("$22.50 off for 400 points, most: "))
        #expect(text.contains("1 of 3") && text.contains("33.3 %") && text.contains("average order $50.00"))
        #expect(text.contains("<option value=\"\(grouping.rawValue)\" selected>"))
        #expect(text.contains("role=\"img\"") && text.contains("redemptions.csv?from="))
    }

    @Test("days are the shop's own; those without a use are not there, and both ends count")
    func days() throws {
        let calendar = try app.tenantStore.settings().business.calendar
        let today = calendar.day(of: .now())
        try app.owner.execute(
            """
            UPDATE redemptions SET captured_at = \(calendar.start(of: today.advanced(by: -2)).advanced(bySeconds: -1))
             WHERE tenant_id = \(app.tenant.id) AND source = 'api'
            """)
        let three = today.advanced(by: -3)
        let lines = try app.get("\(Path.redemptions).csv?from=\(three)&to=\(today)", as: .manager).bodyText
        #expect(
            lines.components(separatedBy: "\r\n").dropFirst().map { $0.prefix(12) }
                == ["\(three),1", "\(today),2", ""].map { Substring($0) })
        let text = try app.get("\(Path.redemptions)?from=\(three)&to=\(three)", as: .manager).bodyText
        #expect(text.contains("<th scope=\"row\" data-label=\"Day\">\(Words.day(three))</th>"))
        let none = try app.get(
            "\(Path.redemptions)?from=\(today.advanced(by: -2))&to=\(today.advanced(by: -1))", as: .manager)
        #expect(none.bodyText.contains("No points were used in these days."))
    }

    @Test(
        "an impossible question is told beside its field, and gives no file",
        arguments: [
            "from=yesterday", "to=2026-02-30", "from=2026-03-02&to=2026-03-01", "from=2024-01-01&to=2026-01-01",
            "group=customer", "from=2026-01-01&from=2026-01-02",
        ])
    func refused(query: String) throws {
        let page = try app.get("\(Path.redemptions)?\(query)", as: .manager)
        #expect(page.status == .unprocessableContent && page.bodyText.contains("aria-invalid=\"true\""))
        #expect(try app.get("\(Path.redemptions).csv?\(query)", as: .manager).status == .badRequest)
    }

    @Test("an auditor reads it with the staff's addresses masked, a budtender does not")
    func roles() throws {
        let lines = try file("staff", as: .auditor).joined()
        #expect(!lines.contains(".example") && lines.contains("b•••@•••"))
        let text = try app.get("\(Path.redemptions)?group=staff", as: .auditor).bodyText
        #expect(!text.contains(app.email(.budtender)) && text.contains("b•••@•••"))
        for path in [Path.redemptions, Path.redemptions + ".csv"] {
            #expect(try app.get(path, as: .budtender).status == .forbidden)
        }
        #expect(try app.get("\(Path.redemptions)?org=\(app.other.slug)", as: .partner).bodyText.contains("No points"))
    }

    @Test(
        "a field of a file stays what it is in a spreadsheet",
        arguments: [
            ("plain", "plain"), ("", ""), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"),
            ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""),
            ("=\"a\"", "\"'=\"\"a\"\"\""), ("é", "é"), (" =1", " =1"),
        ])
    func fields(text: String, field: String) {
        #expect(String(decoding: CSV.field(text), as: UTF8.self) == field)
    }
}
