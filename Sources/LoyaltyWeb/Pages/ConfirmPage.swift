/// Asks before something is lost, on a page of its own.
public struct ConfirmPage: Page {
    public static let template = "confirm"

    public let title: String
    let consequence: String
    let losses: [String]
    let action: String
    let carried: [Carried]
    let confirmLabel: String
    let cancelLabel: String
    let cancelHref: String

    /// A hidden field that makes the confirmed request complete.
    struct Carried: Sendable {
        let carriedName: String
        let carriedValue: String
    }

    /// Asks a question that is answered by posting `fields` to `action`.
    ///
    /// - Parameters:
    ///   - title: the question: `Reset tiers to the defaults?`
    ///   - consequence: what happens, in a sentence.
    ///   - losses: what will be lost, by name; never empty.
    public init(
        title: String, consequence: String, losses: [String], action: String, fields: [(String, String)],
        confirmLabel: String, cancel: Chrome.Link
    ) {
        self.title = title
        self.consequence = consequence
        self.losses = losses
        self.action = action
        carried = fields.map { Carried(carriedName: $0.0, carriedValue: $0.1) }
        self.confirmLabel = confirmLabel
        cancelLabel = cancel.linkLabel
        cancelHref = cancel.linkHref
    }

    public static let samples = [
        ConfirmPage(
            title: "Reset tiers to the defaults?",
            consequence: "The tiers become Bronze, Silver, Gold and Platinum, for every customer and at once.",
            losses: ["Tier “Diamond” from $2,500", "Benefits of Gold"], action: "/dashboard/settings/loyalty/tiers",
            fields: [("action", "reset"), ("confirm", "1"), ("version", "7")], confirmLabel: "Reset tiers",
            cancel: Chrome.Link("Keep my tiers", to: "/dashboard/settings/loyalty/tiers"))
    ]
}
