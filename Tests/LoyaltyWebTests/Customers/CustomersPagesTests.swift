import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct CustomersPagesTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    @discardableResult
    private func add(_ first: String, _ last: String, pos: String, phone: String? = nil, email: String? = nil) throws
        -> CustomerID
    {
        let profile = CustomerProfile(
            posID: pos, firstName: first, lastName: last, email: email, phone: phone.flatMap { Phone($0) },
            birthDate: Day(year: 1990, month: 12, day: 10))
        _ = try app.tenantStore.importCustomers([profile], settings: app.tenantStore.settings(), at: .now())
        let found = try app.tenantStore.customers(try #require(CustomerSearch(pos)), limit: 1)
        return try #require(found.found.first).id
    }

    @Test("a customer is found by the search field and shown on a page of their own")
    func find() throws {
        let id = try add("Ada", "Byron", pos: "p5001", phone: "202-555-0143", email: "ada@example.org")
        try add("Grace", "Hopper", pos: "p5002")
        let list = try app.get("\(Path.customers)?q=ada+by", as: .manager).bodyText
        #expect(list.contains("Ada Byron") && !list.contains("Grace") && list.contains("1 customer found."))
        let page = try app.get("\(Path.customers)/\(id)", as: .manager)
        #expect(page.status == .ok)
        #expect(page.bodyText.contains("(202) 555-0143") && page.bodyText.contains("ada@example.org"))
    }

    @Test("an auditor sees nobody's phone, e-mail or birthday")
    func masked() throws {
        let id = try add("Ada", "Byron", pos: "p5001", phone: "202-555-0143", email: "ada@example.org")
        for path in ["\(Path.customers)/\(id)", Path.customers, "\(Path.customers)?q=Ada"] {
            let text = try app.get(path, as: .auditor).bodyText
            #expect(text.contains("Ada Byron"))
            #expect(!text.contains("555-01") && !text.contains("ada@example") && !text.contains("1990"))
        }
    }

    @Test("another shop's customer, and a text that is no id, are not there")
    func unknown() throws {
        let id = try add("Ada", "Byron", pos: "p5001")
        #expect(try app.get("\(Path.customers)/\(id)", as: .stranger).status == .notFound)
        for text in ["cus_", "x", "\(CustomerID.make())", "ord_0000000000000000000000000a"] {
            #expect(try app.get("\(Path.customers)/\(text)", as: .manager).status == .notFound)
        }
    }

    @Test(
        "an address that was tampered with is refused or finds nobody",
        arguments: [
            "older=x", "older=1.cus_", "newer=-1.x", "older=99999999999999999999.x", "older=never.ord_1",
            "newer=1&newer=2", "q=%25", "q=%3Cscript%3Ealert(1)%3C/script%3E", "q=%22%CC%81%3E",
        ])
    func tampered(query: String) throws {
        try add("Ada", "Byron", pos: "p5001")
        let response = try app.get("\(Path.customers)?\(query)", as: .manager)
        #expect(response.status == .badRequest || response.status == .ok)
        #expect(!response.bodyText.contains("<script>alert") && !response.bodyText.contains("Ada"))
    }

    @Test("hostile names are shown as names")
    func hostile() throws {
        let id = try add("\"\u{301}><script>x</script>", "</title>", pos: "p5001")
        for path in ["\(Path.customers)/\(id)", Path.customers] {
            let text = try app.get(path, as: .manager).bodyText
            #expect(!text.contains("<script>x") && text.contains("&lt;script&gt;x"))
        }
    }

    @Test("open holds stand on the customer's page until they are used")
    func holds() throws {
        let shop = try TillShop()
        let id = try shop.member(points: 300)
        let path = "\(Path.customers)/\(id)"
        #expect(try !shop.app.get(path, as: .manager).bodyText.contains("Points reserved now"))
        try shop.app.hold40(of: id)
        let page = try shop.app.get(path, as: .manager).bodyText
        #expect(page.contains("Points reserved now") && page.contains("40 points for $2.00 off"))
        #expect(page.contains("at the till") && page.contains("Free again, unless used"))
        let hold = try #require(try shop.app.tenantStore.openHolds(of: id).first)
        try shop.app.tenantStore.transaction { tx in
            _ = try tx.capture(hold.id, orderTotal: nil, by: .till(UserID.make()), at: .now())
        }
        #expect(try !shop.app.get(path, as: .manager).bodyText.contains("Points reserved now"))
    }

    @Test("a page's key in a link reads back as itself")
    func keys() {
        let keys = [
            CustomerKey(lastOrderAt: nil, id: .make()), CustomerKey(lastOrderAt: .now(), id: .make()),
        ]
        for key in keys { #expect(CustomerKey(text: key.text) == key) }
        let key = ActivityKey(at: .now(), id: .make(), sequence: 7)
        #expect(ActivityKey(text: key.text) == key)
        #expect(Int64(text: "-1") == nil && Int64(text: "12") == 12)
    }

    @Test("many customers are walked by Older and Newer")
    func pager() throws {
        for index in 0..<60 { try add("N\(index)", "X", pos: "p\(index)") }
        let first = try app.get(Path.customers, as: .manager).bodyText
        let link = try #require(first.split(separator: "href=\"").first { $0.hasPrefix("/dashboard/customers?older=") })
        let second = try app.get(String(link.prefix { $0 != "\"" }), as: .manager)
        #expect(second.status == .ok && second.bodyText.contains("10 customers on this page"))
        #expect(second.bodyText.contains(">Newer</a>") && !second.bodyText.contains(">Older</a>"))
    }
}
