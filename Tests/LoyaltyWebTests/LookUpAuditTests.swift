import FastCGI
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// cases.md: "anyone naming a phone number sees or spends that member's points": every use is in the audit log.
struct LookUpAuditTests {
    private struct Line: Equatable {
        var actor: String
        var action: String
        var subject: String?
        var detail: String
    }

    private func lines(_ app: TestApp) throws -> [Line] {
        try app.owner.all(
            """
            SELECT actor, action, subject, detail FROM audit_log
             WHERE tenant_id = \(app.tenant.id) AND action = 'customer.find' ORDER BY at, id
            """
        ) { row in
            Line(
                actor: try row.get("actor"), action: try row.get("action"), subject: try row.get("subject"),
                detail: try row.get("detail"))
        }
    }

    @Test(
        "a program that names a phone or an e-mail leaves one line: who asked, how, whom it saw, and nothing of the number"
    )
    func calls() throws {
        let api = try ApiCaller()
        let ids = try api.add(
            CustomerProfile(posID: "77", firstName: "Ada", lastName: "Byron", phone: Phone("202-555-0143")),
            CustomerProfile(posID: "78", firstName: "Bo", lastName: "Diaz", phone: Phone("202-555-0144")),
            CustomerProfile(posID: "79", firstName: "Cy", lastName: "Diaz", phone: Phone("202-555-0144")))
        _ = try api.get("/api/v1/customers?phone=2025550143")
        _ = try api.post("/api/v1/customers/lookup", #"{"phone":"2025550144"}"#, idempotencyKey: "")
        _ = try api.get("/api/v1/customers?email=nobody@example.com")
        _ = try api.post(
            "/api/v1/redemptions/quote", #"{"customer":{"phone":"2025550143"},"orderTotalCents":1000}"#,
            idempotencyKey: "")
        // Who knows an id has seen the customer before.
        _ = try api.get("/api/v1/customers?posId=77")
        _ = try api.get("/api/v1/customers/\(ids[0])")
        let actor = "api key \(api.key.prefix(8))"
        #expect(
            try lines(api.app) == [
                Line(actor: actor, action: "customer.find", subject: "\(ids[0])", detail: "by phone"),
                Line(actor: actor, action: "customer.find", subject: nil, detail: "by phone: 2 found"),
                Line(actor: actor, action: "customer.find", subject: nil, detail: "by e-mail: 0 found"),
                Line(actor: actor, action: "customer.find", subject: "\(ids[0])", detail: "by phone"),
            ])
    }

    @Test("so does a budtender who searches; names of customers stand in no line")
    func till() throws {
        let shop = try TillShop()
        let ada = try shop.member()
        _ = try shop.member("p2", first: "Grace", last: "Hopper", phone: "202-555-0199")
        for typed in ["2025550143", "p1@example.org", "hopper", "20255501"] {
            _ = try shop.app.get("\(Path.till)?\(FormFields([("q", typed)]).encoded)", as: .budtender)
        }
        _ = try shop.app.get(Path.till, as: .budtender)
        let found = try lines(shop.app)
        #expect(found.map(\.detail) == ["by phone", "by e-mail", "by name", "by name: 0 found"])
        #expect(found.first?.subject == "\(ada)" && found.last?.subject == nil)
        #expect(found.allSatisfy { $0.actor.contains("@") })
    }
}
