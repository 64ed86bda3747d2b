import LoyaltyRules

/// What `templates/settings/redemptions.mustache` prints.
public struct RedemptionsPage: Page {
    public static let template = "settings/redemptions"

    public let title = "Redemptions"
    let frame: SettingsFrame
    /// The rate that "% back" is computed with, in words.
    let rateWords: String
    let rewards: [RewardRow]
    let canAdd: Bool
    let partialRedemption: Field
    let maxOrderPercent: Field
    let minimumOrder: Field
    let holdMinutes: Field

    /// A reward's fieldset.
    struct RewardRow: Sendable {
        let legend: String
        let idName: String
        let idValue: String
        let isRemoved: Bool
        let worth: Worth?
        let pointsCost: Field
        let rewardValue: Field
        let rewardText: Field
        let posDiscount: Field
        let remove: Field
    }

    /// What a reward is worth: to the customer per point, and to the shop of its sales.
    struct Worth: Sendable {
        let centsPerPoint: String
        let percentBack: String
    }

    /// The form with what is wrong beside its fields.
    public init(_ form: RedemptionsForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = RedemptionsForm(from: context.saved.redemptions, version: 0)
        var make = FieldMaker(problems: problems, theirs: context.conflict.map { _ in theirs.values })
        let rate = context.saved.points.pointsPerDollar
        let savedIDs = Set(theirs.rewards.map(\.id))
        rateWords = "\(rate.text) \(rate == .one ? "point" : "points") for each $1"
        rewards = form.rewards.enumerated().map { index, row in
            Self.row(row, index, rate, isKnown: context.conflict == nil || savedIDs.contains(row.id), &make)
        }
        canAdd = form.rewards.count < RedemptionSettings.countMax
        partialRedemption = make.check(
            "partial_redemption", "Customers may use any number of points", form.partialRedemption,
            help: "From the smallest reward up. If an order is smaller than the reward, fewer points are taken.")
        maxOrderPercent = make.make(
            "max_order_percent", "A reward pays at most", form.maxOrderPercent, .whole, after: "% of an order")
        minimumOrder = make.make(
            "minimum_order", "On orders of at least", form.minimumOrder, .decimal, before: "$")
        holdMinutes = make.make(
            "hold_minutes", "Points stay reserved for", form.holdMinutes, .whole, after: "minutes",
            help: "While an order is being paid. After that they are free again by themselves.")
        let formIDs = Set(form.rewards.map(\.id))
        frame = SettingsFrame(
            form, context, make,
            added: context.saved.redemptions.rewards.filter { !formIDs.contains($0.id.description) }.map(\.offer))
    }

    private static func row(
        _ row: RedemptionsForm.RewardRow, _ index: Int, _ rate: Thousandths, isKnown: Bool, _ make: inout FieldMaker
    ) -> RewardRow {
        let field = "redemption[\(index)]"
        let key = "redemption[\(row.id)]"
        let reward = typedReward(row)
        make.owner = reward?.offer ?? "New reward"
        defer { make.owner = nil }
        if !isKnown { make.noteLostRow() }
        return RewardRow(
            legend: reward?.offer ?? "New reward", idName: field + "[id]", idValue: isKnown ? row.id : "",
            isRemoved: row.isRemoved, worth: reward.map { worth($0, rate) },
            pointsCost: make.make(
                field + "[points_cost]", "Costs", row.pointsCost, .whole, after: "points", key: key + "[points_cost]"),
            rewardValue: make.make(
                field + "[reward_value]", "Takes off", row.rewardValue, .decimal, before: "$",
                key: key + "[reward_value]"),
            rewardText: make.make(
                field + "[description]", "Description", row.description, .long, key: key + "[description]"),
            posDiscount: make.make(
                field + "[pos_discount_id]", "Discount at the till", row.posDiscountID,
                help: "The id of the discount that staff press at the POS. May be blank.",
                key: key + "[pos_discount_id]"),
            remove: make.check(field + "[delete]", "Remove this reward", row.isRemoved))
    }

    /// The row as a reward while its numbers are usable.
    private static func typedReward(_ row: RedemptionsForm.RewardRow) -> Reward? {
        guard let cost = wholeNumber(parsing: row.pointsCost.plainNumber), (1...10_000_000).contains(cost),
            let value = Cents(dollars: row.rewardValue.plainNumber), (1...1_000_000).contains(value.rawValue)
        else { return nil }
        return Reward(id: RewardID(rawValue: 0), pointsCost: cost, value: value)
    }

    private static func worth(_ reward: Reward, _ rate: Thousandths) -> Worth {
        Worth(
            centsPerPoint: DecimalText.format(reward.tenthsOfACentPerPoint ?? 0, places: 1, fractionDigitsMin: 1)
                + " ¢",
            percentBack: DecimalText.format(reward.tenthsOfAPercentBack(at: rate) ?? 0, places: 1) + " %")
    }
}
