import Testing

@testable import LoyaltyRules

struct TierSettingsTests {
    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        let tiers = TierSettings.defaults
        #expect(tiers.problems.isEmpty)
        #expect(tiers.tiers.map(\.name) == ["Bronze", "Silver", "Gold", "Platinum"])
        #expect(tiers.tiers.map(\.threshold) == [0, 200_00, 500_00, 1_000_00])
        #expect(tiers.tiers.allSatisfy { $0.earnMultiplier == .one })
        #expect(tiers.qualifyingWindow == .lifetime && tiers.demotionEnabled && tiers.demotionInactiveDays == 180)
        #expect(QualifyingWindow.allCases.map(\.rawValue) == ["lifetime", "12_months"])
        #expect(TierSettings.tab.rawValue == "tiers")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<TierSettings>) { change.check(on: .defaults) }

    static let changes: [SettingsChange<TierSettings>] =
        SettingsChange.edges(of: \.demotionInactiveDays, 1...3_650, "demotion_inactive_days")
        + SettingsChange.edges(of: \.tiers[1].earnMultiplier.rawValue, 1_000...10_000, "tier[1][earn_multiplier]")
        + SettingsChange.lengths(of: \.tiers[1].name, 1...40, "tier[1][name]")
        + rows + [
            .accepted("the highest threshold") { $0.tiers[3].threshold = 1_000_000_00 },
            .refused("a threshold too high", under: "tier[3][threshold]") { $0.tiers[3].threshold = 1_000_000_01 },
            .refused("a lowest tier above zero", under: "tier[0][threshold]") { $0.tiers[0].threshold = 1 },
            .refused("a lowest tier below zero", under: "tier[0][threshold]") { $0.tiers[0].threshold = -1 },
            .refused("equal thresholds", under: "tier[2][threshold]") { $0.tiers[2].threshold = 200_00 },
            .refused("a name twice", under: "tier[2][name]") { $0.tiers[2].name = "SILVER" },
            .accepted("upper-case colour") { $0.tiers[0].color = "#ABCDEF" },
            .refused("a named colour", under: "tier[0][color]") { $0.tiers[0].color = "red" },
            .refused("a short colour", under: "tier[0][color]") { $0.tiers[0].color = "#abc" },
            .refused("a colour with more behind", under: "tier[0][color]") { $0.tiers[0].color = "#abcdef;" },
        ]

    private static let rows: [SettingsChange<TierSettings>] = [
        .accepted("one tier") { $0.tiers = [$0.tiers[0]] },
        .refused("no tier", under: "tier") { $0.tiers = [] },
        .accepted("20 tiers") { $0.tiers = many(20) },
        .refused("21 tiers", under: "tier") { $0.tiers = many(21) },
        .accepted("no benefits") { $0.tiers[0].benefits = [] },
        .accepted("12 benefits") { $0.tiers[0].benefits = Array(repeating: "Free pen", count: 12) },
        .refused("13 benefits", under: "tier[0][benefits]") {
            $0.tiers[0].benefits = Array(repeating: "Free pen", count: 13)
        },
        .accepted("a benefit of 120 characters") { $0.tiers[0].benefits = [String(repeating: "x", count: 120)] },
        .refused("a benefit of 121", under: "tier[0][benefits]") {
            $0.tiers[0].benefits = [String(repeating: "x", count: 121)]
        },
        .refused("an empty benefit", under: "tier[0][benefits]") { $0.tiers[0].benefits = [""] },
    ]

    private static func many(_ count: Int) -> [Tier] {
        (0..<count).map { index in
            Tier(
                id: TierID(rawValue: UInt128(index)), name: "Tier \(index)", threshold: Cents(rawValue: Int64(index)),
                color: "#000000", earnMultiplier: .one, benefits: [])
        }
    }
}
