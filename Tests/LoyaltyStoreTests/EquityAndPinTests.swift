import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct EquityAndPinTests {
    let store: TestStore
    let customer: CustomerID
    private let user = UserID.make()
    private let audit = AuditRecord(actor: "test", action: "test")

    init() throws {
        store = try TestStore(timeZone: "America/New_York")
        customer = try store.importCustomers("1")[0]
        try store.importCustomers("2")
        // From here on the tenant has posted an order.
        try store.post(.sale("first", of: "2", 1_00))
    }

    private var calendar: LocalCalendar { get throws { try store.tenant.settings().business.calendar } }

    private func record(_ status: EquityStatus, at now: Instant = .now(), until: Day? = nil) throws {
        try store.tenant.recordEquity(
            EquityRecord(
                status: status, documentKind: "State card", documentReference: "NY-0042", expiresOn: until,
                reason: "Seen", recordedAt: now),
            of: customer, by: user, in: try calendar, audit: audit)
    }

    @Test("an order completed while equity is in force earns with the multiplier, before and after it does not")
    func endToEnd() throws {
        let start = Instant.now()
        try record(.pending, at: start.advanced(bySeconds: -50))
        try record(.verified, at: start)
        try record(.revoked, at: start.advanced(bySeconds: 100))
        for (id, seconds) in [("A", -1), ("B", 0), ("C", 99), ("D", 100)] as [(String, Int64)] {
            try store.post(.sale(id, of: "1", 100_00, at: start.advanced(bySeconds: seconds)))
        }
        #expect(try store.entries("1") == [100, 120, 120, 100])
        #expect(try store.differences() == [])
    }

    @Test("it ends by itself with the last day in the shop's zone")
    func expiry() throws {
        let now = Instant.now()
        let calendar = try calendar
        let lastDay = calendar.day(of: now)
        try record(.pending)
        try record(.verified, at: now.advanced(bySeconds: -1), until: lastDay)
        let end = calendar.start(of: lastDay.advanced(by: 1))
        try store.post(
            .sale("A", of: "1", 100_00, at: end.advanced(bySeconds: -1)), .sale("B", of: "1", 100_00, at: end))
        #expect(try store.entries("1") == [120, 100])
        let stored = try #require(try store.tenant.customer(customer)?.equity)
        #expect(stored.status(on: lastDay) == .verified && stored.status(on: lastDay.advanced(by: 1)) == .expired)
    }

    @Test("a step that the workflow does not have is refused and leaves nothing")
    func refused() throws {
        for status in [EquityStatus.verified, .rejected, .revoked] {
            #expect(throws: Refusal.self) { try record(status) }
        }
        try record(.pending)
        #expect(throws: Refusal.self) { try record(.pending) }
        #expect(throws: Refusal.self) { try record(.revoked) }
        let rows = try store.count("SELECT COUNT(*) AS number FROM equity_records WHERE tenant_id = \(store.id)")
        let periods = try store.count("SELECT COUNT(*) AS number FROM equity_periods WHERE tenant_id = \(store.id)")
        #expect(rows == 1 && periods == 0)
    }

    @Test("who, when, which document and until when are recorded, each step for good, and told in the timeline")
    func recorded() throws {
        let now = Instant.now()
        let until = try calendar.day(of: now).advanced(by: 30)
        try record(.pending, at: now)
        try record(.verified, at: now.advanced(bySeconds: 1), until: until)
        let stored = try #require(try store.tenant.customer(customer)?.equity)
        #expect(stored.documentKind == "State card" && stored.documentReference == "NY-0042")
        #expect(stored.expiresOn == until && stored.recordedAt == now.advanced(bySeconds: 1))
        let told = try store.root.all(
            """
            SELECT CONCAT(from_value, ' ', to_value) AS line FROM customer_activities
             WHERE tenant_id = \(store.id) AND kind = 'equity_change' ORDER BY at
            """
        ) { try $0.get("line", as: String.self) }
        #expect(told == ["none pending", "pending verified"])
        let code = try DatabaseError.code {
            try store.connection.execute("DELETE FROM equity_records WHERE tenant_id = \(store.id)")
        }
        #expect(code == 1142)
    }

    private func pin(_ tier: TierID?, until: Day? = nil, at now: Instant = .now()) throws -> TierID {
        try store.tenant.pin(
            TierPinning(customer: customer, tier: tier, until: until, reason: "A friend of the house", user: user),
            audit: audit, at: now)
    }

    @Test("a tier given by hand is held at once, and goes by spend again when it is taken back")
    func pinning() throws {
        let tiers = try store.tenant.settings().tiers.tiers
        #expect(try pin(tiers[2].id) == tiers[2].id)
        #expect(try store.tenant.customer(customer)?.card.tier == tiers[2].id)
        #expect(try pin(nil) == tiers[0].id)
        #expect(try store.tenant.customer(customer)?.pin == nil)
        let told = try store.root.all(
            """
            SELECT CONCAT(from_value, ' ', to_value, ': ', cause) AS line FROM customer_activities
             WHERE tenant_id = \(store.id) AND kind = 'tier_change' AND user_id = \(user) ORDER BY id
            """
        ) { try $0.get("line", as: String.self) }
        #expect(told == ["Bronze Gold: A friend of the house", "Gold Bronze: A friend of the house"])
    }

    @Test("a tier that somebody holds by hand cannot be removed until that has ended")
    func pinnedTierStays() throws {
        let tiers = try store.tenant.settings().tiers.tiers
        _ = try pin(tiers[2].id)
        func removeGold() throws { try store.save(\.tiers) { $0.tiers.removeAll { $0.id == tiers[2].id } } }
        #expect(throws: Refusal.self) { try removeGold() }
        #expect(try store.tenant.settings().tiers.tiers == tiers)
        _ = try pin(nil)
        try removeGold()
        #expect(try store.tenant.settings().tiers.tiers.count == 3)
    }

    @Test("a tier given by hand ends with its last day")
    func pinEnds() throws {
        let tiers = try store.tenant.settings().tiers.tiers
        let now = Instant.now()
        _ = try pin(tiers[3].id, until: try calendar.day(of: now), at: now)
        let history = try store.tenant.settingsHistory(asOf: now)
        func tier(days: Int64) throws -> TierID? {
            try store.tenant.postOrders(
                of: [customer], under: history, cause: PostingCause(), at: now.advanced(bySeconds: days * 86_400))
            return try store.tenant.customer(customer)?.card.tier
        }
        #expect(try tier(days: 0) == tiers[3].id)
        #expect(try tier(days: 1) == tiers[0].id)
    }

    @Test("sales from before a tier was given do not earn by it, whenever they arrive")
    func pinSince() throws {
        try store.save(\.tiers) { $0.tiers[3].earnMultiplier = 2_000 }
        let tiers = try store.tenant.settings().tiers.tiers
        let now = Instant.now()
        _ = try pin(tiers[3].id, at: now)
        try store.post(
            .sale("A", of: "1", 10_00, at: now.advanced(bySeconds: -1)), .sale("B", of: "1", 10_00, at: now))
        #expect(try store.entries("1") == [10, 20])
        // Given once more, for example with another last day: still held since then.
        _ = try pin(tiers[3].id, at: now.advanced(bySeconds: 60))
        try store.post(.sale("C", of: "1", 10_00, at: now.advanced(bySeconds: 30)))
        #expect(try store.entries("1") == [10, 20, 20])
    }
}
