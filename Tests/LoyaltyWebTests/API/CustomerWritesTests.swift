import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport
import Testing

@testable import LoyaltyWeb

struct CustomerWritesTests {
    let api: ApiCaller
    init() throws { api = try ApiCaller() }

    private let path = "/api/v1/customers"

    private func join(_ body: String) throws -> Answer { try api.post(path, body) }
    private func members() throws -> Int64 { try api.app.tenantStore.customerCount() }
    private func id(_ answer: Answer) throws -> String { try #require(answer.json["id"] as? String) }

    private func detail(_ answer: Answer) throws -> CustomerDetail {
        let customer = try #require(CustomerID(try id(answer)))
        return try #require(try api.app.tenantStore.customer(customer))
    }

    private func activities(_ id: String) throws -> [ActivityLine] {
        let customer = try #require(CustomerID(id))
        return try api.app.tenantStore.activities(of: customer, .first, limit: 20).rows
    }

    @Test("somebody who joins is a member with all that was said, and an audit row of the same request")
    func joins() throws {
        let answer = try join(
            #"""
            {"posId":"9001","firstName":" Zoe\u0301 ","lastName":"Lind","phone":"(202) 555-0143","email":"Zoe@Example.com",
             "birthDate":"1990-02-28","consent":{"sms":true,"email":false,"wording":"Text me offers"}}
            """#)
        let json = try answer.json
        #expect(answer.status == 201 && json["created"] as? Bool == true)
        #expect(json["posId"] as? String == "9001" && json["lastName"] as? String == "Lind")
        #expect((json["firstName"] as? String).map { Array($0.unicodeScalars) } == Array("Zo\u{e9}".unicodeScalars))
        #expect(
            json["points"] as? Int == 0 && json["tier"] as? String == "Bronze" && json["segment"] as? String == "new")
        #expect(json["consent"] as? [String: Bool] == ["sms": true, "email": false])
        #expect((json["referralCode"] as? String).flatMap { ReferralCode($0) }?.text == json["referralCode"] as? String)
        let again = try api.get("\(path)/\(id(answer))").json
        #expect(NSDictionary(dictionary: again).isEqual(to: json.filter { $0.key != "created" }))
        let detail = try detail(answer)
        #expect(detail.birthDate == Day(parsing: "1990-02-28") && detail.card.email == "zoe@example.com")
        #expect(detail.card.phone == Phone("2025550143"))
        let audit = try api.app.tenantStore.auditLines(ofRequest: answer.id)
        #expect(audit.map(\.action) == ["customers.create"])
    }

    @Test("a consent is kept with when, where and to which words, and stands in the timeline")
    func consent() throws {
        let answer = try join(#"{"phone":"2025550143","consent":{"sms":true,"wording":"Text me offers"}}"#)
        let rows = try api.app.owner.all(
            """
            SELECT channel, is_given, place, wording, request_id, recorded_at FROM consent_records
             WHERE tenant_id = \(api.app.tenant.id)
            """)
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(try row.get("channel", as: String.self) == "sms" && row.get("is_given", as: Bool.self))
        #expect(try row.get("place", as: String.self) == "API key Tills")
        #expect(try row.get("wording", as: String.self) == "Text me offers")
        #expect(try row.get("request_id", as: String.self) == answer.id)
        let activity = try #require(try activities(id(answer)).first)
        #expect(activity.kind == .consentChange && activity.cause == "API key Tills: text messages")
        #expect(activity.from == nil && activity.to == "allowed")
    }

    @Test("who was never asked, and says no, leaves no record; who said yes and then no leaves two")
    func withdrawal() throws {
        let answer = try join(#"{"phone":"2025550143","consent":{"sms":false,"email":true}}"#)
        let change = path + "/" + (try id(answer))
        #expect(try api.post(change, #"{"consent":{"email":true}}"#).status == 200)
        let withdrawn = try api.post(change, #"{"consent":{"email":false}}"#)
        #expect(try withdrawn.json["consent"] as? [String: Bool] == ["sms": false, "email": false])
        let lines = try activities(id(answer))
        #expect(lines.map(\.to) == ["not allowed", "allowed"] && lines.map(\.from) == ["allowed", nil])
    }

    @Test("whoever has the POS id, or alone has the phone, is a member already")
    func known() throws {
        let first = try join(#"{"posId":"1","firstName":"Ada","phone":"2025550143"}"#)
        for body in [
            #"{"posId":"1"}"#, #"{"phone":"+1 202 555 0143"}"#,
            #"{"posId":"1","phone":"2025550199","firstName":"Eve"}"#,
            #"{"phone":"2025550143","firstName":"Eve"}"#,
        ] {
            let answer = try join(body)
            let json = try answer.json
            #expect(answer.status == 200 && json["created"] as? Bool == false, "\(body)")
            #expect(try json["id"] as? String == id(first) && json["firstName"] as? String == "Ada", "\(body)")
        }
        #expect(try members() == 1)
    }

    @Test("who joins again and says yes now is asked no more; a box left alone is no withdrawal")
    func joinsAgain() throws {
        let first = try join(#"{"phone":"2025550143","consent":{"email":true}}"#)
        let again = try join(#"{"phone":"2025550143","consent":{"sms":true,"email":false}}"#)
        #expect(try again.status == 200 && again.json["consent"] as? [String: Bool] == ["sms": true, "email": true])
        #expect(try activities(id(first)).count == 2)
    }

    @Test("a member without a POS id becomes the POS customer with their phone")
    func tied() throws {
        let first = try join(#"{"phone":"2025550143","firstName":"Ada"}"#)
        let answer = try join(#"{"posId":"77","phone":"2025550143"}"#)
        #expect(try answer.status == 200 && answer.json["id"] as? String == id(first))
        #expect(try answer.json["posId"] as? String == "77")
        #expect(try members() == 1)
    }

    @Test("the point of sale knows two people with one phone by two ids for two")
    func household() throws {
        #expect(try join(#"{"posId":"1","phone":"2025550143"}"#).status == 201)
        #expect(try join(#"{"posId":"2","phone":"2025550143"}"#).status == 201)
        let shared = try join(#"{"phone":"2025550143"}"#)
        #expect(try shared.status == 409 && shared.code == "ambiguous_customer")
        #expect(try members() == 2)
    }

    @Test(
        "two who join at once with one phone, or one POS id, are one member",
        arguments: [#"{"phone":"2025550143"}"#, #"{"posId":"5"}"#, #"{"posId":"5","phone":"2025550143"}"#])
    func atOnce(body: String) throws {
        let found = Mutex<[String]>([])
        let statuses = Mutex<[Int]>([])
        let meeting = MeetingPoint(8)
        let (shared, options, key) = (api.app.site.shared, api.app.appOptions, api.key)
        try inParallel(
            (0..<8).map { number in
                {
                    let site = Site(store: Store(Connection(options)), shared: shared)
                    _ = try site.store.databaseTime()
                    let request = Request(
                        method: .post, path: "/api/v1/customers",
                        headers: [.authorization: "Bearer \(key)", .idempotencyKey: "join-\(number)"],
                        body: Array(body.utf8))
                    meeting.meet()
                    let answer = Answer(response: try site.respond(to: request), id: request.id)
                    statuses.withLock { $0.append(answer.status) }
                    let id = try answer.json["id"] as? String ?? "none"
                    found.withLock { $0.append(id) }
                }
            })
        #expect(statuses.withLock { $0.sorted() } == [200, 200, 200, 200, 200, 200, 200, 201])
        #expect(found.withLock { Set($0).count } == 1)
        #expect(try members() == 1)
    }

    @Test("sales that waited for their customer earn when that one joins")
    func waiting() throws {
        let order = #"""
            {"posOrderId":"o1","customer":{"posId":"42"},"status":"completed","totalCents":2500,
             "completedAt":"2026-01-02T10:00:00Z"}
            """#
        #expect(try api.post("/api/v1/orders", order).json["reason"] as? String == "unknown_customer")
        let answer = try join(#"{"posId":"42"}"#)
        #expect(try answer.status == 201 && answer.json["points"] as? Int == 25)
        #expect(try answer.json["orderCount"] as? Int == 1)
        #expect(try api.app.tenantStore.verifyLedger().differences.isEmpty)
    }

    @Test("a customer keeps who brought them, once; nobody's code is refused")
    func referral() throws {
        let code = try #require(try join(#"{"phone":"2025550143"}"#).json["referralCode"] as? String)
        let typed = code.lowercased().prefix(5) + "-" + code.suffix(5)
        #expect(try join(#"{"phone":"2025550144","referralCode":"\#(typed)"}"#).status == 201)
        #expect(try join(#"{"phone":"2025550144","referralCode":"0000000000"}"#).status == 200)
        let unknown = try join(#"{"phone":"2025550145","referralCode":"0000000000"}"#)
        #expect(try unknown.status == 404 && unknown.code == "not_found")
        let count: Int64 = try api.app.owner.one(
            "SELECT COUNT(*) AS count FROM referrals WHERE tenant_id = \(api.app.tenant.id)"
        ) { try $0.get("count") }
        #expect(try count == 1 && members() == 2)
    }

    @Test("a code of another shop's customer is nobody's")
    func foreignReferral() throws {
        let key = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        let code = try #require(
            try api.post(path, #"{"phone":"2025550143"}"#, key: key).json["referralCode"] as? String)
        #expect(try join(#"{"phone":"2025550144","referralCode":"\#(code)"}"#).status == 404)
    }

    @Test("every customer has a code of their own, however they became one")
    func codes() throws {
        for number in 0..<200 { try api.add(CustomerProfile(posID: "\(number)", firstName: "A", lastName: "B")) }
        let codes: [String] = try api.app.owner.all(
            "SELECT referral_code FROM customers WHERE tenant_id = \(api.app.tenant.id)"
        ) { try $0.get("referral_code") }
        #expect(Set(codes).count == 200 && codes.allSatisfy { ReferralCode($0)?.text == $0 })
    }

    @Test(
        "what cannot be is refused by its field, all at once, and makes nobody",
        arguments: [
            ("{}", [""], ["required"]), (#"{"birthDate":"1990-01-01"}"#, [""], ["required"]),
            (#"{"firstName":"","posId":null}"#, [""], ["required"]),
            (
                #"{"phone":"12","email":"x","birthDate":"1990-02-30"}"#, ["/phone", "/email", "/birthDate"],
                ["invalid", "invalid", "invalid"]
            ),
            (#"{"posId":"","firstName":7}"#, ["/posId", "/firstName"], ["out_of_range", "wrong_type"]),
            (#"{"phone":"2025550143","birthDate":"2999-01-01"}"#, ["/birthDate"], ["out_of_range"]),
            (
                #"{"phone":"2025550143","consent":{"sms":"yes","fax":true}}"#, ["/consent/sms", "/consent/fax"],
                ["wrong_type", "unknown_field"]
            ),
            (#"{"phone":"2025550143","consent":true}"#, ["/consent"], ["wrong_type"]),
            (#"{"phone":"2025550143","referralCode":"abc"}"#, ["/referralCode"], ["invalid"]),
            (#"{"phone":"2025550143","lastName":"a\u0000b"}"#, ["/lastName"], ["invalid"]),
            (#"{"phone":"2025550143","points":5}"#, ["/points"], ["unknown_field"]),
        ] as [(String, [String], [String])])
    func refused(body: String, pointers: [String], codes: [String]) throws {
        let answer = try join(body)
        #expect(
            try answer.status == 400 && answer.pointers == pointers && answer.errorCodes == codes,
            "\(answer.response.body)")
        #expect(try members() == 0)
    }

    @Test("an update changes what it names and clears what is null")
    func changes() throws {
        let first = try join(#"{"firstName":"Ada","lastName":"B","phone":"2025550143","email":"a@example.com"}"#)
        let change = path + "/" + (try id(first))
        let answer = try api.post(change, #"{"lastName":"Byron","phone":null,"birthDate":"1990-01-31","posId":"8"}"#)
        let json = try answer.json
        #expect(answer.status == 200 && json["created"] == nil)
        #expect(json["firstName"] as? String == "Ada" && json["lastName"] as? String == "Byron")
        #expect(json["posId"] as? String == "8")
        let detail = try detail(first)
        #expect(detail.card.phone == nil && detail.card.email == "a@example.com")
        #expect(detail.birthDate == Day(parsing: "1990-01-31"))
        #expect(
            try api.app.tenantStore.auditLines(ofRequest: answer.id).map(\.detail) == [
                "posId, lastName, phone, birthDate"
            ])
        #expect(try api.post(change, "{}").status == 200)
    }

    @Test("a POS id stays whose it is")
    func posIDs() throws {
        let first = try join(#"{"posId":"1"}"#)
        let second = try join(#"{"phone":"2025550143"}"#)
        let taken = try api.post(path + "/" + id(second), #"{"posId":"1"}"#)
        #expect(try taken.status == 409 && taken.code == "conflict")
        let other = try api.post(path + "/" + id(first), #"{"posId":"2"}"#)
        #expect(try other.status == 409 && other.code == "conflict")
        #expect(try api.post(path + "/" + id(first), #"{"posId":"1"}"#).status == 200)
        #expect(try api.post(path + "/cus_nobody", "{}").status == 404)
    }
}
