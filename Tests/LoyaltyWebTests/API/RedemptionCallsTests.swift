import FastCGI
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct RedemptionCallsTests {
    let api: ApiCaller
    init() throws { api = try ApiCaller() }

    private let path = "/api/v1/redemptions"
    private static let tiers = (1...3).map { RewardID(rawValue: UInt128($0)) }

    private func redeem(_ id: CustomerID, _ more: String, key: String? = nil) throws -> Answer {
        try api.post(path, "{\"customerId\":\"\(id)\",\(more)}", key: key)
    }

    private func expectProof() throws { #expect(try api.app.tenantStore.verifyLedger().differences == []) }

    private func id(_ answer: Answer) throws -> String { try #require(try answer.json["id"] as? String) }

    private func age(_ answer: Answer, hours: Int64) throws {
        let redemption = try #require(RedemptionID(try id(answer)))
        try api.app.owner.execute(
            """
            UPDATE redemptions SET expires_at = expires_at - INTERVAL \(hours) HOUR,
                   captured_at = captured_at - INTERVAL \(hours) HOUR WHERE id = \(redemption)
            """)
    }

    @Test("points are used at once, with the fields of the contract, an audit row and a line of the timeline")
    func direct() throws {
        let id = try api.customer(points: 300)
        let answer = try redeem(
            id, #""redemptionTierId":"\#(Self.tiers[1])","orderTotalCents":6000,"posOrderId":"55","posLocationId":"9""#)
        let json = try answer.json
        #expect(answer.status == 201 && !answer.isReplay)
        #expect(
            Set(json.keys) == [
                "id", "status", "points", "valueCents", "available", "expiresAt", "late", "posOrderId", "posDiscount",
                "createdAt", "receipt",
            ])
        #expect(json["status"] as? String == "captured" && json["points"] as? Int == 250)
        #expect(json["valueCents"] as? Int == 1500 && json["available"] as? Int == 50)
        #expect(json["expiresAt"] is NSNull && json["late"] as? Bool == false && json["posDiscount"] is NSNull)
        #expect(json["posOrderId"] as? String == "55")
        #expect(try self.id(answer).hasPrefix("red_"))
        let lines = (json["receipt"] as? [String: Any])?["lines"] as? [String]
        #expect(lines == ["$15 off: −$15.00", "250 points used", "50 points available"])
        let shown = try api.get("\(path)/\(self.id(answer))").json
        #expect(NSDictionary(dictionary: shown) == NSDictionary(dictionary: json))
        let entry = try #require(try api.get("/api/v1/customers/\(id)/ledger").entries.first)
        #expect(entry["kind"] as? String == "redeem" && entry["points"] as? Int == -250)
        #expect(entry["posOrderId"] as? String == "55")
        let activity = try #require(try api.app.tenantStore.activities(of: id, .first, limit: 1).rows.first)
        #expect(activity.cause == "API key Tills: 250 points for $15.00 off order 55")
        let audits: Int64 = try api.app.owner.one(
            """
            SELECT COUNT(*) AS number FROM audit_log JOIN ledger_entries USING (tenant_id, request_id)
             WHERE request_id = \(Array(answer.id.utf8)) AND action = 'redemption.redeem'
               AND subject = \(Array(try self.id(answer).utf8)) AND kind = 'redeem'
            """
        ) { try $0.get("number") }
        #expect(audits == 1)
        let stored = try api.app.tenantStore.redemptions(of: id, limit: 1)
        #expect(stored.first?.apiKey == String(api.key.prefix(8)) && stored.first?.posLocationID == "9")
        try expectProof()
    }

    @Test("a hold is captured for what the order came to, and says until when it lasts")
    func hold() throws {
        let id = try api.customer(points: 300)
        let hold = try redeem(id, #""redemptionTierId":"\#(Self.tiers[1])","orderTotalCents":6000,"hold":true"#)
        let json = try hold.json
        #expect(hold.status == 201 && json["status"] as? String == "held" && json["available"] as? Int == 50)
        let end = try #require((json["expiresAt"] as? String).flatMap { Instant(parsing: $0) })
        let start = try #require((json["createdAt"] as? String).flatMap { Instant(parsing: $0) })
        #expect(end.secondsSince1970 - start.secondsSince1970 == 900)
        let customer = try api.get("/api/v1/customers/\(id)").json
        #expect(customer["points"] as? Int == 300 && customer["available"] as? Int == 50)
        let captured = try api.post("\(path)/\(self.id(hold))/capture", #"{"orderTotalCents":1000}"#)
        #expect(captured.status == 200)
        let after = try captured.json
        #expect(after["points"] as? Int == 167 && after["valueCents"] as? Int == 1000)
        #expect(after["status"] as? String == "captured" && after["available"] as? Int == 133)
        #expect(
            (after["receipt"] as? [String: [String]])?["lines"] == [
                "Part of $15 off: −$10.00", "167 points used", "133 points available",
            ])
        let again = try api.post("\(path)/\(self.id(hold))/capture", "")
        #expect(try again.status == 409 && again.code == "redemption_not_open")
        try expectProof()
    }

    @Test("without a body a capture takes what was held, and a void releases or gives back")
    func noBody() throws {
        let id = try api.customer(points: 300)
        let first = try redeem(id, #""points":150,"orderTotalCents":6000,"hold":true"#)
        let second = try redeem(id, #""points":100,"orderTotalCents":6000,"hold":true"#)
        #expect(try api.post("\(path)/\(self.id(first))/capture", "").json["points"] as? Int == 150)
        let released = try api.post("\(path)/\(self.id(second))/void", "{}").json
        #expect(released["status"] as? String == "voided" && released["available"] as? Int == 150)
        #expect(
            (released["receipt"] as? [String: Any])?["lines"] as? [String] == [
                "100 points: cancelled", "100 points released", "150 points available",
            ])
        let voided = try api.post("\(path)/\(self.id(first))/void", "")
        #expect(try voided.status == 200 && voided.json["available"] as? Int == 300)
        let again = try api.post("\(path)/\(self.id(first))/void", "")
        #expect(try again.status == 409 && again.code == "redemption_not_open")
        #expect(try api.post("\(path)/\(self.id(first))/void", #"{"why":"x"}"#).pointers == ["/why"])
        try expectProof()
    }

    @Test("a hold that lapsed today is captured late, and one that lapsed before is not open")
    func late() throws {
        let id = try api.customer(points: 300)
        let first = try redeem(id, #""points":100,"orderTotalCents":6000,"hold":true"#)
        let second = try redeem(id, #""points":100,"orderTotalCents":6000,"hold":true"#)
        try age(first, hours: 2)
        try age(second, hours: 30)
        let shown = try api.get("\(path)/\(self.id(first))").json
        #expect(shown["status"] as? String == "expired" && shown["available"] as? Int == 300)
        let captured = try api.post("\(path)/\(self.id(first))/capture", "{}")
        #expect(try captured.status == 200 && captured.json["late"] as? Bool == true)
        let refused = try api.post("\(path)/\(self.id(second))/capture", "{}")
        #expect(try refused.status == 409 && refused.code == "redemption_not_open")
        try expectProof()
    }

    @Test("after 24 hours a void needs the scope adjustments")
    func lateVoid() throws {
        let id = try api.customer(points: 300)
        let used = try redeem(id, #""points":100,"orderTotalCents":6000"#)
        try age(used, hours: 25)
        let till = try ApiCaller.makeKey([Scope(.redemptions)], at: api.app.tenant, in: api.app)
        let refused = try api.post("\(path)/\(self.id(used))/void", "", key: till)
        #expect(try refused.status == 403 && refused.code == "forbidden")
        #expect(try api.post("\(path)/\(self.id(used))/void", "").status == 200)
        try expectProof()
    }

    @Test("a quote says of every tier whether it can be used and why not, and the most points")
    func quote() throws {
        let id = try api.customer(points: 300)
        let answer = try api.post(
            path + "/quote", #"{"customer":{"posId":"p1"},"orderTotalCents":1000}"#, idempotencyKey: "")
        let json = try answer.json
        #expect(answer.status == 200 && json["available"] as? Int == 300)
        let options = try #require(json["options"] as? [[String: Any]])
        #expect(options.map { $0["redemptionTierId"] as? String } == Self.tiers.map { "\($0)" })
        #expect(options.map { $0["label"] as? String } == ["$5 off", "$15 off", "$35 off"])
        #expect(options.map { $0["pointsCost"] as? Int } == [100, 167, 500])
        #expect(options.map { $0["valueCents"] as? Int } == [500, 1000, 3500])
        #expect(options.map { $0["usable"] as? Bool } == [true, true, false])
        #expect(options.map { $0["reason"] as? String } == [nil, nil, "insufficient_points"])
        #expect(options.map { $0["shortBy"] as? Int } == [nil, nil, 200])
        let best = try #require(json["bestPartial"] as? [String: Int])
        #expect(best == ["points": 200, "valueCents": 1000])
        let used = try redeem(id, #""points":200,"orderTotalCents":1000"#).json
        #expect(used["points"] as? Int == 200 && used["valueCents"] as? Int == 1000)
        let none = try api.post(path + "/quote", #"{"customerId":"\#(id)","orderTotalCents":0}"#).json
        #expect(none["bestPartial"] is NSNull)
    }

    @Test(
        "a redemption is refused with the codes of the contract, and takes nothing",
        arguments: [
            (#""redemptionTierId":"\#(tiers[2])","orderTotalCents":6000"#, 422, "insufficient_points"),
            (#""redemptionTierId":"rew_nothing","orderTotalCents":6000"#, 404, "not_found"),
            (#""redemptionTierId":"\#(tiers[0])","orderTotalCents":0"#, 422, "reward_exceeds_order"),
            (#""redemptionTierId":"\#(tiers[0])","orderTotalCents":499"#, 422, "below_minimum_order"),
            (#""points":99,"orderTotalCents":6000"#, 422, "not_redeemable"),
            (#""points":0,"orderTotalCents":6000"#, 422, "not_redeemable"),
        ])
    func refused(more: String, status: Int, code: String) throws {
        if code == "below_minimum_order" {
            var settings = try api.app.tenantStore.settings()
            settings.redemptions.minimumOrder = 500
            try api.app.tenantStore.save(
                settings.redemptions, ifVersion: settings.version(of: .redemptions), by: nil, requestID: nil)
        }
        let id = try api.customer(points: 300)
        for isHold in [false, true] {
            let answer = try redeem(id, more + #","hold":\#(isHold)"#)
            let json = try answer.json
            #expect(answer.status == status && json["code"] as? String == code)
            #expect(json["retryable"] as? Bool == false)
            guard code == "insufficient_points" else { continue }
            #expect(json["available"] as? Int == 300 && json["balance"] as? Int == 300)
            #expect(json["required"] as? Int == 500 && json["shortBy"] as? Int == 200)
        }
        #expect(try api.get("/api/v1/customers/\(id)").json["available"] as? Int == 300)
        try expectProof()
    }

    @Test("a cap used up by others, partial redemption off, a pause and an order undone have their codes")
    func moreRefused() throws {
        let id = try api.customer(points: 900)
        let tier = #""redemptionTierId":"\#(Self.tiers[1])","orderTotalCents":1500,"posOrderId":"A""#
        #expect(try redeem(id, tier).status == 201)
        #expect(try redeem(id, tier).code == "reward_exceeds_order")
        var settings = try api.app.tenantStore.settings()
        settings.redemptions.partialRedemption = false
        try api.app.tenantStore.save(
            settings.redemptions, ifVersion: settings.version(of: .redemptions), by: nil, requestID: nil)
        #expect(try redeem(id, #""points":100,"orderTotalCents":6000"#).code == "not_redeemable")
        #expect(
            try redeem(id, #""redemptionTierId":"\#(Self.tiers[1])","orderTotalCents":1499"#).code
                == "reward_exceeds_order")
        let hold = try redeem(id, #""redemptionTierId":"\#(Self.tiers[0])","orderTotalCents":6000,"hold":true"#)
        settings.program.paused = true
        try api.app.tenantStore.save(
            settings.program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
        let paused = try redeem(id, #""redemptionTierId":"\#(Self.tiers[0])","orderTotalCents":6000"#)
        #expect(try paused.status == 409 && paused.code == "program_paused")
        #expect(try api.post("\(path)/\(self.id(hold))/capture", "").status == 200)
        #expect(try api.post("\(path)/\(self.id(hold))/void", "").status == 200)
        try expectProof()
    }

    @Test(
        "a body that cannot be understood names every field",
        arguments: [
            (#"{}"#, ["/customer", "/redemptionTierId", "/orderTotalCents"]),
            (#"{"customerId":"cus_x","points":1,"redemptionTierId":"x","orderTotalCents":1}"#, ["/points"]),
            (#"{"customerId":"cus_x","points":-1,"orderTotalCents":-1}"#, ["/points", "/orderTotalCents"]),
            (#"{"customerId":"cus_x","points":"9","orderTotalCents":1.5}"#, ["/points", "/orderTotalCents"]),
            (#"{"customerId":"cus_x","points":null,"orderTotalCents":1,"hold":1}"#, ["/redemptionTierId", "/hold"]),
            (#"{"customerId":"cus_x","points":1,"orderTotalCents":1,"posOrderId":"","x":1}"#, ["/posOrderId", "/x"]),
            (
                #"{"customerId":"cus_x","points":1,"orderTotalCents":1,"posOrderId":" 5","posLocationId":5}"#,
                ["/posOrderId", "/posLocationId"]
            ),
        ])
    func malformed(body: String, pointers: [String]) throws {
        let answer = try api.post(path, body)
        #expect(try answer.status == 400 && answer.code == "invalid_request")
        #expect(try answer.pointers == pointers)
    }

    @Test("null is as good as left out, and a key with the same body gives the first answer again")
    func replay() throws {
        let id = try api.customer(points: 300)
        let body = #"{"customerId":"\#(id)","points":250,"orderTotalCents":6000,"posOrderId":null,"hold":null}"#
        let first = try api.post(path, body, idempotencyKey: "k1")
        let again = try api.post(path, body, idempotencyKey: "k1")
        #expect(first.status == 201 && again.status == 201 && again.isReplay)
        #expect(first.response.body == again.response.body)
        // A refusal is kept too, also when it would be allowed by now.
        let refused = try api.post(path, body, idempotencyKey: "k2")
        #expect(try api.post("\(path)/\(self.id(first))/void", "", idempotencyKey: "k3").status == 200)
        let kept = try api.post(path, body, idempotencyKey: "k2")
        #expect(refused.status == 422 && kept.isReplay && kept.response.body == refused.response.body)
        #expect(try api.post("\(path)/\(self.id(first))/void", "", idempotencyKey: "k3").isReplay)
        #expect(try api.post(path, body.replacing("250", with: "100"), idempotencyKey: "k1").status == 422)
        #expect(try api.post(path, body, idempotencyKey: "").status == 400)
        try expectProof()
    }

    @Test("a key of another tenant finds neither customer nor redemption, and one without the scope is refused")
    func foreign() throws {
        let id = try api.customer(points: 300)
        let hold = try redeem(id, #""points":100,"orderTotalCents":6000,"hold":true"#)
        let stranger = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        let calls = ["\(path)/\(try self.id(hold))/capture", "\(path)/\(try self.id(hold))/void"]
        #expect(try redeem(id, #""points":100,"orderTotalCents":6000"#, key: stranger).code == "not_found")
        let quoteBody = #"{"customerId":"\#(id)","orderTotalCents":1000}"#
        #expect(try api.post(path + "/quote", quoteBody, key: stranger).status == 404)
        #expect(try api.get("\(path)/\(self.id(hold))", key: stranger).status == 404)
        for call in calls { #expect(try api.post(call, "", key: stranger).code == "not_found") }
        let reader = try ApiCaller.makeKey([Scope(.redemptions, isReadOnly: true)], at: api.app.tenant, in: api.app)
        #expect(try redeem(id, #""points":100,"orderTotalCents":6000"#, key: reader).status == 403)
        for call in calls { #expect(try api.post(call, "", key: reader).status == 403) }
        #expect(try api.get("\(path)/\(self.id(hold))", key: reader).json["status"] as? String == "held")
        #expect(try api.post(path + "/quote", quoteBody, key: reader).status == 200)
        for text in ["red_nothing", "x", "\(id)"] { #expect(try api.get("\(path)/\(text)").status == 404) }
        try expectProof()
    }
}
