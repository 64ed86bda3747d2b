import LoyaltyRules
import LoyaltyStore

/// Today: how the program does, and the button that brings it up to date.
public struct DashboardPage: Page {
    public static let template = "dashboard/loyalty"

    public let title = "Today"
    let purpose = "How your program is doing, and whether its numbers are up to date."
    let canSync: Bool
    let progress: RunProgress?
    let paused: String?
    let setUp: Bool
    /// What to look at in the reconciliation.
    let alerts: [Alert]
    let tiles: [Tile]
    let daily: DailyChart
    let members: [MemberChart]
    let runs: [RunLine]
    let hasRuns: Bool

    /// Something an admin is told.
    struct Alert: Sendable {
        let alertText: String
        let alertHref: String
    }

    /// A figure with what it means.
    struct Tile: Sendable {
        let label: String
        let number: String
        let note: String
        let link: Chrome.Link?
    }

    /// What the page is made of.
    struct Figures: Sendable {
        var stats: SyncStats
        var members: MemberCounts
        var days: [DailyPoints]
        /// Newest first.
        var runs: [RunSummary]
        var hasPointOfSale: Bool
        var now: Instant
        /// What waits at the reconciliation.
        var review = ReviewCounts()
        /// Pushes that Alpine IQ did not take or confirm.
        var lostPushes: Int64 = 0
    }

    init(_ figures: Figures, settings: Settings, org: String, role: Role, link: (String) -> String) {
        let words = Words(settings.business.calendar)
        canSync = role.may(.runSync) && figures.hasPointOfSale
        setUp = !figures.hasPointOfSale
        paused = settings.program.paused ? Self.pause(reason: settings.program.pauseReason) : nil
        let open = figures.runs.filter { !$0.state.isFinished }
        progress = (open.first { $0.state == .running } ?? open.first).map { shown in
            let isFollowed = open.count { $0.kind == shown.kind } > 1
            return RunProgress(
                shown, org: org, isFollowed: isFollowed, now: figures.now, words: words)
        }
        let mayReview = role.may(.readReconciliation)
        alerts = mayReview ? Self.alerts(figures, link: link) : []
        tiles = Self.tiles(figures, settings: settings, words: words, mayReview: mayReview, link: link)
        daily = DailyChart(figures.days)
        members = [
            MemberChart(
                name: "tier", columnName: "Tier",
                counts: settings.tiers.tiers.map { ($0.name, figures.members.byTier[$0.id] ?? 0) },
                total: figures.members.total),
            MemberChart(
                name: "segment", columnName: "Segment",
                counts: Segment.allCases.map { ($0.name, figures.members.bySegment[$0] ?? 0) },
                total: figures.members.total),
        ]
        runs = figures.runs.filter(\.state.isFinished).map { RunLine($0, words: words) }
        hasRuns = !runs.isEmpty
    }

    private static func pause(reason: String) -> String {
        let words = "The program is paused: sales are stored and earn nothing."
        return reason.isEmpty ? words : "\(words) Reason: \(reason)."
    }

    private static func tiles(
        _ figures: Figures, settings: Settings, words: Words, mayReview: Bool, link: (String) -> String
    ) -> [Tile] {
        let stats = figures.stats
        return [
            Tile(
                label: "Customers", number: groupedDigits(stats.totalCustomers),
                note: "\(groupedDigits(stats.withCalculatedPoints)) have had points",
                link: Chrome.Link("See them", to: link(Path.customers))),
            Tile(
                label: "With Alpine’s number", number: groupedDigits(stats.withAlpineSync),
                note: "\(Words.share(stats.withAlpineSync, of: stats.totalCustomers)) of customers", link: nil),
            Tile(
                label: "Agree with Alpine", number: groupedDigits(stats.reconciled),
                note: "within \(settings.program.discrepancyPercent) % at the last comparison", link: nil),
            Tile(
                label: "To look at", number: groupedDigits(stats.needsReview),
                note: stats.needsReview == 0 ? "nothing waits for you" : "differ from Alpine’s number",
                link: mayReview ? Chrome.Link("Look", to: link(Path.reconciliation)) : nil),
            Tile(
                label: "Points customers hold", number: groupedDigits(figures.members.liabilityPoints),
                note: "worth at most \(settings.redemptions.worth(of: figures.members.liabilityPoints)) in rewards",
                link: nil),
            lastSync(stats, every: settings.program.syncEveryMinutes, words: words),
        ]
    }

    private static func alerts(_ figures: Figures, link: (String) -> String) -> [Alert] {
        let review = figures.review
        var texts: [String] = []
        if review.incidents > 0 {
            texts.append(
                "\(Words.counted(review.members, "customer differs", "customers differ")) from Alpine at once. "
                    + "Nothing is taken before you decide.")
        }
        if review.alerts > 0 {
            texts.append(
                "Alpine’s number differed for \(Words.counted(review.alerts, "customer", "customers")) "
                    + "in the last 24 hours.")
        }
        let differing = texts.map { Alert(alertText: $0, alertHref: link(Path.reconciliation)) }
        guard figures.lostPushes > 0 else { return differing }
        let lost = Words.counted(figures.lostPushes, "movement of points", "movements of points")
        return differing + [Alert(alertText: "\(lost) did not reach Alpine.", alertHref: link("\(Path.sync)#pushes"))]
    }

    private static func lastSync(_ stats: SyncStats, every minutes: Int64, words: Words) -> Tile {
        guard let last = stats.lastSyncAt else {
            return Tile(label: "Last sync", number: "Not yet", note: "every \(minutes) minutes by itself", link: nil)
        }
        return Tile(
            label: "Last sync", number: words.clock(last),
            note: "\(Words.day(words.calendar.day(of: last))), every \(minutes) minutes by itself", link: nil)
    }
}

extension RedemptionSettings {
    /// What `points` come to at the best reward.
    func worth(of points: Int64) -> String {
        guard points > 0,
            let best = rewards.max(by: {
                Int128($0.value.rawValue) * Int128($1.pointsCost) < Int128($1.value.rawValue) * Int128($0.pointsCost)
            })
        else { return "$0" }
        let cents = Int128(points) * Int128(best.value.rawValue) / Int128(best.pointsCost)
        return Cents(rawValue: Int64(clamping: cents)).formatted(short: true)
    }
}
