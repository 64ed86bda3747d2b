extension TierSettings {
    /// Bronze, Silver, Gold, Platinum. rules.md, "Tiers". The ids are the same in every tenant, so that a reset gives
    /// back the tiers that customers already hold.
    public static let defaults = TierSettings(tiers: [
        Tier(
            id: TierID(rawValue: 1), name: "Bronze", threshold: .zero, color: "#9a5b2e", earnMultiplier: .one,
            benefits: ["Points on every order"]),
        Tier(
            id: TierID(rawValue: 2), name: "Silver", threshold: 200_00, color: "#6f7a82", earnMultiplier: .one,
            benefits: ["Points on every order", "Early news of drops"]),
        Tier(
            id: TierID(rawValue: 3), name: "Gold", threshold: 500_00, color: "#a67c00", earnMultiplier: .one,
            benefits: ["Points on every order", "Early news of drops", "Birthday treat"]),
        Tier(
            id: TierID(rawValue: 4), name: "Platinum", threshold: 1_000_00, color: "#4b6584", earnMultiplier: .one,
            benefits: [
                "Points on every order", "Early news of drops", "Birthday treat", "First pick of limited items",
            ]),
    ])
}

extension RedemptionSettings {
    /// 100 → $5, 250 → $15, 500 → $35. rules.md, "Redemption".
    public static let defaults = RedemptionSettings(rewards: [
        Reward(id: RewardID(rawValue: 1), pointsCost: 100, value: 5_00, description: "$5 off"),
        Reward(id: RewardID(rawValue: 2), pointsCost: 250, value: 15_00, description: "$15 off"),
        Reward(id: RewardID(rawValue: 3), pointsCost: 500, value: 35_00, description: "$35 off"),
    ])
}

extension MenuDisplaySettings {
    /// The bar on, no tagline, a few usual programs prepared and switched off.
    public static let defaults = MenuDisplaySettings(programs: [
        DiscountProgram(
            id: ProgramID(rawValue: 1), isEnabled: false, name: "Veterans", description: "10% off with ID",
            icon: .shield),
        DiscountProgram(
            id: ProgramID(rawValue: 2), isEnabled: false, name: "Students", description: "5% off with student ID",
            icon: .graduationCap),
        DiscountProgram(
            id: ProgramID(rawValue: 3), isEnabled: false, name: "Seniors", description: "10% off at 65 and over",
            icon: .heart),
    ])
}

extension Settings {
    /// Version 1 of a new tenant.
    public static func defaults(name: String, timeZone: String) -> Settings {
        Settings(
            version: 1, tabVersions: [:], points: PointsSettings(), tiers: .defaults, segments: SegmentSettings(),
            redemptions: .defaults, menuDisplay: .defaults, business: BusinessSettings(name: name, timeZone: timeZone),
            program: ProgramSettings())
    }
}
