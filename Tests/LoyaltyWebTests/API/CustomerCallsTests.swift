import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct CustomerCallsTests {
    let api: ApiCaller
    init() throws {
        api = try ApiCaller()
        try api.add(
            CustomerProfile(
                posID: "77", firstName: "Ada", lastName: "Byron", email: "ada@example.com",
                phone: Phone("202-555-0143")),
            CustomerProfile(posID: "78", firstName: "Bo", lastName: "Diaz", phone: Phone("202-555-0144")),
            CustomerProfile(posID: "79", firstName: "Cy", lastName: "Diaz", phone: Phone("202-555-0144")))
    }

    private func found(_ answer: Answer) throws -> [String] {
        try answer.customers.compactMap { $0["posId"] as? String }.sorted()
    }

    @Test(
        "customers are found by phone in any format, e-mail in any case, and exact POS id",
        arguments: [
            ("phone=%2B12025550143", ["77"]), ("phone=(202)%20555-0143", ["77"]), ("phone=2025550144", ["78", "79"]),
            ("phone=2025550199", []), ("email=ADA@Example.com", ["77"]), ("email=%C3%A1da@example.com", []),
            ("email=a@example.com", []), ("posId=78", ["78"]), ("posId=078", []), ("posId=7", []),
        ] as [(String, [String])])
    func find(query: String, expected: [String]) throws {
        let answer = try api.get("/api/v1/customers?\(query)")
        #expect(try answer.status == 200 && found(answer) == expected && answer.json["next"] is NSNull)
    }

    @Test(
        "a lookup takes the same in a body, and the names of any body",
        arguments: [
            (#"{"phone":"202 555 0143"}"#, ["77"]), (#"{"email":"ada@example.com"}"#, ["77"]),
            (#"{"posId":"79"}"#, ["79"]), (#"{"customer":{"posId":"79"}}"#, ["79"]), (#"{"customerId":"nobody"}"#, []),
        ] as [(String, [String])])
    func lookup(body: String, expected: [String]) throws {
        let answer = try api.post("/api/v1/customers/lookup", body, idempotencyKey: "")
        #expect(try answer.status == 200 && found(answer) == expected)
    }

    @Test(
        "what names nobody in one way is refused by its field",
        arguments: [
            ("", ["/phone"]), ("phone=12", ["/phone"]), ("email=ada", ["/email"]), ("posId=", ["/posId"]),
            ("phone=2025550143&posId=77", ["/phone"]),
        ] as [(String, [String])])
    func wrongQuery(query: String, pointers: [String]) throws {
        let answer = try api.get("/api/v1/customers?\(query)")
        #expect(try answer.status == 400 && answer.code == "invalid_request" && answer.pointers == pointers)
    }

    @Test(
        "a wrong body of a lookup is refused",
        arguments: [
            ("{}", [""], ["required"]), (#"{"phone":"12"}"#, ["/phone"], ["invalid"]),
            (#"{"phone":2025550143}"#, ["/phone"], ["wrong_type"]),
            (#"{"phone":"2025550143","posId":"77"}"#, [""], ["ambiguous"]),
            (#"{"posID":"77"}"#, ["", "/posID"], ["required", "unknown_field"]),
        ] as [(String, [String], [String])])
    func wrongBody(body: String, pointers: [String], codes: [String]) throws {
        let answer = try api.post("/api/v1/customers/lookup", body, idempotencyKey: "")
        #expect(try answer.status == 400 && answer.pointers == pointers && answer.errorCodes == codes)
    }

    @Test("a customer has every field of the contract")
    func fields() throws {
        let id = try api.customer("p1", points: 120)
        let answer = try api.get("/api/v1/customers/\(id)")
        let json = try answer.json
        #expect(
            Set(json.keys) == [
                "id", "posId", "firstName", "lastName", "points", "available", "pointsOwed", "pointsAsOf", "tier",
                "tierId", "tierProgress", "segment", "streak", "badges", "referralCode", "consent",
                "lifetimeValueCents", "orderCount", "lastOrderAt", "createdAt",
            ])
        #expect(json["id"] as? String == "\(id)" && json["posId"] as? String == "p1")
        #expect(json["firstName"] as? String == "Ada" && json["lastName"] as? String == "Byron")
        #expect(json["points"] as? Int == 120 && json["available"] as? Int == 120 && json["pointsOwed"] as? Int == 0)
        #expect(json["tier"] as? String == "Bronze" && json["segment"] as? String == "new")
        #expect((json["tierId"] as? String)?.hasPrefix("tier_") == true)
        let progress = try #require(json["tierProgress"] as? [String: Any])
        #expect(progress["spendCents"] as? Int == 0 && progress["nextTier"] as? String == "Silver")
        #expect(progress["remainingCents"] as? Int == 20_000)
        #expect(json["streak"] as? [String: Int] == ["current": 0, "longest": 0])
        #expect((json["badges"] as? [Any])?.isEmpty == true && (json["referralCode"] as? String)?.count == 10)
        #expect(json["consent"] as? [String: Bool] == ["sms": false, "email": false])
        #expect(json["lifetimeValueCents"] as? Int == 0 && json["orderCount"] as? Int == 0)
        #expect(json["lastOrderAt"] is NSNull)
        for name in ["pointsAsOf", "createdAt"] {
            #expect((json[name] as? String).flatMap { Instant(parsing: $0) } != nil, "\(name)")
        }
    }

    @Test("points stand as of the last entry, or of Alpine's agreement after it")
    func asOf() throws {
        let id = try api.customer("p1")
        func record() throws -> CustomerRecord {
            try #require(try api.app.tenantStore.records(of: .id(id), limit: 1).first)
        }
        #expect(try record().pointsAsOf == record().createdAt)
        try api.move(5, for: id)
        let entryAt = try record().lastEntryAt
        #expect(try entryAt != nil && record().pointsAsOf == entryAt)
        try api.app.owner.execute(
            """
            INSERT INTO alpine_standings
              (tenant_id, customer_id, contact_id, state, points, read_at, outcome, compared_at)
            VALUES (\(api.app.tenant.id.rawValue), \(id.bytes), 'c', 'known', 5, UTC_TIMESTAMP(6), 'within',
              UTC_TIMESTAMP(6) + INTERVAL 5 SECOND)
            """)
        let confirmed = try record()
        #expect(confirmed.pointsAsOf == confirmed.confirmedAt && confirmed.confirmedAt != nil)
        try api.app.owner.execute(
            "UPDATE alpine_standings SET outcome = 'discrepancy' WHERE customer_id = \(id.bytes)")
        #expect(try record().pointsAsOf == entryAt)
    }

    @Test("spend shows the way to the next tier, and none above the highest")
    func progress() throws {
        let id = try api.customer()
        for (cents, next, remaining) in [(25_050, "Gold", 24_950), (100_000, nil, nil)] as [(Int, String?, Int?)] {
            try api.app.owner.execute(
                "UPDATE customers SET qualifying_cents = \(cents) WHERE id = \(id.bytes)")
            let json = try api.get("/api/v1/customers/\(id)").json
            let progress = try #require(json["tierProgress"] as? [String: Any])
            #expect(progress["spendCents"] as? Int == cents && progress["nextTier"] as? String == next)
            #expect(progress["remainingCents"] as? Int == remaining)
        }
    }

    @Test("an erased customer is nobody")
    func erased() throws {
        let id = try api.customer(points: 10)
        try api.app.owner.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE id = \(id.bytes)")
        #expect(try api.get("/api/v1/customers/\(id)").status == 404)
        #expect(try api.get("/api/v1/customers/\(id)/ledger").status == 404)
        #expect(try found(api.get("/api/v1/customers?posId=p1")).isEmpty)
        let body = #"{"customerId":"\#(id)","points":1,"reason":"no"}"#
        #expect(try api.post("/api/v1/adjustments", body).status == 404)
    }

    @Test("a key of another tenant sees and moves nothing")
    func isolation() throws {
        let id = try api.customer(points: 10)
        let other = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        #expect(try api.get("/api/v1/customers/\(id)", key: other).status == 404)
        #expect(try api.get("/api/v1/customers/\(id)/ledger", key: other).status == 404)
        for query in ["posId=p1", "posId=77", "phone=2025550143", "email=ada@example.com"] {
            #expect(try found(api.get("/api/v1/customers?\(query)", key: other)).isEmpty, "\(query)")
        }
        for name in [#""id":"\#(id)""#, #""posId":"p1""#, #""phone":"2025550143""#, #""email":"ada@example.com""#] {
            let lookup = try api.post("/api/v1/customers/lookup", "{\"customer\":{\(name)}}", key: other)
            #expect(try found(lookup).isEmpty, "\(name)")
            let body = "{\"customer\":{\(name)},\"points\":1,\"reason\":\"no\"}"
            #expect(try api.post("/api/v1/adjustments", body, key: other).status == 404, "\(name)")
        }
        #expect(try api.get("/api/v1/customers/\(id)").json["points"] as? Int == 10)
    }

    @Test("each call asks for its scope, reading for no more than reading")
    func scopes() throws {
        let id = try api.customer(points: 10)
        let reader = try ApiCaller.makeKey([Scope(.customers, isReadOnly: true)], at: api.app.tenant, in: api.app)
        let adjuster = try ApiCaller.makeKey([Scope(.adjustments)], at: api.app.tenant, in: api.app)
        let body = #"{"customerId":"\#(id)","points":1,"reason":"thanks"}"#
        for path in ["/api/v1/customers?posId=p1", "/api/v1/customers/\(id)", "/api/v1/customers/\(id)/ledger"] {
            #expect(try api.get(path, key: reader).status == 200)
            #expect(try api.get(path, key: adjuster).status == 403)
        }
        let lookup = "/api/v1/customers/lookup"
        #expect(try api.post(lookup, #"{"posId":"p1"}"#, key: reader).status == 200)
        #expect(try api.post(lookup, #"{"posId":"p1"}"#, key: adjuster).code == "forbidden")
        #expect(try api.post("/api/v1/adjustments", body, key: reader).status == 403)
        #expect(try api.post("/api/v1/adjustments", body, key: adjuster).status == 201)
        for path in ["/api/v1/me", "/api/v1/program"] { #expect(try api.get(path, key: adjuster).status == 200) }
    }
}
