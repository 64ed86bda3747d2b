import LoyaltyRules

/// What `templates/settings/points.mustache` prints. The equity multiplier is not in the type, so it cannot be shown.
public struct PointsPage: Page {
    public static let template = "settings/points"

    public let title = "Points"
    let frame: SettingsFrame
    let pointsPerDollar: Field
    let example: String?
    let equity: Field
    let rounding: Field
    let earnOn: Field
    let earnFrom: Field

    /// The form with what is wrong beside its fields.
    public init(_ form: PointsForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = context.conflict.map { _ in PointsForm(from: context.saved.points, version: 0).values }
        var make = FieldMaker(problems: problems, theirs: theirs)
        pointsPerDollar = make.make(
            "points_per_dollar", "Points per dollar", form.pointsPerDollar, .decimal, after: "points for each $1",
            help: "From 0.1 to 10, with up to three places. Sales already made keep their points.")
        example = Self.example(form)
        equity = make.make(
            "equity_multiplier", "Equity multiplier", "", .decimal, after: "times the points",
            help: "For customers with verified equity, from 1 to 5. For privacy it is never shown here: "
                + "leave the field blank to keep what is set.",
            note: context.equityLastSet.map { "Last set on \($0)." } ?? "Not changed since the program was set up.")
        rounding = make.make(
            "rounding", "Fractions of a point", form.rounding,
            .choice([
                ("down", "Round down", "49.9 points become 49"),
                ("nearest", "Round to the nearest", "49.5 become 50"), ("up", "Round up", "49.1 become 50"),
            ]))
        earnOn = make.make(
            "earn_on", "What earns", form.earnOn,
            .choice([
                ("total", "What was paid for goods", "After all discounts and rewards, tax included"),
                ("before_tax", "What was paid, without tax", "After all discounts and rewards"),
            ]))
        earnFrom = make.make(
            "earn_from", "Sales earn from", form.earnFrom, .date,
            help: "Older sales count for tier and segment but earn nothing. Blank: every sale earns.")
        frame = SettingsFrame(form, context, make)
    }

    /// Recomputed from what is typed, by the same rule that posts points; nil while the number cannot be used.
    private static func example(_ form: PointsForm) -> String? {
        guard let rate = Thousandths(parsing: form.pointsPerDollar.plainNumber), (100...10_000).contains(rate.rawValue)
        else { return nil }
        let terms = EarningTerms(
            pointsPerDollar: rate, equityMultiplier: .one, tierMultiplier: .one,
            rounding: Rounding(rawValue: form.rounding) ?? .down, earnOn: .total, settingsVersion: 0)
        do {
            return groupedDigits(try terms.points(for: 50_00))
        } catch {
            return nil  // a rate within its range cannot overflow here
        }
    }
}
