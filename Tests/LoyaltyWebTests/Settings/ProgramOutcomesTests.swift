import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// A field of the Program page, and what comes out with one value of it and with another.
struct ProgramOutcome: CustomTestStringConvertible, Sendable {
    let field: String
    /// Values as the form sends them, each with what then happens.
    let cases: [(value: String, outcome: String)]
    /// What else is set.
    var with: [String: String] = [:]
    let outcome: @Sendable (_ field: [String: String]) throws -> String

    var testDescription: String { field }
}

extension ProgramOutcome {
    static let all = [
        ProgramOutcome(field: "paused", cases: [("", "10 points"), ("1", "0 points")]) { fields in
            let scene = try ProgramScene()
            try scene.save(fields)
            try scene.sell(10, hoursAgo: 0)
            return "\(try scene.shop.balance(scene.customer)) points"
        },
        ProgramOutcome(
            field: "pause_reason", cases: [("", "nothing."), ("Stocktaking", "nothing. Reason: Stocktaking.")],
            with: ["paused": "1"]
        ) { fields in
            let scene = try ProgramScene()
            try scene.save(fields)
            let page = try scene.app.get(Path.today, as: .manager).bodyText
            return String(page.split(separator: "sales are stored and earn ").last?.prefix { $0 != "<" } ?? "")
                .cleaned
        },
        ProgramOutcome(
            field: "hide_bar_when_paused", cases: [("", "200"), ("1", "204")], with: ["paused": "1"]
        ) { fields in
            let scene = try ProgramScene()
            try scene.save(fields)
            return "\(try scene.app.get("/menu/\(scene.app.tenant.slug)/bar").status.code)"
        },
        ProgramOutcome(field: "gamification_enabled", cases: [("", "0 days"), ("1", "1 days")]) { fields in
            let scene = try ProgramScene()
            try scene.save(fields)
            let api = try ApiCaller(scene.app)
            let body = #"{"customerId":"\#(scene.customer)","type":"visit"}"#
            let streak = try api.post("/api/v1/events", body).json["streak"] as? [String: Int]
            return "\(try #require(streak?["current"])) days"
        },
        ProgramOutcome(field: "outbound_enabled", cases: [("", "0 sent"), ("1", "1 sent")]) { fields in
            let scene = try ProgramScene()
            _ = try scene.compare()
            try scene.save(fields)
            _ = try scene.adjust(by: 40)
            return "\(try scene.pushed()) sent"
        },
        ProgramOutcome(field: "pos_discount_enabled", cases: [("", "0 carried"), ("1", "1 carried")]) { fields in
            let scene = try ProgramScene()
            try scene.connect(.alleaves)
            try scene.save(fields)
            try scene.shop.give(300, to: scene.customer)
            let used = try scene.shop.redeem(100, of: scene.customer, key: "key-1", order: "9001")
            #expect(used.status == .seeOther)
            let query: SQL = """
                SELECT COUNT(*) AS number FROM outbox
                 WHERE tenant_id = \(scene.app.tenant.id) AND destination = 'alleaves'
                """
            return "\(try scene.app.owner.one(query) { try $0.get("number", as: Int64.self) }) carried"
        },
        comparison(
            "alpine_policy", [("override", "overridden, 112 points"), ("compare_only", "discrepancy, 100 points")],
            ours: 100, alpine: 112),
        comparison(
            "discrepancy_percent", [("10", "overridden, 112 points"), ("12", "within, 100 points")],
            ours: 100, alpine: 112),
        comparison(
            "lag_hours", [("40", "awaiting, 100 points"), ("36", "overridden, 0 points")],
            ours: 100, alpine: 0, hoursAgo: 38),
        ProgramOutcome(field: "sync_every_minutes", cases: [("5", "1 syncs"), ("30", "0 syncs")]) { fields in
            let scene = try ProgramScene()
            try scene.connect(.alleaves)
            try scene.save(fields)
            return "\(try scene.syncsQueued(afterMinutes: 8)) syncs"
        },
        ProgramOutcome(field: "adjust_limit", cases: [("39", "422, 0 points"), ("40", "303, 40 points")]) { fields in
            let scene = try ProgramScene()
            try scene.save(fields)
            let status = try scene.adjust(by: 40)
            return "\(status), \(try scene.shop.balance(scene.customer)) points"
        },
    ]

    /// One sale at a dollar a point, of which Alpine IQ says something else.
    private static func comparison(
        _ field: String, _ cases: [(String, String)], ours: Int64, alpine: Int64, hoursAgo: Int64 = 240
    ) -> ProgramOutcome {
        ProgramOutcome(field: field, cases: cases.map { (value: $0.0, outcome: $0.1) }) { fields in
            let scene = try ProgramScene(alpinePoints: alpine)
            try scene.save(fields)
            try scene.sell(ours, hoursAgo: hoursAgo)
            return try scene.compare()
        }
    }
}

extension ProgramScene {
    /// A manager adjusts on the customer's page: the status of the answer.
    fileprivate func adjust(by points: Int64) throws -> Int {
        try app.post(
            "\(Path.customers)/\(customer)/adjust",
            ["points": "\(points)", "reason": "A present", "request_key": "key-1"], as: .manager
        ).status.code
    }
}

/// A switch that nothing reads is a promise broken: each field of the Program page, saved through its form, changes
/// what happens. Serialized, for the worker's parts go over all tenants of the database.
@Suite(.serialized) struct ProgramOutcomesTests {
    /// Fields whose subject begins in a later version: the page says so, and there is nothing yet that could read them.
    static let later = [
        "campaigns_enabled": (words: "Campaigns begin in a later version.", page: "/dashboard/campaigns")
    ]

    @Test("each field of the Program page changes an outcome", arguments: ProgramOutcome.all)
    func changes(row: ProgramOutcome) throws {
        for (value, outcome) in row.cases {
            let fields = row.with.merging([row.field: value]) { $1 }
            #expect(try row.outcome(fields) == outcome, "\(row.field) = \(value)")
        }
        #expect(Set(row.cases.map(\.outcome)).count == row.cases.count && row.cases.count > 1)
    }

    @Test("no field of the Program page is without a test of its outcome, but those of a later version")
    func complete() throws {
        let app = try TestApp()
        let page = try app.get(SettingsTab.program.path, as: .dispensaryAdmin).bodyText
        let form = try #require(
            page.split(separator: #"<form class="settings""#).last?.split(separator: "</form>").first)
        let names = Set(form.split(separator: " name=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) })
        let tested = ProgramOutcome.all.map(\.field) + Self.later.keys
        #expect(names.subtracting(["csrf", "org", "version", "action"]) == Set(tested))
        #expect(Set(ProgramForm(from: ProgramSettings(), version: 1).values.keys) == Set(tested))
        #expect(Set(tested).count == tested.count)
        for (field, promise) in Self.later {
            #expect(page.contains(promise.words), "\(field)")
            #expect(try app.get(promise.page, as: .dispensaryAdmin).status == .notFound, "\(field) has an outcome now")
        }
    }
}
