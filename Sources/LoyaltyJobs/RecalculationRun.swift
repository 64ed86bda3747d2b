import Connectors
import LoyaltyRules
import LoyaltyStore

/// Tiers and segments of all customers after a save that they depend on. rules.md, "Tiers" and "Segments".
struct RecalculationRun {
    let run: ClaimedRun
    let store: TenantStore
    let parties: ThirdParties
    let now: Instant

    /// Runs to the end and records it.
    ///
    /// - Throws: `Stopped` when the process ends: another worker begins anew, and finds little left to change.
    func perform() throws -> RunState {
        var result = RunResult()
        result.totalProcessed = try recalculate(result)
        try store.finish(run, state: .succeeded, result: result, exceptions: [], error: nil, watermark: nil)
        return .succeeded
    }

    /// The part that the nightly run shares.
    ///
    /// - Returns: how many customers were looked at.
    func recalculate(_ result: RunResult) throws -> Int64 {
        let expected = try store.customerCount()
        return try Recalculation(store: store.held(by: run), asOf: now).perform { done in
            try store.report(
                run, stage: "Working out tiers and segments", done: done, expected: max(done, expected),
                bookmark: run.bookmark, result: result)
            if parties.isStopping { throw Stopped() }
        }
    }
}
