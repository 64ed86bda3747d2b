import Foundation
import LoyaltyRules
import Testing

/// rules.md, "Equity".
struct EquityTests {
    private static let allowed: [EquityStatus: [EquityStatus]] = [
        .none: [.pending], .pending: [.verified, .rejected], .verified: [.expired, .revoked],
        .expired: [.pending], .revoked: [.pending], .rejected: [.pending],
    ]

    @Test("the workflow has exactly these steps", arguments: EquityStatus.allCases, EquityStatus.allCases)
    func steps(from: EquityStatus, to: EquityStatus) {
        #expect(from.mayBecome(to) == (Self.allowed[from] ?? []).contains(to))
    }

    @Test("nobody takes the step to expired by hand")
    func byHand() {
        #expect(EquityStatus.verified.stepsByHand == [.revoked])
        #expect(EquityStatus.pending.stepsByHand == [.verified, .rejected])
        #expect(EquityStatus.allCases.allSatisfy { !$0.stepsByHand.contains(.expired) })
    }

    @Test(
        "a verification expires when its last day has passed, and nothing else does",
        arguments: [  // status, days until the last day, where it stands
            (.verified, nil, .verified), (.verified, 1, .verified), (.verified, 0, .verified),
            (.verified, -1, .expired), (.pending, -1, .pending), (.revoked, -1, .revoked),
        ] as [(EquityStatus, Int64?, EquityStatus)])
    func expiry(status: EquityStatus, days: Int64?, stands: EquityStatus) {
        let today = Day(daysSince1970: 20_000)
        let record = EquityRecord(
            status: status, expiresOn: days.map(today.advanced), recordedAt: Instant(secondsSince1970: 0))
        #expect(record.status(on: today) == stands)
    }

    @Test(
        "it is in force from the recorded moment to the end of the last day in the shop's zone",
        arguments: [  // zone, last day, the first moment it is not in force
            ("America/New_York", "2026-03-07", "2026-03-08T05:00:00Z"),
            // A day of 23 hours.
            ("America/New_York", "2026-03-08", "2026-03-09T04:00:00Z"),
            ("UTC", "2026-12-31", "2027-01-01T00:00:00Z"),
        ])
    func period(zone: String, lastDay: String, end: String) throws {
        let calendar = try #require(LocalCalendar(timeZone: zone))
        let start = try #require(Instant(parsing: "2026-03-01T12:00:00Z"))
        let record = EquityRecord(status: .verified, expiresOn: Day(parsing: lastDay), recordedAt: start)
        let period = record.period(in: calendar)
        let last = try #require(Instant(parsing: end))
        #expect(period == EquityPeriod(start: start, end: last))
        #expect(!period.covers(start.advanced(bySeconds: -1)) && period.covers(start))
        #expect(period.covers(last.advanced(bySeconds: -1)) && !period.covers(last))
    }
}
