import Foundation
import LoyaltyRules
import LoyaltyStore
import Testing

/// cases.md: "why did I get these points?" and "a sale earns nothing and nobody knows why".
struct ExplanationTests {
    let store: TestStore
    let morning = Instant(parsing: "2026-03-04T09:05:00Z") ?? .now()
    let utc = LocalCalendar(timeZone: .gmt)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1")
    }

    private func sentences(_ order: String) throws -> String {
        try #require(try store.tenant.account(ofOrder: order)).sentences(utc).joined(separator: "\n")
    }

    @Test("an order tells amount, day, terms, settings version, refunds, and each entry with its balance")
    func order() throws {
        try store.save(\.points) { $0.pointsPerDollar = 1_500 }
        try store.post(.sale("A", of: "1", 33_00, at: morning, status: "completed"))
        let told = try sentences("A")
        #expect(told.contains("Order A of $33.00, “completed”, told by the point of sale, made 2026-03-04 09:05, is a"))
        #expect(told.contains("It belongs to customer \(try store.customer("1"))."))
        let version = try store.tenant.settingsVersion()
        #expect(
            told.contains("49 points: What was paid × 1.5 points per dollar, rounded down, by version \(version) of"))
        #expect(told.contains(": +49 (earn), balance 49. Order A."))
        try store.post(.sale("R", of: "1", -13_00, at: morning.advanced(bySeconds: 60), refundOf: "A"))
        let after = try sentences("A")
        #expect(after.contains("Order R takes $13.00 of it back."))
        #expect(after.contains("It is worth 30 points"))
        #expect(after.contains(": −19 (clawback), balance 30. Order A changed."))
    }

    @Test(
        "a sale that earned nothing says why",
        arguments: [
            ("1", 0_50, true, "What was paid for it and not given back is worth less than one point."),
            (nil, 20_00, true, "It names no customer."),
            ("1", 20_00, false, "The sale is not completed."),
            ("77", 20_00, true, "It names customer 77 of the point of sale, whom we do not know."),
        ] as [(String?, Cents, Bool, String)])
    func nothing(customer: String?, total: Cents, isCompleted: Bool, words: String) throws {
        try store.post(.sale("A", of: customer, total, at: morning, isCompleted: isCompleted))
        let told = try sentences("A")
        #expect(told.contains(words))
        #expect(told.contains("It earns nothing."))
    }

    @Test("points that could not be taken back are told, and what is still owed")
    func owed() throws {
        try store.post(.sale("A", of: "1", 100_00, at: morning))
        try store.move(-70, .redeem, key: "r", for: try store.customer("1"))
        try store.post(.sale("A", of: "1", 0, at: morning))
        #expect(
            try sentences("A").contains("70 points could not be taken back, for they were spent or held; 70 of them"))
        let customer = try #require(try store.tenant.account(ofCustomer: try store.customer("1"), newest: 2))
        let told = customer.sentences(utc).joined(separator: "\n")
        #expect(told.contains("has 0 points.\n70 points are owed and are taken from what comes in next."))
        #expect(told.contains("+100 by 1 entry of the kind earn."))
        #expect(customer.newest.count == 2)
    }

    @Test("the equity multiplier is named and its value is not")
    func equity() throws {
        try store.save(\.points) { $0.equityMultiplier = 1_375 }
        let start = Instant.now().advanced(bySeconds: -100)
        for (step, seconds) in [(EquityStatus.pending, 0), (.verified, 10)] as [(EquityStatus, Int64)] {
            try store.tenant.recordEquity(
                EquityRecord(
                    status: step, documentKind: "State card", documentReference: "NY-0042", reason: "Seen",
                    recordedAt: start.advanced(bySeconds: seconds)),
                of: try store.customer("1"), by: .make(), in: utc, audit: AuditRecord(actor: "test", action: "test"))
        }
        try store.post(.sale("A", of: "1", 100_00, at: start.advanced(bySeconds: 50)))
        let told = try sentences("A")
        #expect(told.contains("137 points: What was paid × 1 points per dollar × the equity multiplier, rounded down"))
        #expect(!told.contains("1.375"))
    }

    @Test("a request tells its entries and its lines of the audit log, and nobody else's")
    func request() throws {
        let customer = try store.customer("1")
        for reference in ["req-1", "req-2"] {
            _ = try store.tenant.adjust(
                customer, by: Adjustment(points: 5, reason: "A present", key: reference, requestID: reference),
                audit: AuditRecord(actor: "ann@shop.example", action: "customer.adjust", requestID: reference),
                at: .now())
        }
        let entries = try store.tenant.entries(ofRequest: "req-1")
        #expect(entries.map(\.points) == [5])
        #expect(entries.first?.sentence(utc).contains("+5 (adjustment), balance 5. A present.") == true)
        #expect(try store.tenant.auditLines(ofRequest: "req-1").map(\.actor) == ["ann@shop.example"])
        #expect(try store.tenant.entries(ofRequest: "req-3") == [])
    }

    @Test("an order nobody knows has no account")
    func unknown() throws {
        #expect(try store.tenant.account(ofOrder: "nothing") == nil)
        #expect(try store.tenant.account(ofCustomer: CustomerID(rawValue: 5), newest: 5) == nil)
    }
}
