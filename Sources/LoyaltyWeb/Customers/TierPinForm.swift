import FastCGI
import LoyaltyRules

/// A tier given by hand, as typed.
struct TierPinForm: Sendable {
    var tierID = ""
    var until = ""
    var reason = ""
    private var refused = FormProblems()

    /// A pin that may be set.
    struct Asked: Equatable {
        let tier: TierID?
        let until: Day?
        let reason: String
    }

    /// The form that shows what is in force.
    init(pin: TierPin?) {
        tierID = pin.map { "\($0.tier)" } ?? ""
        until = pin?.until?.description ?? ""
    }

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        tierID = reader.text("tier_id")
        until = reader.text("until")
        reason = reader.text("reason")
        refused = reader.problems
    }

    func validated(tiers: [Tier], today: Day) throws(FormProblems) -> Asked {
        var problems = refused
        var tier: TierID?
        if !tierID.isEmpty {
            tier = TierID(tierID)
            if !tiers.contains(where: { $0.id == tier }) { problems.add("tier_id", "Choose one of the tiers.") }
        }
        // Without a tier there is nothing that could end.
        let until = tier == nil ? nil : problems.comingDay(until, "until", today: today)
        let reason = problems.line(reason, "reason", 1...200, "Say why, in 1 to 200 characters.")
        return try problems.checked(Asked(tier: tier, until: until, reason: reason))
    }
}

/// A note, as typed.
struct NoteForm: Sendable {
    var text = ""
    private var refused = FormProblems()

    init() {}

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        text = reader.text("text")
        refused = reader.problems
    }

    func validated() throws(FormProblems) -> String {
        var problems = refused
        let line = problems.line(text, "text", 1...500, "Write 1 to 500 characters.")
        return try problems.checked(line)
    }
}
