import LoyaltyRules
import LoyaltyStore

/// Many differences at once, to be decided as a whole.
struct IncidentPart: Sendable {
    let headline: String
    let explanation: String
    let found: Moment
    let facts: [CustomerPage.Fact]
    let samples: [Sample]
    let form: Form?
    let outcome: String?

    /// A customer with one of the largest differences.
    struct Sample: Sendable {
        let name: String
        let href: String
        let ours: String
        let alpine: String
        let difference: String
    }

    /// The decision.
    struct Form: Sendable {
        let action: String
        let why: Field
        let applyLabel: String
        let rejectLabel: String
    }

    init(
        _ incident: Incident, words: Words, contacts: ContactWords, mayDecide: Bool,
        refused: ReconciliationPage.Refused?, link: (String) -> String, _ summary: inout [SettingsFrame.Problem]
    ) {
        let who = Words.counted(incident.members, "customer", "customers")
        headline = "\(who) differ from Alpine at once"
        explanation =
            switch incident.group {
            case .reconciled:
                "Their numbers had agreed before, so something happened at Alpine: an expiry, a switch, a merge. "
                    + "Nothing is taken before you decide; everybody else goes on as usual."
            case .first:
                "They were compared for the first time, on the first day or after a pause. "
                    + "Nothing is taken before you decide; everybody else goes on as usual."
            }
        found = words.moment(incident.openedAt)
        facts = [
            CustomerPage.Fact(name: "Customers compared", text: groupedDigits(incident.compared)),
            CustomerPage.Fact(name: "Our points", text: groupedDigits(incident.calculated)),
            CustomerPage.Fact(name: "Alpine’s points", text: groupedDigits(incident.alpine)),
            CustomerPage.Fact(name: "Would change by", text: Words.signed(incident.difference)),
        ]
        samples = incident.samples.map { sample in
            Sample(
                name: contacts.name(sample.customer), href: link("\(Path.customers)/\(sample.customer.id)"),
                ours: groupedDigits(sample.calculated), alpine: groupedDigits(sample.alpine),
                difference: Words.signed(sample.difference))
        }
        outcome = Self.outcome(incident, words)
        guard mayDecide, incident.state == .open else {
            form = nil
            return
        }
        let own = refused.flatMap { $0.incident == incident.id ? $0 : nil }
        var make = FieldMaker(problems: own?.problems ?? .none, idPrefix: "\(incident.id)-")
        form = Form(
            action: "\(Path.reconciliation)/incidents/\(incident.id)",
            why: make.make("reason", "Reason", own?.reason ?? "", .long, help: "What happened at Alpine."),
            applyLabel: "Take Alpine’s numbers for \(who)", rejectLabel: "Keep ours for \(who)")
        summary += make.summary
    }

    private static func outcome(_ incident: Incident, _ words: Words) -> String? {
        guard let decidedAt = incident.decidedAt else { return nil }
        let when = words.moment(decidedAt).shownTime
        let who = incident.decidedBy.map { " by \($0)" } ?? ""
        let why = incident.reason.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
        switch incident.state {
        case .open: return nil
        case .agreed: return "The numbers agreed again \(when), before anybody decided."
        case .rejected: return "Our numbers were kept \(when)\(who)\(why)."
        case .applied:
            let left = incident.members - incident.settled
            let rest = left > 0 ? " The next sync does the last \(groupedDigits(left))." : ""
            return "Alpine’s numbers were taken \(when)\(who)\(why).\(rest)"
        }
    }
}
