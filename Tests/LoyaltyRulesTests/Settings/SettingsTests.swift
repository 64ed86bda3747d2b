import Foundation
import Testing

@testable import LoyaltyRules

struct SettingsTests {
    @Test("a form is refused for a save of its own tab only")
    func versions() {
        var settings = Settings.defaults(name: "Green Leaf", timeZone: "America/New_York")
        #expect(settings.version == 1)
        #expect(SettingsTab.allCases.allSatisfy { settings.version(of: $0) == 1 })
        settings.version = 2
        settings.tabVersions[.tiers] = 2
        #expect(settings.version(of: .tiers) == 2)
        #expect(settings.version(of: .points) == 1)
    }

    @Test("the tabs are named as their addresses are")
    func tabs() {
        #expect(
            SettingsTab.allCases.map(\.rawValue) == [
                "points", "tiers", "segments", "redemptions", "menu-display", "business", "program",
            ])
    }

    @Test("every tab keeps its values through JSON")
    func roundTrip() throws {
        var settings = Settings.defaults(name: "Grüne Höhle", timeZone: "America/New_York")
        settings.points.earnFrom = Day(year: 2026, month: 1, day: 2)
        settings.menuDisplay.deliveryFee = 7_99
        try expectRoundTrip(settings.points)
        try expectRoundTrip(settings.tiers)
        try expectRoundTrip(settings.segments)
        try expectRoundTrip(settings.redemptions)
        try expectRoundTrip(settings.menuDisplay)
        try expectRoundTrip(settings.business)
        try expectRoundTrip(settings.program)
    }

    private func expectRoundTrip(_ tab: some SettingsTabValue) throws {
        let copy = try JSONDecoder().decode(type(of: tab), from: JSONEncoder().encode(tab))
        #expect(copy == tab)
    }

    @Test("the ids of what is there by default are the same for every tenant, and differ from each other")
    func ids() {
        let one = Settings.defaults(name: "One", timeZone: "UTC")
        let other = Settings.defaults(name: "Other", timeZone: "UTC")
        #expect(one.tiers == other.tiers && one.redemptions == other.redemptions)
        #expect(Set(one.tiers.tiers.map(\.id)).count == one.tiers.tiers.count)
        #expect(Set(one.redemptions.rewards.map(\.id)).count == one.redemptions.rewards.count)
        #expect(Set(one.menuDisplay.programs.map(\.id)).count == one.menuDisplay.programs.count)
    }

    @Test(
        "only #rrggbb is a colour",
        arguments: [
            ("#1d6b45", true), ("#FFFFFF", true), ("#000000", true), ("", false), ("#fff", false), ("1d6b45", false),
            ("#1d6b4", false), ("#1d6b455", false), ("#1d6b4g", false), ("red", false), ("#1d6b4\"", false),
            (" #1d6b45", false), ("#１２３", false), ("#12345é", false), ("#12 456", false), ("rgb(0,0,0)", false),
        ])
    func color(text: String, isOne: Bool) { #expect(isColor(text) == isOne) }

    @Test("text that is shown may have lines only where lines are asked for, and no control characters")
    func text() {
        func problems(_ text: String, lines: Bool) -> Int {
            var list = ProblemList()
            list.requireText(text, "field", 0...20, lines: lines)
            return list.problems.count
        }
        #expect(problems("one\ntwo", lines: true) == 0)
        #expect(problems("one\ntwo", lines: false) == 1)
        #expect(problems("one\r\ntwo", lines: true) == 1)
        #expect(problems("\u{0}", lines: true) == 1)
        #expect(problems("\u{85}", lines: false) == 1)
        #expect(problems("señor 🌿 <b>&amp;", lines: false) == 0)
    }
}
