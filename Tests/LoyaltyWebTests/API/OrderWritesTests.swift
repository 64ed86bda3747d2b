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

struct OrderWritesTests {
    let shop: OrderCaller
    init() throws { shop = try OrderCaller() }

    /// After whatever was saved just now: the wire carries milliseconds, and a moment ahead counts as now.
    private var soon: Instant { Instant.now().advanced(bySeconds: 2) }

    @Test("an order answers with points, tier, segment and lines for the receipt")
    func told() throws {
        let answer = try shop.tell(cents: 250_99)
        let json = try answer.json
        #expect(answer.status == 200)
        #expect(
            Set(json.keys) == [
                "id", "posOrderId", "customerId", "pointsPosted", "reason", "points", "available", "tier",
                "previousTier", "segment", "badgesEarned", "stale", "receipt",
            ])
        #expect((json["id"] as? String)?.hasPrefix("ord_") == true && json["posOrderId"] as? String == "o1")
        #expect(json["customerId"] as? String == "\(shop.id)" && json["reason"] is NSNull)
        #expect(json["pointsPosted"] as? Int == 250 && json["points"] as? Int == 250)
        #expect(json["available"] as? Int == 250 && json["segment"] as? String == "new")
        #expect(json["tier"] as? String == "Silver" && json["previousTier"] as? String == "Bronze")
        #expect(json["stale"] as? Bool == false && (json["badgesEarned"] as? [Any])?.isEmpty == true)
        let receipt = try #require(json["receipt"] as? [String: [String]])
        #expect(receipt["lines"] == ["Points earned: 250", "Balance: 250 points", "$249.01 more to Gold"])
        let request = try shop.api.app.tenantStore.entries(ofRequest: answer.id)
        #expect(request.map(\.points) == [250])
        #expect(try shop.api.app.tenantStore.auditLines(ofRequest: answer.id).map(\.action) == ["orders.record"])
        try shop.expectProof()
    }

    @Test(
        "a till that retries posts one sale five times, three of them at once: one earning, the same answer each time")
    func fiveTimes() throws {
        let bodies = Mutex<[[UInt8]]>([])
        let meeting = MeetingPoint(3)
        let (shared, options, key, body) = (
            shop.api.app.site.shared, shop.api.app.appOptions, shop.api.key, shop.body(cents: 250_00)
        )
        let tell: @Sendable (Int) throws -> Void = { number in
            let site = Site(store: Store(Connection(options)), shared: shared)
            _ = try site.store.databaseTime()
            if number < 3 { meeting.meet() }
            let response = try site.respond(
                to: Request(
                    method: .post, path: "/api/v1/orders",
                    headers: [.authorization: "Bearer \(key)", .idempotencyKey: "sale-\(number)"],
                    body: Array(body.utf8)))
            bodies.withLock { $0.append(response.body) }
        }
        try inParallel((0..<3).map { number in { try tell(number) } })
        try tell(3)
        try tell(4)
        let answers = bodies.withLock { $0 }
        #expect(answers.count == 5 && Set(answers).count == 1)
        #expect(String(decoding: answers[0], as: UTF8.self).contains(#""tier":"Silver","previousTier":"Bronze""#))
        #expect(try shop.entries() == [250])
        try shop.expectProof()
    }

    @Test("a sale six hours late earns under the terms of when it was made, once")
    func late() throws {
        #expect(try shop.tell("first", cents: 10_00, at: shop.now.advanced(bySeconds: -86_400)).status == 200)
        try shop.save(\.points) { $0.pointsPerDollar = 3_000 }
        let made = try shop.api.app.tenantStore.lastSave(of: .points).savedAt.advanced(bySeconds: -3_600 * 6)
        #expect(try shop.tell("late", cents: 10_00, at: made).json["pointsPosted"] as? Int == 10)
        #expect(try shop.tell("late", cents: 10_00, at: made).json["pointsPosted"] as? Int == 10)
        #expect(try shop.tell("new", cents: 10_00, at: soon).json["pointsPosted"] as? Int == 30)
        #expect(try shop.entries() == [10, 10, 30])
    }

    @Test("the next sale after a save uses what was saved")
    func saved() throws {
        #expect(try shop.tell("o1", cents: 10_00).json["pointsPosted"] as? Int == 10)
        for rate: Thousandths in [2_000, 3_000] {
            try shop.save(\.points) { $0.pointsPerDollar = rate }
            let answer = try shop.tell("o\(rate.rawValue)", cents: 10_00, at: soon)
            #expect(try answer.json["pointsPosted"] as? Int64 == rate.rawValue / 100)
        }
    }

    @Test("two tax rates on one net price earn the same when the shop earns before tax")
    func taxes() throws {
        try shop.save(\.points) { $0.earnOn = .beforeTax }
        let (low, high) = (#""taxCents":100"#, #""taxCents":2000"#)
        #expect(try shop.tell("a", cents: 51_00, at: soon, more: low).json["pointsPosted"] as? Int == 50)
        #expect(try shop.tell("b", cents: 70_00, at: soon, more: high).json["pointsPosted"] as? Int == 50)
        let silent = try shop.tell("c", cents: 70_00, at: soon)
        #expect(try silent.json["reason"] as? String == "unreadable" && silent.json["pointsPosted"] as? Int == 0)
    }

    @Test("what was paid with points earns none")
    func tender() throws {
        #expect(try shop.tell(cents: 60_00, more: #""pointsTenderCents":1500"#).json["pointsPosted"] as? Int == 45)
    }

    @Test("paying off an order that has earned adds nothing, nor does the webhook of the same completion")
    func payment() throws {
        let ordered = try shop.tell(status: "processing")
        #expect(try ordered.json["reason"] as? String == "not_completed" && ordered.json["points"] as? Int == 0)
        #expect(try shop.tell(more: #""updatedAt":"2026-01-02T10:00:00Z""#).json["pointsPosted"] as? Int == 100)
        let paid = try shop.tell(more: #""updatedAt":"2026-01-02T11:00:00Z""#)
        #expect(try paid.json["pointsPosted"] as? Int == 100 && paid.json["points"] as? Int == 100)
        try shop.feed(customer: "p1")
        #expect(try shop.entries() == [100])
        try shop.expectProof()
    }

    @Test("an older revision changes nothing and says so; one of the same moment counts")
    func stale() throws {
        let (old, new) = (#""updatedAt":"2026-01-02T10:00:00Z""#, #""updatedAt":"2026-01-02T11:00:00Z""#)
        #expect(try shop.tell(cents: 80_00, more: new).json["stale"] as? Bool == false)
        let late = try shop.tell(cents: 100_00, more: old)
        #expect(try late.json["stale"] as? Bool == true && late.json["pointsPosted"] as? Int == 80)
        let same = try shop.tell(cents: 90_00, more: new)
        #expect(try same.json["stale"] as? Bool == false && same.json["pointsPosted"] as? Int == 90)
        #expect(try shop.entries() == [80, 10])
    }

    @Test("an edit, a void and a reopening end in what the order is worth")
    func edited() throws {
        #expect(try shop.tell(cents: 250_00).json["tier"] as? String == "Silver")
        let voided = try shop.tell(cents: 250_00, status: "Voided")
        #expect(try voided.json["points"] as? Int == 0 && voided.json["reason"] as? String == "not_completed")
        #expect(try voided.json["tier"] as? String == "Bronze" && voided.json["previousTier"] as? String == "Silver")
        #expect(try shop.tell(cents: 120_00).json["points"] as? Int == 120)
        #expect(try shop.entries() == [250, -250, 120])
        try shop.expectProof()
    }

    @Test("an order left out keeps its buyer, null takes it from them, another name moves it")
    func moved() throws {
        let other = try shop.api.customer("p2")
        #expect(try shop.tell().json["points"] as? Int == 100)
        #expect(try shop.tell(cents: 90_00, customer: nil).json["points"] as? Int == 90)
        let moved = try shop.tell(cents: 90_00, customer: #"{"id":"\#(other)"}"#)
        #expect(try moved.json["customerId"] as? String == "\(other)" && moved.json["points"] as? Int == 90)
        let nobody = try shop.tell(cents: 90_00, customer: "null")
        #expect(try nobody.json["customerId"] is NSNull && nobody.json["points"] is NSNull)
        #expect(try nobody.json["reason"] as? String == "no_member")
        #expect(try shop.entries() == [100, -10, -90])
        try shop.expectProof()
    }

    @Test(
        "an order of nobody, or of somebody unknown, is stored and says why it earns nothing",
        arguments: [
            ("null", "no_member"), (nil, "no_member"), (#"{"posId":"p9"}"#, "unknown_customer"),
            (#"{"phone":"2025550143"}"#, "unknown_customer"), (#"{"id":"cus_nobody"}"#, "unknown_customer"),
        ] as [(String?, String)])
    func nobody(customer: String?, reason: String) throws {
        for _ in 0..<2 {
            let answer = try shop.tell(customer: customer)
            let json = try answer.json
            #expect(answer.status == 200 && json["pointsPosted"] as? Int == 0)
            #expect(json["reason"] as? String == reason && json["points"] is NSNull && json["tier"] is NSNull)
            #expect((json["receipt"] as? [String: [String]])?["lines"] == [])
        }
        #expect(try shop.tell().json["pointsPosted"] as? Int == 100)
    }

    @Test("a member without a POS id earns too, however they are named")
    func ownMembers() throws {
        let joined = try shop.api.post("/api/v1/customers", #"{"phone":"2025550143","email":"a@example.com"}"#)
        let id = try #require(try joined.json["id"] as? String)
        for (number, name) in [
            #"{"phone":"202-555-0143"}"#, #"{"email":"A@example.com"}"#, #"{"id":"\#(id)"}"#,
        ].enumerated() {
            #expect(try shop.tell("own\(number)", customer: name).json["points"] as? Int == (number + 1) * 100)
        }
        #expect(try shop.tell("own2", customer: #"{"id":"\#(id)"}"#).json["points"] as? Int == 300)
    }

    @Test("several people's phone names nobody in particular")
    func ambiguous() throws {
        for posID in ["7", "8"] {
            _ = try shop.api.post("/api/v1/customers", #"{"posId":"\#(posID)","phone":"2025550143"}"#)
        }
        let answer = try shop.tell(customer: #"{"phone":"2025550143"}"#)
        #expect(try answer.status == 409 && answer.code == "ambiguous_customer")
    }

    @Test("a sale dated ahead of our clock counts as now; more than a day ahead is refused")
    func ahead() throws {
        let soon = Instant.now().advanced(bySeconds: 3_600)
        for _ in 0..<2 { #expect(try shop.tell(at: soon).json["pointsPosted"] as? Int == 100) }
        let order = try shop.api.get("/api/v1/orders?posOrderId=o1").json
        let kept = try #require((order["completedAt"] as? String).flatMap { Instant(parsing: $0) })
        #expect(kept <= .now())
        let far = try shop.tell("o2", at: Instant.now().advanced(bySeconds: 86_500))
        #expect(try far.status == 400 && far.pointers == ["/completedAt"])
    }

    @Test("a paused program stores the sale and says why it earns nothing")
    func paused() throws {
        #expect(try shop.tell("before").json["pointsPosted"] as? Int == 100)
        try shop.save(\.program) { $0.paused = true }
        let answer = try shop.tell("during", at: soon)
        #expect(try answer.json["reason"] as? String == "paused" && answer.json["points"] as? Int == 100)
        #expect(
            try (answer.json["receipt"] as? [String: [String]])?["lines"] == [
                "Points earned: 0", "Balance: 100 points", "$300.00 more to Gold",
            ])
    }

    @Test("equity shows in the points and nowhere else")
    func equity() throws {
        try shop.save(\.points) { $0.equityMultiplier = 1_370 }
        try shop.api.app.owner.execute(
            """
            INSERT INTO equity_periods (tenant_id, customer_id, starts_at)
            VALUES (\(shop.api.app.tenant.id), \(shop.id.bytes), '2020-01-01')
            """)
        let answer = try shop.tell(at: soon)
        #expect(try answer.json["pointsPosted"] as? Int == 137)
        let order = try shop.api.get("/api/v1/orders?posOrderId=o1")
        #expect(try (order.json["terms"] as? [String: Any])?["equity"] as? Bool == true)
        for text in [answer, order].map({ String(decoding: $0.response.body, as: UTF8.self) }) {
            #expect(!text.contains("1.37") && !text.contains("1370") && !text.lowercased().contains("multiplier\":1.3"))
        }
    }

    @Test("an outage of the database keeps nothing, and the same call works when it is over")
    func outage() throws {
        let owner = shop.api.app.owner
        try owner.executeText("START TRANSACTION")
        try owner.execute("UPDATE customers SET last_name = 'Locked' WHERE id = \(shop.id.bytes)")
        let site = shop.api.impatientSite()
        let body = shop.body()
        #expect(try shop.api.post("/api/v1/orders", body, idempotencyKey: "k", site: site).status == 503)
        try owner.executeText("ROLLBACK")
        let answer = try shop.api.post("/api/v1/orders", body, idempotencyKey: "k", site: site)
        #expect(try answer.status == 200 && answer.json["pointsPosted"] as? Int == 100 && !answer.isReplay)
    }

    @Test(
        "what cannot be is refused by its field, and nothing is stored",
        arguments: [
            (#""totalCents":-5"#, ["/refundOf"]), (#""totalCents":-5,"refundOf":"o1""#, ["/refundOf"]),
            (#""totalCents":5,"refundOf":"o2""#, ["/refundOf"]), (#""totalCents":1.5"#, ["/totalCents"]),
            (#""totalCents":"5""#, ["/totalCents"]), (#""totalCents":1e15"#, ["/totalCents"]),
            (#""totalCents":500,"taxCents":-1"#, ["/taxCents"]), (#""totalCents":500,"taxCents":501"#, ["/taxCents"]),
            (
                #""totalCents":500,"taxCents":300,"pointsTenderCents":300"#, ["/taxCents", "/pointsTenderCents"]
            ),
            (#""totalCents":-500,"refundOf":"o2","taxCents":5"#, ["/taxCents"]),
            (#""totalCents":500,"status":"sold""#, ["/status"]),
            (#""totalCents":500,"completedAt":"noon""#, ["/completedAt"]),
            (#""totalCents":500,"completedAt":"1999-01-01T00:00:00Z""#, ["/completedAt"]),
            (#""totalCents":500,"posOrderId":"""#, ["/posOrderId"]), (#""totalCents":500,"equity":1.2"#, ["/equity"]),
            (#""totalCents":500,"posLocationId":7"#, ["/posLocationId"]), (#""taxCents":1"#, ["/totalCents"]),
            (#""totalCents":500,"customer":{"posId":"p1"},"customerId":"x""#, ["/customerId"]),
        ] as [(String, [String])])
    func refused(more: String, pointers: [String]) throws {
        var members = [
            "posOrderId": #""o1""#, "status": #""completed""#, "completedAt": #""2026-01-02T10:00:00Z""#,
        ]
        for name in members.keys where more.contains("\"\(name)\"") { members[name] = nil }
        let body = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "," + more + "}"
        let answer = try shop.api.post("/api/v1/orders", body)
        #expect(try answer.status == 400 && Set(answer.pointers) == Set(pointers), "\(body)")
        #expect(try shop.api.get("/api/v1/orders?posOrderId=o1").status == 404)
    }

    @Test("every word of the rules is taken, in any case", arguments: OrderState.allWords)
    func words(word: String) throws {
        let answer = try shop.tell(status: word.uppercased())
        let earns = OrderState.completedWords.contains(word)
        #expect(try answer.status == 200 && answer.json["pointsPosted"] as? Int == (earns ? 100 : 0))
    }
}
