import FastCGI
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct AdjustmentCallsTests {
    let api: ApiCaller
    init() throws { api = try ApiCaller() }

    private let path = "/api/v1/adjustments"

    private func adjust(_ id: CustomerID, _ points: Int, reason: String = "Goodwill") throws -> Answer {
        try api.post(path, #"{"customerId":"\#(id)","points":\#(points),"reason":"\#(reason)"}"#)
    }

    private func expectProof() throws {
        let proof = try api.app.tenantStore.verifyLedger()
        #expect(proof.differences.isEmpty && proof.customers > 0)
    }

    @Test("an adjustment is an entry with its reason, an activity, and an audit row of the same request")
    func posted() throws {
        let id = try api.customer(points: 100)
        let answer = try adjust(id, -30, reason: "Spilled coffee")
        let entry = try answer.json
        #expect(answer.status == 201 && !answer.isReplay)
        #expect(Set(entry.keys) == ["id", "kind", "points", "balanceAfter", "reason", "posOrderId", "at"])
        #expect(entry["kind"] as? String == "adjustment" && entry["points"] as? Int == -30)
        #expect(entry["balanceAfter"] as? Int == 70 && entry["reason"] as? String == "Spilled coffee")
        let listed = try #require(try api.get("/api/v1/customers/\(id)/ledger").entries.first)
        #expect(NSDictionary(dictionary: listed) == NSDictionary(dictionary: entry))
        let activities = try api.app.tenantStore.activities(of: id, .first, limit: 5).rows
        let activity = try #require(activities.first)
        #expect(activity.kind == .pointsAdjusted && activity.points == -30)
        #expect(activity.cause == "API key Tills: Spilled coffee")
        let rows = try api.app.owner.all(
            """
            SELECT actor, action, subject, ledger_entries.points FROM audit_log
              JOIN ledger_entries ON ledger_entries.request_id = audit_log.request_id
             WHERE audit_log.request_id = \(Array(answer.id.utf8))
            """)
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(try row.get("action", as: String.self) == "points.adjust")
        #expect(try row.get("subject", as: String.self) == "\(id)" && row.get("points", as: Int.self) == -30)
        #expect(try row.get("actor", as: String.self) == "api key \(api.key.prefix(8))")
        try expectProof()
    }

    @Test("a customer can be named in each way of the contract")
    func named() throws {
        try api.add(
            CustomerProfile(
                posID: "77", firstName: "Ada", lastName: "B", email: "ada@example.com", phone: Phone("2025550143")))
        let id = try api.add(CustomerProfile(posID: "77", firstName: "Ada", lastName: "B"))[0]
        try api.add(
            CustomerProfile(
                posID: "77", firstName: "Ada", lastName: "B", email: "ada@example.com", phone: Phone("2025550143")))
        for (index, name) in [
            #""customerId":"\#(id)""#, #""customer":{"id":"\#(id)"}"#, #""customer":{"posId":"77"}"#,
            #""customer":{"phone":"(202) 555-0143"}"#, #""customer":{"email":"Ada@example.com"}"#,
        ].enumerated() {
            let answer = try api.post(path, "{\(name),\"points\":1e1,\"reason\":\"hi\"}")
            #expect(try answer.status == 201 && answer.json["balanceAfter"] as? Int == (index + 1) * 10, "\(name)")
        }
    }

    @Test("what several share is ambiguous, what nobody has is not found")
    func ambiguous() throws {
        try api.add(
            CustomerProfile(posID: "1", firstName: "A", lastName: "B", phone: Phone("2025550143")),
            CustomerProfile(posID: "2", firstName: "C", lastName: "D", phone: Phone("2025550143")))
        for (name, status, code) in [
            (#"{"phone":"2025550143"}"#, 409, "ambiguous_customer"), (#"{"phone":"2025550199"}"#, 404, "not_found"),
            (#"{"id":"cus_nobody"}"#, 404, "not_found"), (#"{"posId":"3"}"#, 404, "not_found"),
        ] {
            let answer = try api.post(path, "{\"customer\":\(name),\"points\":5,\"reason\":\"hi\"}")
            #expect(try answer.status == status && answer.code == code, "\(name)")
        }
        #expect(try api.app.tenantStore.verifyLedger().entries == 0)
    }

    @Test("nothing is taken below what is available, and the answer says how much is short")
    func insufficient() throws {
        let id = try api.customer(points: 130)
        try api.app.hold40(of: id)
        let answer = try adjust(id, -100)
        let json = try answer.json
        #expect(answer.status == 422 && json["code"] as? String == "insufficient_points")
        #expect(json["available"] as? Int == 90 && json["balance"] as? Int == 130)
        #expect(json["required"] as? Int == 100 && json["shortBy"] as? Int == 10)
        #expect(try adjust(id, -90).status == 201)
        #expect(try adjust(id, -1).status == 422)
        let customer = try api.get("/api/v1/customers/\(id)").json
        #expect(customer["points"] as? Int == 40 && customer["available"] as? Int == 0)
        try expectProof()
    }

    @Test("points given settle what is owed, oldest order first, and are posted whole")
    func settles() throws {
        let id = try api.customer("p1")
        func sale(_ posID: String, hoursAgo: Int64, isCompleted: Bool) -> OrderRevision {
            OrderRevision(
                source: .pos, posOrderID: posID, posCustomerID: "p1", posLocationID: "1", status: nil,
                isCompleted: isCompleted, total: Cents(rawValue: 10_000), tax: nil, refundOf: nil,
                completedAt: Instant.now().advanced(bySeconds: -3_600 * hoursAgo), updatedAt: nil)
        }
        func post(_ orders: [OrderRevision]) throws {
            let store = api.app.tenantStore
            try store.transaction { _ = try $0.store(orders, ignoresOlder: false, at: .now()) }
            try store.postOrders(
                of: [id], under: try store.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        }
        // The younger order is stored first: age is by completion.
        try post([sale("young", hoursAgo: 1, isCompleted: true)])
        try post([sale("old", hoursAgo: 5, isCompleted: true)])
        #expect(try adjust(id, -200).status == 201)
        try post([sale("young", hoursAgo: 1, isCompleted: false), sale("old", hoursAgo: 5, isCompleted: false)])
        #expect(try api.get("/api/v1/customers/\(id)").json["pointsOwed"] as? Int == 200)

        let answer = try adjust(id, 130)
        #expect(try answer.status == 201 && answer.json["points"] as? Int == 130)
        #expect(try answer.json["balanceAfter"] as? Int == 130)
        let entries = try api.get("/api/v1/customers/\(id)/ledger?limit=3").entries
        #expect(entries.map { $0["points"] as? Int } == [-30, -100, 130])
        #expect(entries.map { $0["posOrderId"] as? String } == ["young", "old", nil])
        #expect(entries.map { $0["kind"] as? String } == ["clawback", "clawback", "adjustment"])
        #expect(try api.get("/api/v1/customers/\(id)").json["pointsOwed"] as? Int == 70)
        try expectProof()
        #expect(try adjust(id, 100).status == 201)
        let settled = try api.get("/api/v1/customers/\(id)").json
        #expect(settled["pointsOwed"] as? Int == 0 && settled["points"] as? Int == 30)
        try expectProof()
        // The next posting finds nothing left to settle.
        try post([sale("new", hoursAgo: 0, isCompleted: true)])
        #expect(try api.get("/api/v1/customers/\(id)").json["points"] as? Int == 130)
        try expectProof()
    }

    @Test("all that is wrong with the fields is told at once")
    func fields() throws {
        let answer = try api.post(path, #"{"customer":{"phone":5,"x":1},"points":0,"reason":" ","a/b~c":1}"#)
        #expect(try answer.status == 400 && answer.code == "invalid_request")
        #expect(
            try answer.pointers == ["/customer/phone", "/customer/x", "/points", "/reason", "/a~1b~0c"])
        #expect(
            try answer.errorCodes == [
                "wrong_type", "unknown_field", "out_of_range", "out_of_range", "unknown_field",
            ])
        #expect(try api.post(path, "{}").pointers == ["/customer", "/points", "/reason"])
    }

    @Test(
        "a field that cannot be what it should is refused",
        arguments: [
            (#""points":10000001"#, "out_of_range"), (#""points":-10000001"#, "out_of_range"),
            (#""points":1.5"#, "out_of_range"), (#""points":1e400"#, "out_of_range"),
            (#""points":99999999999999999999999"#, "out_of_range"), (#""points":"5""#, "wrong_type"),
            (#""points":null"#, "wrong_type"), (#""points":true"#, "wrong_type"), (#""points":[5]"#, "wrong_type"),
            (#""points":-0"#, "out_of_range"),
        ])
    func points(member: String, code: String) throws {
        let id = try api.customer()
        let answer = try api.post(path, #"{"customerId":"\#(id)",\#(member),"reason":"r"}"#)
        #expect(try answer.status == 400 && answer.pointers == ["/points"] && answer.errorCodes == [code])
    }

    @Test("a reason has 1 to 200 characters that can be shown")
    func reason() throws {
        let id = try api.customer()
        let most = String(repeating: "ü", count: 200)
        for good in [#"r"#, most, #"😀 \"quoted\" \\"#] { #expect(try adjust(id, 1, reason: good).status == 201) }
        for bad in ["", "  ", most + "ü", #"a\nb"#, #"a\u0000"#, #"\u0085x"#] {
            #expect(try adjust(id, 1, reason: bad).pointers == ["/reason"])
        }
    }

    @Test(
        "a customer named in no way or in several is refused",
        arguments: [
            (#""customer":{}"#, ["/customer"]), (#""customer":null"#, ["/customer"]),
            (#""customer":"cus_1""#, ["/customer"]), (#""customerId":5"#, ["/customerId"]),
            (#""customer":{"posId":"1"},"customerId":"cus_1""#, ["/customerId"]),
            (#""customer":{"posId":"1","phone":"2025550143"}"#, ["/customer"]),
            (#""customer":{"posId":""}"#, ["/customer/posId"]), (#""customer":{"email":"x"}"#, ["/customer/email"]),
        ] as [(String, [String])])
    func customerNames(member: String, pointers: [String]) throws {
        let answer = try api.post(path, #"{\#(member),"points":1,"reason":"r"}"#)
        #expect(try answer.status == 400 && answer.pointers == pointers)
    }

    @Test(
        "what is not strictly JSON is refused",
        arguments: [
            ("", "invalid"), ("{", "invalid"), ("[]", "wrong_type"), ("null", "wrong_type"), ("5", "wrong_type"),
            (#"{"points":1,"points":2}"#, "repeated_field"), (#"{"customer":{"id":"a","id":"a"}}"#, "repeated_field"),
            (#"{"reason":"\ud800"}"#, "invalid"), ("{} x", "invalid"), ("\u{FEFF}{}", "invalid"),
            (
                #"{"a":"# + String(repeating: "[", count: 16) + String(repeating: "]", count: 16) + "}", "invalid"
            ),
            (String(repeating: "[", count: 100_000), "invalid"), ("points=1", "invalid"),
        ])
    func notJSON(body: String, code: String) throws {
        let answer = try api.post(path, body)
        #expect(try answer.status == 400 && answer.pointers == [""] && answer.errorCodes == [code])
    }

    @Test("a body that is not UTF-8 is refused")
    func encoding() throws {
        let body = Array(#"{"reason":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(try api.post(path, bytes: body).errorCodes == ["invalid"])
    }
}
