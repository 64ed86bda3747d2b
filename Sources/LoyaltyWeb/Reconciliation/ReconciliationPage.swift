import LoyaltyRules
import LoyaltyStore

/// Where our numbers and Alpine's differ: what was taken, what waits for a decision, and what was decided.
public struct ReconciliationPage: Page {
    public static let template = "reconciliation/list"

    public let title = "Reconciliation"
    let purpose = "Where Alpine’s numbers differ from ours, and what became of it."
    let tabs: [Tab]
    let problemHeadline: String?
    let problems: [SettingsFrame.Problem]
    let incidents: [IncidentPart]
    let hasIncidents: Bool
    let records: [RecordLine]
    let hasRecords: Bool
    let empty: String
    let pager: Pager
    let bulk: Bulk?

    /// Open, or resolved.
    struct Tab: Sendable {
        let tabHref: String
        let tabLabel: String
        let isOpen: Bool
    }

    /// Accepts many records at once.
    struct Bulk: Sendable {
        let action: String
    }

    /// A record in the list.
    struct RecordLine: Sendable {
        let name: String
        let href: String
        let what: String
        let status: StatusWord
        let found: Moment
        let decision: Decision?
        let outcome: String?
    }

    /// What may be decided without looking further.
    struct Decision: Sendable {
        let action: String
        let record: String
        let acceptLabel: String
    }

    /// What the page is made of.
    struct Contents: Sendable {
        var isOpen: Bool
        var records: PageOf<DiscrepancyCard>
        var incidents: [Incident]
    }

    /// A decision about an incident that was refused, as typed.
    struct Refused: Sendable {
        let incident: IncidentID
        let reason: String
        let problems: FormProblems
    }

    init(
        _ contents: Contents, settings: Settings, role: Role, refused: Refused? = nil, notFound: FormProblems? = nil,
        link: (String) -> String
    ) {
        let words = Words(settings.business.calendar)
        let contacts = ContactWords(isMasked: role.seesMaskedContacts)
        let mayDecide = role.may(.reconcile)
        tabs = [
            Tab(tabHref: link(Path.reconciliation), tabLabel: "To look at", isOpen: contents.isOpen),
            Tab(tabHref: link(Path.reconciliation + "?show=resolved"), tabLabel: "Decided", isOpen: !contents.isOpen),
        ]
        var summary =
            notFound?.problems.map { SettingsFrame.Problem(problemText: $0.message, problemAnchor: nil) } ?? []
        incidents = contents.incidents.map { incident in
            IncidentPart(
                incident, words: words, contacts: contacts, mayDecide: mayDecide, refused: refused, link: link, &summary
            )
        }
        hasIncidents = !incidents.isEmpty
        records = contents.records.rows.map {
            RecordLine($0, words: words, contacts: contacts, mayDecide: mayDecide, link: link)
        }
        hasRecords = !records.isEmpty
        empty =
            contents.isOpen
            ? "No difference waits for you. Where Alpine’s number differs too much from ours, it is listed here."
            : "Nothing has been decided yet."
        pager = Pager(
            contents.records, of: ("difference", "differences"),
            link: { link(Path.reconciliation + "?" + (contents.isOpen ? "" : "show=resolved&") + $0) },
            key: \.record.id.text)
        bulk = mayDecide && contents.isOpen ? Bulk(action: Path.reconciliation + "/accept") : nil
        problems = summary
        problemHeadline = summary.isEmpty ? nil : "Nothing was decided. One thing needs another look:"
    }
}

extension ReconciliationPage.RecordLine {
    fileprivate init(
        _ card: DiscrepancyCard, words: Words, contacts: ContactWords, mayDecide: Bool, link: (String) -> String
    ) {
        let record = card.record
        name = contacts.name(card.customer)
        href = link("\(Path.reconciliation)/\(record.id)")
        what = record.sentence
        status = record.status
        found = words.moment(record.openedAt)
        decision =
            mayDecide && record.state == .open
            ? ReconciliationPage.Decision(
                action: "\(Path.reconciliation)/\(record.id)", record: "\(record.id)", acceptLabel: record.acceptLabel)
            : nil
        outcome = record.outcome(words)
    }
}

extension DiscrepancyID: PageKey {
    init?(text: String) { self.init(text) }
    var text: String { description }
}
