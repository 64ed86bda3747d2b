import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// A recalculation that asks the rule first, and posting everybody, come to the same.
struct RecalculationEqualityTests {
    /// A shop told the same as another, recalculated in its own way.
    private struct Branch {
        let shop: Shop
        let postsEverybody: Bool
        let user: UserID

        init(_ world: World, postsEverybody: Bool) throws {
            shop = try Shop(world)
            self.postsEverybody = postsEverybody
            user = try shop.store.createUser(
                email: "\(UserID.make())@example.com", passwordHash: "none", role: .manager, at: shop.tenant.tenant)
        }

        func tell(_ orders: [OrderRevision], at now: Instant) throws {
            try shop.tenant.transaction { tx in _ = try tx.store(orders, ignoresOlder: false, at: now) }
        }

        func post(at now: Instant) throws {
            let posting = PostDue(store: shop.tenant, cause: PostingCause(), now: { now })
            try posting.run { _, _, _ in }
        }

        func recalculate(at now: Instant) throws {
            guard postsEverybody else {
                try Recalculation(store: shop.tenant, asOf: now, present: { now }).perform()
                return
            }
            let posting = PostDue(store: shop.tenant, cause: PostingCause(), now: { now })
            try posting.post(try shop.tenant.customers(after: nil, limit: 1_000))
        }

        func save(_ change: (inout Settings) -> Void) throws {
            let before = try shop.tenant.settings()
            var after = before
            change(&after)
            try shop.tenant.save(after.tiers, ifVersion: before.version(of: .tiers), by: nil, requestID: nil)
            try shop.tenant.save(after.segments, ifVersion: before.version(of: .segments), by: nil, requestID: nil)
            try shop.tenant.save(after.business, ifVersion: before.version(of: .business), by: nil, requestID: nil)
        }

        func pin(_ buyer: Int, to place: Int?, until: Day?, at now: Instant) throws {
            let tiers = try shop.tenant.settings().tiers.tiers
            let pinning = TierPinning(
                customer: try shop.customer(buyer), tier: place.map { tiers[$0].id }, until: until, reason: "Test",
                user: user)
            try shop.tenant.pin(pinning, audit: AuditRecord(actor: "test", action: "test"), at: now)
        }

        /// Everything that posting writes, without ids and times of ours.
        func picture() throws -> [String] {
            let id = shop.tenant.tenant
            let queries: [SQL] = [
                """
                SELECT CONCAT_WS(' ', 'customer', first_name, balance, points_owed, lifetime_cents, qualifying_cents,
                         order_count, first_order_at, last_order_at, HEX(tier_id), segment) AS line
                  FROM customers WHERE tenant_id = \(id)
                """,
                """
                SELECT CONCAT_WS(' ', 'entry', first_name, points, kind, reason, ledger_entries.created_at) AS line
                  FROM ledger_entries JOIN customers USING (tenant_id)
                 WHERE tenant_id = \(id) AND customers.id = customer_id
                """,
                """
                SELECT CONCAT_WS(' ', 'activity', first_name, kind, cause, from_value, to_value, points, at) AS line
                  FROM customer_activities JOIN customers USING (tenant_id)
                 WHERE tenant_id = \(id) AND customers.id = customer_id AND cause <> 'Test'
                   AND customer_activities.user_id IS NULL AND cause NOT LIKE '%by hand%'
                """,
                """
                SELECT CONCAT_WS(' ', 'order', pos_order_id, points_posted, points_told, is_counted, no_points_reason,
                         tier_multiplier) AS line
                  FROM orders JOIN order_postings ON order_postings.tenant_id = orders.tenant_id AND order_id = orders.id
                 WHERE orders.tenant_id = \(id)
                """,
                "SELECT CONCAT_WS(' ', 'due', COUNT(*)) AS line FROM customers_due WHERE tenant_id = \(id)",
            ]
            return try queries.flatMap { try shop.root.all($0) { try $0.get("line", as: String.self) }.sorted() }
        }
    }

    static let seeds: [UInt64] = (1...23).map { $0 } + [.random(in: 1_000...(.max))]

