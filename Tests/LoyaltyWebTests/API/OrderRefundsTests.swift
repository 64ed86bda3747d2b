import FastCGI
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// Refunds, the point of sale's last word, and how an order is read.
struct OrderRefundsTests {
    let shop: OrderCaller
    init() throws { shop = try OrderCaller() }

    private func refund(_ id: String, cents: Int, of sale: String = "o1") throws -> [String: Any] {
        try shop.tell(id, cents: cents, customer: nil, more: #""refundOf":"\#(sale)""#).json
    }

    private func order(_ posID: String = "o1") throws -> [String: Any] {
        try shop.api.get("/api/v1/orders?posOrderId=\(posID)").json
    }

    @Test("a refund takes its part of the sale's points, once, and is no order itself")
    func refunds() throws {
        #expect(try shop.tell().json["points"] as? Int == 100)
        for _ in 0..<2 {
            let json = try refund("r1", cents: -30_00)
            #expect(json["pointsPosted"] as? Int == -30 && json["points"] as? Int == 70)
            #expect(json["customerId"] as? String == "\(shop.id)" && json["reason"] is NSNull)
            #expect((json["receipt"] as? [String: [String]])?["lines"]?.first == "Points taken back: 30")
        }
        #expect(try refund("r2", cents: -20_50)["points"] as? Int == 49)
        #expect(try shop.entries() == [100, -30, -21])
        let customer = try shop.api.get("/api/v1/customers/\(shop.id)").json
        #expect(customer["orderCount"] as? Int == 1 && customer["lifetimeValueCents"] as? Int == 4_950)
        try shop.expectProof()
    }

    @Test(
        "the receipt of a sale of which nothing is left says what was given back, told once or again",
        arguments: [true, false])
    func givenBack(isVoid: Bool) throws {
        try shop.api.move(300, for: shop.id)
        let body = #"{"customerId":"\#(shop.id)","points":200,"orderTotalCents":11000,"posOrderId":"o1"}"#
        #expect(try shop.api.post("/api/v1/redemptions", body).status == 201)
        _ = try shop.tell()
        for _ in 0..<2 {
            let json = try isVoid ? shop.tell(status: "voided").json : refund("r1", cents: -100_00)
            let lines = try #require((json["receipt"] as? [String: [String]])?["lines"])
            #expect(lines.first == (isVoid ? "Points earned: 0" : "Points taken back: 100"))
            #expect(lines.dropFirst().prefix(2) == ["Points given back: 200", "Balance: 300 points"])
        }
        try shop.expectProof()
    }

    @Test("a refund that comes before its sale takes its part when the sale comes")
    func early() throws {
        let first = try refund("r1", cents: -30_00)
        #expect(first["reason"] as? String == "unknown_sale" && first["pointsPosted"] as? Int == 0)
        #expect(try shop.tell().json["points"] as? Int == 70)
        #expect(try refund("r1", cents: -30_00)["pointsPosted"] as? Int == -30)
        #expect(try shop.entries() == [70])
    }

    @Test("a voided refund gives the points back")
    func voided() throws {
        _ = try shop.tell()
        _ = try refund("r1", cents: -30_00)
        let answer = try shop.tell("r1", cents: -30_00, status: "voided", more: #""refundOf":"o1""#)
        #expect(try answer.json["points"] as? Int == 100 && answer.json["reason"] as? String == "not_completed")
    }

    @Test("a refund that moves to another sale leaves the first whole")
    func redirected() throws {
        _ = try shop.tell("o1")
        _ = try shop.tell("o2")
        _ = try refund("r1", cents: -30_00, of: "o1")
        #expect(try refund("r1", cents: -30_00, of: "o2")["points"] as? Int == 170)
        #expect(try order("o1")["pointsPosted"] as? Int == 100)
        #expect(try order("o2")["pointsPosted"] as? Int == 70)
        try shop.expectProof()
    }

    @Test("what was spent already is owed, and a receipt says what was taken")
    func owed() throws {
        _ = try shop.tell()
        try shop.api.move(-80, for: shop.id)
        let json = try refund("r1", cents: -100_00)
        #expect(json["pointsPosted"] as? Int == -100 && json["points"] as? Int == 0)
        #expect(try order()["pointsOwed"] as? Int == 80)
        #expect(try shop.tell("o2", cents: 50_00).json["points"] as? Int == 0)
        #expect(try order()["pointsOwed"] as? Int == 30)
        try shop.expectProof()
    }

    @Test("the point of sale has the last word on what an order is, whichever came first")
    func lastWord() throws {
        #expect(try shop.tell(cents: 100_00).json["points"] as? Int == 100)
        try shop.feed(cents: 90_00, customer: "p1")
        let again = try shop.tell(cents: 100_00)
        #expect(try again.json["stale"] as? Bool == true && again.json["points"] as? Int == 90)
        try shop.feed("o2", cents: 40_00, customer: "p1")
        #expect(try shop.tell("o2", cents: 50_00).json["pointsPosted"] as? Int == 40)
        #expect(try shop.tell("o2", cents: 40_00).json["stale"] as? Bool == false)
        #expect(try shop.entries() == [100, -10, 40])
        try shop.expectProof()
    }

    @Test("the point of sale names another buyer: the order moves; it names nobody: it stays whose it was told to be")
    func lastWordOnBuyer() throws {
        let other = try shop.api.customer("p2")
        _ = try shop.tell("o1")
        try shop.feed("o1", customer: "p2")
        #expect(try order("o1")["customerId"] as? String == "\(other)")
        #expect(try shop.tell("o1").json["customerId"] as? String == "\(other)")
        _ = try shop.tell("o2")
        try shop.feed("o2", customer: nil)
        try shop.feed("o2", cents: 60_00, customer: nil)
        #expect(try order("o2")["customerId"] as? String == "\(shop.id)")
        #expect(try order("o2")["pointsPosted"] as? Int == 60)
        // As when the point of sale came first.
        try shop.feed("o3", cents: 60_00, customer: nil)
        #expect(try shop.tell("o3", cents: 60_00).json["pointsPosted"] as? Int == 60)
        // What the point of sale said, it may take back.
        try shop.feed("o4", customer: "p1")
        try shop.feed("o4", customer: nil)
        #expect(try order("o4")["customerId"] is NSNull)
        try shop.expectProof()
    }

    @Test("an order is read with its terms, points and entries, by either id")
    func read() throws {
        let told = try shop.tell(more: #""taxCents":700,"posLocationId":"7","updatedAt":"2026-01-02T10:00:00Z""#)
        _ = try refund("r1", cents: -30_00)
        let found = try shop.api.get("/api/v1/orders?posOrderId=o1")
        let id = try #require(try told.json["id"] as? String)
        #expect(try shop.api.get("/api/v1/orders/\(id)").response.body == found.response.body)
        let json = try found.json
        #expect(
            Set(json.keys) == [
                "id", "posOrderId", "customerId", "source", "status", "completed", "totalCents", "taxCents",
                "pointsTenderCents", "refundOf", "refunds", "posLocationId", "completedAt", "updatedAt", "terms",
                "pointsPosted", "pointsOwed", "reason", "entries",
            ])
        #expect(json["source"] as? String == "api" && json["status"] as? String == "completed")
        #expect(json["totalCents"] as? Int == 10_000 && json["taxCents"] as? Int == 700)
        #expect(json["posLocationId"] as? String == "7" && json["updatedAt"] as? String == "2026-01-02T10:00:00.000Z")
        let terms = try #require(json["terms"] as? [String: Any])
        #expect(
            Set(terms.keys) == [
                "pointsPerDollar", "tierMultiplier", "equity", "rounding", "earnOn", "settingsVersion",
            ])
        #expect(terms["pointsPerDollar"] as? Int == 1 && terms["equity"] as? Bool == false)
        #expect(terms["rounding"] as? String == "down" && terms["earnOn"] as? String == "total")
        let entries = try #require(json["entries"] as? [[String: Any]])
        #expect(entries.compactMap { $0["points"] as? Int } == [100, -30])
        let listed = try shop.api.get("/api/v1/customers/\(shop.id)/ledger").entries
        #expect(NSArray(array: entries).isEqual(to: listed.reversed()))
        let refunded = try order("r1")
        #expect(refunded["refundOf"] as? String == "o1" && refunded["terms"] is NSNull && refunded["reason"] is NSNull)
    }

    @Test("an order that nobody told is not found, and a question that names none is refused")
    func unknown() throws {
        #expect(try shop.api.get("/api/v1/orders?posOrderId=none").status == 404)
        #expect(try shop.api.get("/api/v1/orders/ord_none").status == 404)
        #expect(try shop.api.get("/api/v1/orders/\(shop.id)").status == 404)
        let nameless = try shop.api.get("/api/v1/orders")
        #expect(try nameless.status == 400 && nameless.pointers == ["/posOrderId"])
        let long = try shop.api.get("/api/v1/orders?posOrderId=" + String(repeating: "a", count: 65))
        #expect(try long.status == 400 && long.errorCodes == ["out_of_range"])
    }
}
