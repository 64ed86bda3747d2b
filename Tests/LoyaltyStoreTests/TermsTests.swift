import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Points for one order": which terms an order earns under, and why some earn nothing.
struct TermsTests {
    let store: TestStore

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
        // From here on the tenant has posted an order.
        try store.post(.sale("first", of: "2", 1_00))
    }

    @Test("a late order earns under the settings in force when it was made, once")
    func late() throws {
        let before = Instant.now()
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        let after = Instant.now()
        try store.save(\.points) { $0.pointsPerDollar = 3_000 }
        try store.post(.sale("A", of: "1", 100_00, at: before), .sale("B", of: "1", 100_00, at: after))
        #expect(try store.entries("1") == [100, 200])
        try store.post(.sale("A", of: "1", 100_00, at: before))
        #expect(try store.balance("1") == 300)
    }

    @Test("a sale made right after a save earns under it, although who posts it had read the settings before")
    func savedMeanwhile() throws {
        let before = try store.tenant.settingsHistory(asOf: .now())
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        try store.tenant.store([.sale("A", of: "1", 100_00)])
        try store.tenant.postOrders(of: [try store.customer("1")], under: before, cause: PostingCause(), at: .now())
        #expect(try store.entries("1") == [200])
    }

    @Test("two who post a tenant's first orders at once do so under the settings of one moment")
    func firstTogether() throws {
        let store = try TestStore()
        try store.importCustomers("1", "2")
        let early = Instant.now()
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        let history = try store.tenant.settingsHistory(asOf: early)
        let yearsAgo = early.advanced(bySeconds: -100_000_000)
        try store.post(.sale("A", of: "1", 100_00, at: yearsAgo))
        try store.tenant.store([.sale("B", of: "2", 100_00, at: yearsAgo)])
        try store.tenant.postOrders(of: [try store.customer("2")], under: history, cause: PostingCause(), at: .now())
        #expect(try store.entries("1") == [200])
        #expect(try store.entries("2") == [200])
    }

    @Test("orders older than the first posting earn under the settings in force then")
    func beforeFirstPosting() throws {
        let store = try TestStore()
        try store.importCustomers("1")
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        let yearsAgo = Instant.now().advanced(bySeconds: -100_000_000)
        try store.post(.sale("A", of: "1", 100_00, at: yearsAgo))
        try store.save(\.points) { $0.pointsPerDollar = 5_000 }
        try store.post(.sale("B", of: "1", 100_00, at: yearsAgo))
        #expect(try store.entries("1") == [200, 200])
    }

    @Test("a changed rate never rewrites what was earned, nor the terms of a later revision")
    func frozen() throws {
        let noon = Instant.now()
        try store.post(.sale("A", of: "1", 100_00, at: noon))
        try store.save(\.points) {
            $0.pointsPerDollar = 5_000
            $0.rounding = .up
        }
        try store.post(.sale("B", of: "2", 1_00))
        #expect(try store.balance("1") == 100)
        try store.post(.sale("A", of: "1", 150_00, at: noon))
        try store.post(.sale("A", of: "1", 150_50, at: noon.advanced(bySeconds: 60)))
        #expect(try store.entries("1") == [100, 50])
    }

    @Test("orders before the program's first day count as spend and earn nothing")
    func earnFrom() throws {
        let today = LocalCalendar(timeZone: .gmt).day(of: .now())
        let store = try TestStore()
        try store.importCustomers("1")
        try store.save(\.points) { $0.earnFrom = today.advanced(by: -1) }
        let firstDay = LocalCalendar(timeZone: .gmt).start(of: today.advanced(by: -1))
        try store.post(
            .sale("A", of: "1", 100_00, at: firstDay.advanced(bySeconds: -1)), .sale("B", of: "1", 10_00, at: firstDay))
        #expect(try store.account("1") == .init(balance: 10, owed: 0, lifetime: 110_00, orders: 2))
        #expect(try store.reason("A") == .beforeProgramStart)
    }

    @Test("sales of a pause count as spend and earn nothing, whenever they arrive")
    func paused() throws {
        let before = Instant.now()
        try store.save(\.program) { $0.paused = true }
        let during = Instant.now()
        try store.save(\.program) { $0.paused = false }
        try store.post(
            .sale("A", of: "1", 10_00, at: before), .sale("B", of: "1", 100_00, at: during),
            .sale("C", of: "1", 1_00, at: .now()))
        #expect(try store.account("1") == .init(balance: 11, owed: 0, lifetime: 111_00, orders: 3))
        #expect(try store.reason("B") == .paused)
        #expect(try store.reason("C") == nil)
    }

    @Test("before tax, two tax rates on one net price earn the same")
    func beforeTax() throws {
        try store.save(\.points) { $0.earnOn = .beforeTax }
        try store.post(.sale("A", of: "1", 109_00, tax: 9_00), .sale("B", of: "1", 137_50, tax: 37_50))
        #expect(try store.entries("1") == [100, 100])
    }

    @Test("before tax, an order that names neither tax nor subtotal is an exception and earns nothing")
    func unreadable() throws {
        try store.save(\.points) { $0.earnOn = .beforeTax }
        let result = try store.post(.sale("A", of: "1", 109_00), .sale("B", of: "1", 10_00, tax: 0))
        #expect(result.exceptions.map(\.posOrderID) == ["A"])
        #expect(try store.reason("A") == .unreadable)
        #expect(try store.balance("1") == 10)
    }

    @Test("amounts too large to add up are refused whole, and the other customers can be posted")
    func absurd() throws {
        let huge = Cents(rawValue: .max)
        try store.tenant.store([.sale("A", of: "1", huge), .sale("B", of: "1", huge), .sale("C", of: "2", 10_00)])
        let history = try store.tenant.settingsHistory(asOf: .now())
        func post(_ posID: String) throws {
            try store.tenant.postOrders(
                of: [try store.customer(posID)], under: history, cause: PostingCause(), at: .now())
        }
        #expect(throws: Overflow.self) { try post("1") }
        try post("2")
        #expect(try store.balance("1") == 0)
        #expect(try store.balance("2") == 11)
        #expect(try store.differences() == [])
    }

    @Test("an order earns with the multiplier of the tier held before it")
    func tierBefore() throws {
        try store.save(\.tiers) { $0.tiers[1].earnMultiplier = 1_250 }
        let noon = Instant.now()
        try store.post(
            .sale("B", of: "1", 100_00, at: noon.advanced(bySeconds: 1)), .sale("A", of: "1", 200_00, at: noon))
        #expect(try store.entries("1") == [200, 125])
        let tier: TierID = try store.root.one(
            "SELECT tier_id FROM customers WHERE tenant_id = \(store.id) AND lifetime_cents = 30000"
        ) { try $0.get("tier_id") }
        #expect(tier == TierID(rawValue: 2))
    }

    @Test("equity counts for orders made while it was in force")
    func equity() throws {
        let customer = try store.customer("1")
        let start = Instant.now()
        try store.connection.execute(
            """
            INSERT INTO equity_periods (tenant_id, customer_id, starts_at, ends_at)
            VALUES (\(store.id), \(customer), \(start), \(start.advanced(bySeconds: 100)))
            """)
        for (id, seconds) in [("A", -1), ("B", 0), ("C", 99), ("D", 100)] as [(String, Int64)] {
            try store.post(.sale(id, of: "1", 100_00, at: start.advanced(bySeconds: seconds)))
        }
        #expect(try store.entries("1") == [100, 120, 120, 100])
    }

    @Test(
        "a sale that earns nothing says why",
        arguments: [
            (OrderRevision.sale("A", of: nil, 10_00), .noMember),
            (.sale("A", of: "9", 10_00), .unknownCustomer),
            (.sale("A", of: "9", 10_00, isCompleted: false), .notCompleted),
            (.sale("A", of: "1", 10_00, status: "ready", isCompleted: false), .notCompleted),
            (.sale("A", of: "1", 99), .belowOnePoint),
            (.sale("A", of: "1", 0), .belowOnePoint),
            (.sale("A", of: "1", 1_00), nil),
        ] as [(OrderRevision, NoPointsReason?)])
    func reasons(order: OrderRevision, reason: NoPointsReason?) throws {
        try store.post(order)
        #expect(try store.reason("A") == reason)
    }

    @Test("a customer whose data were erased earns nothing more")
    func erased() throws {
        try store.connection.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(store.id)")
        try store.post(.sale("A", of: "1", 10_00))
        #expect(try store.reason("A") == .erased)
        #expect(try store.balance("1") == 0)
    }

    @Test("every entry names its cause, its rule, its settings and its key")
    func explained() throws {
        let run = RunID.make()
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        try store.tenant.store([.sale("A", of: "1", 10_00)])
        let customer = try store.customer("1")
        try store.tenant.postOrders(
            of: [customer], under: try store.tenant.settingsHistory(asOf: .now()),
            cause: PostingCause(run: run, requestID: "req-1"), at: .now())
        let isExplained: Bool = try store.root.one(
            """
            SELECT entry.run_id = \(run) AND entry.request_id = 'req-1' AND reason = 'Order A' AND kind = 'earn'
                   AND entry.settings_version = 2 AND posting.settings_version = 2 AND points_per_dollar = 2000
                   AND entry_key LIKE 'order:ord\\_%:1' AS is_explained
              FROM ledger_entries AS entry JOIN order_postings AS posting
                ON posting.tenant_id = entry.tenant_id AND posting.order_id = entry.order_id
             WHERE entry.tenant_id = \(store.id) AND entry.customer_id = \(customer)
            """
        ) { try $0.get("is_explained") }
        #expect(isExplained)
    }
}
