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

struct OrderCallsTests {
    let api: ApiCaller
    init() throws { api = try ApiCaller() }

    private let path = "/api/v1/orders"
    private static let noon = Instant.now().advanced(bySeconds: -86_400)

    private func body(
        _ id: String = "A", _ customer: String? = #""customer":{"posId":"p1"}"#, _ cents: Int = 3_300,
        status: String = "completed", at: Instant = noon, _ more: String = ""
    ) -> String {
        """
        {"posOrderId":"\(id)",\(customer.map { $0 + "," } ?? "")"status":"\(status)","totalCents":\(cents),\
        "completedAt":"\(at)"\(more)}
        """
    }

    private func expectProof() throws { #expect(try api.app.tenantStore.verifyLedger().differences == []) }

    private func balance(_ id: CustomerID) throws -> Int? {
        try api.get("/api/v1/customers/\(id)").json["points"] as? Int
    }

    @Test("one sale told five times, three of them at once, is one entry and the same answer each time")
    func repeated() throws {
        let id = try api.customer()
        let body = body()
        var bodies = [try api.post(path, body).response.body]
        let door = (api.app.appOptions, api.app.site.shared, api.key, api.app.number)
        let results = Mutex<[[UInt8]]>([])
        let start = MeetingPoint(3)
        try inParallel(
            (0..<3).map { _ in
                {
                    let site = Site(store: Store(Connection(door.0)), shared: door.1)
                    var request = Request(
                        method: .post, path: "/api/v1/orders",
                        headers: [.authorization: "Bearer \(door.2)", .contentType: "application/json"])
                    request.headers[.idempotencyKey] = UUID().uuidString
                    request.body = Array(body.utf8)
                    start.meet()
                    let answer = try site.respond(to: request).body
                    results.withLock { $0.append(answer) }
                }
            })
        bodies += results.withLock { $0 }
        bodies.append(try api.post(path, body).response.body)
        #expect(bodies.count == 5 && Set(bodies).count == 1)
        #expect(try api.get("/api/v1/customers/\(id)/ledger").entries.count == 1)
        try expectProof()
    }

    @Test("a sale without a customer, or of one whom nobody knows, is stored and earns nothing, with its reason")
    func nobody() throws {
        for (id, customer, reason) in [
            ("A", nil, "no_member"), ("B", #""customer":null"#, "no_member"),
            ("C", #""customer":{"posId":"later"}"#, "unknown_customer"),
            ("D", #""customer":{"phone":"2025550199"}"#, "unknown_customer"),
            ("E", #""customerId":"cus_x""#, "unknown_customer"),
        ] as [(String, String?, String)] {
            let json = try api.post(path, body(id, customer)).json
            #expect(json["pointsPosted"] as? Int == 0 && json["reason"] as? String == reason, "\(id)")
            #expect(json["points"] is NSNull && json["tier"] is NSNull && json["previousTier"] is NSNull)
            #expect(try api.get("\(path)?posOrderId=\(id)").json["reason"] as? String == reason, "\(id)")
        }
        // When the point of sale brings the customer, the sale earns.
        let later = try api.customer("later")
        #expect(try api.post(path, body("C", #""customer":{"posId":"later"}"#)).json["pointsPosted"] as? Int == 33)
        #expect(try balance(later) == 33)
        try expectProof()
    }

    @Test("the same order with a smaller total, a void and a reopening follow the order")
    func changes() throws {
        let id = try api.customer()
        for (cents, status, points) in [
            (3_300, "completed", 33), (2_000, "completed", 20), (2_000, "voided", 0), (2_000, "Delivered", 20),
            (2_000, "pending", 0), (4_000, "COMPLETED", 40), (0, "refunded", 0),
        ] {
            let json = try api.post(path, body("A", #""customer":{"posId":"p1"}"#, cents, status: status)).json
            #expect(json["pointsPosted"] as? Int == points && json["points"] as? Int == points, "\(cents) \(status)")
            #expect(json["reason"] as? String == (points == 0 ? "not_completed" : nil))
        }
        #expect(try balance(id) == 0)
        try expectProof()
    }

    @Test("an order voided gives back what was redeemed on it in the same call, once")
    func redeemed() throws {
        let id = try api.customer(points: 300)
        _ = try api.post(path, body())
        let used = try api.post(
            "/api/v1/redemptions", #"{"customerId":"\#(id)","points":250,"orderTotalCents":6000,"posOrderId":"A"}"#)
        let redemption = try #require(try used.json["id"] as? String)
        for _ in 1...2 {
            let json = try api.post(path, body("A", #""customer":{"posId":"p1"}"#, 3_300, status: "voided")).json
            #expect(json["points"] as? Int == 300 && json["available"] as? Int == 300)
        }
        #expect(try api.get("/api/v1/redemptions/\(redemption)").json["status"] as? String == "reversed")
        #expect(try api.get("/api/v1/customers/\(id)").json["pointsOwed"] as? Int == 0)
        try expectProof()
    }

    @Test("an older change is stale and changes nothing; an order that the POS feed has shown stays as that told it")
    func stale() throws {
        let id = try api.customer()
        func told(_ cents: Int, _ updated: String) throws -> [String: Any] {
            try api.post(
                path, body("A", #""customer":{"posId":"p1"}"#, cents, at: Self.noon, #","updatedAt":"\#(updated)""#)
            ).json
        }
        #expect(try told(3_300, "2026-06-01T12:00:00Z")["stale"] as? Bool == false)
        let older = try told(9_900, "2026-06-01T11:59:59Z")
        #expect(older["stale"] as? Bool == true && older["pointsPosted"] as? Int == 33)
        #expect(older["points"] as? Int == 33)
        #expect(try told(5_000, "2026-06-01T12:00:01Z")["pointsPosted"] as? Int == 50)
        try api.app.tenantStore.transaction { tx in
            let sale = OrderRevision(
                source: .pos, posOrderID: "A", posCustomerID: "p1", posLocationID: nil, status: "completed",
                isCompleted: true, total: 60_00, completedAt: Self.noon, updatedAt: nil)
            _ = try tx.store([sale], ignoresOlder: false, at: .now())
        }
        let store = api.app.tenantStore
        try store.postOrders(of: [id], under: store.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        let late = try told(5_000, "2026-06-02T12:00:00Z")
        #expect(late["stale"] as? Bool == true && late["pointsPosted"] as? Int == 60)
        try expectProof()
    }

    @Test("a time less than a day ahead of our clock counts as now")
    func ahead() throws {
        let answer = try api.post(path, body("A", nil, 100, at: .now().advanced(bySeconds: 80_000)))
        #expect(answer.status == 200)
        let stored = try api.get("\(path)?posOrderId=A").json["completedAt"] as? String
        let time = try #require(stored.flatMap { Instant(parsing: $0) })
        #expect(time <= .now())
    }

    @Test("a key of another tenant finds nothing, and one without the scope is refused")
    func foreign() throws {
        let id = try api.customer()
        let posted = try api.post(path, body()).json
        let stranger = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        #expect(try api.get("\(path)?posOrderId=A", key: stranger).status == 404)
        #expect(try api.get("\(path)/\(posted["id"] as? String ?? "")", key: stranger).status == 404)
        // Their order A is another one, and our customer is unknown to them.
        let theirs = try api.post(path, body("A", #""customerId":"\#(id)""#, 9_900), key: stranger).json
        #expect(theirs["reason"] as? String == "unknown_customer" && theirs["points"] is NSNull)
        #expect(try balance(id) == 33)
        let reader = try ApiCaller.makeKey([Scope(.orders, isReadOnly: true)], at: api.app.tenant, in: api.app)
        #expect(try api.post(path, body(), key: reader).status == 403)
        #expect(try api.get("\(path)?posOrderId=A", key: reader).status == 200)
        try expectProof()
    }
}
