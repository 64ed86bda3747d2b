import Connectors
import Logging
import LoyaltyRules
import LoyaltyStore

/// What is done for a tenant every night, and once a week the proof of its ledger. rules.md, "Sync".
struct NightlyRun {
    let run: ClaimedRun
    let store: TenantStore
    let parties: ThirdParties
    let logger: Logger
    let now: Instant

    /// Runs to the end and records it.
    ///
    /// - Throws: `Stopped` when the process ends: what was done stays, and another worker goes on.
    func perform() throws -> RunState {
        var result = RunResult()
        result.totalProcessed = try RecalculationRun(run: run, store: store, parties: parties, now: now)
            .recalculate(result)
        while try store.endLapsedHolds(limit: 100) > 0 {}
        while try store.acceptOldDiscrepancies(limit: 100, at: now) > 0 {}
        while try store.forgetIdempotencyKeys(limit: 1_000) > 0 {}
        try Store(store.connection).removeEndedSessions()
        let differences = try isProofDue() ? store.verifyLedger().differences : []
        let exceptions = differences.prefix(RunResult.listMax).map { RunException(subject: nil, reason: $0) }
        result.exceptionCount = Int64(differences.count)
        if !differences.isEmpty {
            logger.critical(
                "the ledger does not add up", metadata: ["run": "\(run.id)", "differences": "\(differences.count)"])
        }
        let state: RunState = differences.isEmpty ? .succeeded : .degraded
        try store.finish(run, state: state, result: result, exceptions: exceptions, error: nil, watermark: nil)
        return state
    }

    /// On Sundays by the shop's clock: 1970 began on a Thursday.
    private func isProofDue() throws -> Bool {
        (try store.settings().business.calendar.day(of: now).daysSince1970 + 4) % 7 == 0
    }
}
