import LoyaltyRules

extension ConfirmPage {
    /// Asks before a tab goes back to its defaults, naming each value that will be lost.
    ///
    /// - Parameter context: of the tab as saved; a conflict in it is ignored.
    /// - Parameter version: of the tab as it was shown; a save since then refuses the reset.
    public static func reset(_ tab: SettingsTab, _ context: SettingsContext, version: Int64) -> ConfirmPage {
        let differences = differences(tab, context)
        let subject = tab.label.lowercased()
        let fields = [("action", "reset"), ("confirm", "1"), ("version", String(version))]
        return ConfirmPage(
            title: "Reset \(subject) to the defaults?",
            consequence: "This tab gets its first values back, for every customer and at once.",
            losses: differences.isEmpty ? ["Nothing: all is as it was at the start."] : differences, action: tab.path,
            fields: fields, confirmLabel: "Reset \(subject)",
            cancel: Chrome.Link("Keep what is set", to: tab.path + (context.namesOrg ? "?org=" + context.org : "")))
    }

    /// The same comparison as after somebody else's save, with the defaults for theirs.
    private static func differences(_ tab: SettingsTab, _ context: SettingsContext) -> [String] {
        let saved = context.saved
        var other = context
        other.saved = .defaults(name: saved.business.name, timeZone: saved.business.timeZone)
        other.conflict = SettingsContext.Conflict(savedBy: "", savedAt: "")
        switch tab {
        case .points:
            // Whether it differs is not said, for that would say what it is.
            return PointsPage(PointsForm(from: saved.points, version: 0), .none, other).frame.differences
                + ["The equity multiplier, whatever it is set to"]
        case .tiers: return TiersPage(TiersForm(from: saved.tiers, version: 0), .none, other).frame.differences
        case .segments:
            return SegmentsPage(SegmentsForm(from: saved.segments, version: 0), .none, other).frame.differences
        case .redemptions:
            return RedemptionsPage(RedemptionsForm(from: saved.redemptions, version: 0), .none, other).frame.differences
        case .menuDisplay:
            return MenuDisplayPage(MenuDisplayForm(from: saved.menuDisplay, version: 0), .none, other).frame.differences
        case .business:
            return BusinessPage(BusinessForm(from: saved.business, version: 0), .none, other).frame.differences
        case .program: return ProgramPage(ProgramForm(from: saved.program, version: 0), .none, other).frame.differences
        }
    }
}
