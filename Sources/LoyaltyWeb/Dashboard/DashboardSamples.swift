import LoyaltyRules
import LoyaltyStore

extension DashboardPage {
    public static let samples: [DashboardPage] = [
        sample(.sample(), settings: .barSample(full: true)),
        sample(.sampleRunning(), settings: .barSample(full: false)),
        sample(.sampleEmpty(), settings: .defaults(name: "Juniper & Main", timeZone: "America/New_York")),
        sample(.sampleConnected(), settings: .defaults(name: "Juniper & Main", timeZone: "America/New_York")),
    ]

    private static func sample(_ figures: Figures, settings: Settings) -> DashboardPage {
        DashboardPage(figures, settings: settings, org: "demo", role: .dispensaryAdmin) { $0 }
    }
}

extension DashboardPage.Figures {
    private static let now = Instant(secondsSince1970: 1_772_578_800)
    private static let today = Day(daysSince1970: 20_515)

    /// A month of a shop with a thousand members.
    static func sample() -> Self {
        var members = MemberCounts()
        members.total = 1_240
        members.withEntries = 1_190
        members.liabilityPoints = 184_320
        for (tier, count) in zip(1...4, [702, 388, 131, 19] as [Int64]) {
            members.byTier[TierID(rawValue: UInt128(tier))] = count
        }
        for (segment, count) in zip(Segment.allCases, [204, 301, 88, 54, 131, 166, 120, 176] as [Int64]) {
            members.bySegment[segment] = count
        }
        let days = (0..<30).map { index in
            var day = DailyPoints(day: today.advanced(by: Int64(index) - 29))
            day.issued = Int64(900 + (index * 373) % 700 + (index % 7 == 5 ? 900 : 0))
            day.redeemed = Int64((index * 211) % 650)
            day.corrected = index % 9 == 0 ? -35 : 0
            return day
        }
        let stats = SyncStats(
            totalCustomers: 1_240, withAlpineSync: 1_101, withCalculatedPoints: 1_190, reconciled: 1_088,
            needsReview: 13, lastSyncAt: now.advanced(bySeconds: -900))
        var review = ReviewCounts()
        (review.records, review.alerts, review.incidents, review.members) = (10, 2, 1, 3)
        return Self(
            stats: stats, members: members, days: days, runs: [finished(.degraded), finished(.succeeded)],
            hasPointOfSale: true, now: now, review: review)
    }

    /// While a sync is running and another waits; the last one failed.
    static func sampleRunning() -> Self {
        var figures = sample()
        figures.runs = [
            RunSummary(id: RunID(rawValue: 5), state: .queued, queuedAt: now),
            RunSummary(
                id: RunID(rawValue: 4), state: .running, stage: "Reading orders from Alleaves", done: 3_400,
                expected: 10_000, queuedAt: now.advanced(bySeconds: -60), startedAt: now.advanced(bySeconds: -50)),
            RunSummary(
                id: RunID(rawValue: 3), state: .failed, queuedAt: now.advanced(bySeconds: -3_600),
                startedAt: now.advanced(bySeconds: -3_590), finishedAt: now.advanced(bySeconds: -3_400),
                error: "Alleaves did not answer. Nothing was changed; the next sync tries again."),
        ]
        return figures
    }

    /// The first day, with nothing connected.
    static func sampleEmpty() -> Self {
        let stats = SyncStats(
            totalCustomers: 0, withAlpineSync: 0, withCalculatedPoints: 0, reconciled: 0, needsReview: 0)
        let days = (0..<30).map { DailyPoints(day: today.advanced(by: Int64($0) - 29)) }
        let waiting = RunSummary(id: RunID(rawValue: 6), state: .queued, queuedAt: now)
        return Self(
            stats: stats, members: MemberCounts(), days: days, runs: [waiting], hasPointOfSale: false, now: now)
    }

    /// Connected, and nothing has been read yet.
    static func sampleConnected() -> Self {
        var figures = sampleEmpty()
        figures.runs = []
        figures.hasPointOfSale = true
        return figures
    }

    private static func finished(_ state: RunState) -> RunSummary {
        var result = RunResult()
        result.ordersAdded = 31
        result.ordersChanged = 2
        result.customersAdded = 1
        result.entriesPosted = 33
        result.compared = 1_101
        result.within = 1_088
        if state == .degraded {
            result.degraded = 139
            result.exceptionCount = 2
            result.alleavesProblem = "Alleaves stopped answering. The answer of the service broke off."
            result.alpineProblem = "Alpine IQ: The service refused the request."
        }
        let end = now.advanced(bySeconds: state == .degraded ? -900 : -2_700)
        return RunSummary(
            id: RunID(rawValue: state == .degraded ? 2 : 1), state: state, queuedAt: end.advanced(bySeconds: -70),
            startedAt: end.advanced(bySeconds: -65), finishedAt: end, result: result)
    }
}
