/// A redemption tier: points for dollars. rules.md, "Redemption".
public struct Reward: Equatable, Codable, Sendable {
    /// Stays the same through edits.
    public var id: RewardID
    /// Points it costs, 1 to 10,000,000.
    public var pointsCost: Int64
    /// What it takes off an order, $0.01 to $10,000.
    public var value: Cents
    /// Shown to customers; may be empty.
    public var description: String
    /// The discount to press at the till; may be empty.
    public var posDiscountID: String

    /// Makes a reward.
    public init(id: RewardID, pointsCost: Int64, value: Cents, description: String = "", posDiscountID: String = "") {
        self.id = id
        self.pointsCost = pointsCost
        self.value = value
        self.description = description
        self.posDiscountID = posDiscountID
    }

    /// What a point is worth in tenths of a cent, rounded down: 50 is 5.0 ¢. Nil where `tenthsOfAPercentBack` is.
    public var tenthsOfACentPerPoint: Int64? { tenthsOfAPercentBack(at: .one) }

    /// What share of spend comes back at `rate` points per dollar, in tenths of a percent rounded down: 50 is 5 %.
    /// Nil for a reward that no tab would save: a refused form shows such ones again, and must not stop the page.
    public func tenthsOfAPercentBack(at rate: Thousandths) -> Int64? {
        guard pointsCost > 0 else { return nil }
        // Cents per dollar is percent: points per dollar times cents per point.
        let (product, overflow) = (Int128(value.rawValue) * Int128(rate.rawValue)).multipliedReportingOverflow(by: 10)
        return overflow ? nil : Int64(exactly: product / (Int128(pointsCost) * Int128(Thousandths.scale)))
    }
}

/// The Redemptions tab.
public struct RedemptionSettings: SettingsTabValue {
    public static let tab = SettingsTab.redemptions

    /// In order of cost.
    public var rewards: [Reward]
    /// Whether any number of points may be used, and a cap shrinks the points charged.
    public var partialRedemption: Bool
    /// The largest share of an order a reward may pay, 1 to 100.
    public var maxOrderPercent: Int64
    /// The smallest order a reward may be used on.
    public var minimumOrder: Cents
    /// How long points stay reserved, 1 to 1,440.
    public var holdMinutes: Int64

    /// Makes the tab; rewards are put in order of cost.
    public init(
        rewards: [Reward], partialRedemption: Bool = true, maxOrderPercent: Int64 = 100, minimumOrder: Cents = .zero,
        holdMinutes: Int64 = 15
    ) {
        self.rewards = rewards.sorted { $0.pointsCost < $1.pointsCost }
        self.partialRedemption = partialRedemption
        self.maxOrderPercent = maxOrderPercent
        self.minimumOrder = minimumOrder
        self.holdMinutes = holdMinutes
    }

    /// At most this many rewards.
    public static let countMax = 20

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.require(rewards.count <= Self.countMax, "redemption", "At most \(Self.countMax) rewards.")
        list.require((1...100).contains(maxOrderPercent), "max_order_percent", "Enter a whole number from 1 to 100.")
        list.require(
            (0...100_000_000).contains(minimumOrder.rawValue), "minimum_order", "Enter dollars from 0 to 1000000.")
        list.require((1...1_440).contains(holdMinutes), "hold_minutes", "Enter minutes from 1 to 1440.")
        for (index, reward) in rewards.enumerated() {
            let row = "redemption[\(index)]"
            list.require(
                (1...10_000_000).contains(reward.pointsCost), row + "[points_cost]",
                "Enter whole points from 1 to 10000000.")
            list.require(
                (1...1_000_000).contains(reward.value.rawValue), row + "[reward_value]",
                "Enter dollars from 0.01 to 10000.")
            list.require(
                index == 0 || reward.pointsCost != rewards[index - 1].pointsCost, row + "[points_cost]",
                "Another reward costs the same points already.")
            list.requireText(reward.description, row + "[description]", 0...120)
            list.requireText(reward.posDiscountID, row + "[pos_discount_id]", 0...64)
        }
        return list.problems
    }
}
