import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

/// Points that Alpine IQ did not take or confirm, for somebody to look at: it goes no further by itself.
struct LostPushes: Sendable {
    let pushes: [Line]
    let pushesHidden: String?

    /// Whose points, what became of them, and what may be said of them.
    struct Line: Sendable {
        let name: String
        let href: String
        let points: String
        let what: String
        let moved: Moment
        let form: Form?
    }

    /// Where the answer goes.
    struct Form: Sendable {
        let action: String
    }

    /// `problems` are the oldest of `count`. Nil when there are none.
    init?(_ problems: [PushProblem], count: Int64, words: Words, role: Role, link: (String) -> String) {
        guard !problems.isEmpty else { return nil }
        let contacts = ContactWords(isMasked: role.seesMaskedContacts)
        pushes = problems.map { problem in
            Line(
                name: contacts.name(problem.customer), href: link("\(Path.customers)/\(problem.customer.id)"),
                points: Words.signed(problem.points), what: "\(problem.words) \(Self.meaning(problem.state))",
                moved: words.moment(problem.createdAt),
                form: role.may(.runSync) ? Form(action: "\(Path.sync)/pushes/\(problem.id)") : nil)
        }
        let hidden = count - Int64(problems.count)
        pushesHidden = hidden > 0 ? "These are the oldest. \(groupedDigits(hidden)) more wait." : nil
    }

    private static func meaning(_ state: PushState) -> String {
        state == .unsettled
            ? "Until you say what you found, this customer is not compared with Alpine."
            : "They are counted as missing at Alpine until you decide."
    }
}

extension Site {
    /// Closes a push that could not be settled as somebody found out.
    func decidePush(_ visit: Visit) throws -> Response {
        let id: PushID = try visit.id("id")
        var reader = FormReader(visit.form)
        let action = reader.text("action")
        guard let resolution = PushResolution(rawValue: action) else {
            throw Refusal(.invalidRequest, "Choose whether Alpine has the points or they are sent again.")
        }
        do {
            let now = try store.databaseTime()
            let audit = visit.audit("sync.push", subject: "\(id)", detail: action)
            try visit.store.transaction { tx in
                try tx.resolve(id, as: resolution, at: now)
                try tx.append(audit)
            }
        } catch let refusal as Refusal where refusal.code == .conflict {
            // Pressed twice, or somebody else was quicker.
            return try seeOther(Path.sync, for: visit, notice: "That was decided before. Nothing was changed.")
        }
        return try seeOther(Path.sync, for: visit, notice: Self.words(resolution))
    }

    private static func words(_ resolution: PushResolution) -> String {
        switch resolution {
        case .taken: "These points count as known to Alpine."
        case .sendAgain: "These points are sent to Alpine again."
        }
    }
}
