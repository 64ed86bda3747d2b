import LoyaltyRules

/// What `templates/settings/segments.mustache` prints: the rules as sentences, in the order in which they are tried.
public struct SegmentsPage: Page {
    public static let template = "settings/segments"

    public let title = "Segments"
    let frame: SettingsFrame
    let segments: [Segment]

    /// One segment and the sentences that decide it.
    struct Segment: Sendable {
        let segmentName: String
        let meaning: String
        let sentences: [Field]
    }

    /// The form with what is wrong beside its fields.
    public init(_ form: SegmentsForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = context.conflict.map { _ in SegmentsForm(from: context.saved.segments, version: 0).values }
        var make = FieldMaker(problems: problems, theirs: theirs)
        segments = Self.wording.map { name, meaning, sentences in
            make.owner = name
            defer { make.owner = nil }
            return Segment(
                segmentName: name, meaning: meaning,
                sentences: sentences.map { threshold, before, after in
                    Self.sentence(threshold, before, after, form, &make)
                })
        }
        frame = SettingsFrame(form, context, make)
    }

    private static func sentence(
        _ threshold: SegmentThreshold, _ before: String, _ after: String, _ form: SegmentsForm, _ make: inout FieldMaker
    ) -> Field {
        let standard = threshold.text(in: SegmentSettings())
        let typed = form[threshold]
        var isMoney = false
        if case .dollars = threshold.place { isMoney = true }
        return make.make(
            threshold.rawValue, before, typed, isMoney ? .decimal : .whole, before: isMoney ? "$" : nil,
            after: after.isEmpty ? nil : after,
            note: typed.plainNumber == standard ? nil : "Default: \(isMoney ? "$" : "")\(standard)")
    }

    private typealias Sentence = (SegmentThreshold, String, String)

    private static let wording: [(String, String, [Sentence])] = [
        ("Lapsed", "Has not come for a long time.", [(.churnedMinDays, "No visit for", "days")]),
        ("At risk", "May be lost soon.", [(.atRiskMinDays, "No visit for", "days")]),
        ("Slipping", "Comes less than before.", [(.slippingMinDays, "No visit for", "days")]),
        (
            "New", "Everyone who has not bought yet, and those who began lately.",
            [(.newMaxDays, "First visit less than", "days ago")]
        ),
        (
            "VIP", "Either of the two is enough.",
            [
                (.vipMinLifetimeValue, "Has spent at least", "in all"),
                (.vipMinOrders, "Or has made at least", "orders"),
                (.vipMinAverageBasket, "with an average basket of at least", ""),
            ]
        ),
        (
            "High value", "Buys much, not yet often.",
            [
                (.highValueMinAverageBasket, "Average basket of at least", ""),
                (.highValueMaxOrders, "and fewer than", "orders"),
            ]
        ),
        (
            "Frequent", "Comes often for little.",
            [
                (.frequentMinOrders, "At least", "orders"),
                (.frequentMaxAverageBasket, "with an average basket under", ""),
            ]
        ),
        ("Loyal", "Comes back.", [(.loyalMinOrders, "At least", "orders")]),
    ]
}
