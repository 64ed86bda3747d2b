import FastCGI
import LoyaltyRules

/// The Tiers tab as typed. contract.md, "Settings forms".
public struct TiersForm: SettingsForm {
    public var version: String
    var tiers: [TierRow]
    var qualifyingWindow: String
    var demotionEnabled: Bool
    var demotionInactiveDays: String
    private var refused = FormProblems()

    /// One tier as typed.
    struct TierRow: Sendable {
        var id = ""
        var name = ""
        var threshold = ""
        var color = "#6f7a82"
        var earnMultiplier = "1"
        /// One per line.
        var benefits = ""
        var isRemoved = false

        /// Added and left blank: no tier was meant.
        var isBlank: Bool { id.isEmpty && name.cleaned.isEmpty && threshold.isEmpty && benefits.cleaned.isEmpty }
    }

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        tiers = reader.rows("tier", atMost: TierSettings.countMax).map { row in
            TierRow(
                id: row["id"] ?? "", name: row["name"] ?? "", threshold: row["threshold"] ?? "",
                color: row["color"] ?? "", earnMultiplier: row["earn_multiplier"] ?? "",
                benefits: (row["benefits"] ?? "").replacing("\r\n", with: "\n"), isRemoved: row["delete"] == "1")
        }
        qualifyingWindow = reader.text("qualifying_window")
        demotionEnabled = reader.isOn("demotion_enabled")
        demotionInactiveDays = reader.text("demotion_inactive_days")
        refused = reader.problems
    }

    public init(from settings: TierSettings, version: Int64) {
        self.version = String(version)
        tiers = settings.tiers.map { tier in
            TierRow(
                id: tier.id.description, name: tier.name, threshold: tier.threshold.fieldText, color: tier.color,
                earnMultiplier: tier.earnMultiplier.text, benefits: tier.benefits.joined(separator: "\n"))
        }
        qualifyingWindow = settings.qualifyingWindow.rawValue
        demotionEnabled = settings.demotionEnabled
        demotionInactiveDays = String(settings.demotionInactiveDays)
    }

    /// One more blank row, unless there are as many as may be.
    public mutating func addRow() {
        if tiers.count < TierSettings.countMax { tiers.append(TierRow()) }
    }

    public var values: [String: String] {
        var values = [
            "qualifying_window": qualifyingWindow, "demotion_enabled": demotionEnabled ? "1" : "",
            "demotion_inactive_days": demotionInactiveDays,
        ]
        for tier in tiers {
            values["tier[\(tier.id)][name]"] = tier.name
            values["tier[\(tier.id)][threshold]"] = tier.threshold
            values["tier[\(tier.id)][color]"] = tier.color
            values["tier[\(tier.id)][earn_multiplier]"] = tier.earnMultiplier
            values["tier[\(tier.id)][benefits]"] = tier.benefits
        }
        return values
    }

    public func validated(
        replacing current: TierSettings, newID: () -> UInt128
    ) throws(FormProblems) -> TierSettings {
        var problems = refused
        let known = current.tiers.map(\.id)
        var seen: Set<TierID> = []
        var kept: [(row: Int, tier: Tier)] = []
        for (row, typed) in tiers.enumerated() where !typed.isBlank {
            let field = "tier[\(row)]"
            let id = problems.rowID(typed.id, field + "[id]", known: known, seen: &seen, newID: newID)
            if !typed.isRemoved { kept.append((row, tier(typed, id: id, field, &problems))) }
        }
        kept.sort { $0.tier.threshold < $1.tier.threshold }
        let settings = TierSettings(
            tiers: kept.map(\.tier),
            qualifyingWindow: problems.choice(qualifyingWindow, "qualifying_window", orElse: .lifetime),
            demotionEnabled: demotionEnabled,
            demotionInactiveDays: problems.whole(
                demotionInactiveDays, "demotion_inactive_days", "Enter a number of days from 1 to 3650."))
        problems.add(settings.problems, table: "tier", rows: kept.map(\.row))
        return try problems.checked(settings)
    }

    private func tier(_ typed: TierRow, id: TierID, _ field: String, _ problems: inout FormProblems) -> Tier {
        Tier(
            id: id, name: typed.name.cleaned,
            threshold: problems.dollars(typed.threshold, field + "[threshold]", "Enter dollars from 0 to 1000000."),
            color: typed.color.cleaned,
            earnMultiplier: problems.decimal(
                typed.earnMultiplier, field + "[earn_multiplier]", "Enter a number from 1 to 10."),
            benefits: lines(typed.benefits))
    }
}

/// The lines of a text area, without empty ones. A browser ends them with CR LF, which is one `Character` and so not
/// found by looking for LF.
func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { String($0).cleaned }.filter { !$0.isEmpty }
}
