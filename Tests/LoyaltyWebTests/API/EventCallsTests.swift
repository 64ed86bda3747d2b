import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct EventCallsTests {
    let api: ApiCaller
    let id: CustomerID
    /// Noon in New York, where the shop is, in winter.
    private let noon = "T17:00:00Z"

    init() throws {
        api = try ApiCaller()
        id = try api.customer()
    }

    private func tell(_ type: String, _ at: String? = nil, site: Site? = nil) throws -> [Int] {
        let time = at.map { #","at":"\#($0)""# } ?? ""
        let answer = try api.post(
            "/api/v1/events", #"{"customerId":"\#(id)","type":"\#(type)"\#(time)}"#, site: site)
        #expect(try answer.status == 200 && (answer.json["badgesEarned"] as? [Any])?.isEmpty == true)
        let streak = try #require(try answer.json["streak"] as? [String: Int])
        return [streak["current"] ?? -1, streak["longest"] ?? -1]
    }

    private func order(_ id: String, _ at: String) throws {
        let answer = try api.post(
            "/api/v1/orders",
            #"""
            {"posOrderId":"\#(id)","customerId":"\#(self.id)","status":"completed","totalCents":500,
             "completedAt":"\#(at)"}
            """#)
        #expect(answer.status == 200)
    }

    private func shown() throws -> [String: Int]? {
        try api.get("/api/v1/customers/\(id)").json["streak"] as? [String: Int]
    }

    private func switchGamification(_ isOn: Bool) throws {
        let store = api.app.tenantStore
        let settings = try store.settings()
        var program = settings.program
        program.gamificationEnabled = isOn
        try store.save(program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
    }

    @Test("visits, chats, check-ins and orders of days in a row make a streak; searches and reviews do not")
    func streak() throws {
        #expect(try tell("visit", "2026-01-05" + noon) == [1, 1])
        #expect(try tell("product_searched", "2026-01-06" + noon) == [1, 1])
        #expect(try tell("review", "2026-01-06" + noon) == [1, 1])
        #expect(try tell("chat_started", "2026-01-06" + noon) == [2, 2])
        #expect(try tell("check_in", "2026-01-06T18:00:00Z") == [2, 2])
        try order("o1", "2026-01-07" + noon)
        #expect(try shown() == ["current": 3, "longest": 3])
        #expect(try tell("visit", "2026-01-09" + noon) == [1, 3])
        #expect(try tell("visit", "2026-01-10" + noon) == [2, 3])
    }

    @Test("days are the store's: an evening visit after midnight UTC is of the day before")
    func storeDays() throws {
        #expect(try tell("visit", "2026-01-05T17:00:00Z") == [1, 1])
        // 21:00 in New York.
        #expect(try tell("visit", "2026-01-06T02:00:00Z") == [1, 1])
        #expect(try tell("visit", "2026-01-06T17:00:00Z") == [2, 2])
        #expect(try tell("visit", "2026-01-08T04:59:59Z") == [3, 3])
        #expect(try tell("visit", "2026-01-08T05:00:00Z") == [4, 4])
    }

    @Test("a day that is told late closes the gap")
    func late() throws {
        #expect(try tell("visit", "2026-01-05" + noon) == [1, 1])
        #expect(try tell("visit", "2026-01-07" + noon) == [1, 1])
        try order("o1", "2026-01-06" + noon)
        #expect(try shown() == ["current": 3, "longest": 3])
    }

    @Test("with gamification off the streak stays and nothing is lost: on again, the days between count")
    func switchedOff() throws {
        #expect(try tell("visit", "2026-01-05" + noon) == [1, 1])
        try switchGamification(false)
        #expect(try tell("visit", "2026-01-06" + noon) == [1, 1])
        try order("o1", "2026-01-07" + noon)
        #expect(try shown() == ["current": 1, "longest": 1])
        let stored: Int64 = try api.app.owner.one(
            "SELECT COUNT(*) AS stored FROM engagement_events WHERE tenant_id = \(api.app.tenant.id)"
        ) { try $0.get("stored") }
        #expect(stored == 2)
        try switchGamification(true)
        #expect(try tell("visit", "2026-01-08" + noon) == [4, 4])
    }

    @Test("switched off by the operator, no streak changes either")
    func operatorSwitch() throws {
        let store = Store(Connection(api.app.appOptions), isGamificationEnabled: false)
        let site = Site(store: store, shared: api.app.site.shared)
        #expect(try tell("visit", "2026-01-05" + noon, site: site) == [0, 0])
        #expect(try tell("visit", "2026-01-06" + noon) == [2, 2])
    }

    @Test("an event is kept with its subject and the shop's day; without a time it is of now")
    func kept() throws {
        let answer = try api.post(
            "/api/v1/events",
            #"{"customer":{"posId":"p1"},"type":"product_searched","subject":"Harbor Fog"}"#)
        #expect(answer.status == 200)
        let row = try api.app.owner.one(
            """
            SELECT type, subject, day, at, request_id FROM engagement_events WHERE tenant_id = \(api.app.tenant.id)
            """
        ) { $0 }
        #expect(try row.get("type", as: String.self) == "product_searched")
        #expect(try row.get("subject", as: String.self) == "Harbor Fog")
        #expect(try row.get("request_id", as: String.self) == answer.id)
        let at: Instant = try row.get("at")
        #expect(abs(at.secondsSince1970 - Instant.now().secondsSince1970) < 600)
        let calendar = try #require(LocalCalendar(timeZone: "America/New_York"))
        #expect(try row.get("day", as: Day.self) == calendar.day(of: at))
    }

    @Test(
        "what cannot be is refused by its field, and nothing is kept",
        arguments: [
            (#"{"type":"visit"}"#, ["/customer"]), (#"{"customer":{"posId":"p1"},"type":"dance"}"#, ["/type"]),
            (#"{"customer":{"posId":"p1"},"type":"visit","at":"yesterday"}"#, ["/at"]),
            (#"{"customer":{"posId":"p1"},"type":"visit","at":"2999-01-01T00:00:00Z"}"#, ["/at"]),
            (#"{"customer":{"posId":"p1"},"type":"visit","at":"1999-12-31T23:59:59Z"}"#, ["/at"]),
            (#"{"customer":{"posId":"p1"},"type":"visit","subject":" "}"#, ["/subject"]),
            (#"{"customer":{"posId":"p1"},"type":"visit","points":1}"#, ["/points"]),
        ] as [(String, [String])])
    func refused(body: String, pointers: [String]) throws {
        let answer = try api.post("/api/v1/events", body)
        #expect(try answer.status == 400 && answer.pointers == pointers)
        #expect(try shown() == ["current": 0, "longest": 0])
    }

    @Test("nobody's events are refused")
    func nobody() throws {
        #expect(try api.post("/api/v1/events", #"{"customer":{"posId":"p2"},"type":"visit"}"#).status == 404)
    }
}
