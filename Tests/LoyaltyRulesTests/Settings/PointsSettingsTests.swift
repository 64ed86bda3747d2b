import Testing

@testable import LoyaltyRules

struct PointsSettingsTests {
    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        let points = PointsSettings()
        #expect(points.problems.isEmpty)
        #expect(points.pointsPerDollar == 1_000 && points.equityMultiplier == 1_200)
        #expect(points.rounding == .down && points.earnOn == .total && points.earnFrom == nil)
        #expect(PointsSettings.tab.rawValue == "points")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<PointsSettings>) { change.check(on: PointsSettings()) }

    static let changes: [SettingsChange<PointsSettings>] =
        SettingsChange.edges(of: \.pointsPerDollar.rawValue, 100...10_000, "points_per_dollar")
        + SettingsChange.edges(of: \.equityMultiplier.rawValue, 1_000...5_000, "equity_multiplier")
        + [
            .accepted("from the first day") { $0.earnFrom = Day(year: 2010, month: 1, day: 1) },
            .accepted("from the last day") { $0.earnFrom = Day(year: 2099, month: 12, day: 31) },
            .refused("a day too early", under: "earn_from") { $0.earnFrom = Day(year: 2009, month: 12, day: 31) },
            .refused("a day too late", under: "earn_from") { $0.earnFrom = Day(year: 2100, month: 1, day: 1) },
        ]

    @Test("no message tells the equity multiplier")
    func secret() {
        var points = PointsSettings()
        points.equityMultiplier = 5_432
        #expect(points.problems.count == 1)
        #expect(points.problems.allSatisfy { !$0.message.contains("5.432") && !$0.message.contains("5432") })
    }
}
