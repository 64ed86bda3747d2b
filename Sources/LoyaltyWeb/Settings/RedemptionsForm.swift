import FastCGI
import LoyaltyRules

/// The Redemptions tab as typed. contract.md, "Settings forms".
public struct RedemptionsForm: SettingsForm {
    public var version: String
    var rewards: [RewardRow]
    var partialRedemption: Bool
    var maxOrderPercent: String
    var minimumOrder: String
    var holdMinutes: String
    private var refused = FormProblems()

    /// One reward as typed.
    struct RewardRow: Sendable {
        var id = ""
        var pointsCost = ""
        var rewardValue = ""
        var description = ""
        var posDiscountID = ""
        var isRemoved = false

        /// Added and left blank: no reward was meant.
        var isBlank: Bool { id.isEmpty && pointsCost.isEmpty && rewardValue.isEmpty && description.cleaned.isEmpty }
    }

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        rewards = reader.rows("redemption", atMost: RedemptionSettings.countMax).map { row in
            RewardRow(
                id: row["id"] ?? "", pointsCost: row["points_cost"] ?? "", rewardValue: row["reward_value"] ?? "",
                description: row["description"] ?? "", posDiscountID: row["pos_discount_id"] ?? "",
                isRemoved: row["delete"] == "1")
        }
        partialRedemption = reader.isOn("partial_redemption")
        maxOrderPercent = reader.text("max_order_percent")
        minimumOrder = reader.text("minimum_order")
        holdMinutes = reader.text("hold_minutes")
        refused = reader.problems
    }

    public init(from settings: RedemptionSettings, version: Int64) {
        self.version = String(version)
        rewards = settings.rewards.map { reward in
            RewardRow(
                id: reward.id.description, pointsCost: String(reward.pointsCost),
                rewardValue: reward.value.fieldText, description: reward.description,
                posDiscountID: reward.posDiscountID)
        }
        partialRedemption = settings.partialRedemption
        maxOrderPercent = String(settings.maxOrderPercent)
        minimumOrder = settings.minimumOrder.fieldText
        holdMinutes = String(settings.holdMinutes)
    }

    /// One more blank row, unless there are as many as may be.
    public mutating func addRow() {
        if rewards.count < RedemptionSettings.countMax { rewards.append(RewardRow()) }
    }

    public var values: [String: String] {
        var values = [
            "partial_redemption": partialRedemption ? "1" : "", "max_order_percent": maxOrderPercent,
            "minimum_order": minimumOrder, "hold_minutes": holdMinutes,
        ]
        for reward in rewards {
            values["redemption[\(reward.id)][points_cost]"] = reward.pointsCost
            values["redemption[\(reward.id)][reward_value]"] = reward.rewardValue
            values["redemption[\(reward.id)][description]"] = reward.description
            values["redemption[\(reward.id)][pos_discount_id]"] = reward.posDiscountID
        }
        return values
    }

    public func validated(
        replacing current: RedemptionSettings, newID: () -> UInt128
    ) throws(FormProblems) -> RedemptionSettings {
        var problems = refused
        let known = current.rewards.map(\.id)
        var seen: Set<RewardID> = []
        var kept: [(row: Int, reward: Reward)] = []
        for (row, typed) in rewards.enumerated() where !typed.isBlank {
            let field = "redemption[\(row)]"
            let id = problems.rowID(typed.id, field + "[id]", known: known, seen: &seen, newID: newID)
            if !typed.isRemoved { kept.append((row, reward(typed, id: id, field, &problems))) }
        }
        kept.sort { $0.reward.pointsCost < $1.reward.pointsCost }
        let settings = RedemptionSettings(
            rewards: kept.map(\.reward), partialRedemption: partialRedemption,
            maxOrderPercent: problems.whole(
                maxOrderPercent, "max_order_percent", "Enter a whole number from 1 to 100."),
            minimumOrder: problems.dollars(minimumOrder, "minimum_order", "Enter dollars from 0 to 1000000."),
            holdMinutes: problems.whole(holdMinutes, "hold_minutes", "Enter minutes from 1 to 1440."))
        problems.add(settings.problems, table: "redemption", rows: kept.map(\.row))
        return try problems.checked(settings)
    }

    private func reward(_ typed: RewardRow, id: RewardID, _ field: String, _ problems: inout FormProblems) -> Reward {
        Reward(
            id: id,
            pointsCost: problems.whole(
                typed.pointsCost, field + "[points_cost]", "Enter whole points from 1 to 10000000."),
            value: problems.dollars(typed.rewardValue, field + "[reward_value]", "Enter dollars from 0.01 to 10000."),
            description: typed.description.cleaned, posDiscountID: typed.posDiscountID.cleaned)
    }
}
