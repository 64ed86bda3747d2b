import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// What comes to pass between two steps of a merging, or beside one, step by step.
struct MergeRacesTests {
    let store: TestStore
    private let noon = Instant.now().advanced(bySeconds: -3_600)
    private let audit = AuditRecord(actor: "admin", action: "customer.merge")

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2", "3")
    }

    private func merging(_ merged: String, into survivor: String) throws -> CustomerMerging {
        CustomerMerging(
            survivor: try store.customer(survivor), merged: try store.customer(merged), reason: "One person",
            user: UserID(rawValue: 7))
    }

    private func shown(_ id: String, of customer: String?, _ total: Cents, second: Int64, isCompleted: Bool = true)
        -> OrderRevision
    {
        .sale(id, of: customer, total, at: noon, isCompleted: isCompleted, updatedAt: noon.advanced(bySeconds: second))
    }

    /// A connection that holds rows until it is let go.
    private func holding(_ rows: SQL) throws -> Connection {
        let holder = store.root.another()
        try holder.executeText("START TRANSACTION")
        _ = try holder.all("\(rows) FOR UPDATE")
        return holder
    }

    @Test(
        "a sale of the merged card that was voided before the unmerging keeps no points, though it earned them before")
    func voided() throws {
        let both = try merging("2", into: "1")
        try store.move(100, key: "start", for: both.survivor)
        try store.post(shown("A", of: "2", 100_00, second: 1))
        try store.tenant.store([shown("A", of: "stranger", 100_00, second: 2)])
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.post(shown("A", of: "2", 100_00, second: 3, isCompleted: false))
        try store.tenant.unmerge(both, audit: audit, at: .now())
        #expect(try store.reason("A") == .notCompleted)
        #expect(try store.account(both.merged).balance == 0)
        #expect(try store.account(both.survivor).balance == 100)
        #expect(try store.differences() == [])
    }

    @Test("what the merged one settled of an order and what the survivor settles of it later are two settlements")
    func settled() throws {
        let both = try merging("2", into: "1")
        try store.post(shown("A", of: "2", 100_00, second: 1))
        try store.move(-100, .redeem, key: "spent", for: both.merged)
        try store.post(shown("A", of: "2", 40_00, second: 2))
        try store.post(shown("B", of: "2", 60_00, second: 3))
        #expect(try store.account("2").owed == 0)
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.post(shown("A", of: "2", 0, second: 4))
        #expect(try store.account(both.survivor).owed == 40)
        try store.post(shown("C", of: "2", 50_00, second: 5))
        #expect(try store.account(both.survivor).balance == 10)
        #expect(try store.differences() == [])
    }

    @Test("a sale of nobody that finds its buyer during an unmerging is numbered once by each")
    func given() throws {
        let both = try merging("2", into: "1")
        try store.move(200, key: "start", for: both.survivor)
        try store.post(shown("A", of: "2", 100_00, second: 1), shown("B", of: "3", 10_00, second: 1))
        try store.tenant.store([shown("A", of: "stranger", 100_00, second: 2)])
        try store.tenant.merge(both, audit: audit, at: .now())
        // Holds the unmerging up after it has looked whom to lock.
        let identities = try holding(
            "SELECT outside_id FROM customer_identities WHERE tenant_id = \(store.id) AND outside_id = '2'")
        let (door, audit) = (store.door, audit)
        let unmerging = Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            try tenant.unmerge(both, audit: audit, at: .now())
        }
        #expect(try unmerging.isBlocked(seenBy: store.root))
        try store.tenant.store([shown("A", of: "3", 100_00, second: 3), shown("B", of: "3", 20_00, second: 3)])
        // Holds the buyer's posting up after it has read both.
        let postings = try holding(
            "SELECT points_posted FROM order_postings WHERE tenant_id = \(store.id) AND points_posted = 10")
        let posting = Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            try tenant.postDue()
        }
        #expect(try posting.isBlocked(seenBy: store.root))
        try identities.executeText("ROLLBACK")
        // Either it waits for the buyer, or it is through.
        _ = try unmerging.isBlocked(seenBy: store.root)
        try postings.executeText("ROLLBACK")
        try unmerging.end()
        try posting.end()
        try store.tenant.postDue()
        #expect(try [store.balance("1"), store.balance("2"), store.balance("3")] == [200, 0, 120])
        #expect(try store.differences() == [])
    }

    @Test("whom a program named is looked up again under the locks: the two may be unmerged while they are waited for")
    func told() throws {
        // Who is first in the order of locks is waited for before the others are held.
        let names = try ["1", "2", "3"].sorted { try store.customer($0) < store.customer($1) }
        let both = try merging(names[1], into: names[2])
        try store.post(shown("A", of: names[0], 100_00, second: 1))
        try store.tenant.merge(both, audit: audit, at: .now())
        var told = shown("A", of: names[1], 100_00, second: 1)
        told.source = .api
        try store.tenant.store([told], ignoresOlder: true)
        let first = try store.customer(names[0])
        let held = try holding("SELECT id FROM customers WHERE tenant_id = \(store.id) AND id = \(first)")
        let (door, shownToNobody) = (store.door, shown("A", of: nil, 100_00, second: 2))
        let storing = Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            try tenant.store([shownToNobody])
        }
        #expect(try storing.isBlocked(seenBy: store.root))
        try store.tenant.unmerge(both, audit: audit, at: .now())
        try held.executeText("ROLLBACK")
        try storing.end()
        try store.tenant.postDue()
        #expect(try names.map { try store.balance($0) } == [0, 100, 0])
        #expect(try store.differences() == [])
    }
}
