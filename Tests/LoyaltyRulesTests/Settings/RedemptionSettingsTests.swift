import Testing

@testable import LoyaltyRules

struct RedemptionSettingsTests {
    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        let redemptions = RedemptionSettings.defaults
        #expect(redemptions.problems.isEmpty)
        #expect(redemptions.rewards.map(\.pointsCost) == [100, 250, 500])
        #expect(redemptions.rewards.map(\.value) == [5_00, 15_00, 35_00])
        #expect(redemptions.partialRedemption && redemptions.maxOrderPercent == 100)
        #expect(redemptions.minimumOrder == .zero && redemptions.holdMinutes == 15)
        #expect(RedemptionSettings.tab.rawValue == "redemptions")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<RedemptionSettings>) { change.check(on: .defaults) }

    static let changes: [SettingsChange<RedemptionSettings>] =
        SettingsChange.edges(of: \.maxOrderPercent, 1...100, "max_order_percent")
        + SettingsChange.edges(of: \.minimumOrder.rawValue, 0...1_000_000_00, "minimum_order")
        + SettingsChange.edges(of: \.holdMinutes, 1...1_440, "hold_minutes")
        + SettingsChange.edges(of: \.rewards[1].pointsCost, 1...10_000_000, "redemption[1][points_cost]")
        + SettingsChange.edges(of: \.rewards[1].value.rawValue, 1...10_000_00, "redemption[1][reward_value]")
        + SettingsChange.lengths(of: \.rewards[1].description, 0...120, "redemption[1][description]")
        + SettingsChange.lengths(of: \.rewards[1].posDiscountID, 0...64, "redemption[1][pos_discount_id]")
        + [
            .accepted("no rewards") { $0.rewards = [] },
            .accepted("20 rewards") { $0.rewards = many(20) },
            .refused("21 rewards", under: "redemption") { $0.rewards = many(21) },
            .refused("a cost twice", under: "redemption[1][points_cost]") { $0.rewards[1].pointsCost = 100 },
        ]

    private static func many(_ count: Int) -> [Reward] {
        (1...count).map { Reward(id: RewardID(rawValue: UInt128($0)), pointsCost: Int64($0), value: 1) }
    }

    @Test(
        "what a point is worth and what comes back are rounded down to a tenth",
        arguments: [  // points, value, rate, tenths of a cent, tenths of a percent
            (100, 5_00, 1_000, 50, 50), (250, 15_00, 1_000, 60, 60), (500, 35_00, 1_000, 70, 70),
            (100, 5_00, 1_500, 50, 75), (300, 10_00, 1_000, 33, 33), (300, 10_00, 2_000, 33, 66),
            (300, 10_00, 100, 33, 3), (10_000_000, 1, 10_000, 0, 0), (1, 10_000_00, 10_000, 10_000_000, 100_000_000),
            (0, 5_00, 1_000, nil, nil), (-1, 5_00, 1_000, nil, nil), (1, Cents(rawValue: .max), 1_000, nil, nil),
            (.max, Cents(rawValue: .max), Thousandths(rawValue: .max), 10, nil),
        ] as [(Int64, Cents, Thousandths, Int64?, Int64?)])
    func worth(points: Int64, value: Cents, rate: Thousandths, perPoint: Int64?, back: Int64?) {
        let reward = Reward(id: RewardID(rawValue: 1), pointsCost: points, value: value)
        #expect(reward.tenthsOfACentPerPoint == perPoint)
        #expect(reward.tenthsOfAPercentBack(at: rate) == back)
    }

    @Test("rewards are put in order of cost")
    func order() {
        let rewards = RedemptionSettings.defaults.rewards
        #expect(RedemptionSettings(rewards: rewards.reversed()).rewards == rewards)
    }
}
