import FastCGI
import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct SettingsRowsTests {
    let saved = SettingsContext.sample.saved

    private func tiers(_ changes: [String: String]) -> TiersForm {
        let ids = saved.tiers.tiers.map(\.id.description)
        return TiersForm(from: sent(TiersForm.self, of: saved.tiers, changing: changes, ids: ids))
    }

    private func rewards(_ changes: [String: String]) -> RedemptionsForm {
        let ids = saved.redemptions.rewards.map(\.id.description)
        return RedemptionsForm(from: sent(RedemptionsForm.self, of: saved.redemptions, changing: changes, ids: ids))
    }

    private func menu(_ changes: [String: String]) -> MenuDisplayForm {
        let ids = saved.menuDisplay.programs.map(\.id.description)
        return MenuDisplayForm(from: sent(MenuDisplayForm.self, of: saved.menuDisplay, changing: changes, ids: ids))
    }

    @Test("rows come in order of threshold, a new one gets an id, a removed one is gone")
    func edited() throws {
        let form = tiers([
            "tier[0][delete]": "1", "tier[1][threshold]": "0", "tier[4][id]": "", "tier[4][name]": " Jade ",
            "tier[4][threshold]": "$1,500", "tier[4][color]": "#00aa55", "tier[4][earn_multiplier]": "1.25",
            "tier[4][benefits]": "One\r\n\r\n Two \n", "tier[2][threshold]": "2000",
        ])
        let settings = try checked(form, replacing: saved.tiers)
        #expect(settings.tiers.map(\.name) == ["Silver", "Platinum", "Jade", "Gold"])
        #expect(settings.tiers[2].id == TierID(rawValue: 1_001))
        #expect(settings.tiers[2].shownBenefits == ["1.25x points", "One", "Two"])
        #expect(settings.tiers[2].threshold == 1_500_00)
    }

    @Test(
        "a problem stands at the row as shown, though rows are sorted and removed ones dropped",
        arguments: [
            ("tier[3][threshold]", "-1", "tier[3][threshold]"), ("tier[0][delete]", "1", "tier[1][threshold]"),
            ("tier[2][threshold]", "200", "tier[2][threshold]"), ("tier[1][name]", "gold", "tier[2][name]"),
            ("tier[1][color]", "#12345g", "tier[1][color]"), ("tier[0][delete]", "on", "tier[0][delete]"),
            ("tier[3][earn_multiplier]", "0.5", "tier[3][earn_multiplier]"),
            ("tier[2][benefits]", "a\u{1}", "tier[2][benefits]"),
        ])
    func placed(field: String, value: String, expected: String) {
        #expect(problems(tiers([field: value]), replacing: saved.tiers) == [expected])
    }

    @Test("unknown, foreign and repeated ids are refused at their row")
    func ids() {
        let first = TierID(rawValue: 1).description
        for id in [TierID(rawValue: 77).description, RewardID(rawValue: 1).description, "1", "tier_", "'--", first] {
            #expect(problems(tiers(["tier[2][id]": id]), replacing: saved.tiers) == ["tier[2][id]"], "\(id)")
        }
    }

    @Test("a row added and left blank is no row, and there is an end to adding")
    func blank() throws {
        var form = TiersForm(from: saved.tiers, version: 1)
        form.addRow()
        #expect(form.tiers.count == 5)
        #expect(try checked(form, replacing: saved.tiers) == saved.tiers)
        for _ in 0..<40 { form.addRow() }
        #expect(form.tiers.count == TierSettings.countMax)
        #expect(!TiersPage(form, .none, .sample).canAdd)
    }

    @Test("rows that cannot be read, or are too many, refuse the whole form in one sentence")
    func unreadable() {
        for name in ["tier[0]name", "tier[]", "tier[0][name", "tier[-1][name]", "tier[00][name]", "tier[0][a][b]"] {
            #expect(problems(tiers([name: "x"]), replacing: saved.tiers).contains("tier"), "\(name)")
        }
        let form = TiersForm(from: FormFields((0...TierSettings.countMax).map { ("tier[\($0)][name]", "T\($0)") }))
        do throws(FormProblems) {
            _ = try form.validated(replacing: saved.tiers) { 1 }
            Issue.record("21 tiers were accepted")
        } catch {
            let summary = TiersPage(form, error, .sample).frame.problems
            #expect(summary.first?.problemAnchor == nil)
            #expect(summary.first?.problemText.contains("more than 20 rows") == true)
        }
    }

    @Test("rewards say what they are worth, computed from what is typed")
    func worth() {
        var form = RedemptionsForm(from: saved.redemptions, version: 1)
        form.rewards[0].pointsCost = "80"
        form.rewards[1].rewardValue = "soon"
        let page = RedemptionsPage(form, .none, .sample)
        #expect(page.rewards.map { $0.worth?.centsPerPoint } == ["6.2 ¢", nil, "7.0 ¢"])
        #expect(page.rewards.map { $0.worth?.percentBack } == ["9.3 %", nil, "10.5 %"])
    }

    @Test(
        "two rewards of one price are refused at the second, and nonsense at its field",
        arguments: [
            ("redemption[2][points_cost]", "100"), ("redemption[0][points_cost]", "0"),
            ("redemption[0][points_cost]", "1.5"), ("redemption[1][reward_value]", "5.005"),
            ("redemption[1][reward_value]", "0"), ("max_order_percent", "101"), ("hold_minutes", "0"),
            ("minimum_order", "-0.01"), ("redemption[1][delete]", "on"),
        ])
    func rewards(field: String, value: String) {
        #expect(problems(rewards([field: value]), replacing: saved.redemptions) == [field])
    }

    @Test("delivery takes blanks as not shown and zero as free, and programs keep their order")
    func menu() throws {
        let typed = menu([
            "delivery_fee": "0", "delivery_minimum": "", "delivery_radius": "2.5", "program[1][enabled]": "1",
            "program[1][icon]": "star", "program[0][delete]": "1",
        ])
        let settings = try checked(typed, replacing: saved.menuDisplay)
        #expect(settings.deliveryFee == .zero && settings.deliveryMinimum == nil)
        #expect(settings.deliveryRadiusTenths == 25)
        #expect(settings.programs.map(\.name) == ["Students", "Seniors"])
        #expect(settings.programs[0].icon == .star && settings.programs[0].isEnabled)
    }

    @Test(
        "the menu's fields are refused each by itself",
        arguments: [
            ("delivery_radius", "2.55"), ("delivery_fee", "ten"), ("delivery_minimum", "-1"),
            ("program[2][icon]", "skull"), ("program[2][name]", ""), ("primary_color", "red"),
            ("loyalty_tagline", "a\nb"), ("pickup_text", String(repeating: "x", count: 121)),
        ])
    func menu(field: String, value: String) {
        #expect(problems(menu([field: value]), replacing: saved.menuDisplay) == [field])
    }
}
