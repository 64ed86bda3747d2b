import LoyaltyRules
import MariaDB

// What the dashboard and the sync API show of a tenant as a whole. Each function is one statement, over one range of
// one index.

/// The counts of contract.md, "Sync API", `stats`.
public struct SyncStats: Equatable, Sendable {
    /// Members.
    public var totalCustomers: Int64
    /// Members with a known figure at Alpine IQ.
    public var withAlpineSync: Int64
    /// Members with a ledger entry.
    public var withCalculatedPoints: Int64
    /// Members whose last comparison was within the threshold.
    public var reconciled: Int64
    /// Members somebody should look at.
    public var needsReview: Int64
    /// When a sync last succeeded, wholly or in part.
    public var lastSyncAt: Instant?

    /// Makes one by hand, for samples and tests.
    public init(
        totalCustomers: Int64, withAlpineSync: Int64, withCalculatedPoints: Int64, reconciled: Int64,
        needsReview: Int64, lastSyncAt: Instant? = nil
    ) {
        self.totalCustomers = totalCustomers
        self.withAlpineSync = withAlpineSync
        self.withCalculatedPoints = withCalculatedPoints
        self.reconciled = reconciled
        self.needsReview = needsReview
        self.lastSyncAt = lastSyncAt
    }
}

/// Members by tier and segment, and what is owed to them.
public struct MemberCounts: Equatable, Sendable {
    /// Members.
    public var total: Int64 = 0
    /// Members with a ledger entry.
    public var withEntries: Int64 = 0
    /// The sum of balances: points that may be redeemed some day.
    public var liabilityPoints: Int64 = 0
    /// Members of each tier that has any.
    public var byTier: [TierID: Int64] = [:]
    /// Members of each segment that has any.
    public var bySegment: [Segment: Int64] = [:]

    /// No members.
    public init() {}
}

/// How many members stand how with Alpine IQ.
public struct AlpineCounts: Equatable, Sendable {
    /// With a known figure.
    public var known: Int64 = 0
    /// By what came of the last comparison.
    public var byOutcome: [ComparisonOutcome: Int64] = [:]
}

/// Points moved on one local day.
public struct DailyPoints: Equatable, Sendable {
    /// The day in the shop's time.
    public var day: Day
    /// Earned, given as a bonus or for a referral.
    public var issued: Int64 = 0
    /// Redeemed, less redemptions taken back.
    public var redeemed: Int64 = 0
    /// All else: clawbacks, Alpine's numbers, adjustments. Signed.
    public var corrected: Int64 = 0

    /// A day without movements.
    public init(day: Day) { self.day = day }
}

extension TenantQueries {
    /// The counts that the sync API answers with.
    public func syncStats() throws -> SyncStats {
        let members = try memberCounts()
        return try syncStats(members: members, alpine: alpineCounts())
    }

    /// The same from counts that were read already.
    public func syncStats(members: MemberCounts, alpine: AlpineCounts) throws -> SyncStats {
        SyncStats(
            totalCustomers: members.total, withAlpineSync: alpine.known, withCalculatedPoints: members.withEntries,
            reconciled: alpine.byOutcome[.within] ?? 0, needsReview: try reviewCounts().needsReview,
            lastSyncAt: try lastSyncAt())
    }

    /// Members by tier and segment. Erased customers are no members.
    public func memberCounts() throws -> MemberCounts {
        var counts = MemberCounts()
        try connection.forEach(
            """
            SELECT tier_id, segment, COUNT(*) AS members, COUNT(head_sequence) AS with_entries,
                   CAST(SUM(balance) AS SIGNED) AS points
              FROM customers WHERE tenant_id = \(tenant) AND erased_at IS NULL GROUP BY tier_id, segment
            """
        ) { row in
            let members: Int64 = try row.get("members")
            counts.total += members
            counts.withEntries += try row.get("with_entries", as: Int64.self)
            counts.liabilityPoints = try addingExactly(counts.liabilityPoints, row.get("points"))
            counts.byTier[try row.get("tier_id"), default: 0] += members
            counts.bySegment[try row.get("segment"), default: 0] += members
        }
        return counts
    }

    /// Members by how they stand with Alpine IQ.
    public func alpineCounts() throws -> AlpineCounts {
        var counts = AlpineCounts()
        try connection.forEach(
            """
            SELECT outcome, COUNT(*) AS members, COUNT(points) AS known FROM alpine_standings
             WHERE tenant_id = \(tenant) GROUP BY outcome
            """
        ) { row in
            counts.byOutcome[try row.get("outcome")] = try row.get("members", as: Int64.self)
            counts.known += try row.get("known", as: Int64.self)
        }
        return counts
    }

    /// Points moved on each of the last `count` local days, oldest first, days without movements included.
    public func dailyPoints(days count: Int, until today: Day, calendar: LocalCalendar) throws -> [DailyPoints] {
        let first = today.advanced(by: 1 - Int64(count))
        var days = (0..<count).map { DailyPoints(day: first.advanced(by: Int64($0))) }
        // Quarters of an hour, for every zone's offset is a number of them: so days are exact across a change of clocks
        // without a table of zones in the database.
        try connection.forEach(
            """
            SELECT UNIX_TIMESTAMP(created_at) DIV 900 AS quarter, kind, points > 0 AS is_gain,
                   CAST(SUM(points) AS SIGNED) AS points
              FROM ledger_entries
             WHERE tenant_id = \(tenant) AND created_at >= \(calendar.start(of: first))
               AND created_at < \(calendar.start(of: today.advanced(by: 1)))
             GROUP BY quarter, kind, is_gain
            """
        ) { row in
            let moment = Instant(secondsSince1970: try row.get("quarter", as: Int64.self) * 900)
            let index = Int(first.days(to: calendar.day(of: moment)))
            guard days.indices.contains(index) else { return }
            try days[index].add(row.get("points"), kind: row.get("kind"))
        }
        return days
    }
}

extension DailyPoints {
    fileprivate mutating func add(_ points: Int64, kind: EntryKind) throws(Overflow) {
        switch kind {
        case .earn, .bonus, .referral:
            // A referral taken back is a correction of what was issued before.
            if points > 0 {
                issued = try addingExactly(issued, points)
            } else {
                corrected = try addingExactly(corrected, points)
            }
        case .redeem, .redeemReversal: redeemed = try addingExactly(redeemed, -points)
        case .clawback, .alpineOverride, .adjustment, .transfer: corrected = try addingExactly(corrected, points)
        }
    }
}

extension RunSummary {
    /// A run by hand, for samples and tests.
    public init(
        id: RunID, state: RunState, stage: String = "", done: Int64 = 0, expected: Int64? = nil, queuedAt: Instant,
        startedAt: Instant? = nil, finishedAt: Instant? = nil, result: RunResult? = nil, error: String? = nil
    ) {
        self.init(
            id: id, kind: .all, posCustomerID: nil, isForced: false, trigger: .user, state: state, stage: stage,
            done: done, expected: expected, queuedAt: queuedAt, startedAt: startedAt, finishedAt: finishedAt,
            result: result, error: error)
    }
}
