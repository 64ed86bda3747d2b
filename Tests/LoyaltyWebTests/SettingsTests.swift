import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct SettingsTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    /// What the tab's form would send as it stands, with `changes`.
    private func form(_ tab: SettingsTab, _ changes: [String: String] = [:]) throws -> [String: String] {
        let settings = try app.tenantStore.settings()
        var fields: [String: String] =
            switch tab {
            case .points: PointsForm(from: settings.points, version: 0).values
            case .segments: SegmentsForm(from: settings.segments, version: 0).values
            case .business: BusinessForm(from: settings.business, version: 0).values
            case .tiers: numbered(TiersForm(from: settings.tiers, version: 0).values, settings.tiers.tiers.map(\.id))
            case .redemptions:
                numbered(
                    RedemptionsForm(from: settings.redemptions, version: 0).values,
                    settings.redemptions.rewards.map(\.id))
            case .menuDisplay:
                numbered(
                    MenuDisplayForm(from: settings.menuDisplay, version: 0).values,
                    settings.menuDisplay.programs.map(\.id))
            case .program: ProgramForm(from: settings.program, version: 0).values
            }
        fields["version"] = String(settings.version(of: tab))
        fields["action"] = "save"
        return fields.filter { !$0.value.isEmpty }.merging(changes) { $1 }
    }

    /// `tier[<id>][name]` as the page prints it: `tier[0][name]`, with the id beside it.
    private func numbered<Kind>(_ values: [String: String], _ ids: [ID<Kind>]) -> [String: String] {
        var numbered: [String: String] = [:]
        for (name, value) in values {
            guard let open = name.firstIndex(of: "["), let close = name.firstIndex(of: "]"),
                let index = ids.firstIndex(where: { $0.description == name[name.index(after: open)..<close] })
            else {
                numbered[name] = value
                continue
            }
            numbered["\(name[..<open])[\(index)\(name[close...])"] = value
            numbered["\(name[..<open])[\(index)][id]"] = ids[index].description
        }
        return numbered
    }

    private func post(
        _ tab: SettingsTab, _ changes: [String: String] = [:], as person: TestApp.Person = .dispensaryAdmin
    ) throws -> Response { try app.post(tab.path, form(tab, changes), as: person) }

    @Test("a saved tab is in the database, told once, and in the audit log without the equity multiplier")
    func saves() throws {
        let response = try post(.points, ["points_per_dollar": "1.5", "equity_multiplier": "3.217"])
        #expect(response.status == .seeOther)
        #expect(response.headers[.location] == "/dashboard/settings/loyalty/points")
        let settings = try app.tenantStore.settings()
        #expect(settings.points.pointsPerDollar == 1_500)
        #expect(settings.points.equityMultiplier == 3_217)
        let page = try app.get(SettingsTab.points.path, as: .dispensaryAdmin)
        #expect(page.bodyText.contains("Points settings saved."))
        #expect(page.bodyText.contains(#"value="1.5""#))
        #expect(page.bodyText.contains("Last set on"))
        #expect(!page.bodyText.contains("3.217"))
        #expect(try !app.get(SettingsTab.points.path, as: .dispensaryAdmin).bodyText.contains("settings saved."))
        let details = try app.owner.all(
            "SELECT action, actor, detail FROM audit_log WHERE tenant_id = \(app.tenant.id.rawValue)"
        ) { "\(try $0.get("action", as: String.self)): \(try $0.get("detail", as: String.self))" }
        #expect(details == ["settings.saved: equity_multiplier changed; points_per_dollar: 1 → 1.5"])
    }

    @Test(
        "a save that tiers or segments depend on says that customers are brought up to date, and Today shows it",
        arguments: [
            (SettingsTab.tiers, "tier[1][threshold]", "150"), (.segments, "vip_minOrders", "9"),
            (.business, "time_zone", "America/Denver"),
        ])
    func recalculates(tab: SettingsTab, field: String, value: String) throws {
        #expect(try post(tab, [field: value]).status == .seeOther)
        let page = try app.get(tab.path, as: .dispensaryAdmin)
        #expect(page.bodyText.contains("\(tab.label) settings saved. Customers are being brought up to date."))
        let run = try #require(try app.tenantStore.latestRuns(.recalculation, limit: 9).first)
        #expect(run.state == .queued && run.trigger == .user)
        #expect(
            try app.get(Path.today, as: .dispensaryAdmin).bodyText.contains(
                "Tiers and segments are being worked out anew"))
        let claimed = try #require(
            try app.store.claimRun([.recalculation], worker: "test", silenceSeconds: 30, only: run.id))
        var result = RunResult()
        result.totalProcessed = 1_234
        try app.tenantStore.finish(
            claimed, state: .succeeded, result: result, exceptions: [], error: nil, watermark: nil)
        for path in [Path.today, Path.sync] {
            let text = try app.get(path, as: .dispensaryAdmin).bodyText
            #expect(
                text.contains("Tiers and segments were worked out anew after a save. 1,234 customers were looked at."))
            #expect(!text.contains("are being worked out anew"))
        }
    }

    @Test("a tab put back to its defaults is followed by a recalculation, other tabs by none")
    func resets() throws {
        #expect(try post(.tiers, ["tier[1][threshold]": "150"]).status == .seeOther)
        let first = try #require(try app.tenantStore.latestRuns(.recalculation, limit: 9).first)
        let claimed = try #require(
            try app.store.claimRun([.recalculation], worker: "test", silenceSeconds: 30, only: first.id))
        #expect(claimed.id == first.id)
        #expect(try post(.points, ["points_per_dollar": "3"]).status == .seeOther)
        #expect(try app.tenantStore.latestRuns(.recalculation, limit: 9).count == 1)
        #expect(try post(.tiers, ["action": "reset", "confirm": "1"]).status == .seeOther)
        #expect(try app.tenantStore.settings().tiers == .defaults)
        #expect(try app.tenantStore.latestRuns(.recalculation, limit: 9).map(\.state) == [.queued, .running])
    }

    @Test("every tab saved as it stands changes nothing", arguments: SettingsTab.allCases)
    func unchanged(tab: SettingsTab) throws {
        let before = try app.tenantStore.settings()
        let response = try post(tab)
        #expect(response.status == .seeOther, "\(response.bodyText)")
        #expect(try app.tenantStore.settings() == before)
    }

    @Test("every tab opens", arguments: SettingsTab.allCases)
    func opens(tab: SettingsTab) throws {
        let page = try app.get(tab.path, as: .auditor)
        #expect(page.status == .ok)
        #expect(page.bodyText.contains(#"name="csrf" value="\#(try app.csrf(.auditor))""#))
    }

    @Test("the settings' own address leads to the first tab")
    func start() throws {
        let response = try app.get("/dashboard/settings/loyalty", as: .dispensaryAdmin)
        #expect(response.headers[.location] == "/dashboard/settings/loyalty/points")
    }

    @Test(
        "a bad value comes back as typed with 422, and nothing is written",
        arguments: [
            (SettingsTab.points, "points_per_dollar", "-3"), (.points, "equity_multiplier", "7"),
            (.points, "rounding", "sideways"), (.points, "earn_from", "2026-02-30"), (.points, "version", "x"),
            (.tiers, "tier[1][name]", ""), (.tiers, "tier[2][threshold]", "a lot"),
            (.tiers, "tier[0][color]", "red"), (.tiers, "tier[0][id]", "tier_zzzz"),
            (.tiers, "tier[x][name]", "Odd"), (.segments, "vip_minOrders", "many"),
            (.redemptions, "redemption[0][points_cost]", "0"), (.redemptions, "max_order_percent", "101"),
            (.menuDisplay, "primary_color", "javascript:"), (.menuDisplay, "program[0][icon]", "skull"),
            (.menuDisplay, "delivery_fee", "free"), (.business, "time_zone", "Mars/Olympus"),
            (.business, "terms_url", "javascript:alert(1)"), (.business, "minimum_age", "12"),
            (.program, "discrepancy_percent", "0"),
            (.program, "alpine_policy", "ignore"), (.program, "paused", "yes"),
        ])
    func refused(tab: SettingsTab, field: String, value: String) throws {
        let before = try app.tenantStore.settings()
        let response = try post(tab, [field: value])
        #expect(response.status == .unprocessableContent)
        #expect(response.bodyText.contains("Nothing was saved."))
        #expect(try app.tenantStore.settings() == before)
    }

    @Test("a field sent twice is refused")
    func twice() throws {
        var request = try app.request(.post, SettingsTab.points.path, .dispensaryAdmin)
        request.headers[.contentType] = "application/x-www-form-urlencoded"
        let fields = try form(.points, ["csrf": app.csrf(.dispensaryAdmin)])
        request.body = Array((FormFields(fields.map { ($0.key, $0.value) }).encoded + "&points_per_dollar=9").utf8)
        #expect(try app.send(request).status == .unprocessableContent)
    }

    @Test("of two people at one tab the second is told who saved, and may save over it")
    func conflict() throws {
        let stale = try form(.points, ["points_per_dollar": "2"])
        #expect(try post(.points, ["points_per_dollar": "3"], as: .partner).status == .seeOther)
        let refused = try app.post(SettingsTab.points.path, stale, as: .dispensaryAdmin)
        #expect(refused.status == .conflict)
        #expect(refused.bodyText.contains(app.email(.partner)))
        #expect(refused.bodyText.contains(#"value="2""#))
        #expect(try app.tenantStore.settings().points.pointsPerDollar == 3_000)
        let newest = try app.tenantStore.settings().version(of: .points)
        #expect(refused.bodyText.contains(#"name="version" value="\#(newest)""#))
        var again = stale
        again["version"] = String(newest)
        #expect(try app.post(SettingsTab.points.path, again, as: .dispensaryAdmin).status == .seeOther)
        #expect(try app.tenantStore.settings().points.pointsPerDollar == 2_000)
    }

    @Test("saves of different tabs do not get in each other's way")
    func otherTab() throws {
        let stale = try form(.points, ["points_per_dollar": "2"])
        #expect(try post(.segments, ["vip_minOrders": "31"]).status == .seeOther)
        #expect(try app.post(SettingsTab.points.path, stale, as: .dispensaryAdmin).status == .seeOther)
    }

    @Test("a reset asks first, says what is lost, and then gives the defaults back")
    func reset() throws {
        let added = ["tier[4][name]": "Diamond", "tier[4][threshold]": "2500", "tier[4][color]": "#123456"]
        let more = added.merging(["tier[4][earn_multiplier]": "1"]) { $1 }
        #expect(try post(.tiers, more).status == .seeOther)
        #expect(try app.tenantStore.settings().tiers.tiers.count == 5)
        let question = try post(.tiers, ["action": "reset"])
        #expect(question.status == .ok)
        #expect(question.bodyText.contains("“Diamond” goes"))
        #expect(try app.tenantStore.settings().tiers.tiers.count == 5)
        #expect(try post(.tiers, ["action": "reset", "confirm": "1"]).status == .seeOther)
        #expect(try app.tenantStore.settings().tiers == .defaults)
    }

    @Test("add and preview show the typed values and save nothing")
    func unsaved() throws {
        let before = try app.tenantStore.settings()
        let more = try post(.tiers, ["action": "add", "tier[0][name]": "Copper"])
        #expect(more.status == .ok)
        #expect(more.bodyText.contains(#"value="Copper""#) && more.bodyText.contains("tier[4][name]"))
        let preview = try post(.menuDisplay, ["action": "preview", "loyalty_tagline": "Come <often>"])
        #expect(preview.status == .ok)
        #expect(preview.bodyText.contains("Come &lt;often&gt;"))
        #expect(!preview.bodyText.contains("Come <often>"))
        #expect(try app.tenantStore.settings() == before)
        #expect(try post(.points, ["action": "explode"]).status == .badRequest)
    }

    @Test("who has several shops changes the one the form names, and must name one that is theirs")
    func several() throws {
        var fields = try form(.points, ["points_per_dollar": "4"])
        fields["org"] = app.other.slug
        let response = try app.post(SettingsTab.points.path, fields, as: .partner)
        #expect(response.headers[.location] == "/dashboard/settings/loyalty/points?org=\(app.other.slug)")
        #expect(try app.store.tenant(app.other.id).settings().points.pointsPerDollar == 4_000)
        #expect(try app.tenantStore.settings().points.pointsPerDollar == .one)
        fields["org"] = "no-such-shop"
        #expect(try app.post(SettingsTab.points.path, fields, as: .partner).status == .notFound)
        #expect(try app.post(SettingsTab.points.path, fields, as: .dispensaryAdmin).status == .notFound)
        let crossed = SettingsTab.points.path + "?org=" + app.other.slug
        #expect(try app.post(crossed, form(.points), as: .partner).status == .badRequest)
        var request = try app.request(.post, SettingsTab.points.path, .partner)
        request.headers[.contentType] = "application/x-www-form-urlencoded"
        request.body = Array("csrf=\(try app.csrf(.partner))&action=save".utf8)
        #expect(try app.send(request).status == .badRequest)
        let page = try app.get(crossed, as: .partner)
        #expect(page.bodyText.contains("Other \(app.number)"))
    }

    @Test("a POST from elsewhere is refused")
    func elsewhere() throws {
        let fields = try form(.points)
        for (name, value) in [
            (HTTPField.Name.secFetchSite, "cross-site"), (.origin, "https://evil.example"), (.origin, "null"),
        ] {
            let response = try app.post(SettingsTab.points.path, fields, as: .dispensaryAdmin, headers: [name: value])
            #expect(response.status == .forbidden)
        }
        let own: HTTPFields = [.origin: "http://localhost:8080", .secFetchSite: "same-origin"]
        #expect(try app.post(SettingsTab.points.path, fields, as: .dispensaryAdmin, headers: own).status == .seeOther)
        var two: HTTPFields = [.origin: "http://localhost:8080"]
        two.append(HTTPField(name: .origin, value: "https://evil.example"))
        #expect(try app.post(SettingsTab.points.path, fields, as: .dispensaryAdmin, headers: two).status == .forbidden)
        let json: HTTPFields = [.contentType: "application/json"]
        let wrong = try app.post(SettingsTab.points.path, fields, as: .dispensaryAdmin, headers: json)
        #expect(wrong.status == .unsupportedMediaType)
    }
}
