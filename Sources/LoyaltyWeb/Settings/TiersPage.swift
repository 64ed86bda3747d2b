import LoyaltyRules

/// What `templates/settings/tiers.mustache` prints.
public struct TiersPage: Page {
    public static let template = "settings/tiers"

    public let title = "Tiers"
    let frame: SettingsFrame
    let tiers: [TierRow]
    let canAdd: Bool
    let qualifyingWindow: Field
    let demotionEnabled: Field
    let demotionInactiveDays: Field

    /// A tier's fieldset.
    struct TierRow: Sendable {
        let legend: String
        let swatch: String
        let idName: String
        let idValue: String
        let isRemoved: Bool
        let name: Field
        let threshold: Field
        let earnMultiplier: Field
        let color: Field
        let benefits: Field
        let remove: Field
        /// The benefit line that the multiplier makes by itself.
        let firstBenefit: String?
    }

    /// The form with what is wrong beside its fields.
    public init(_ form: TiersForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = TiersForm(from: context.saved.tiers, version: 0)
        var make = FieldMaker(problems: problems, theirs: context.conflict.map { _ in theirs.values })
        let savedIDs = Set(theirs.tiers.map(\.id))
        tiers = form.tiers.enumerated().map { index, row in
            Self.row(row, index, isKnown: context.conflict == nil || savedIDs.contains(row.id), &make)
        }
        canAdd = form.tiers.count < TierSettings.countMax
        qualifyingWindow = make.make(
            "qualifying_window", "Spend that counts", form.qualifyingWindow,
            .choice([
                ("lifetime", "All spend so far", "A tier once reached is kept, unless someone stops visiting"),
                ("12_months", "The last 12 months", "Counted by day; older spend drops out"),
            ]))
        demotionEnabled = make.check(
            "demotion_enabled", "Lower the tier of customers who stop visiting", form.demotionEnabled,
            help: "The next order brings the tier by spend back at once.")
        demotionInactiveDays = make.make(
            "demotion_inactive_days", "One tier lower for every", form.demotionInactiveDays, .whole,
            after: "days without an order")
        let formIDs = Set(form.tiers.map(\.id))
        frame = SettingsFrame(
            form, context, make, added: theirs.tiers.filter { !formIDs.contains($0.id) }.map(\.name))
    }

    private static func row(
        _ row: TiersForm.TierRow, _ index: Int, isKnown: Bool, _ make: inout FieldMaker
    ) -> TierRow {
        let field = "tier[\(index)]"
        let key = "tier[\(row.id)]"
        make.owner = row.name.cleaned.isEmpty ? "New tier" : row.name.cleaned
        defer { make.owner = nil }
        if !isKnown { make.noteLostRow() }
        let rate = Thousandths(parsing: row.earnMultiplier.plainNumber) ?? .one
        return TierRow(
            legend: row.name.cleaned.isEmpty ? "New tier" : row.name.cleaned,
            swatch: isColor(row.color) ? row.color : "#6f7a82", idName: field + "[id]",
            // A row that somebody else removed is a new one when this form is saved over theirs.
            idValue: isKnown ? row.id : "", isRemoved: row.isRemoved,
            name: make.make(field + "[name]", "Name", row.name, .short, key: key + "[name]"),
            threshold: make.make(
                field + "[threshold]", "From spend of", row.threshold, .decimal, before: "$",
                key: key + "[threshold]"),
            earnMultiplier: make.make(
                field + "[earn_multiplier]", "Earns", row.earnMultiplier, .decimal, after: "times the points",
                key: key + "[earn_multiplier]"),
            color: make.make(field + "[color]", "Color", row.color, .color, key: key + "[color]"),
            benefits: make.make(
                field + "[benefits]", "Benefits, one per line", row.benefits, .lines(4), key: key + "[benefits]"),
            remove: make.check(field + "[delete]", "Remove this tier", row.isRemoved),
            firstBenefit: rate > .one && rate.rawValue <= 10_000 ? "\(rate.text)x points" : nil)
    }
}
