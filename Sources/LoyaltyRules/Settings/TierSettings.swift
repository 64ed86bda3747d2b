/// The Tiers tab. rules.md, "Tiers".
public struct TierSettings: SettingsTabValue {
    public static let tab = SettingsTab.tiers

    /// In order of threshold, the lowest at zero; never empty.
    public var tiers: [Tier]
    /// The span of spend that counts.
    public var qualifyingWindow: QualifyingWindow
    /// Whether inactivity lowers the tier.
    public var demotionEnabled: Bool
    /// Days without an order for each step down, 1 to 3,650.
    public var demotionInactiveDays: Int64

    /// Makes the tab; tiers are put in order of threshold.
    public init(
        tiers: [Tier], qualifyingWindow: QualifyingWindow = .lifetime, demotionEnabled: Bool = true,
        demotionInactiveDays: Int64 = 180
    ) {
        self.tiers = tiers.sorted { $0.threshold < $1.threshold }
        self.qualifyingWindow = qualifyingWindow
        self.demotionEnabled = demotionEnabled
        self.demotionInactiveDays = demotionInactiveDays
    }

    /// At most this many tiers.
    public static let countMax = 20

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.require(!tiers.isEmpty, "tier", "Keep at least one tier.")
        list.require(tiers.count <= Self.countMax, "tier", "At most \(Self.countMax) tiers.")
        list.require(
            (1...3_650).contains(demotionInactiveDays), "demotion_inactive_days",
            "Enter a number of days from 1 to 3650.")
        var names: Set<String> = []
        for (index, tier) in tiers.enumerated() {
            let row = "tier[\(index)]"
            list.requireText(tier.name, row + "[name]", 1...40)
            list.require(
                names.insert(tier.name.lowercased()).inserted, row + "[name]", "Another tier has this name already.")
            list.require(
                tier.threshold >= .zero && tier.threshold.rawValue <= 100_000_000, row + "[threshold]",
                "Enter dollars from 0 to 1000000.")
            if index == 0 {
                list.require(tier.threshold == .zero, row + "[threshold]", "The lowest tier starts at $0.")
            } else {
                list.require(
                    tier.threshold != tiers[index - 1].threshold, row + "[threshold]",
                    "\(tiers[index - 1].name) has the same threshold. Each tier needs its own.")
            }
            list.require(isColor(tier.color), row + "[color]", "Choose a color as #rrggbb.")
            list.require(
                (1_000...10_000).contains(tier.earnMultiplier.rawValue), row + "[earn_multiplier]",
                "Enter a number from 1 to 10.")
            list.require(tier.benefits.count <= 12, row + "[benefits]", "At most 12 benefits, one a line.")
            for benefit in tier.benefits { list.requireText(benefit, row + "[benefits]", 1...120) }
        }
        return list.problems
    }
}
