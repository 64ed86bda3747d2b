import LoyaltyRules
import LoyaltyStore

extension Discrepancy {
    /// What was found and done, in the owner's words.
    var sentence: String {
        let waiting =
            pending == 0 ? "" : " \(Words.signed(pending)) \(pending.magnitude == 1 ? "was" : "were") on the way there."
        let figures = "Alpine said \(groupedDigits(alpine)), we had \(groupedDigits(calculated)).\(waiting)"
        if let untakenReason, untakenPoints != 0 {
            return "\(figures) \(untakenReason.words) \(Words.signed(untakenPoints)) would bring ours to Alpine’s."
        }
        if takenPoints != 0 { return "\(figures) Alpine’s number was taken: \(Words.signed(takenPoints))." }
        return "\(figures) The two agree again."
    }

    /// Where it stands.
    var status: StatusWord {
        switch state {
        case .open where untakenPoints != 0: StatusWord("Left to decide", "look")
        case .open: StatusWord(takenPoints != 0 ? "Alpine’s number was taken" : "Agrees again", "look")
        case .accepted: StatusWord("Alpine’s number stands", "good")
        case .kept: StatusWord("Our number stands", "good")
        case .set: StatusWord("Another number stands", "good")
        }
    }

    /// What accepting does.
    var acceptLabel: String { untakenPoints != 0 ? "Take Alpine’s number" : "Accept" }

    /// What was decided, by whom and why; nil while nothing is.
    func outcome(_ words: Words) -> String? {
        guard let resolvedAt else { return nil }
        let who = resolvedBy.map { " by \($0)" } ?? " by itself"
        let why = resolutionReason.map { ": \($0)" } ?? ""
        var text = "\(words.moment(resolvedAt).shownTime)\(who)\(why)."
        if movedPoints != 0 { text += " \(Words.signed(movedPoints)) points here." }
        if pushedPoints != 0 { text += " Alpine is told \(Words.signed(pushedPoints))." }
        return text
    }
}

extension UntakenReason {
    /// Why nothing was taken, as a sentence.
    var words: String {
        switch self {
        case .compareOnly: "Nothing was taken, because the shop only compares."
        case .switchedOff: "Nothing was taken, because the operator has switched that off."
        case .paused: "Nothing was taken, because the program is paused."
        case .hold: "Nothing was taken yet, because points are reserved; it is when they are used or free again."
        case .lostMatch: "Nothing was taken, because another customer whom Alpine no longer has had just as many."
        }
    }
}
