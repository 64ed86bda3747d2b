import Foundation
import LoyaltyRules
import LoyaltyStore

// The bodies of contract.md, "Sync API". Keys are always there, `null` when empty.

/// A run that waits or works.
struct RunAnswer: Encodable {
    let success: Bool
    let effectiveOrgId: String?
    let runId: RunID
    let status: RunState
    var progress: Progress?
    var result: RunResult?
    var error: String?

    struct Progress: Encodable {
        let stage: String
        let done: Int64
        let expected: Int64?
    }

    init(_ run: RunSummary, org: String?, withProgress: Bool = false) {
        success = run.state != .failed
        effectiveOrgId = org
        runId = run.id
        status = run.state
        progress = withProgress ? Progress(stage: run.stage, done: run.done, expected: run.expected) : nil
        result = run.state.isFinished && run.state != .failed ? run.result : nil
        error = run.error
    }
}

/// The runs that cron queued.
struct CronAnswer: Encodable {
    let success = true
    let runs: [Run]

    struct Run: Encodable {
        let orgId: String
        let runId: RunID
    }

    enum CodingKeys: CodingKey {
        case success
        case runs
    }
}

/// The counts of a tenant.
struct StatsAnswer: Encodable {
    let success = true
    let effectiveOrgId: String
    let stats: Stats

    struct Stats: Encodable {
        let totalCustomers: Int64
        let withAlpineSync: Int64
        let withCalculatedPoints: Int64
        let reconciled: Int64
        let needsReview: Int64
        @NullWhenEmpty var lastSyncAt: String?

        init(_ stats: SyncStats) {
            totalCustomers = stats.totalCustomers
            withAlpineSync = stats.withAlpineSync
            withCalculatedPoints = stats.withCalculatedPoints
            reconciled = stats.reconciled
            needsReview = stats.needsReview
            lastSyncAt = stats.lastSyncAt?.description
        }
    }

    enum CodingKeys: CodingKey {
        case success
        case effectiveOrgId
        case stats
    }
}

/// How one customer compares, from what is stored.
struct ReportAnswer: Encodable {
    let success = true
    let effectiveOrgId: String
    let report: Report

    struct Report: Encodable {
        let customerId: String
        let reconciled: Bool
        let calculated: Figure
        @NullWhenEmpty var alpine: Figure?
        let discrepancy: Int64
        let discrepancyPercent: Decimal
        let recommendation: String
    }

    struct Figure: Encodable {
        let points: Int64
        let source: String
    }

    /// - Parameter needsReview: whether an open record or incident concerns the customer.
    init(_ detail: CustomerDetail, posID: String, org: String, needsReview: Bool) {
        effectiveOrgId = org
        let standing = ComparedStanding(detail)
        report = Report(
            customerId: posID, reconciled: standing.isReconciled,
            calculated: Figure(points: detail.card.balance, source: "orders"),
            alpine: standing.alpine.map { Figure(points: $0, source: "alpine_iq") },
            discrepancy: standing.discrepancy, discrepancyPercent: standing.percent,
            recommendation: needsReview ? "needs_review" : "none")
    }

    enum CodingKeys: CodingKey {
        case success
        case effectiveOrgId
        case report
    }
}

/// What the sync of one customer came to.
struct CustomerSyncAnswer: Encodable {
    let success = true
    let effectiveOrgId: String
    let stale: Bool
    let result: Result

    struct Result: Encodable {
        let customerId: String
        let calculated: Calculated
        @NullWhenEmpty var alpine: Alpine?
        let reconciliation: Reconciliation
    }

    struct Calculated: Encodable {
        let points: Int64
        let tier: String
        let ordersProcessed: Int64
        let totalSpent: Decimal
    }

    struct Alpine: Encodable {
        let points: Int64
        // Neither has an attested source in Alpine IQ (alpine-iq.md, section 10).
        @NullWhenEmpty var tier: String?
        @NullWhenEmpty var lastVisit: String?
    }

    struct Reconciliation: Encodable {
        let reconciled: Bool
        let discrepancy: Int64
        let discrepancyPercent: Decimal
        let action: String
    }

    init(_ detail: CustomerDetail, posID: String, org: String, settings: Settings, stale: Bool) {
        effectiveOrgId = org
        self.stale = stale
        let standing = ComparedStanding(detail)
        result = Result(
            customerId: posID,
            calculated: Calculated(
                points: detail.card.balance,
                tier: settings.tiers.tiers.first { $0.id == detail.card.tier }?.name ?? settings.tiers.tiers[0].name,
                ordersProcessed: detail.card.orderCount, totalSpent: detail.card.lifetimeValue.dollars),
            alpine: standing.alpine.map { Alpine(points: $0, tier: nil, lastVisit: nil) },
            reconciliation: Reconciliation(
                reconciled: standing.isReconciled, discrepancy: standing.discrepancy,
                discrepancyPercent: standing.percent,
                action: detail.alpine?.outcome.action ?? "none"))
    }

    enum CodingKeys: CodingKey {
        case success
        case effectiveOrgId
        case stale
        case result
    }
}

extension ComparisonOutcome {
    /// What was done, in the words of the contract.
    fileprivate var action: String {
        switch self {
        case .overridden: "override"
        case .awaiting: "awaiting"
        case .within, .discrepancy, .notCompared: "none"
        }
    }
}

/// The figures of a stored comparison.
private struct ComparedStanding {
    let alpine: Int64?
    let isReconciled: Bool
    /// The distance, zero or more.
    let discrepancy: Int64
    /// Of Alpine's figure, to one place; 100 when that is zero.
    let percent: Decimal

    init(_ detail: CustomerDetail) {
        alpine = detail.alpine?.figure.points
        isReconciled = detail.alpine?.outcome == .within
        discrepancy = detail.alpine?.difference.map { Int64($0.magnitude) } ?? 0
        let base = max(0, alpine ?? 0)
        if base > 0 {
            let tenths = (Int128(discrepancy) * 2_000 / Int128(base) + 1) / 2
            percent = Decimal(Int64(clamping: tenths)) / 10
        } else {
            percent = discrepancy == 0 ? 0 : 100
        }
    }
}

extension Cents {
    /// Exact dollars, for JSON numbers.
    var dollars: Decimal { Decimal(rawValue) / 100 }
}

/// An optional that is written as `null`: keys are always present.
@propertyWrapper
struct NullWhenEmpty<Wrapped: Encodable>: Encodable {
    var wrappedValue: Wrapped?

    init(wrappedValue: Wrapped?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
