import LoyaltyRules
import LoyaltyStore

/// A settings tab: its page, its form, and where its value is. What `Site.showSettings` and `saveSettings` need.
protocol SettingsPage: Page {
    associatedtype Form: SettingsForm
    /// The tab's value among all settings.
    static func value(in settings: Settings) -> Form.Value
    /// One more blank row, on tabs that have rows.
    static func addRow(to form: inout Form)

    init(_ form: Form, _ problems: FormProblems, _ context: SettingsContext)
}

extension SettingsPage {
    static func addRow(to form: inout Form) {}
}

extension PointsPage: SettingsPage {
    static func value(in settings: Settings) -> PointsSettings { settings.points }
}

extension TiersPage: SettingsPage {
    static func value(in settings: Settings) -> TierSettings { settings.tiers }
    static func addRow(to form: inout TiersForm) { form.addRow() }
}

extension SegmentsPage: SettingsPage {
    static func value(in settings: Settings) -> SegmentSettings { settings.segments }
}

extension RedemptionsPage: SettingsPage {
    static func value(in settings: Settings) -> RedemptionSettings { settings.redemptions }
    static func addRow(to form: inout RedemptionsForm) { form.addRow() }
}

extension MenuDisplayPage: SettingsPage {
    static func value(in settings: Settings) -> MenuDisplaySettings { settings.menuDisplay }
    static func addRow(to form: inout MenuDisplayForm) { form.addRow() }
}

extension BusinessPage: SettingsPage {
    static func value(in settings: Settings) -> BusinessSettings { settings.business }
}

extension ProgramPage: SettingsPage {
    static func value(in settings: Settings) -> ProgramSettings { settings.program }
}
