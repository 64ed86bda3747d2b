/// The Segments tab: 12 thresholds. rules.md, "Segments".
public struct SegmentSettings: SettingsTabValue {
    public static let tab = SettingsTab.segments

    /// Orders from which a customer is loyal.
    public var loyalMinOrders: Int64 = 2
    /// Lifetime value from which a customer is VIP.
    public var vipMinLifetimeValue: Cents = 500_00
    /// Orders, together with the basket below, from which a customer is VIP.
    public var vipMinOrders: Int64 = 8
    /// Average basket that goes with the orders above.
    public var vipMinAverageBasket: Cents = 50_00
    /// Average basket from which a customer is of high value.
    public var highValueMinAverageBasket: Cents = 75_00
    /// High value ends at this number of orders.
    public var highValueMaxOrders: Int64 = 5
    /// Orders from which a customer is frequent.
    public var frequentMinOrders: Int64 = 5
    /// Frequent customers' average basket stays below this.
    public var frequentMaxAverageBasket: Cents = 60_00
    /// Days without a visit.
    public var slippingMinDays: Int64 = 30
    /// Days without a visit.
    public var atRiskMinDays: Int64 = 60
    /// Days without a visit.
    public var churnedMinDays: Int64 = 90
    /// Days since the first order during which a customer is new.
    public var newMaxDays: Int64 = 30

    /// The defaults.
    public init() {}

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        for (field, count) in [
            ("loyal_minOrders", loyalMinOrders), ("vip_minOrders", vipMinOrders),
            ("highValue_maxOrders", highValueMaxOrders), ("frequent_minOrders", frequentMinOrders),
        ] {
            list.require((0...10_000).contains(count), field, "Enter a whole number from 0 to 10000.")
        }
        for (field, amount) in [
            ("vip_minLifetimeValue", vipMinLifetimeValue), ("vip_minAOV", vipMinAverageBasket),
            ("highValue_minAOV", highValueMinAverageBasket), ("frequent_maxAOV", frequentMaxAverageBasket),
        ] {
            list.require((0...100_000_000).contains(amount.rawValue), field, "Enter dollars from 0 to 1000000.")
        }
        for (field, days) in [
            ("slipping_minDays", slippingMinDays), ("atRisk_minDays", atRiskMinDays),
            ("churned_minDays", churnedMinDays), ("new_maxDays", newMaxDays),
        ] {
            list.require((0...3_650).contains(days), field, "Enter a number of days from 0 to 3650.")
        }
        list.require(
            slippingMinDays < atRiskMinDays, "atRisk_minDays",
            "At risk (\(atRiskMinDays) days) must come later than slipping (\(slippingMinDays) days).")
        list.require(
            atRiskMinDays < churnedMinDays, "churned_minDays",
            "Lapsed (\(churnedMinDays) days) must come later than at risk (\(atRiskMinDays) days).")
        return list.problems
    }
}
