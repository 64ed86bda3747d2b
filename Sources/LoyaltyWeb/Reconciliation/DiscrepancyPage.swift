import LoyaltyRules
import LoyaltyStore

/// One difference with its evidence, and the decision.
public struct DiscrepancyPage: Page {
    public static let template = "reconciliation/record"

    public let title: String
    let purpose: String
    let listHref: String
    let customerHref: String
    let status: StatusWord
    let outcome: String?
    let facts: [CustomerPage.Fact]
    let readings: [Reading]
    let entries: [EntryLine]
    let hasEntries: Bool
    let form: Form?
    let problemHeadline: String?
    let problems: [SettingsFrame.Problem]

    /// What Alpine said at some time.
    struct Reading: Sendable {
        let asked: Moment
        let said: String
    }

    /// The decision.
    struct Form: Sendable {
        let action: String
        let choice: Field
        let points: Field
        let why: Field
    }

    /// What the page is made of.
    struct Contents: Sendable {
        var card: DiscrepancyCard
        /// Up to the newest comparison, newest first.
        var readings: [AlpineReading]
        /// Likewise.
        var entries: [LedgerLine]
    }

    init(
        _ contents: Contents, settings: Settings, role: Role,
        refused: (form: DiscrepancyForm, problems: FormProblems)? = nil, link: (String) -> String
    ) {
        let words = Words(settings.business.calendar)
        let (record, customer) = (contents.card.record, contents.card.customer)
        title = ContactWords(isMasked: role.seesMaskedContacts).name(customer)
        purpose = record.sentence
        listHref = link(Path.reconciliation)
        customerHref = link("\(Path.customers)/\(customer.id)")
        status = record.status
        outcome = record.outcome(words)
        facts = Self.facts(record, customer, words)
        readings = contents.readings.map {
            Reading(asked: words.moment($0.requestedAt), said: $0.figure.words)
        }
        entries = contents.entries.map { EntryLine($0, words: words) }
        hasEntries = !entries.isEmpty
        var summary: [SettingsFrame.Problem] = []
        form =
            role.may(.reconcile) && record.state == .open
            ? Self.form(record, customer, refused?.form, refused?.problems, &summary) : nil
        problems = summary
        problemHeadline = summary.isEmpty ? nil : "Nothing was decided. One thing needs another look:"
    }

    private static func facts(
        _ record: Discrepancy, _ customer: CustomerCard, _ words: Words
    ) -> [CustomerPage.Fact] {
        let reserved = customer.held > 0 ? ", of which \(groupedDigits(customer.held)) are reserved" : ""
        return [
            CustomerPage.Fact(name: "Alpine was asked", text: words.moment(record.requestedAt).shownTime),
            CustomerPage.Fact(name: "Alpine’s number", text: groupedDigits(record.alpine)),
            CustomerPage.Fact(name: "Our number then", text: groupedDigits(record.calculated)),
            CustomerPage.Fact(name: "On the way to Alpine", text: Words.signed(record.pending)),
            CustomerPage.Fact(name: "Difference", text: Words.signed(record.difference)),
            CustomerPage.Fact(name: "Taken so far", text: Words.signed(record.takenPoints)),
            CustomerPage.Fact(name: "Our number now", text: groupedDigits(customer.balance) + reserved),
        ]
    }

    private static func form(
        _ record: Discrepancy, _ customer: CustomerCard, _ typed: DiscrepancyForm?, _ problems: FormProblems?,
        _ summary: inout [SettingsFrame.Problem]
    ) -> Form {
        let form = typed ?? DiscrepancyForm()
        var make = FieldMaker(problems: problems ?? .none)
        let back = record.takenPoints == 0 ? "Nothing moves here." : "\(Words.signed(-record.takenPoints)) points here."
        let part = Form(
            action: "\(Path.reconciliation)/\(record.id)",
            choice: make.make(
                "action", "Which number stands", form.action,
                .choice([
                    (
                        "accept", "Alpine’s",
                        record.untakenPoints == 0
                            ? "The balance stays as it is now." : "\(Words.signed(record.untakenPoints)) points here."
                    ),
                    ("keep", "Ours", "\(back) Alpine is told."),
                    ("set", "Another one", "Enter it below. Alpine is told. A reason is needed."),
                ])),
            points: make.make(
                "points", "The other number", form.points, .whole, after: "points",
                help: customer.held > 0
                    ? "At least \(groupedDigits(customer.held)): so many are reserved." : "0 or more."),
            why: make.make("reason", "Reason", form.reason, .long, help: "Kept with the decision for good."))
        summary += make.summary
        return part
    }
}

extension AlpineFigure {
    /// What Alpine said, in the owner's words.
    var words: String {
        switch self {
        case .known(let points): groupedDigits(points)
        case .hidden: "hidden"
        case .unknown: "no number"
        case .notAMember: "no member"
        }
    }
}
