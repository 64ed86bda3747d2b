import FastCGI
import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct SettingsPagesTests {
    let templates: Templates
    let saved = SettingsContext.sample.saved

    init() throws { templates = try Templates.ofCheckout() }

    @Test("no settings page prints the equity multiplier, as saved or as typed")
    func equity() throws {
        for page in everySettingsPage {
            let text = try templates.render(page, in: .sample)
            for secret in ["3.217", "3217", "9.876", "9876"] { #expect(!text.contains(secret)) }
        }
        let form = PointsForm(from: ["equity_multiplier": "4.4321"])
        let refused = try templates.render(PointsPage(form, .none, .sample), in: .sample)
        #expect(!refused.contains("4.4321"))
        #expect(refused.contains(#"name="equity_multiplier" value="""#))
        #expect(refused.contains("Last set on 3 Mar 2026."))
    }

    @Test("a refused form comes back as typed, with the problem beside the field and a link to it above")
    func refused() throws {
        let form = PointsForm(from: ["points_per_dollar": "-3", "rounding": "up", "version": "4"])
        let problems = FormProblems(field: "points_per_dollar", "Enter a number from 0.1 to 10.")
        let text = try templates.render(PointsPage(form, problems, .sample), in: .sample)
        #expect(text.contains(#"name="points_per_dollar" value="-3""#))
        #expect(text.contains(#"aria-describedby="points_per_dollar-help points_per_dollar-problem" aria-invalid"#))
        #expect(text.contains("<a href=\"#points_per_dollar\">Points per dollar: Enter a number from 0.1 to 10.</a>"))
        #expect(text.contains(#"value="up" type="radio" checked"#))
        #expect(text.contains(#"name="version" value="4""#))
    }

    @Test(
        "a customer spending $50 earns what the posting rule says, while the rate is usable",
        arguments: [
            ("1", "down", "50"), ("1.5", "down", "75"), ("0.125", "down", "6"), ("0.125", "up", "7"),
            ("0.125", "nearest", "6"), ("11", "down", nil), ("lots", "down", nil),
        ] as [(String, String, String?)])
    func example(rate: String, rounding: String, expected: String?) {
        let form = PointsForm(from: ["points_per_dollar": rate, "rounding": rounding])
        #expect(PointsPage(form, .none, .sample).example == expected)
    }

    @Test("a changed threshold shows its default, an unchanged one does not")
    func defaults() {
        let page = SegmentsPage(SegmentsForm(from: saved.segments, version: 1), .none, .sample)
        let sentences = page.segments.flatMap(\.sentences)
        #expect(sentences.filter { $0.note != nil }.map(\.name) == ["slipping_minDays"])
        #expect(sentences.compactMap(\.note) == ["Default: 30"])
        #expect(Set(sentences.map(\.name)) == Set(SegmentThreshold.allCases.map(\.rawValue)))
    }

    @Test("after somebody else's save their values stand beside the typed ones, and saving again replaces them")
    func conflict() throws {
        var context = SettingsContext.sampleConflict
        context.saved.tabVersions[.tiers] = 9
        var form = TiersForm(from: saved.tiers, version: 3)
        form.tiers[0].threshold = "0.00"
        form.tiers[1].threshold = "250"
        form.tiers[2].id = TierID(rawValue: 55).description
        let page = TiersPage(form, .none, context)
        #expect(page.frame.version == "9")
        #expect(page.tiers[1].threshold.theirs == "200")
        #expect(page.tiers[0].threshold.theirs == nil)
        #expect(page.tiers[2].idValue.isEmpty, "a row they removed is a new one when saved again")
        #expect(page.frame.conflict?.added == "Gold")
        let text = try templates.render(page, in: .sample)
        #expect(text.contains("maria@shop.example saved this tab today at 6:04 pm"))
        #expect(text.contains("Saved meanwhile: <strong>200</strong>"))
    }

    @Test("links name the shop only for those who have several, and only a changed form says that it is not saved")
    func tabs() {
        let form = PointsForm(from: saved.points, version: 1)
        let page = PointsPage(form, .none, .sample)
        #expect(page.frame.tabs.map(\.tabLabel).last == "Program")
        #expect(page.frame.tabs.filter(\.isOpen).map(\.tabLabel) == ["Points"])
        #expect(page.frame.tabs[1].tabHref == "/dashboard/settings/loyalty/tiers")
        #expect(page.frame.unsavedNote == nil)
        let several = PointsPage(form, .none, .sampleUnsaved)
        #expect(several.frame.tabs[1].tabHref == "/dashboard/settings/loyalty/tiers?org=demo")
        #expect(several.frame.unsavedNote != nil)
    }

    @Test("a reset names each value that will be lost, and says nothing of the equity multiplier but that it goes")
    func reset() throws {
        var context = SettingsContext.sample
        let points = ConfirmPage.reset(.points, context, version: 1)
        #expect(
            points.losses == [
                "Points per dollar: 1.5 becomes 1", "The equity multiplier, whatever it is set to",
            ])
        #expect(points.carried.map(\.carriedName) == ["action", "confirm", "version"])
        #expect(ConfirmPage.reset(.segments, context, version: 1).losses == ["Slipping, No visit for: 21 becomes 30"])
        #expect(ConfirmPage.reset(.business, context, version: 1).losses == ["Nothing: all is as it was at the start."])
        context.saved.tiers.tiers.append(
            Tier(
                id: TierID(rawValue: 9), name: "Jade", threshold: 2_000_00, color: "#00aa55", earnMultiplier: .one,
                benefits: []))
        context.saved.tiers.demotionEnabled = false
        #expect(
            ConfirmPage.reset(.tiers, context, version: 1).losses == [
                "“Jade” goes", "Lower the tier of customers who stop visiting: off becomes on",
            ])
        for tab in SettingsTab.allCases {
            let text = try templates.render(ConfirmPage.reset(tab, context, version: 1), in: .sample)
            #expect(!text.contains("3.217") && text.contains("name=\"confirm\" value=\"1\""))
        }
    }

    @Test("the first button of a settings form saves, for Enter presses it")
    func firstButton() throws {
        for page in everySettingsPage {
            let text = try templates.render(page, in: .sample)
            let form = text[(text.firstRange(of: "<form class=\"settings\"")?.lowerBound ?? text.endIndex)...]
            let button = form[(form.firstRange(of: "<button")?.lowerBound ?? form.endIndex)...].prefix { $0 != ">" }
            #expect(button.contains(#"name="action" value="save""#))
        }
    }
}
