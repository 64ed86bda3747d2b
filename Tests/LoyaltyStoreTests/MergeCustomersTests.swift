import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Customers": merging and unmerging.
struct MergeCustomersTests {
    let store: TestStore
    let noon = Instant.now().advanced(bySeconds: -3_600)
    private let admin = UserID.make()

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
    }

    private func merging(_ merged: String = "2", into survivor: String = "1") throws -> CustomerMerging {
        CustomerMerging(
            survivor: try store.customer(survivor), merged: try store.customer(merged), reason: "One person, two cards",
            user: admin)
    }

    private let audit = AuditRecord(actor: "admin", action: "customer.merge")

    private func kinds(_ id: CustomerID) throws -> [EntryKind] {
        try store.root.all(
            "SELECT kind FROM ledger_entries WHERE tenant_id = \(store.id) AND customer_id = \(id) ORDER BY sequence"
        ) { try $0.get("kind") }
    }

    @Test("merging two cards keeps the second's points: the sum of both, with both histories")
    func sum() throws {
        let both = try merging()
        try store.post(.sale("A", of: "1", 150_00, at: noon), .sale("B", of: "2", 100_00, at: noon))
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor) == .init(balance: 250, owed: 0, lifetime: 250_00, orders: 2))
        #expect(try store.account(both.merged) == .init(balance: 0, owed: 0, lifetime: 0, orders: 0))
        #expect(try kinds(both.survivor) == [.earn, .transfer])
        #expect(try kinds(both.merged) == [.earn, .transfer])
        let tiers = try store.tenant.settings().tiers
        let card = try #require(try store.tenant.customer(both.survivor)).card
        #expect(tiers.tiers[1].id == card.tier)
        #expect(try store.customer("2") == both.survivor)
        #expect(try store.tenant.postDue() == PostedOrders())
        #expect(try store.differences() == [])
    }

    @Test("later sales of the merged card, and later changes of its sales, are posted once, for the survivor")
    func later() throws {
        let both = try merging()
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.post(.sale("C", of: "2", 30_00, at: noon))
        try store.post(.sale("B", of: "2", 60_00, at: noon))
        #expect(try store.account(both.survivor).balance == 90)
        #expect(try store.entries("1") == [100, 30, -40])
        #expect(try store.account(both.merged).balance == 0)
        #expect(try store.differences() == [])
    }

    @Test("a sync after a merge changes nothing: what the point of sale says of the second card is not the survivor's")
    func particulars() throws {
        let both = try merging()
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        try store.tenant.merge(both, audit: audit, at: .now())
        let before = try store.everything()
        try store.importCustomers("1", "2")
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        #expect(try store.everything() == before)
        #expect(try store.tenant.customer(both.survivor)?.card.lastName == "Number 1")
    }

    @Test("our own id of the merged one finds the survivor, and lists show one person")
    func found() throws {
        let both = try merging()
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(try store.tenant.customerID(of: .id(both.merged)) == both.survivor)
        #expect(try store.tenant.records(of: .id(both.merged), limit: 2).map(\.card.id) == [both.survivor])
        #expect(try store.tenant.customers(.first, limit: 9).rows.map(\.id) == [both.survivor])
        let search = try #require(CustomerSearch("ada"))
        #expect(try store.tenant.customers(search, limit: 9).found.map(\.id) == [both.survivor])
    }

    @Test("points owed are owed by the survivor, who settles them")
    func owed() throws {
        let both = try merging()
        try store.post(.sale("A", of: "1", 150_00, at: noon), .sale("B", of: "2", 100_00, at: noon))
        try store.move(-100, .redeem, key: "spent", for: both.merged)
        try store.post(.sale("B", of: "2", 0, at: noon))
        #expect(try store.account("2").owed == 100)
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor) == .init(balance: 50, owed: 0, lifetime: 150_00, orders: 2))
        #expect(try store.account(both.merged).owed == 0)
        #expect(try store.differences() == [])
        try store.tenant.unmerge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor).balance == 150)
        #expect(try store.account(both.merged) == .init(balance: 0, owed: 100, lifetime: 0, orders: 1))
        #expect(try store.differences() == [])
    }

    @Test("unmerging gives back what was there, and what came since; what was spent was the survivor's")
    func unmerged() throws {
        let both = try merging()
        try store.post(.sale("A", of: "1", 150_00, at: noon), .sale("B", of: "2", 100_00, at: noon))
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.post(.sale("C", of: "2", 30_00, at: noon), .sale("B", of: "2", 60_00, at: noon))
        try store.move(-20, .redeem, key: "spent", for: both.survivor)
        try store.tenant.unmerge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor) == .init(balance: 130, owed: 0, lifetime: 150_00, orders: 1))
        #expect(try store.account(both.merged) == .init(balance: 90, owed: 0, lifetime: 90_00, orders: 2))
        #expect(try store.customer("2") == both.merged)
        #expect(try store.differences() == [])
        try store.post(.sale("B", of: "2", 80_00, at: noon))
        #expect(try store.account(both.merged).balance == 110)
        let before = try store.everything()
        try store.importCustomers("1", "2")
        #expect(try store.everything() == before)
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor).balance == 240)
        #expect(try store.differences() == [])
    }

    @Test("unmerging is refused with figures while the survivor has spent what goes back")
    func spent() throws {
        let both = try merging()
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.move(-60, .redeem, key: "spent", for: both.survivor)
        let before = try store.everything()
        let refusal = #expect(throws: Refusal.self) { try store.tenant.unmerge(both, audit: audit, at: .now()) }
        #expect(refusal?.code == .conflict && refusal?.description.contains("only 40 of 40") == true)
        #expect(try store.everything() == before)
    }

    @Test("a merged customer is changed no more, and nobody is merged twice, with themselves, or in a chain")
    func refused() throws {
        let both = try merging()
        try store.importCustomers("3")
        let chain = try merging("1", into: "3")
        #expect(throws: Refusal.self) {
            try store.tenant.merge(merging("1", into: "1"), audit: audit, at: .now())
        }
        #expect(throws: Refusal.self) { try store.tenant.unmerge(both, audit: audit, at: .now()) }
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(throws: Refusal.self) { try store.tenant.merge(both, audit: audit, at: .now()) }
        #expect(throws: Refusal.self) { try store.tenant.merge(chain, audit: audit, at: .now()) }
        #expect(throws: Refusal.self) {
            try store.tenant.adjust(
                both.merged, by: Adjustment(points: 5, reason: "x", key: "k"), audit: audit, at: .now())
        }
    }

    @Test("merging is refused with figures while the losing customer has open holds, and the survivor's holds stay")
    func holds() throws {
        let both = try merging()
        try store.move(300, key: "start:1", for: both.survivor)
        try store.move(300, key: "start:2", for: both.merged)
        let kept = try store.redeem(.reward(1), of: both.survivor, 60_00, isHold: true)
        let hold = try store.redeem(.reward(2), of: both.merged, 60_00, isHold: true)
        let before = try store.everything()
        let refusal = #expect(throws: Refusal.self) { try store.tenant.merge(both, audit: audit, at: .now()) }
        #expect(refusal?.code == .conflict)
        #expect(refusal?.description.contains("\(hold.price.points) points of 300 are reserved by 1 open hold") == true)
        #expect(try store.everything() == before)
        try store.void(hold)
        try store.tenant.merge(both, audit: audit, at: .now())
        #expect(try store.account(both.survivor).balance == 600)
        try store.capture(kept)
        #expect(try store.differences() == [])
    }

    @Test("a use of points of before the merging, voided after it, gives its points to the survivor")
    func voided() throws {
        let both = try merging()
        try store.move(300, key: "start:2", for: both.merged)
        let used = try store.redeem(.reward(1), of: both.merged, 60_00)
        try store.tenant.merge(both, audit: audit, at: .now())
        try store.void(used)
        #expect(try store.account(both.survivor).balance == 300)
        #expect(try store.account(both.merged).balance == 0)
        #expect(try store.differences() == [])
        try store.tenant.unmerge(both, audit: audit, at: .now())
        #expect(try store.differences() == [])
    }

    @Test("two merges of one customer at once: one of them is made")
    func atOnce() throws {
        try store.importCustomers("3")
        try store.post(.sale("B", of: "2", 100_00, at: noon))
        let door = store.door
        let meeting = MeetingPoint(2)
        let both = try [merging(), merging("2", into: "3")]
        let audit = audit
        try inParallel(
            both.map { one in
                {
                    let tenant = door.open()
                    meeting.meet()
                    do { try tenant.merge(one, audit: audit, at: .now()) } catch is Refusal {}
                }
            })
        let balances = try [both[0].survivor, both[1].survivor].map { try store.account($0).balance }
        #expect(balances.sorted() == [0, 100])
        #expect(try store.differences() == [])
    }
}
