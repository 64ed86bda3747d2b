import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Balance, ledger, activities": what orders tell on a timeline, which is read from them and from the ledger.
struct OrderTimelineTests {
    let store: TestStore
    let noon = Instant.now().advanced(bySeconds: -3_600)
    private let admin = UserID.make()
    private let audit = AuditRecord(actor: "admin", action: "test")

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
    }

    private func sale(
        _ id: String = "A", of customer: String = "1", _ total: Cents = 100_00, isCompleted: Bool = true
    ) -> OrderRevision { .sale(id, of: customer, total, at: noon, isCompleted: isCompleted) }

    private func lines(_ posID: String = "1") throws -> [String] { try lines(store.customer(posID)) }

    /// The timeline, newest first.
    private func lines(_ customer: CustomerID) throws -> [String] {
        try store.tenant.activities(of: customer, .first, limit: 50).rows.map { line in
            let parts = [line.kind.rawValue, line.points.map { "\($0)" }, line.from, line.to, line.cause]
            return parts.compactMap { $0 }.joined(separator: " ")
        }
    }

    private let bought = "order 100.00 Order A"
    private let earned = "points_earned 100 Order A"

    @Test("the timeline tells movements of one posting in the order of the ledger")
    func order() throws {
        let now = Instant.now()
        for number in 1...9 {
            try store.tenant.store([
                .sale(
                    "\(number)", of: "1", Cents(rawValue: Int64(number) * 100),
                    at: now.advanced(bySeconds: -3_600 * (20 - Int64(number))))
            ])
        }
        try store.tenant.postDue(at: now)
        let earned = try store.tenant.activities(of: store.customer("1"), .first, limit: 50).rows
            .filter { $0.kind == .pointsEarned }.compactMap(\.points)
        #expect(earned == [9, 8, 7, 6, 5, 4, 3, 2, 1])
    }

    @Test(
        "a sale is told at its completion, its points and a new tier when they were posted, and only the tier is stored"
    )
    func told() throws {
        let now = Instant.now()
        try store.post(sale("A", 300_00), at: now)
        let tiers = try store.tenant.settings().tiers.tiers
        #expect(
            try lines() == [
                "tier_change \(tiers[0].name) \(tiers[1].name) Orders", "points_earned 300 Order A",
                "order 300.00 Order A",
            ])
        let rows = try store.tenant.activities(of: store.customer("1"), .first, limit: 9).rows
        #expect(rows.map(\.at) == [now, now, noon])
        let stored = try store.count(
            "SELECT COUNT(*) AS number FROM customer_activities WHERE tenant_id = \(store.id)")
        #expect(stored == 1)
    }

    @Test("a sale that is changed is told as it is now, and what the change moved as well")
    func changed() throws {
        try store.post(sale())
        try store.post(sale("A", 40_00))
        #expect(try lines() == ["points_adjusted -60 Order A changed", earned, "order 40.00 Order A"])
        try store.post(sale("A", 90_00))
        #expect(try lines().first == "points_earned 50 Order A")
        #expect(try lines().last == "order 90.00 Order A")
    }

    @Test("a refund is told by what it takes back, and is no sale itself")
    func refunded() throws {
        try store.post(sale())
        try store.post(.sale("R", of: "1", -30_00, refundOf: "A"))
        #expect(try lines() == ["points_adjusted -30 Order A changed", earned, bought])
    }

    @Test("a sale that is voided stays told, and is told once when it is completed again")
    func voided() throws {
        try store.post(sale())
        try store.post(sale(isCompleted: false))
        #expect(try lines() == ["points_adjusted -100 Order A changed", earned, bought])
        try store.post(sale())
        #expect(try lines() == [earned, "points_adjusted -100 Order A changed", earned, bought])
    }

    @Test("a sale that becomes a refund stays told without the amount that it had")
    func turned() throws {
        try store.post(sale())
        try store.post(sale("A", -5_00))
        #expect(try lines() == ["points_adjusted -100 Order A changed", earned, "order Order A"])
    }

    @Test("an order that was never completed is not told, nor one that waits for its posting; a sale without points is")
    func untold() throws {
        try store.post(sale(isCompleted: false))
        try store.tenant.store([sale("B")])
        #expect(try lines() == [])
        try store.post(sale("C", 50))
        #expect(try lines() == ["points_earned 100 Order B", "order 0.50 Order C", "order 100.00 Order B"])
    }

    @Test("an order that moves is told as the new customer's sale; what it moved stays told of both")
    func moved() throws {
        try store.post(sale())
        try store.post(sale(of: "2"))
        #expect(try lines() == ["points_adjusted -100 Order A belongs to another customer", earned])
        #expect(try lines("2") == [earned, bought])
    }

    @Test("merged customers keep what their ledgers tell; the sales are the survivor's, and go back")
    func merged() throws {
        let (one, two) = (try store.customer("1"), try store.customer("2"))
        try store.post(sale())
        try store.post(sale("B", of: "2", 10_00))
        let before = [try lines(one), try lines(two)]
        let merging = CustomerMerging(survivor: one, merged: two, reason: "One", user: admin)
        try store.tenant.merge(merging, audit: audit, at: .now())
        #expect(
            try lines(one).sorted()
                == (before[0] + ["order 10.00 Order B", "points_adjusted 10 Merged with \(two): One"])
                .sorted())
        #expect(try lines(two) == ["points_adjusted -10 Merged with \(one): One", "points_earned 10 Order B"])
        try store.tenant.unmerge(merging, audit: audit, at: .now())
        func sales(_ lines: [String]) -> [String] { lines.filter { $0.hasPrefix("order") } }
        #expect(try sales(lines(one)) == [bought])
        #expect(try sales(lines(two)) == ["order 10.00 Order B"])
    }

    @Test("of an erased customer sales and points stay told, as the ledger has them; other causes are gone")
    func erased() throws {
        let (tenant, customer) = (store.tenantWithTombstones, try store.customer("1"))
        try store.post(sale("A", 300_00))
        try tenant.addNote("Likes mint", to: customer, by: admin, at: .now())
        try tenant.erase(customer, by: admin, audit: audit, at: .now())
        let tiers = try tenant.settings().tiers.tiers
        #expect(
            try lines(customer) == [
                "note Erased", "tier_change \(tiers[0].name) \(tiers[1].name) Erased", "points_earned 300 Order A",
                "order 300.00 Order A",
            ])
    }

    @Test("what settles points owed is told once, whether a sale or an adjustment brought the points")
    func settled() throws {
        try store.post(sale())
        try store.move(-100, key: "spent", for: try store.customer("1"))
        try store.post(sale("A", 0))
        let settles = "Settles points owed for an earlier order"
        try store.post(sale("B", 30_00))
        #expect(try lines().prefix(2) == ["points_adjusted -30 \(settles)", "points_earned 30 Order B"])
        _ = try store.tenant.adjust(
            store.customer("1"), by: Adjustment(points: 50, reason: "A present", key: "a"), audit: audit, at: .now())
        #expect(try lines().prefix(2) == ["points_adjusted -50 \(settles)", "points_adjusted 50 A present"])
        #expect(try lines().filter { $0.hasSuffix(settles) }.count == 2)
    }
}
