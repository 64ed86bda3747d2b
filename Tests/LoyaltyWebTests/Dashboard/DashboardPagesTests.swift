import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct DashboardPagesTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    private func connect() throws {
        try app.tenantStore.saveCredentials(.alleaves, sealed: "sealed", at: .now())
    }

    @Test("Today works on the first day, and says what is missing")
    func firstDay() throws {
        let response = try app.get(Path.today, as: .dispensaryAdmin)
        #expect(response.status == .ok)
        #expect(response.bodyText.contains("Connect Alleaves") && !response.bodyText.contains("Sync now"))
        #expect(response.bodyText.contains("No points were issued or redeemed"))
    }

    @Test("Sync now queues a run, leads back, and Today shows it under way")
    func syncNow() throws {
        try connect()
        let response = try app.post(Path.syncNow, as: .dispensaryAdmin)
        #expect(response.status == .seeOther && response.headers[.location] == Path.today)
        let runs = try app.tenantStore.latestRuns(limit: 5)
        #expect(runs.map(\.state) == [.queued] && runs.first?.trigger == .user)
        let page = try app.get(Path.today, as: .dispensaryAdmin).bodyText
        #expect(page.contains("Waiting for its turn") && page.contains("The sync was asked for."))
        #expect(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"))
        _ = try app.post(Path.syncNow, as: .dispensaryAdmin)
        #expect(try app.tenantStore.latestRuns(limit: 5).count == 1)
    }

    @Test("Sync now without a point of sale starts nothing")
    func notConnected() throws {
        #expect(try app.post(Path.syncNow, as: .dispensaryAdmin).status == .seeOther)
        #expect(try app.tenantStore.latestRuns(limit: 5).isEmpty)
    }

    @Test("who may only read sees no button, and posting is refused")
    func readers() throws {
        try connect()
        for person in [TestApp.Person.manager, .auditor] {
            #expect(try !app.get(Path.today, as: person).bodyText.contains("Sync now"))
            #expect(try app.post(Path.syncNow, as: person).status == .forbidden)
        }
    }

    @Test("no page of reports names the equity multiplier")
    func equity() throws {
        let templates = try Templates.ofCheckout()
        for page in everyReportPage + everyPublicPage {
            let text = try templates.render(page).lowercased()
            #expect(!text.contains("multiplier"))
            // Whether somebody is verified stands on their own page, and nowhere else.
            if !(page is CustomerPage) { #expect(!text.contains("equity")) }
        }
    }
}

struct ChartTests {
    private func days(_ values: [(Int64, Int64)]) -> [DailyPoints] {
        values.enumerated().map { index, value in
            var day = DailyPoints(day: Day(daysSince1970: 20_000 + Int64(index)))
            (day.issued, day.redeemed) = value
            return day
        }
    }

    @Test("bars are as long as their share, stay inside the drawing, and the smallest is seen")
    func bars() {
        let chart = DailyChart(days([(300, 0), (1, 100), (0, 0), (150, 50)]))
        #expect(chart.bars.map(\.tall) == ["90", "1", "30", "45", "15"])
        #expect(chart.zero == "92" && chart.bars.first?.top == "1")
        #expect(chart.caption == "451 points issued and 150 redeemed in 4 days, most on Fri 4 Oct 2024.")
    }

    @Test("numbers at the edge do not break the drawing")
    func extremes() {
        #expect(DailyChart(days([(.max, .max), (.max, 0)])).bars.count == 3)
        #expect(DailyChart(days([(0, -5)])).bars.isEmpty)
        #expect(DailyChart([]).isEmpty)
        let chart = MemberChart(name: "t", columnName: "Tier", counts: [("A", .max), ("B", 1)], total: .max)
        #expect(chart.rows.map(\.long) == ["190", "2"] && chart.rows.map(\.share) == ["100 %", "under 1 %"])
    }
}

struct WordsTests {
    @Test(
        "a moment is told in the shop's time",
        arguments: [
            ("2026-03-03T23:04:00Z", "Tue 3 Mar 2026, 6:04 pm"), ("2026-03-03T05:00:00Z", "Tue 3 Mar 2026, 12:00 am"),
            ("2026-07-01T16:30:00Z", "Wed 1 Jul 2026, 12:30 pm"), ("2024-02-29T12:09:00Z", "Thu 29 Feb 2024, 7:09 am"),
        ])
    func moments(at: String, told: String) throws {
        let words = Words(try #require(LocalCalendar(timeZone: "America/New_York")))
        #expect(words.moment(try #require(Instant(parsing: at))).shownTime == told)
    }
}