    @Test("random customers, orders, settings and days end as if everybody were posted", arguments: seeds)
    func equal(seed: UInt64) throws {
        var random = SeededDraws(seed)
        var world = World()
        world.buyers = (1...12).map { World.Buyer(id: $0) }
        let branches = try [Branch(world, postsEverybody: false), Branch(world, postsEverybody: true)]
        for branch in branches { try branch.shop.sync() }
        var now = Instant(secondsSince1970: Instant.now().secondsSince1970 + 60)
        var number = 0
        for _ in 0..<14 {
            switch random.number(0...7) {
            case 0, 1, 2:
                let orders = (0..<random.number(1...6)).map { _ in
                    number += 1
                    return draw(number, &random, before: now)
                }
                // Some are posted by whoever told them; some wait, and the recalculation finds them.
                let isPosted = random.number(0...3) > 0
                for branch in branches {
                    try branch.tell(orders, at: now)
                    if isPosted { try branch.post(at: now) }
                }
            case 3:
                let change = draw(&random)
                for branch in branches { try branch.save(change) }
            case 4:
                let (buyer, place) = (random.number(1...12), [nil, 0, 1, 2, 3][random.number(0...4)])
                let until = [nil, 40, 400][random.number(0...2)].map {
                    LocalCalendar(timeZone: .gmt).day(of: now).advanced(by: Int64($0))
                }
                for branch in branches { try branch.pin(buyer, to: place, until: place == nil ? nil : until, at: now) }
            default:
                now = now.advanced(bySeconds: Int64(random.number(0...1) * random.number(0...120)) * 86_400 + 7_200)
                for branch in branches { try branch.recalculate(at: now) }
            }
        }
        now = now.advanced(bySeconds: 86_400)
        for branch in branches { try branch.recalculate(at: now) }
        let pictures = try branches.map { try $0.picture() }
        // The lines that only one of them has.
        #expect(pictures[0].filter { !pictures[1].contains($0) } == [])
        #expect(pictures[1].filter { !pictures[0].contains($0) } == [])
        #expect(pictures[0].count == pictures[1].count)
        for branch in branches { #expect(try branch.shop.tenant.verifyLedger().differences.isEmpty) }
    }

    private func draw(_ number: Int, _ random: inout SeededDraws, before now: Instant) -> OrderRevision {
        // One in five is an earlier one as it is now: voided, of another customer, of another size.
        let id = random.number(0...4) == 0 ? random.number(1...number) : number
        let day = [1, 20, 90, 200, 363, 366, 380, 600][random.number(0...7)]
        var at = now.advanced(bySeconds: -Int64(day) * 86_400 - Int64(random.number(0...86_399)))
        if at > .now() { at = Instant.now().advanced(bySeconds: -Int64(id) * 3_600) }
        return OrderRevision(
            source: .pos, posOrderID: "s\(id)", posCustomerID: "\(random.number(1...12))", posLocationID: "1",
            status: nil, isCompleted: random.number(0...6) > 0,
            total: Cents(rawValue: Int64(random.number(1...900)) * 100), completedAt: at, updatedAt: nil)
    }

    private func draw(_ random: inout SeededDraws) -> (inout Settings) -> Void {
        let (dollars, days, kind) = (Int64(random.number(1...480)), Int64(random.number(1...29)), random.number(0...5))
        let zone = ["UTC", "America/New_York", "Asia/Tokyo"][random.number(0...2)]
        return { settings in
            switch kind {
            case 0: settings.tiers.tiers[1].threshold = Cents(rawValue: dollars * 100)
            case 1, 2:
                settings.tiers.qualifyingWindow =
                    settings.tiers.qualifyingWindow == .lifetime ? .twelveMonths : .lifetime
            case 3: settings.tiers.demotionInactiveDays = days * 5
            case 4:
                settings.segments.slippingMinDays = days
                settings.segments.vipMinLifetimeValue = Cents(rawValue: dollars * 100)
            default: settings.business.timeZone = zone
            }
        }
    }
}

/// A repeatable source of random numbers (SplitMix64): a failure names its seed.
private struct SeededDraws: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
}
