/// What is done with Alpine IQ's figures. rules.md, "Alpine IQ and reconciliation".
public enum AlpinePolicy: String, Codable, CaseIterable, Sendable {
    /// Alpine's number is taken when it differs too much.
    case override
    /// Differences are recorded and never move points.
    case compareOnly = "compare_only"
}

/// The Program page: pause and switches.
public struct ProgramSettings: SettingsTabValue {
    public static let tab = SettingsTab.program

    /// Whether the program is paused.
    public var paused = false
    /// Shown to staff; may be empty.
    public var pauseReason = ""
    /// Whether the bar disappears during a pause, or says so.
    public var hideBarWhenPaused = true
    /// Streaks and badges.
    public var gamificationEnabled = true
    /// Campaigns.
    public var campaignsEnabled = true
    /// Messages and pushes to other systems.
    public var outboundEnabled = true
    /// Whether redemptions are carried to the POS as discounts.
    public var posDiscountEnabled = false
    /// What a difference to Alpine does.
    public var alpinePolicy = AlpinePolicy.override
    /// The difference, in percent of Alpine's figure, above which there is a discrepancy, 1 to 100.
    public var discrepancyPercent: Int64 = 10
    /// How long a sale may be missing from Alpine's figure, 0 to 168.
    public var lagHours: Int64 = 36
    /// 5 to 1,440.
    public var syncEveryMinutes: Int64 = 30
    /// The most points a manager may adjust by, 0 to 10,000,000.
    public var adjustLimit: Int64 = 500

    /// The defaults.
    public init() {}

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.requireText(pauseReason, "pause_reason", 0...200)
        list.require((1...100).contains(discrepancyPercent), "discrepancy_percent", "Enter a percentage from 1 to 100.")
        list.require((0...168).contains(lagHours), "lag_hours", "Enter hours from 0 to 168.")
        list.require((5...1_440).contains(syncEveryMinutes), "sync_every_minutes", "Enter minutes from 5 to 1440.")
        list.require((0...10_000_000).contains(adjustLimit), "adjust_limit", "Enter points from 0 to 10000000.")
        return list.problems
    }
}
