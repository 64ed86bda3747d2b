import FastCGI
import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct SettingsFormsTests {
    let saved = SettingsContext.sample.saved

    /// A page nobody touched, once as made and once as a browser sends it back.
    private func expectUnchanged<Form: SettingsForm>(
        _ form: Form.Type, _ settings: Form.Value, ids: [String] = []
    ) throws {
        #expect(try checked(Form(from: settings, version: 1), replacing: settings) == settings)
        #expect(try checked(Form(from: sent(form, of: settings, ids: ids)), replacing: settings) == settings)
    }

    @Test("an untouched form says what is saved")
    func unchanged() throws {
        try expectUnchanged(PointsForm.self, saved.points)
        try expectUnchanged(TiersForm.self, saved.tiers, ids: saved.tiers.tiers.map(\.id.description))
        try expectUnchanged(SegmentsForm.self, saved.segments)
        try expectUnchanged(
            RedemptionsForm.self, saved.redemptions, ids: saved.redemptions.rewards.map(\.id.description))
        try expectUnchanged(
            MenuDisplayForm.self, saved.menuDisplay, ids: saved.menuDisplay.programs.map(\.id.description))
        try expectUnchanged(BusinessForm.self, saved.business)
        try expectUnchanged(ProgramForm.self, saved.program)
    }

    @Test("an empty form is refused beside its fields")
    func empty() {
        let none = FormFields()
        #expect(
            problems(PointsForm(from: none), replacing: saved.points) == ["earn_on", "points_per_dollar", "rounding"])
        #expect(
            problems(TiersForm(from: none), replacing: saved.tiers)
                == ["demotion_inactive_days", "qualifying_window", "tier"])
        #expect(problems(SegmentsForm(from: none), replacing: saved.segments).count == 12)
        #expect(
            problems(RedemptionsForm(from: none), replacing: saved.redemptions)
                == ["hold_minutes", "max_order_percent", "minimum_order"])
        #expect(problems(MenuDisplayForm(from: none), replacing: saved.menuDisplay) == ["primary_color"])
        #expect(
            problems(BusinessForm(from: none), replacing: saved.business)
                == ["dispensary_type", "minimum_age", "name", "time_zone"])
        #expect(throws: FormProblems.self) { try PointsForm(from: none).baseVersion() }
    }

    @Test(
        "a wrong value is named beside its field, and the page leads to it",
        arguments: [
            ("points_per_dollar", "0.09"), ("points_per_dollar", "10.001"), ("points_per_dollar", "1.2345"),
            ("points_per_dollar", "1e1"), ("points_per_dollar", "+1"), ("points_per_dollar", "1,5"),
            ("points_per_dollar", "NaN"), ("points_per_dollar", "١"), ("points_per_dollar", ""),
            ("equity_multiplier", "0.999"), ("equity_multiplier", "5.001"), ("equity_multiplier", "much"),
            ("rounding", "DOWN"), ("earn_on", "subtotal"), ("earn_from", "2026-02-30"), ("earn_from", "1999-12-31"),
        ])
    func points(field: String, value: String) {
        let form = PointsForm(from: sent(PointsForm.self, of: saved.points, changing: [field: value]))
        #expect(problems(form, replacing: saved.points) == [field])
        let page = PointsPage(form, FormProblems(field: field, "Not so."), .sample)
        #expect(page.frame.problems.map(\.problemAnchor) == ["#" + field])
    }

    @Test("a blank equity multiplier keeps what is set, and a number replaces it")
    func equity() throws {
        let blank = PointsForm(from: sent(PointsForm.self, of: saved.points, changing: ["equity_multiplier": " "]))
        #expect(try checked(blank, replacing: saved.points).equityMultiplier == 3_217)
        let set = PointsForm(from: sent(PointsForm.self, of: saved.points, changing: ["equity_multiplier": "2.5"]))
        #expect(try checked(set, replacing: saved.points).equityMultiplier == 2_500)
    }

    @Test("a field sent twice, or a checkbox with another value, is refused beside it")
    func duplicated() {
        let twice = FormFields([("rounding", "up"), ("points_per_dollar", "1"), ("points_per_dollar", "2")])
        #expect(problems(PointsForm(from: twice), replacing: saved.points) == ["earn_on", "points_per_dollar"])
        let boxes = FormFields([("show_bar", "1"), ("show_bar", "1"), ("primary_color", "#000000")])
        #expect(problems(MenuDisplayForm(from: boxes), replacing: saved.menuDisplay) == ["show_bar"])
        let yes = FormFields([("show_bar", "yes"), ("primary_color", "#000000")])
        #expect(problems(MenuDisplayForm(from: yes), replacing: saved.menuDisplay) == ["show_bar"])
    }

    @Test("bytes that are not UTF-8 refuse the form before any field is read")
    func invalidBytes() {
        #expect(throws: BadRequest.self) { try FormFields(parsing: "name=%ff%fe".utf8) }
        #expect(throws: BadRequest.self) { try FormFields(parsing: "name=a%00b".utf8) }
    }

    @Test("which button was pressed is one of four, and Enter saves")
    func actions() {
        #expect(SettingsAction(from: ["action": "reset"]) == .reset)
        #expect(SettingsAction(from: [:]) == .save)
        #expect(SettingsAction(from: ["action": "delete"]) == nil)
        #expect(SettingsAction(from: FormFields([("action", "save"), ("action", "add")])) == nil)
    }

    @Test(
        "thresholds out of order are named, once their numbers can be read",
        arguments: [
            ("slipping_minDays", "60", ["atRisk_minDays"]), ("churned_minDays", "60", ["churned_minDays"]),
            ("vip_minAOV", "1,000.50", []), ("vip_minAOV", "$75", []), ("vip_minAOV", "75.001", ["vip_minAOV"]),
            ("loyal_minOrders", "2.0", ["loyal_minOrders"]), ("loyal_minOrders", "-1", ["loyal_minOrders"]),
            ("new_maxDays", "99999999999999999999", ["new_maxDays"]), ("new_maxDays", "", ["new_maxDays"]),
        ] as [(String, String, [String])])
    func segments(field: String, value: String, expected: [String]) {
        let form = SegmentsForm(from: sent(SegmentsForm.self, of: saved.segments, changing: [field: value]))
        #expect(problems(form, replacing: saved.segments) == expected)
    }

    @Test(
        "a program's switches and numbers are refused each by itself",
        arguments: [
            ("paused", "yes"), ("pause_reason", String(repeating: "x", count: 201)), ("alpine_policy", "trust"),
            ("discrepancy_percent", "0"), ("lag_hours", "1.5"), ("lag_hours", "169"), ("sync_every_minutes", "4"),
            ("adjust_limit", "-1"), ("adjust_limit", "all"),
        ])
    func program(field: String, value: String) {
        let form = ProgramForm(from: sent(ProgramForm.self, of: saved.program, changing: [field: value]))
        #expect(problems(form, replacing: saved.program) == [field])
    }

    @Test(
        "a business needs a name, a zone that exists, an age and an https address",
        arguments: [
            ("name", " "), ("name", "a\u{7}b"), ("time_zone", "Mars/Olympus"), ("dispensary_type", "clinic"),
            ("minimum_age", "17"), ("minimum_age", "21.5"), ("terms_url", "javascript:alert(1)"),
            ("terms_url", "https://a b"),
        ])
    func business(field: String, value: String) {
        let form = BusinessForm(from: sent(BusinessForm.self, of: saved.business, changing: [field: value]))
        #expect(problems(form, replacing: saved.business) == [field])
    }
}
