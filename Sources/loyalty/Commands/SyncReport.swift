import LoyaltyRules
import LoyaltyStore

/// What came of a run, as the sync API tells it. docs/contract.md, "Sync API".
struct SyncReport: Encodable {
    let success: Bool
    let effectiveOrgId: String
    let runId: RunID
    let status: RunState
    let result: RunResult?
    let error: String?

    init(_ run: RunSummary, tenant: String) {
        success = run.state != .failed
        effectiveOrgId = tenant
        runId = run.id
        status = run.state
        result = run.result
        error = run.error
    }

    /// Nil for a run without fault, 69 when nothing could be read, 1 for anything else.
    static func exitCode(_ run: RunSummary) -> Int32? {
        switch run.state {
        case .succeeded: nil
        case .failed where run.result?.alleavesProblem != nil: 69
        default: 1
        }
    }

    /// In words.
    static func text(_ run: RunSummary, tenant: String) -> String {
        var lines = ["\(tenant): \(run.state.rawValue), \(run.id)"]
        if let error = run.error { lines.append(error) }
        if let result = run.result {
            lines.append(
                "\(groupedDigits(result.totalProcessed)) customers (\(groupedDigits(result.customersAdded)) new), "
                    + "\(groupedDigits(result.ordersProcessed)) orders (\(groupedDigits(result.ordersAdded)) new), "
                    + "\(groupedDigits(result.entriesPosted)) entries posted, \(groupedDigits(result.failed)) failed, "
                    + "in \(result.duration) ms")
            lines += [result.alleavesProblem, result.alpineProblem].compactMap { $0 }.filter { $0 != run.error }
        }
        return lines.joined(separator: "\n")
    }
}
