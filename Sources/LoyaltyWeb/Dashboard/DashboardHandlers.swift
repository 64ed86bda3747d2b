import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// Today.
    func showDashboard(_ visit: Visit) throws -> Response {
        let now = Instant.now()
        let calendar = visit.settings.business.calendar
        let members = try visit.store.memberCounts()
        let figures = DashboardPage.Figures(
            stats: try visit.store.syncStats(members: members, alpine: visit.store.alpineCounts()), members: members,
            days: try visit.store.dailyPoints(days: 30, until: calendar.day(of: now), calendar: calendar),
            runs: try visit.store.latestRuns(.all, .recalculation, limit: 6),
            hasPointOfSale: try visit.store.integrations().contains(.alleaves),
            now: now, review: try visit.store.reviewCounts(),
            lostPushes: try visit.store.outboxProblemCount())
        let page = DashboardPage(
            figures, settings: visit.settings, org: visit.tenant.slug, role: visit.role, link: visit.link)
        return try render(page, for: visit, in: .today)
    }

    /// Sync now.
    func syncNow(_ visit: Visit) throws -> Response {
        guard try visit.store.integrations().contains(.alleaves) else {
            return try seeOther(
                Path.today, for: visit, notice: "Connect your point of sale first. Nothing was started.")
        }
        let run = try visit.store.requestSync(forced: false, trigger: .user)
        let isFollower = try visit.store.latestRuns(limit: 2).contains { $0.id != run.id && $0.state == .running }
        let notice = isFollower ? "A sync is running. Another one follows it." : "The sync was asked for."
        return try seeOther(Path.today, for: visit, notice: notice)
    }
}
