import LoyaltyRules

/// What all settings pages have around their fields: tabs, conflict, summary of problems, hidden version, save bar.
struct SettingsFrame: Sendable {
    let tabs: [TabLink]
    let version: String
    let saveLabel: String
    let resetLabel: String
    let unsavedNote: String?
    let conflict: ConflictNotice?
    let problemHeadline: String?
    let problems: [Problem]
    /// What a reset would lose, for its confirmation.
    let differences: [String]

    /// A tab.
    struct TabLink: Sendable {
        let tabLabel: String
        let tabHref: String
        let isOpen: Bool
    }

    /// A line of the summary.
    struct Problem: Sendable {
        let problemText: String
        let problemAnchor: String?
    }

    /// Who saved meanwhile, and what cannot be marked at a field.
    struct ConflictNotice: Sendable {
        let savedBy: String
        let savedAt: String
        let reopenHref: String
        let added: String?
    }

    /// - Parameters:
    ///   - added: names of rows that somebody else added and the form lacks.
    init<Form: SettingsForm>(_ form: Form, _ context: SettingsContext, _ make: FieldMaker, added: [String] = []) {
        let tab = Form.Value.tab
        tabs = Self.tabs(current: tab.rawValue, context)
        // Saving again after a conflict replaces what the page has just shown.
        version = context.conflict == nil ? form.version : String(context.saved.version(of: tab))
        saveLabel = "Save " + tab.label.lowercased()
        resetLabel = "Reset \(tab.label.lowercased()) to the defaults"
        let summary = make.summary
        unsavedNote = context.isUnsaved || context.conflict != nil || !summary.isEmpty ? "Not saved yet" : nil
        conflict = context.conflict.map {
            ConflictNotice(
                savedBy: $0.savedBy, savedAt: $0.savedAt, reopenHref: Self.href(tab.rawValue, context),
                added: added.isEmpty ? nil : added.joined(separator: ", "))
        }
        problems = summary
        differences = make.differences
        switch summary.count {
        case 0: problemHeadline = nil
        case 1: problemHeadline = "Nothing was saved. One field needs another look:"
        default: problemHeadline = "Nothing was saved. \(summary.count) fields need another look:"
        }
    }

    /// The links between the settings pages; `current` is the last part of a path.
    static func tabs(current: String, _ context: SettingsContext) -> [TabLink] {
        SettingsTab.allCases.map { tab in
            TabLink(tabLabel: tab.label, tabHref: href(tab.rawValue, context), isOpen: tab.rawValue == current)
        }
    }

    private static func href(_ part: String, _ context: SettingsContext) -> String {
        "/dashboard/settings/loyalty/" + part + (context.namesOrg ? "?org=" + context.org : "")
    }
}
