import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// contract.md, `/dashboard/reconciliation`.
struct ReconciliationPagesTests {
    let app: TestApp
    let customers: [CustomerID]
    private let now = Instant.now()

    init() throws {
        app = try TestApp()
        let store = app.tenantStore
        let posIDs = ["p1", "p2", "p3"]
        let profiles = zip(posIDs, ["Ada", "Bob", "Cai"]).map {
            CustomerProfile(posID: $0, firstName: $1, lastName: "Byron", email: "\($1)@example.org")
        }
        _ = try store.importCustomers(profiles, settings: store.settings(), at: now)
        let known = try store.customers(.alleaves, outsideIDs: Set(posIDs))
        customers = try posIDs.map { try #require(known[$0]) }
        for customer in customers {
            _ = try store.adjust(
                customer, by: Adjustment(points: 200, reason: "Start", key: "start:\(customer)"),
                audit: AuditRecord(actor: "test", action: "test"), at: now.advanced(bySeconds: -60))
        }
        try store.saveCredentials(.alpine, sealed: "sealed", at: now)
    }

    /// Alpine says `points` of a customer, as a sync run records it.
    private func differ(_ index: Int, _ points: Int64, second: Int64 = 0) throws -> AlpineDifference {
        let asked = now.advanced(bySeconds: second - 1)
        let balance = try app.tenantStore.balances(of: [customers[index]], at: asked)[customers[index]] ?? 0
        let standing = AlpineStanding(
            customer: customers[index], contactID: "c\(index)-\(app.number)", figure: .known(points), readAt: asked,
            outcome: .discrepancy, calculated: balance, difference: points - balance)
        try app.tenantStore.record([standing], run: RunID(rawValue: 1))
        return AlpineDifference(
            customer: customers[index], requestedAt: asked, calculated: balance, alpine: points, pending: 0,
            points: points - balance)
    }

    /// Alpine's number is taken.
    @discardableResult
    private func take(_ index: Int, _ points: Int64, second: Int64 = 0) throws -> DiscrepancyID {
        let difference = try differ(index, points, second: second)
        _ = try app.tenantStore.takeAlpine(
            [difference], run: RunID(rawValue: 1), isEnabled: true, at: now.advanced(bySeconds: second))
        let open = try app.tenantStore.discrepancies(isOpen: true, .first, limit: 9).rows
        return try #require(open.first { $0.record.customer == customers[index] }).record.id
    }

    private func openIncident() throws -> IncidentID {
        try app.tenantStore.openIncident(
            .reconciled, run: RunID(rawValue: 1), compared: 3, [try differ(0, 0), try differ(1, 10)], at: now)
    }

    private func post(
        _ path: String, _ form: [String: String], as person: TestApp.Person = .dispensaryAdmin
    ) throws -> Response { try app.post(Path.reconciliation + path, form, as: person) }

    private func page(_ path: String = "", as person: TestApp.Person = .dispensaryAdmin) throws -> String {
        try app.get(Path.reconciliation + path, as: person).bodyText
    }

    private func balance(_ index: Int) throws -> Int64 {
        try app.tenantStore.balances(of: [customers[index]])[customers[index]] ?? -1
    }

    private func state(_ id: DiscrepancyID) throws -> DiscrepancyState? {
        try app.tenantStore.discrepancy(id)?.record.state
    }

    private func audits(_ action: String) throws -> [String] {
        try app.owner.all(
            "SELECT detail FROM audit_log WHERE tenant_id = \(app.tenant.id) AND action = \(action) ORDER BY at, id"
        ) { try $0.get("detail") }
    }

    @Test("the page is empty on the first day and says what it is for")
    func empty() throws {
        let response = try app.get(Path.reconciliation, as: .dispensaryAdmin)
        #expect(response.status == .ok)
        #expect(response.bodyText.contains("No difference waits for you."))
        #expect(try page("?show=resolved").contains("Nothing has been decided yet."))
    }

    @Test("an open record stands on the page in the owner's words, and counts in the navigation and on Today")
    func open() throws {
        let id = try take(0, 130)
        let text = try page()
        #expect(text.contains("Alpine said 130, we had 200. Alpine’s number was taken: −70."))
        #expect(text.contains("Ada Byron") && text.contains("value=\"\(id)\""))
        for word in ["override", "discrepancy", "outbox"] { #expect(!text.lowercased().contains(">\(word)")) }
        let today = try app.get(Path.today, as: .dispensaryAdmin).bodyText
        #expect(today.contains("Alpine’s number differed for 1 customer in the last 24 hours."))
        #expect(today.contains("href=\"\(Path.reconciliation)\""))
        #expect(try !app.get(Path.today, as: .manager).bodyText.contains("Alpine’s number differed for"))
    }

    @Test("a record's page shows both numbers, what Alpine said and how ours came about")
    func evidence() throws {
        try take(0, 130)
        let id = try take(0, 150, second: 2)
        let text = try page("/\(id)")
        for part in ["Alpine’s number", "150", "130", "Start", "−50", "Taken so far"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(try app.get("\(Path.reconciliation)/\(DiscrepancyID.make())", as: .dispensaryAdmin).status == .notFound)
    }

    @Test("ours is kept once, however often it is pressed, and Alpine is told")
    func keep() throws {
        let id = try take(0, 130)
        #expect(try balance(0) == 130)
        for _ in 0..<3 {
            let response = try post("/\(id)", ["action": "keep"])
            #expect(response.status == .seeOther && response.headers[.location] == Path.reconciliation)
        }
        #expect(try balance(0) == 200)
        #expect(try page().contains("That was decided already, once."))
        #expect(try audits("reconciliation.resolve") == ["keep: "])
        let told = try app.owner.all(
            "SELECT points FROM outbox WHERE tenant_id = \(app.tenant.id) AND entry_sequence IS NULL"
        ) { try $0.get("points", as: Int64.self) }
        #expect(told == [70])
        let decided = try page("?show=resolved")
        #expect(decided.contains("Our number stands") && decided.contains("+70 points here."))
        #expect(try post("/\(id)", ["action": "accept"]).status == .seeOther)
        #expect(try state(id) == .kept)
    }

    @Test("keeping ours is refused with figures when the points are not free any more")
    func keepRefused() throws {
        let id = try take(0, 300)
        try app.hold40(of: customers[0])
        _ = try app.tenantStore.adjust(
            customers[0], by: Adjustment(points: -200, reason: "Spent", key: "spent"),
            audit: AuditRecord(actor: "t", action: "t"), at: .now())
        let response = try post("/\(id)", ["action": "keep", "reason": "Our number is right"])
        #expect(response.status == .unprocessableContent)
        #expect(
            response.bodyText.contains(
                "100 points would have to be taken, and 60 points are free. The balance is 100, of which 40 are reserved."
            ))
        #expect(response.bodyText.contains("value=\"Our number is right\""))
        #expect(try state(id) == .open && balance(0) == 100)
    }

    @Test("another number needs a reason, is a whole number, and not below what is reserved")
    func set() throws {
        try app.hold40(of: customers[0])
        let id = try take(0, 130)
        for (points, reason, field) in [
            ("", "r", "points"), ("-1", "r", "points"), ("1.5", "r", "points"), ("39", "r", "points"),
            ("1000000001", "r", "points"), ("100", "", "reason"),
            ("100", String(repeating: "x", count: 201), "reason"),
        ] {
            let response = try post("/\(id)", ["action": "set", "points": points, "reason": reason])
            #expect(response.status == .unprocessableContent, "\(points)")
            #expect(response.bodyText.contains("id=\"\(field)-problem\""), "\(points)")
            #expect(response.bodyText.contains("value=\"\(points)\""))
        }
        #expect(try balance(0) == 130)
        let form = ["action": "set", "points": "1,040", "reason": "Agreed by phone"]
        #expect(try post("/\(id)", form).status == .seeOther)
        #expect(try post("/\(id)", form).status == .seeOther)
        #expect(try balance(0) == 1_040)
        #expect(try audits("reconciliation.resolve") == ["set to 1040: Agreed by phone"])
    }

    @Test("a form without a choice, or with one that nobody offers, changes nothing")
    func tampered() throws {
        let id = try take(0, 130)
        for action in ["", "erase"] {
            #expect(try post("/\(id)", ["action": action]).status == .unprocessableContent)
        }
        #expect(try post("/\(DiscrepancyID.make())", ["action": "keep"]).status == .notFound)
        #expect(try post("/nonsense", ["action": "keep"]).status == .notFound)
        #expect(try state(id) == .open)
    }

    @Test("many are accepted at once, and what cannot be is left")
    func bulk() throws {
        let first = try take(0, 130)
        let second = try take(1, 150)
        let third = try take(2, 160)
        _ = try post("/\(third)", ["action": "keep"])
        let fields = [first, second, third].map { ("id[]", "\($0)") } + [("csrf", try app.csrf(.dispensaryAdmin))]
        var request = try app.request(.post, Path.reconciliation + "/accept", .dispensaryAdmin)
        request.headers[.contentType] = "application/x-www-form-urlencoded"
        request.body = Array(FormFields(fields).encoded.utf8)
        #expect(try app.send(request).status == .seeOther)
        #expect(try [state(first), state(second), state(third)] == [.accepted, .accepted, .kept])
        #expect(
            try page().contains("Alpine’s number stands for 2 customers. 1 difference was left as they were."))
        #expect(try app.tenantStore.syncStats().needsReview == 0)
        for bad in [[:], ["id[]": "nonsense"]] {
            #expect(try post("/accept", bad).status == .unprocessableContent)
        }
    }

    @Test("an incident stands on the page with its sums and is applied as a whole, once")
    func applied() throws {
        let id = try openIncident()
        let text = try page()
        for part in ["2 customers differ from Alpine at once", "−390", "Ada Byron", "Take Alpine’s numbers for 2"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(
            try app.get(Path.today, as: .dispensaryAdmin).bodyText.contains("2 customers differ from Alpine at once"))
        for _ in 0..<2 {
            #expect(try post("/incidents/\(id)", ["action": "apply", "reason": "Expiry"]).status == .seeOther)
        }
        #expect(try balance(0) == 0 && balance(1) == 10 && balance(2) == 200)
        #expect(try audits("reconciliation.incident") == ["apply: Expiry"])
        #expect(try page("?show=resolved").contains("Alpine’s numbers were taken"))
        #expect(try app.tenantStore.verifyLedger().differences == [])
    }

    @Test("an incident is rejected as a whole, and stays so")
    func rejected() throws {
        let id = try openIncident()
        #expect(try post("/incidents/\(id)", ["action": "reject", "reason": ""]).status == .seeOther)
        #expect(try post("/incidents/\(id)", ["action": "apply"]).status == .seeOther)
        #expect(try page().contains("Nothing was done: this was decided before, in another way."))
        #expect(try balance(0) == 200 && balance(1) == 200)
    }

    @Test("a decision about an incident is checked, and comes back as typed")
    func incidentRefused() throws {
        let id = try openIncident()
        let long = String(repeating: "x", count: 201)
        let response = try post("/incidents/\(id)", ["action": "apply", "reason": long])
        #expect(response.status == .unprocessableContent && response.bodyText.contains(long))
        #expect(try post("/incidents/\(id)", ["action": ""]).status == .unprocessableContent)
        #expect(try post("/incidents/\(IncidentID.make())", ["action": "apply"]).status == .notFound)
        #expect(try app.tenantStore.incident(id)?.state == .open)
    }

    @Test("an auditor reads everything and has no forms; a manager has no page")
    func roles() throws {
        let id = try take(0, 130)
        _ = try app.tenantStore.openIncident(
            .first, run: RunID(rawValue: 1), compared: 1, [try differ(1, 10)], at: now)
        let list = try page(as: .auditor)
        #expect(list.contains("Ada Byron") && !list.contains("Keep ours") && !list.contains("name=\"id[]\""))
        #expect(try !page("/\(id)", as: .auditor).contains("Save decision"))
        #expect(try post("/\(id)", ["action": "keep"], as: .auditor).status == .forbidden)
        #expect(try app.get(Path.reconciliation, as: .manager).status == .forbidden)
        #expect(try balance(0) == 130)
    }

    @Test("the sync API says what was done and what needs somebody")
    func answers() throws {
        try take(0, 130)
        let store = app.tenantStore
        let detail = try #require(try store.customer(customers[0]))
        let answer = CustomerSyncAnswer(
            detail, posID: "p1", org: "shop", settings: try store.settings(), stale: false)
        #expect(answer.result.reconciliation.action == "override" && !answer.result.reconciliation.reconciled)
        #expect(answer.result.calculated.points == 130)
        let report = ReportAnswer(detail, posID: "p1", org: "shop", needsReview: try store.needsReview(customers[0]))
        #expect(report.report.recommendation == "needs_review")
        let other = try #require(try store.customer(customers[1]))
        #expect(
            ReportAnswer(other, posID: "p2", org: "shop", needsReview: try store.needsReview(customers[1]))
                .report.recommendation == "none")
    }
}
