import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

/// A key of one tenant against everything of another, call by call.
struct TenantIsolationTests {
    let api: ApiCaller
    /// A key of the other tenant, with all scopes.
    let foreign: String
    let customer: String
    let order: String
    let hold: String
    let reward: String

    init() throws {
        api = try ApiCaller()
        foreign = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        let joined = try api.post(
            "/api/v1/customers",
            #"{"posId":"p1","firstName":"Zsofia","lastName":"Quine","phone":"2025550143","email":"zq@example.com"}"#)
        customer = try #require(try joined.json["id"] as? String)
        let told = try api.post("/api/v1/orders", Self.orderBody(#"{"posId":"p1"}"#, cents: 400_00))
        order = try #require(try told.json["id"] as? String)
        let program = try api.get("/api/v1/program").json
        reward = try #require((program["rewards"] as? [[String: Any]])?.first?["id"] as? String)
        let held = try api.post(
            "/api/v1/redemptions",
            #"{"customerId":"\#(customer)","redemptionTierId":"\#(reward)","orderTotalCents":9000,"hold":true}"#)
        hold = try #require(try held.json["id"] as? String)
    }

    private static func orderBody(_ customer: String, cents: Int) -> String {
        #"""
        {"posOrderId":"o1","customer":\#(customer),"status":"completed","totalCents":\#(cents),
         "completedAt":"2026-01-02T10:00:00Z"}
        """#
    }

    /// A call that names what is the first tenant's, and what the other's key is to get.
    private struct Attempt {
        let pattern: String
        let path: String
        let body: String?
        let status: Int

        init(_ pattern: String, _ path: String? = nil, _ body: String? = nil, is status: Int) {
            self.pattern = pattern
            self.path = path ?? pattern
            self.body = body
            self.status = status
        }

        var name: String { "\(body == nil ? "GET" : "POST") \(pattern)" }
    }

    private var reads: [Attempt] {
        let (customers, orders) = ("/api/v1/customers", "/api/v1/orders")
        return [
            Attempt("/api/v1/me", is: 200), Attempt("/api/v1/program", is: 200),
            Attempt(customers, customers + "?phone=2025550143", is: 200),
            Attempt(customers, customers + "?email=zq@example.com", is: 200),
            Attempt(customers, customers + "?posId=p1", is: 200),
            Attempt(customers + "/{id}", customers + "/" + customer, is: 404),
            Attempt(customers + "/{id}/ledger", customers + "/\(customer)/ledger", is: 404),
            Attempt(orders, orders + "?posOrderId=o1", is: 404),
            Attempt(orders + "/{id}", orders + "/" + order, is: 404),
            Attempt("/api/v1/redemptions/{id}", "/api/v1/redemptions/" + hold, is: 404),
        ]
    }

    private var writes: [Attempt] {
        let (customers, redemptions) = ("/api/v1/customers", "/api/v1/redemptions")
        let names = [
            #"{"id":"\#(customer)"}"#, #"{"posId":"p1"}"#, #"{"phone":"2025550143"}"#, #"{"email":"zq@example.com"}"#,
        ]
        let named = names.flatMap { name in
            [
                Attempt(customers + "/lookup", nil, #"{"customer":\#(name)}"#, is: 200),
                Attempt("/api/v1/events", nil, #"{"customer":\#(name),"type":"visit"}"#, is: 404),
                Attempt("/api/v1/adjustments", nil, #"{"customer":\#(name),"points":-5,"reason":"r"}"#, is: 404),
                Attempt(redemptions + "/quote", nil, #"{"customer":\#(name),"orderTotalCents":5000}"#, is: 404),
                Attempt(
                    redemptions, nil,
                    #"{"customer":\#(name),"redemptionTierId":"\#(reward)","orderTotalCents":5000}"#, is: 404),
                Attempt("/api/v1/orders", nil, Self.orderBody(name, cents: 1_00), is: 200),
            ]
        }
        return named + [
            Attempt(customers + "/{id}", customers + "/" + customer, #"{"firstName":"Mine"}"#, is: 404),
            Attempt(redemptions + "/{id}/capture", redemptions + "/\(hold)/capture", "{}", is: 404),
            Attempt(redemptions + "/{id}/void", redemptions + "/\(hold)/void", "{}", is: 404),
            // Last, for from here on the other tenant has somebody of that phone and POS id.
            Attempt(customers, nil, #"{"posId":"p1","phone":"2025550143"}"#, is: 201),
        ]
    }

    private func send(_ attempt: Attempt, key: String) throws -> Answer {
        guard let body = attempt.body else { return try api.get(attempt.path, key: key) }
        return try api.post(attempt.path, body, key: key)
    }

    /// Everything that the first tenant's own key sees of it.
    private func seen() throws -> [[UInt8]] {
        try [
            "/api/v1/customers/\(customer)", "/api/v1/customers/\(customer)/ledger", "/api/v1/orders/\(order)",
            "/api/v1/redemptions/\(hold)",
        ].map { try api.get($0).response.body }
    }

    @Test("a key of one tenant sees and changes nothing of another, by whatever call and name")
    func isolation() throws {
        let before = try seen()
        var tried: Set<String> = []
        for attempt in reads + writes {
            let answer = try send(attempt, key: foreign)
            tried.insert(attempt.name)
            let text = answer.response.bodyText
            let place = Comment(rawValue: "\(attempt.name) \(attempt.path) \(attempt.body ?? ""): \(text)")
            #expect(answer.status == attempt.status, place)
            for secret in ["Zsofia", "Quine", customer, order, hold, api.app.tenant.slug, "Shop \(api.app.number)"] {
                #expect(!text.contains(secret), place)
            }
            if attempt.pattern.hasPrefix("/api/v1/customers"), answer.status == 200 {
                #expect(try answer.customers.isEmpty, place)
            }
        }
        #expect(try seen() == before)
        let all = Routes.all.filter { $0.pattern.hasPrefix("/api/v1/") }.map { "\($0.method.rawValue) \($0.pattern)" }
        #expect(tried == Set(all))
    }

    @Test("an order of the same number is each tenant's own")
    func sameNumber() throws {
        let told = try api.post("/api/v1/orders", Self.orderBody("null", cents: 1_00), key: foreign)
        #expect(try told.json["reason"] as? String == "no_member" && told.json["id"] as? String != order)
        #expect(try api.get("/api/v1/orders/\(order)").json["totalCents"] as? Int == 400_00)
        #expect(try api.get("/api/v1/orders?posOrderId=o1", key: foreign).json["totalCents"] as? Int == 1_00)
    }

    @Test("nobody's key, a revoked one and one without the scope get nothing, not even whether something is there")
    func keys() throws {
        let bare = try ApiCaller.makeKey([Scope(.sync)], at: api.app.tenant, in: api.app)
        let revoked = try ApiCaller.makeKey(Scope.all, at: api.app.tenant, in: api.app)
        try api.app.tenantStore.transaction { try $0.revokeApiKey(id: String(revoked.prefix(8))) }
        for attempt in reads + writes {
            for (key, status) in [("nobody", 401), (revoked, 401), (bare, 403)] {
                let answer = try send(attempt, key: key)
                let isForAll = ["/api/v1/me", "/api/v1/program"].contains(attempt.pattern) && key == bare
                #expect(answer.status == (isForAll ? 200 : status), "\(attempt.name)")
                #expect(!answer.response.bodyText.contains("Zsofia"), "\(attempt.name)")
            }
        }
    }
}
