import LoyaltyRules

/// What a save changes, for the audit log and for the question before a reset.
enum SettingsChanges {
    /// The form fields that differ, sorted.
    static func fields<Form: SettingsForm>(_: Form.Type, _ old: Form.Value, _ new: Form.Value) -> [String] {
        let (before, after) = values(Form.self, old, new)
        var fields = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        // The multiplier is in no form's values, for nothing may print it: that it changed may be told.
        if let old = old as? PointsSettings, let new = new as? PointsSettings,
            old.equityMultiplier != new.equityMultiplier
        {
            fields.insert("equity_multiplier")
        }
        return fields.sorted()
    }

    /// `points_per_dollar: 1 → 1.5`, one after the other; of the equity multiplier only that it changed.
    static func text<Form: SettingsForm>(_: Form.Type, _ old: Form.Value, _ new: Form.Value) -> String {
        let (before, after) = values(Form.self, old, new)
        return fields(Form.self, old, new).map { field in
            guard before[field] != nil || after[field] != nil else { return "\(field) changed" }
            return "\(field): \(shown(before[field])) → \(shown(after[field]))"
        }.joined(separator: "; ")
    }

    private static func values<Form: SettingsForm>(
        _: Form.Type, _ old: Form.Value, _ new: Form.Value
    ) -> (before: [String: String], after: [String: String]) {
        (Form(from: old, version: 0).values, Form(from: new, version: 0).values)
    }

    private static func shown(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "–" }
        return text.split(whereSeparator: \.isNewline).joined(separator: " / ")
    }
}
