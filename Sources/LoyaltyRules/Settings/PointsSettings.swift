/// The Points tab. rules.md, "Points for one order".
public struct PointsSettings: SettingsTabValue {
    public static let tab = SettingsTab.points

    /// Points for each dollar, 0.1 to 10.
    public var pointsPerDollar: Thousandths = .one
    /// For customers whose equity is in force, 1.0 to 5.0. Never printed but by the operator's CLI.
    public var equityMultiplier: Thousandths = 1_200
    /// The one rounding.
    public var rounding: Rounding = .down
    /// Which amount earns.
    public var earnOn: EarnBase = .total
    /// Orders completed on an earlier local day earn nothing; nil: all history earns.
    public var earnFrom: Day?

    /// The defaults.
    public init() {}

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.require(
            (100...10_000).contains(pointsPerDollar.rawValue), "points_per_dollar", "Enter a number from 0.1 to 10.")
        list.require(
            (1_000...5_000).contains(equityMultiplier.rawValue), "equity_multiplier",
            "Enter a number from 1 to 5, or leave it blank to keep what is set.")
        if let earnFrom {
            list.require(
                (Self.earliestDay...Self.latestDay).contains(earnFrom), "earn_from",
                "Enter a day from 2010-01-01 to 2099-12-31, or leave it blank.")
        }
        return list.problems
    }

    private static let earliestDay = Day(daysSince1970: 14_610)
    private static let latestDay = Day(daysSince1970: 47_481)
}
