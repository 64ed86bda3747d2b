import FastCGI
import LoyaltyRules
import LoyaltyStore

/// A decision about a difference, as typed.
struct DiscrepancyForm: Sendable {
    var action = "accept"
    var points = ""
    var reason = ""
    private var refused = FormProblems()

    init() {}

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        action = reader.text("action")
        points = reader.text("points")
        reason = reader.text("reason")
        refused = reader.problems
    }

    /// More points than anybody has.
    private static let pointsMax: Int64 = 1_000_000_000

    /// The number that is to stand, and why.
    func validated() throws(FormProblems) -> (choice: DiscrepancyDecision.Choice, reason: String) {
        var problems = refused
        var choice = DiscrepancyDecision.Choice.accept
        switch action {
        case "accept": break
        case "keep": choice = .keep
        case "set":
            let message = "Enter whole points from 0 to \(groupedDigits(Self.pointsMax))."
            let number = problems.whole(points, "points", message)
            if !(0...Self.pointsMax).contains(number) { problems.add("points", message) }
            choice = .set(number)
        default: problems.add("action", "Choose which number stands.")
        }
        let isNeeded = action == "set"
        let line = problems.line(
            reason, "reason", isNeeded ? 1...200 : 0...200,
            isNeeded ? "Say why, in 1 to 200 characters." : "At most 200 characters.")
        return try problems.checked((choice, line))
    }
}
