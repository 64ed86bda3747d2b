import FastCGI
import LoyaltyRules

/// What a settings tab sends, as typed: so a refused form shows it again.
public protocol SettingsForm: Sendable {
    /// The settings it becomes.
    associatedtype Value: SettingsTabValue

    /// Reads what the browser sent; never refuses, `validated` does.
    init(from fields: FormFields)
    /// The form that shows `settings`.
    init(from settings: Value, version: Int64)

    /// The settings version that the page was filled from, as sent.
    var version: String { get set }
    /// The fields by name, those of rows by `tier[<id>][name]`. What is secret is not among them.
    var values: [String: String] { get }

    /// The settings asked for, or what to say beside each field.
    ///
    /// - Parameters:
    ///   - current: the settings in the database: what is blank for "unchanged" and which rows exist.
    ///   - newID: 128 bits for a row that is new.
    func validated(replacing current: Value, newID: () -> UInt128) throws(FormProblems) -> Value
}

extension SettingsForm {
    /// The version to save over, or a problem for the whole form.
    public func baseVersion() throws(FormProblems) -> Int64 {
        guard let number = wholeNumber(parsing: version), number >= 0 else {
            throw FormProblems(field: "version", "This page was not complete. Open it again and repeat your changes.")
        }
        return number
    }
}

/// Which button of a settings form was pressed.
public enum SettingsAction: String, Sendable, CaseIterable {
    case save
    /// Show what the typed values would do, and save nothing.
    case preview
    /// This tab back to its defaults: asks first, unless `confirm` is `1`.
    case reset
    /// One more row.
    case add

    /// The button; nil for one that no page has.
    public init?(from fields: FormFields) {
        guard !fields.isDuplicated("action"), let action = SettingsAction(rawValue: fields["action"] ?? "save") else {
            return nil
        }
        self = action
    }
}

/// What a settings page shows besides the form.
public struct SettingsContext: Sendable {
    /// What is saved now, all tabs: for comparisons, and for what depends on another tab.
    public var saved: Settings
    /// The tenant's slug.
    public var org: String
    /// Where the public can reach us, without a slash at the end.
    public var publicURL: String
    /// Whether links must name the shop, for those who have several.
    public var namesOrg = false
    /// Whether the form holds changes that are not saved: after Preview and Add row.
    public var isUnsaved = false
    /// Set when somebody else saved the tab after the form was opened: `saved` is theirs.
    public var conflict: Conflict?
    /// When the equity multiplier was last set, in the shop's time: `3 Mar 2026`. Nil: never.
    public var equityLastSet: String?
    /// The bar as the typed values would make it, after Preview.
    public var barPreview: HTML?

    /// Somebody else's save.
    public struct Conflict: Sendable {
        let savedBy: String
        let savedAt: String

        /// Who saved, and when in the shop's time: `today at 6:04 pm`.
        public init(savedBy: String, savedAt: String) {
            self.savedBy = savedBy
            self.savedAt = savedAt
        }
    }

    /// The context of a page as opened.
    public init(saved: Settings, org: String, publicURL: String) {
        self.saved = saved
        self.org = org
        self.publicURL = publicURL
    }
}

extension SettingsTab {
    /// Where its page is.
    public var path: String { "/dashboard/settings/loyalty/" + rawValue }

    /// As on the tab itself.
    public var label: String {
        switch self {
        case .points: "Points"
        case .tiers: "Tiers"
        case .segments: "Segments"
        case .redemptions: "Redemptions"
        case .menuDisplay: "Menu display"
        case .business: "Business"
        case .program: "Program"
        }
    }
}
