import LoyaltyRules
import MariaDB
import Testing

@testable import LoyaltyStore

struct DashboardTests {
    let shop: ReadingShop

    init() throws { shop = try ReadingShop(isEmpty: true) }

    @Test("a new shop counts nothing, and has never been synced")
    func empty() throws {
        #expect(
            try shop.store.syncStats()
                == SyncStats(
                    totalCustomers: 0, withAlpineSync: 0, withCalculatedPoints: 0, reconciled: 0, needsReview: 0,
                    lastSyncAt: nil))
        #expect(try shop.store.memberCounts() == MemberCounts())
    }

    @Test("members are counted by tier and segment, the erased and those of others not")
    func members() throws {
        let rich = try shop.addCustomer("A", pos: "1", tier: 2, segment: .vip)
        let poor = try shop.addCustomer("B", pos: "2", segment: .vip)
        try shop.addCustomer("C", pos: "3")
        let erased = try shop.addCustomer("D", pos: "4")
        try shop.owner.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE id = \(erased)")
        let stranger = try shop.addCustomer("E", pos: "5", in: shop.other)
        try shop.addEntry(rich, 300)
        try shop.addEntry(poor, 20)
        try shop.addEntry(stranger, 9_999, in: shop.other)
        let counts = try shop.store.memberCounts()
        #expect(counts.total == 3 && counts.withEntries == 2 && counts.liabilityPoints == 320)
        #expect(counts.byTier == [TierID(rawValue: 1): 2, TierID(rawValue: 2): 1])
        #expect(counts.bySegment == [.vip: 2, .new: 1])
    }

    @Test("the sync stats are those of the contract")
    func stats() throws {
        let outcomes: [(AlpineFigure, ComparisonOutcome)] = [
            (.known(10), .within), (.known(11), .within), (.known(0), .discrepancy), (.hidden, .notCompared),
        ]
        let standings = try outcomes.enumerated().map { index, entry in
            AlpineStanding(
                customer: try shop.addCustomer("A", pos: "\(index)"), contactID: "c\(index)", figure: entry.0,
                readAt: .now(), outcome: entry.1)
        }
        _ = try shop.store.record(standings, run: .make())
        _ = try shop.store.takeAlpine(
            [
                AlpineDifference(
                    customer: standings[1].customer, requestedAt: standings[1].readAt, calculated: 0, alpine: 11,
                    pending: 0, points: 11)
            ], run: .make(), isEnabled: false, at: .now())
        let last = Instant(secondsSince1970: 1_700_000_000)
        try shop.owner.execute(
            "INSERT INTO sync_watermarks (tenant_id, succeeded_at) VALUES (\(shop.store.tenant), \(last)) ON DUPLICATE KEY UPDATE succeeded_at = \(last)"
        )
        let stats = try shop.store.syncStats()
        #expect(stats.totalCustomers == 4 && stats.withAlpineSync == 3 && stats.withCalculatedPoints == 0)
        #expect(stats.reconciled == 2 && stats.needsReview == 1 && stats.lastSyncAt == last)
    }

    @Test("points fall on the shop's days, also on the day the clocks change")
    func days() throws {
        let calendar = try #require(LocalCalendar(timeZone: "America/New_York"))
        let today = try #require(Day(year: 2026, month: 3, day: 9))
        let id = try shop.addCustomer("A", pos: "1")
        // Clocks went forward on 8 March at 2 am.
        let moments: [(String, Int64, String)] = [
            ("2026-03-08T04:59:59Z", 1, "earn"), ("2026-03-08T05:00:00Z", 10, "earn"),
            ("2026-03-09T03:59:59Z", 100, "bonus"), ("2026-03-09T04:00:00Z", 1_000, "referral"),
            ("2026-03-09T05:00:00Z", -50, "redeem"), ("2026-03-09T05:01:00Z", 20, "redeem_reversal"),
            ("2026-03-09T05:02:00Z", -7, "clawback"), ("2026-03-09T05:03:00Z", 3, "adjustment"),
            ("2026-03-09T05:04:00Z", -5, "referral"), ("2026-03-10T04:00:00Z", 5_000, "earn"),
        ]
        for (at, points, kind) in moments {
            try shop.addEntry(id, points, at: try #require(Instant(parsing: at)), kind: kind)
        }
        let days = try shop.store.dailyPoints(days: 3, until: today, calendar: calendar)
        #expect(days.map(\.day.description) == ["2026-03-07", "2026-03-08", "2026-03-09"])
        #expect(days.map(\.issued) == [1, 110, 1_000])
        #expect(days.map(\.redeemed) == [0, 0, 30])
        #expect(days.map(\.corrected) == [0, 0, -9])
    }
}
