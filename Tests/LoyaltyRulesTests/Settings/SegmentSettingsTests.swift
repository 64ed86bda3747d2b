import Testing

@testable import LoyaltyRules

struct SegmentSettingsTests {
    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        let segments = SegmentSettings()
        #expect(segments.problems.isEmpty)
        #expect(segments.churnedMinDays == 90 && segments.atRiskMinDays == 60 && segments.slippingMinDays == 30)
        #expect(segments.newMaxDays == 30 && segments.loyalMinOrders == 2)
        #expect(segments.vipMinLifetimeValue == 500_00)
        #expect(segments.vipMinOrders == 8 && segments.vipMinAverageBasket == 50_00)
        #expect(segments.highValueMinAverageBasket == 75_00 && segments.highValueMaxOrders == 5)
        #expect(segments.frequentMinOrders == 5 && segments.frequentMaxAverageBasket == 60_00)
        #expect(SegmentSettings.tab.rawValue == "segments")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<SegmentSettings>) { change.check(on: SegmentSettings()) }

    static let changes: [SettingsChange<SegmentSettings>] =
        SettingsChange.edges(of: \.loyalMinOrders, 0...10_000, "loyal_minOrders")
        + SettingsChange.edges(of: \.vipMinOrders, 0...10_000, "vip_minOrders")
        + SettingsChange.edges(of: \.highValueMaxOrders, 0...10_000, "highValue_maxOrders")
        + SettingsChange.edges(of: \.frequentMinOrders, 0...10_000, "frequent_minOrders")
        + SettingsChange.edges(of: \.vipMinLifetimeValue.rawValue, 0...1_000_000_00, "vip_minLifetimeValue")
        + SettingsChange.edges(of: \.vipMinAverageBasket.rawValue, 0...1_000_000_00, "vip_minAOV")
        + SettingsChange.edges(of: \.highValueMinAverageBasket.rawValue, 0...1_000_000_00, "highValue_minAOV")
        + SettingsChange.edges(of: \.frequentMaxAverageBasket.rawValue, 0...1_000_000_00, "frequent_maxAOV")
        + SettingsChange.edges(of: \.newMaxDays, 0...3_650, "new_maxDays")
        + days

    /// The three inactivity thresholds bound each other, so their ranges are tried with the others out of the way.
    private static let days: [SettingsChange<SegmentSettings>] = [
        .accepted("0, 1 and 2 days") { $0.setDays(0, 1, 2) },
        .accepted("the longest days") { $0.setDays(3_648, 3_649, 3_650) },
        .refused("slipping below 0", under: "slipping_minDays") { $0.setDays(-1, 60, 90) },
        .refused("lapsed too late", under: "churned_minDays") { $0.setDays(30, 60, 3_651) },
        .accepted("slipping just before at risk") { $0.setDays(59, 60, 90) },
        .refused("slipping with at risk", under: "atRisk_minDays") { $0.setDays(60, 60, 90) },
        .refused("slipping after at risk", under: "atRisk_minDays") { $0.setDays(61, 60, 90) },
        .accepted("at risk just before lapsed") { $0.setDays(30, 89, 90) },
        .refused("at risk with lapsed", under: "churned_minDays") { $0.setDays(30, 90, 90) },
        .refused("at risk after lapsed", under: "churned_minDays") { $0.setDays(30, 91, 90) },
    ]

    @Test("the page says which pair is out of order, with its figures")
    func pairs() {
        var segments = SegmentSettings()
        segments.setDays(90, 60, 30)
        #expect(
            segments.problems == [
                SettingsProblem("atRisk_minDays", "At risk (60 days) must come later than slipping (90 days)."),
                SettingsProblem("churned_minDays", "Lapsed (30 days) must come later than at risk (60 days)."),
            ])
    }

    @Test("days outside their range are said of each field")
    func allDays() {
        var segments = SegmentSettings()
        segments.setDays(-3, -2, -1)
        #expect(segments.problems.map(\.field) == ["slipping_minDays", "atRisk_minDays", "churned_minDays"])
        segments.setDays(3_651, 3_652, 3_653)
        #expect(segments.problems.map(\.field) == ["slipping_minDays", "atRisk_minDays", "churned_minDays"])
    }
}

extension SegmentSettings {
    fileprivate mutating func setDays(_ slipping: Int64, _ atRisk: Int64, _ churned: Int64) {
        (slippingMinDays, atRiskMinDays, churnedMinDays) = (slipping, atRisk, churned)
    }
}
