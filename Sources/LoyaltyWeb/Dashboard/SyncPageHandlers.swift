import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// The runs, and what waits for a decision.
    func showSyncRuns(_ visit: Visit) throws -> Response { try syncPage(visit) }

    private func syncPage(
        _ visit: Visit, refused: SyncPage.Refused? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let contents = SyncPage.Contents(
            exceptions: try visit.store.openExceptions(limit: 100), openCount: try visit.store.openExceptionCount(),
            pushes: try visit.store.outboxProblems(limit: 50), pushCount: try visit.store.outboxProblemCount(),
            runs: try visit.store.latestRuns(.all, .recalculation, limit: 50),
            hasPointOfSale: try visit.store.integrations().contains(.alleaves))
        let page = SyncPage(
            contents, settings: visit.settings, role: visit.role, refused: refused, link: visit.link)
        return try render(page, for: visit, in: .sync, status: status)
    }

    /// Keeps what a sync listed as it is, or takes a vanished order back.
    func decideException(_ visit: Visit) throws -> Response {
        let id: ExceptionID = try visit.id("id")
        var reader = FormReader(visit.form)
        let (action, typed) = (reader.text("action"), reader.text("reason"))
        do {
            var problems = reader.problems
            let decision = ExceptionDecision(rawValue: action).flatMap { $0 == .shownAgain ? nil : $0 }
            if decision == nil { problems.add("action", "Choose whether to keep it or take it back.") }
            let length = decision == .takeBack ? 1...200 : 0...200
            let reason = problems.line(
                typed, "reason", length,
                length.lowerBound == 1 ? "Say why, in 1 to 200 characters." : "At most 200 characters.")
            let ruling = ExceptionRuling(
                exception: id, decision: try problems.checked(decision ?? .keep), reason: reason, user: visit.user,
                requestID: visit.request.id)
            let result = try visit.store.decide(
                ruling, audit: visit.audit("sync.exception", subject: "\(id)", detail: "\(action): \(reason)"),
                at: .now())
            return try seeOther(Path.sync, for: visit, notice: Self.words(result.decision, isNew: result.isNew))
        } catch let problems as FormProblems {
            guard try visit.store.exceptionCase(id) != nil else {
                throw Refusal(.notFound, "There is no such exception.")
            }
            let refused = SyncPage.Refused(exception: id, reason: typed, problems: problems)
            return try syncPage(visit, refused: refused, status: .unprocessableContent)
        }
    }

    private static func words(_ decision: ExceptionDecision, isNew: Bool) -> String {
        let now: String =
            switch decision {
            case .keep: "It stays as it is."
            case .takeBack: "The order counts as not completed until the point of sale shows it again."
            case .shownAgain: "The point of sale shows the order again. Nothing was left to decide."
            }
        return isNew ? now : "That was decided before. \(now)"
    }
}
