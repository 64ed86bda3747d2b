/// A tab of the settings pages, saved and versioned by itself.
public enum SettingsTab: String, Codable, CaseIterable, Sendable {
    case points
    case tiers
    case segments
    case redemptions
    case menuDisplay = "menu-display"
    case business
    case program
}

/// All settings of a tenant at one version.
public struct Settings: Equatable, Sendable {
    /// Counts every save of any tab of the tenant, from 1.
    public var version: Int64
    /// The version of each tab's last save.
    public var tabVersions: [SettingsTab: Int64]
    /// Rate, equity multiplier, rounding, base.
    public var points: PointsSettings
    /// Tiers and how they are held.
    public var tiers: TierSettings
    /// The 12 thresholds.
    public var segments: SegmentSettings
    /// Rewards and their limits.
    public var redemptions: RedemptionSettings
    /// The public bar.
    public var menuDisplay: MenuDisplaySettings
    /// The tenant's particulars.
    public var business: BusinessSettings
    /// Pause and switches.
    public var program: ProgramSettings

    /// Puts the tabs together.
    public init(
        version: Int64, tabVersions: [SettingsTab: Int64], points: PointsSettings, tiers: TierSettings,
        segments: SegmentSettings, redemptions: RedemptionSettings, menuDisplay: MenuDisplaySettings,
        business: BusinessSettings, program: ProgramSettings
    ) {
        self.version = version
        self.tabVersions = tabVersions
        self.points = points
        self.tiers = tiers
        self.segments = segments
        self.redemptions = redemptions
        self.menuDisplay = menuDisplay
        self.business = business
        self.program = program
    }

    /// The version that a form of `tab` must name to be saved. A tab never saved is still at version 1, whatever was
    /// saved elsewhere since: else each save of one tab would refuse the forms of the others.
    public func version(of tab: SettingsTab) -> Int64 { tabVersions[tab] ?? 1 }
}

/// A value that one tab saves.
public protocol SettingsTabValue: Codable, Equatable, Sendable {
    /// The tab.
    static var tab: SettingsTab { get }
    /// What is wrong, each under the form field it concerns (contract.md, "Settings forms"); empty when all is well.
    var problems: [SettingsProblem] { get }
}

/// Something wrong with one field.
public struct SettingsProblem: Equatable, Sendable {
    /// The form field, as in `tier[2][threshold]`.
    public var field: String
    /// What to say beside it.
    public var message: String

    /// Makes a problem.
    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}

/// Collects problems while a tab is checked.
struct ProblemList {
    private(set) var problems: [SettingsProblem] = []

    mutating func require(_ isRight: Bool, _ field: String, _ message: @autoclosure () -> String) {
        if !isRight { problems.append(SettingsProblem(field, message())) }
    }

    /// Text that is shown: within its length, on one line unless `lines`, without control characters.
    mutating func requireText(
        _ text: String, _ field: String, _ range: ClosedRange<Int>, lines: Bool = false
    ) {
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || (lines && scalar == "\n")
        }
        let isLong = text.unicodeScalars.count > range.upperBound
        if text.unicodeScalars.count < range.lowerBound {
            problems.append(SettingsProblem(field, "Enter a text of at most \(range.upperBound) characters."))
        } else if isLong || !isClean {
            problems.append(
                SettingsProblem(
                    field,
                    isLong
                        ? "This is too long: at most \(range.upperBound) characters."
                        : "This has characters that cannot be shown. Type it again."))
        }
    }
}

/// Whether `text` is a colour as `#rrggbb`: the only form that is ever printed.
public func isColor(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 7 && bytes[0] == UInt8(ascii: "#")
        && bytes.dropFirst().allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
                || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0)
        }
}
