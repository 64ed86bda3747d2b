import FastCGI
import LoyaltyRules

/// The Points tab as typed. contract.md, "Settings forms".
public struct PointsForm: SettingsForm {
    public var version: String
    var pointsPerDollar: String
    /// Only on its way in: blank means unchanged, and no page has a place to print it.
    var equityMultiplier: String
    var rounding: String
    var earnOn: String
    var earnFrom: String
    private var refused = FormProblems()

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        pointsPerDollar = reader.text("points_per_dollar")
        equityMultiplier = reader.text("equity_multiplier")
        rounding = reader.text("rounding")
        earnOn = reader.text("earn_on")
        earnFrom = reader.text("earn_from")
        refused = reader.problems
    }

    public init(from settings: PointsSettings, version: Int64) {
        self.version = String(version)
        pointsPerDollar = settings.pointsPerDollar.text
        equityMultiplier = ""
        rounding = settings.rounding.rawValue
        earnOn = settings.earnOn.rawValue
        earnFrom = settings.earnFrom?.description ?? ""
    }

    public var values: [String: String] {
        ["points_per_dollar": pointsPerDollar, "rounding": rounding, "earn_on": earnOn, "earn_from": earnFrom]
    }

    public func validated(
        replacing current: PointsSettings, newID: () -> UInt128
    ) throws(FormProblems) -> PointsSettings {
        var problems = refused
        var settings = current
        settings.pointsPerDollar = problems.decimal(
            pointsPerDollar, "points_per_dollar", "Enter a number from 0.1 to 10.")
        if !equityMultiplier.cleaned.isEmpty {
            settings.equityMultiplier = problems.decimal(
                equityMultiplier, "equity_multiplier",
                "Enter a number from 1 to 5, or leave it blank to keep what is set.")
        }
        settings.rounding = problems.choice(rounding, "rounding", orElse: .down)
        settings.earnOn = problems.choice(earnOn, "earn_on", orElse: .total)
        settings.earnFrom = nil
        if !earnFrom.cleaned.isEmpty {
            settings.earnFrom = Day(parsing: earnFrom.cleaned)
            if settings.earnFrom == nil {
                problems.add("earn_from", "Enter a day as 2026-03-31, or leave it blank.")
            }
        }
        problems.add(settings.problems)
        return try problems.checked(settings)
    }
}
