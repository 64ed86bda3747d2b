import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct CustomerFormsTests {
    let app: TestApp
    let customer: CustomerID
    private var page: String { "\(Path.customers)/\(customer)" }

    init() throws {
        app = try TestApp()
        let profile = CustomerProfile(posID: "p1", firstName: "Ada", lastName: "Byron")
        _ = try app.tenantStore.importCustomers([profile], settings: app.tenantStore.settings(), at: .now())
        let known = try app.tenantStore.customers(.alleaves, outsideIDs: ["p1"])
        customer = try #require(known["p1"])
    }

    private func adjust(
        _ points: String, reason: String = "A present", key: String = "key-1", as person: TestApp.Person = .manager
    ) throws -> Response {
        try app.post(page + "/adjust", ["points": points, "reason": reason, "request_key": key], as: person)
    }

    private func detail() throws -> CustomerDetail { try #require(try app.tenantStore.customer(customer)) }
    private func balance() throws -> Int64 { try detail().card.balance }

    private func audits(_ action: String) throws -> [String] {
        try app.owner.all(
            "SELECT detail FROM audit_log WHERE tenant_id = \(app.tenant.id) AND action = \(action) ORDER BY at"
        ) { try $0.get("detail") }
    }

    @Test("the rendered form carries a key of its own, and posting it adjusts once however often it is pressed")
    func once() throws {
        let form = try app.get(page, as: .manager).bodyText
        let key = try #require(form.split(separator: "name=\"request_key\" value=\"").dropFirst().first).prefix {
            $0 != "\""
        }
        #expect(key.utf8.count == 43)
        for _ in 0..<3 {
            let response = try adjust("+1,050", key: String(key), as: .dispensaryAdmin)
            #expect(response.status == .seeOther && response.headers[.location] == page)
        }
        #expect(try balance() == 1_050)
        #expect(try audits("customer.adjust") == ["+1,050 points"])
        #expect(try app.get(page, as: .dispensaryAdmin).bodyText.contains("That was done already, once."))
    }

    @Test(
        "points and reason are checked, and come back as typed",
        arguments: [
            ("", "r", "points"), ("0", "r", "points"), ("1.5", "r", "points"), ("fifty", "r", "points"),
            ("--5", "r", "points"), ("+-5", "r", "points"), ("501", "r", "points"), ("-501", "r", "points"),
            ("99999999999999999999", "r", "points"), ("50", "", "reason"), ("50", " ", "reason"),
            ("50", String(repeating: "x", count: 201), "reason"), ("50", "a\u{7}b", "reason"),
        ])
    func refused(points: String, reason: String, field: String) throws {
        let response = try adjust(points, reason: reason)
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains(#"id="adjust-\#(field)-problem""#))
        if !points.isEmpty { #expect(response.bodyText.contains("value=\"\(points)\"")) }
        #expect(response.bodyText.contains("value=\"key-1\""))
        #expect(try balance() == 0)
    }

    @Test("what a browser would not send is refused too")
    func tampered() throws {
        for key in ["", String(repeating: "k", count: 65), "a b", "é"] {
            #expect(try adjust("5", key: key).status == .unprocessableContent)
        }
        #expect(try adjust("<script>alert(1)</script>").bodyText.contains("<script>alert") == false)
        #expect(
            try app.post(
                "\(Path.customers)/\(CustomerID.make())/adjust",
                ["points": "5", "reason": "r", "request_key": "k"], as: .manager
            ).status == .notFound)
        #expect(try balance() == 0)
    }

    @Test("a manager adjusts up to the limit, an admin by more")
    func limit() throws {
        #expect(try adjust("500").status == .seeOther)
        #expect(try adjust("501", key: "key-2").status == .unprocessableContent)
        #expect(try adjust("501", key: "key-2", as: .dispensaryAdmin).status == .seeOther)
        #expect(try adjust("10000001", key: "key-3", as: .dispensaryAdmin).status == .unprocessableContent)
        #expect(try balance() == 1_001)
    }

    @Test("never below what is on hold: the message names what is free")
    func available() throws {
        _ = try adjust("100")
        try app.hold40(of: customer)
        let response = try adjust("\u{2212}61", key: "key-2")
        #expect(response.status == .unprocessableContent)
        #expect(
            response.bodyText.contains("At most 60 points can be taken. The balance is 100, of which 40 are reserved."))
        #expect(try adjust("-60", key: "key-2").status == .seeOther)
        #expect(try balance() == 40)
    }

    @Test("a key used for other points changes nothing and gets a fresh one")
    func keyTaken() throws {
        _ = try adjust("100")
        let response = try adjust("90")
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains("This form was sent before with other points"))
        #expect(!response.bodyText.contains("value=\"key-1\""))
        #expect(try balance() == 100)
    }

    @Test("a note stands in the timeline with its writer")
    func note() throws {
        let text = "Prefers mornings.\n<b>Bold</b> " + String(repeating: "n", count: 300)
        #expect(try app.post(page + "/note", ["text": text], as: .manager).status == .seeOther)
        let shown = try app.get(page, as: .auditor).bodyText
        #expect(shown.contains("Prefers mornings. &lt;b&gt;Bold") && shown.contains(String(repeating: "n", count: 300)))
        for bad in ["", " \n ", String(repeating: "x", count: 501)] {
            #expect(try app.post(page + "/note", ["text": bad], as: .manager).status == .unprocessableContent)
        }
    }

    @Test("a tier given by hand is held at once, and goes by spend again")
    func tier() throws {
        let gold = try app.tenantStore.settings().tiers.tiers[2]
        let form = ["tier_id": "\(gold.id)", "until": "2199-12-31", "reason": "A friend"]
        #expect(try app.post(page + "/tier", form, as: .dispensaryAdmin).status == .seeOther)
        #expect(try detail().card.tier == gold.id)
        #expect(try detail().pin?.until == Day(year: 2199, month: 12, day: 31))
        let shown = try app.get(page, as: .dispensaryAdmin).bodyText
        #expect(
            shown.contains("The tier is Gold now.") && shown.contains("Gold was given by hand, until Tue 31 Dec 2199."))
        #expect(
            try app.post(page + "/tier", ["tier_id": "", "reason": "Over"], as: .dispensaryAdmin).status == .seeOther)
        #expect(try detail().pin == nil)
        #expect(try audits("customer.tier") == ["Gold, until 2199-12-31", "by spend"])
    }

    @Test(
        "a tier form is refused for another tier, a day that has passed, and no reason",
        arguments: [
            ("tier_0000000000000000000000000z", "", "r", "tier_id"), ("x", "", "r", "tier_id"),
            ("gold", "2020-01-01", "r", "until"), ("gold", "9999-12-31", "r", "until"), ("gold", "soon", "r", "until"),
            ("gold", "", "", "reason"),
        ])
    func tierRefused(tier: String, until: String, reason: String, field: String) throws {
        let id = try tier == "gold" ? "\(app.tenantStore.settings().tiers.tiers[2].id)" : tier
        let form = ["tier_id": id, "until": until, "reason": reason]
        let response = try app.post(page + "/tier", form, as: .dispensaryAdmin)
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains(#"id="tier-\#(field)-problem""#))
        #expect(try detail().pin == nil)
    }

    private func equity(_ fields: [String: String]) throws -> Response {
        try app.post(page + "/equity", fields, as: .dispensaryAdmin)
    }

    @Test("equity goes from pending over verified to revoked, and an order in between earns by it")
    func equitySteps() throws {
        #expect(try equity(["status": "pending"]).status == .seeOther)
        let verified = ["status": "verified", "document_kind": "State card", "document_reference": "NY-0042"]
        #expect(try equity(verified).status == .seeOther)
        let sale = OrderRevision(
            source: .pos, posOrderID: "o1", posCustomerID: "p1", posLocationID: nil, status: "completed",
            isCompleted: true, total: 100_00, completedAt: .now(), updatedAt: nil)
        let store = app.tenantStore
        _ = try store.transaction { tx in try tx.store([sale], ignoresOlder: false, at: .now()) }
        try store.postOrders(
            of: [customer], under: try store.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        #expect(try balance() == 120)
        #expect(try equity(["status": "revoked", "reason": "Moved away"]).status == .seeOther)
        #expect(try detail().equity?.status == .revoked)
        #expect(
            try audits("customer.equity") == ["none to pending", "pending to verified", "verified to revoked"])
        #expect(try app.get(page, as: .manager).bodyText.contains("Equity from verified to revoked"))
    }

    @Test(
        "equity is refused for a step out of turn, a verification without its document, a passed day, no reason",
        arguments: [
            (["status": "verified", "document_kind": "Card", "document_reference": "1"], "status"),
            (["status": "expired"], "status"), (["status": "none"], "status"), ([:], "status"),
            (["status": "pending", "expires_on": "2020-01-01"], "expires_on"),
            (["status": "pending", "document_kind": String(repeating: "x", count: 61)], "document_kind"),
        ] as [([String: String], String)])
    func equityRefused(form: [String: String], field: String) throws {
        let response = try equity(form)
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains(#"id="equity-\#(field)-problem""#))
        #expect(try detail().equity == nil)
    }

    @Test("a verification needs its document, and a rejection its reason")
    func equityNeeds() throws {
        _ = try equity(["status": "pending"])
        let bare = try equity(["status": "verified"]).bodyText
        #expect(bare.contains("equity-document_kind-problem") && bare.contains("equity-document_reference-problem"))
        #expect(try equity(["status": "rejected"]).bodyText.contains("equity-reason-problem"))
        #expect(try equity(["status": "rejected", "reason": "Not readable"]).status == .seeOther)
        #expect(try detail().equity?.status == .rejected)
    }

    @Test("each role sees the forms it may use, and an auditor none; the document is for those who verify")
    func forms() throws {
        _ = try equity(["status": "pending", "document_kind": "State card", "document_reference": "NY-0042"])
        let all = ["/adjust", "/note", "/tier", "/equity"].map { "action=\"\(page)\($0)\"" }
        func shown(_ person: TestApp.Person) throws -> [Bool] {
            let text = try app.get(page + "?org=" + app.tenant.slug, as: person).bodyText
            #expect(text.contains("NY-0042") == (person.role?.may(.verifyEquity) ?? false))
            #expect(text.contains(">Pending</span>"))
            return all.map(text.contains)
        }
        #expect(try shown(.dispensaryAdmin) == [true, true, true, true])
        #expect(try shown(.superUser) == [true, true, true, true])
        #expect(try shown(.manager) == [true, true, false, false])
        #expect(try shown(.auditor) == [false, false, false, false])
    }

    @Test("nothing can be changed of a customer who was erased")
    func erased() throws {
        try app.owner.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(app.tenant.id)")
        #expect(try !app.get(page, as: .dispensaryAdmin).bodyText.contains(page + "/adjust"))
        #expect(try adjust("5").status == .conflict)
        #expect(try equity(["status": "pending"]).status == .conflict)
        #expect(try app.post(page + "/tier", ["tier_id": "", "reason": "r"], as: .dispensaryAdmin).status == .conflict)
        #expect(try app.post(page + "/note", ["text": "t"], as: .manager).status == .conflict)
    }

    @Test("the equity multiplier stands nowhere on the page, nor in a notice, an activity or the audit log")
    func secret() throws {
        let points = try app.tenantStore.settings()
        var changed = points.points
        changed.equityMultiplier = 3_777
        try app.tenantStore.save(changed, ifVersion: points.version(of: .points), by: nil, requestID: nil)
        _ = try equity(["status": "pending"])
        _ = try equity(["status": "verified", "document_kind": "State card", "document_reference": "NY-0042"])
        let text = try app.get(page, as: .dispensaryAdmin).bodyText
        #expect(!text.contains("3.777") && !text.contains("3777"))
        #expect(try !audits("customer.equity").contains { $0.contains("3.777") || $0.contains("NY-0042") })
    }
}
