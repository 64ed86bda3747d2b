import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// What Alpine IQ is told of orders whose customer is merged, and unmerged again: each person there ends with what their
/// own card earned.
struct MergedTellingTests {
    let store: TestStore
    let (kept, second): (CustomerID, CustomerID)
    private let noon = Instant.now().advanced(bySeconds: -3_600)
    private let audit = AuditRecord(actor: "admin", action: "customer.merge")

    init() throws {
        store = try TestStore()
        let customers = try store.importCustomers("1", "2")
        (kept, second) = (customers[0], customers[1])
        try store.connectAlpine()
        try store.save(\.tiers) { $0.tiers[0].earnMultiplier = 1_200 }
    }

    private var merging: CustomerMerging {
        CustomerMerging(survivor: kept, merged: second, reason: "One person", user: UserID(rawValue: 77))
    }

    private func told(_ customer: CustomerID) throws -> Int64 {
        try store.count(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS number FROM outbox
             WHERE tenant_id = \(store.id) AND customer_id = \(customer)
            """)
    }

    @Test("an uplift told of the survivor goes to the card that it came from")
    func uplift() throws {
        try store.post(.sale("A", of: "2", 50_00, at: noon))
        try store.tenant.merge(merging, audit: audit, at: .now())
        #expect(try told(kept) == 60 && told(second) == 10 - 60)
        try store.post(.sale("A", of: "2", 100_00, at: noon), .sale("B", of: "2", 200_00, at: noon))
        #expect(try told(kept) == 60 + 10 + 40)
        try store.tenant.unmerge(merging, audit: audit, at: .now())
        #expect(try store.account(kept).balance == 0 && store.account(second).balance == 360)
        #expect(try told(kept) == 0 && told(second) == 60)
        try store.post(.sale("A", of: "2", 0, at: noon), .sale("B", of: "2", 0, at: noon))
        #expect(try told(kept) == 0 && told(second) == 0)
        #expect(try store.differences() == [])
    }

    @Test("an order that became the survivor's own while they were one takes its uplift there")
    func moved() throws {
        try store.post(.sale("A", of: "2", 100_00, at: noon))
        try store.tenant.merge(merging, audit: audit, at: .now())
        try store.post(.sale("A", of: "1", 100_00, at: noon))
        try store.tenant.unmerge(merging, audit: audit, at: .now())
        #expect(try store.account(kept).balance == 120 && store.account(second).balance == 0)
        #expect(try told(kept) == 20 && told(second) == 0)
        #expect(try store.differences() == [])
    }

    @Test(
        "a sale of an hour ago that only our API knows is told once in all, with its customer's points",
        arguments: [true, false])
    func untold(isUnmerged: Bool) throws {
        var sale = OrderRevision.sale("A", of: "2", 100_00, at: noon)
        sale.source = .api
        try store.post(sale)
        let before = try told(second)
        #expect(before == 20)
        try store.tenant.merge(merging, audit: audit, at: .now())
        #expect(try told(kept) + told(second) == 20)
        #expect(try told(second) == 0)
        if isUnmerged { try store.tenant.unmerge(merging, audit: audit, at: .now()) }
        let later = Instant.now().advanced(bySeconds: 48 * 3_600)
        _ = try store.tenant.markOrdersToTell(asOf: later, limit: 10)
        try store.tenant.postDue(at: later)
        #expect(try told(kept) == (isUnmerged ? 0 : 120))
        #expect(try told(second) == (isUnmerged ? 120 : 0))
        #expect(try store.differences() == [])
    }
}
