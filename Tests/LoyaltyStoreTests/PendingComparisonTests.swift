import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// The rows of rules.md, "Comparison", that have something pending: from the outbox to what comes out.
struct PendingComparisonTests {
    let store: TestStore
    let customer: CustomerID
    private let start = Instant.now().advanced(bySeconds: -100 * 86_400)

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
        try store.connectAlpine()
    }

    private func outcome(alpine: Int64) throws -> AlpineComparison.Outcome {
        let pending = try store.tenant.pendingAtAlpine(of: [customer], at: .now())[customer] ?? PendingAtAlpine()
        #expect(!pending.isUnsettled)
        return try AlpineComparison(
            calculated: try store.balance("1"), alpine: alpine, pending: pending.pending,
            recentGain: pending.recentGain, recentLoss: pending.recentLoss
        ).outcome()
    }

    @Test("120 by an equity order of 100 dollars, Alpine says 100: within")
    func equityOrder() throws {
        for status in [EquityStatus.pending, .verified] {
            try store.tenant.recordEquity(
                EquityRecord(
                    status: status, documentKind: "State card", documentReference: "NY-0042", expiresOn: nil,
                    reason: "Seen", recordedAt: start),
                of: customer, by: .make(), in: try store.tenant.settings().business.calendar,
                audit: AuditRecord(actor: "test", action: "test"))
        }
        try store.post(.sale("A", of: "1", 100_00, at: start.advanced(bySeconds: 60)))
        #expect(try store.balance("1") == 120)
        #expect(try outcome(alpine: 100) == .within(difference: 0))
    }

    @Test("150 after a redemption of 250 that Alpine has not acknowledged: 400 is within, 200 is over by 150")
    func redemption() throws {
        try store.post(.sale("A", of: "1", 400_00, at: start))
        try store.move(-250, .redeem, key: "r", for: customer)
        #expect(try store.balance("1") == 150)
        #expect(try outcome(alpine: 400) == .within(difference: 0))
        #expect(try outcome(alpine: 200) == .discrepancy(difference: -150))
    }

    @Test("a push acknowledged a moment ago may be missing or not; after 15 minutes it must be there")
    func acknowledged() throws {
        try store.post(.sale("A", of: "1", 100_00, at: start))
        try store.move(50, .bonus, key: "b", for: customer)
        let now = Instant.now().advanced(bySeconds: 1)
        try acknowledge(at: now)
        for (minutes, alpine, isFine) in [(1, 100, true), (1, 150, true), (14, 100, true), (16, 100, false)]
            as [(Int64, Int64, Bool)]
        {
            let moment = now.advanced(bySeconds: minutes * 60)
            let pending = try store.tenant.pendingAtAlpine(of: [customer], at: moment)[customer] ?? PendingAtAlpine()
            let outcome = try AlpineComparison(
                calculated: 150, alpine: alpine, pending: pending.pending, recentGain: pending.recentGain,
                recentLoss: pending.recentLoss
            ).outcome()
            if case .discrepancy = outcome { #expect(!isFine) } else { #expect(isFine) }
        }
    }

    /// As the worker does.
    private func acknowledge(at now: Instant) throws {
        try store.tenant.record(
            [
                AlpineStanding(
                    customer: customer, contactID: "c-\(store.id.rawValue)", figure: .known(0), readAt: now,
                    outcome: .within)
            ], run: .make())
        let id = try #require(try store.tenant.pushesDue(at: now, limit: 9).first)
        let push = try #require(try store.tenant.claimPush(id, at: now))
        try store.tenant.record(.acknowledged, of: push, at: now)
    }
}
