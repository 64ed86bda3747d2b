import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Orders change": a sale known by two ids.
struct SecondIDTests {
    let store: TestStore
    let noon = Instant.now().advanced(bySeconds: -3_600)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1")
    }

    private func shown(_ total: Cents = 100_00, id: String = "500", external: String? = "web-1") -> OrderRevision {
        var order = OrderRevision.sale(id, of: "1", total, at: noon)
        order.externalID = external
        return order
    }

    private func told(_ total: Cents = 100_00, id: String = "web-1", tender: Cents = .zero) -> OrderRevision {
        var order = OrderRevision.sale(id, of: "1", total, at: noon, updatedAt: noon)
        order.source = .api
        order.pointsTender = tender
        return order
    }

    private func refund(of sale: String, source: OrderSource = .pos) -> OrderRevision {
        var order = OrderRevision.sale("R", of: nil, -40_00, at: noon, refundOf: sale)
        order.source = source
        return order
    }

    private func orderRows() throws -> Int64 {
        try store.count(
            "SELECT COUNT(*) AS number FROM order_postings WHERE tenant_id = \(store.id) AND is_counted = 1")
    }

    @Test(
        "a sale that our API and the point of sale both tell is one, in whatever order they and a refund arrive",
        arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]],
        [("500", .pos), ("web-1", .pos), ("500", .api), ("web-1", .api)] as [(String, OrderSource)])
    func anyOrder(order: [Int], named: (String, OrderSource)) throws {
        let all = [told(), shown(), refund(of: named.0, source: named.1)]
        for index in order { try store.post(all[index]) }
        #expect(try store.account("1") == .init(balance: 60, owed: 0, lifetime: 60_00, orders: 1))
        #expect(try orderRows() == 1)
        #expect(try store.differences() == [])
        let before = try store.everything()
        try store.post(shown(), refund(of: named.0, source: named.1))
        try store.post(told())
        #expect(try store.everything() == before)
    }

    @Test("between sources the point of sale has the last word, whoever comes first", arguments: [true, false])
    func lastWord(apiFirst: Bool) throws {
        let both = apiFirst ? [told(120_00), shown(90_00)] : [shown(90_00), told(120_00)]
        for revision in both { try store.post(revision) }
        #expect(try store.balance("1") == 90)
        try store.post(shown(70_00))
        #expect(try store.balance("1") == 70)
        #expect(try orderRows() == 1)
    }

    @Test("the same under one id: our API changes nothing of what the point of sale has shown")
    func oneID() throws {
        try store.post(told(120_00, id: "500"))
        try store.post(shown(90_00, external: nil))
        let before = try store.everything()
        #expect(try store.tenant.store([told(120_00, id: "500")], ignoresOlder: true).stale == 1)
        try store.tenant.postDue()
        #expect(try store.everything() == before)
        #expect(try store.balance("1") == 90)
    }

    @Test("what was paid with points, which only our API tells, earns nothing either way", arguments: [true, false])
    func tender(apiFirst: Bool) throws {
        let both = apiFirst ? [told(tender: 30_00), shown()] : [shown(), told(tender: 30_00)]
        for revision in both { try store.post(revision) }
        #expect(try store.balance("1") == 70)
        #expect(try store.account("1").orders == 1)
        let before = try store.everything()
        try store.post(shown())
        #expect(try store.everything() == before)
    }

    @Test("a sale whose second id the point of sale names late counts once from then on")
    func namedLate() throws {
        try store.post(shown(external: nil))
        try store.post(told())
        #expect(try store.balance("1") == 200)
        try store.post(refund(of: "500"))
        try store.post(shown())
        #expect(try store.account("1") == .init(balance: 60, owed: 0, lifetime: 60_00, orders: 1))
        let before = try store.everything()
        try store.post(shown())
        #expect(try store.everything() == before)
        #expect(try store.differences() == [])
    }

    @Test("either id finds the sale")
    func found() throws {
        try store.post(told())
        try store.post(shown())
        for id in ["500", "web-1"] {
            #expect(try store.tenant.orderRevision(posOrderID: id)?.total == 100_00)
            #expect(try store.tenant.account(ofOrder: id)?.entries.count == 1)
        }
        #expect(try store.tenant.standingOrderIDs(of: ["500", "web-1"]) == ["500": "web-1"])
    }

    @Test("an order of the point of sale's own is nobody's second face, in whatever order the two are shown")
    func ofItsOwn() throws {
        try store.post(told(id: "77"))
        try store.post(shown(50_00, external: "77"))
        try store.post(shown(100_00, id: "77", external: nil))
        try store.post(shown(50_00, external: "77"))
        #expect(try store.account("1") == .init(balance: 150, owed: 0, lifetime: 150_00, orders: 2))
        let before = try store.everything()
        try store.post(shown(50_00, external: "77"), shown(100_00, id: "77", external: nil))
        #expect(try store.everything() == before)
        #expect(try store.differences() == [])
    }

    @Test("two deliveries at once of one sale by its two ids come to one sale with the next sync")
    func atOnce() throws {
        let door = store.door
        for round in 1...5 {
            let meeting = MeetingPoint(2)
            let both = [told(id: "web-\(round)"), shown(id: "50\(round)", external: "web-\(round)")]
            try inParallel(
                both.map { revision in
                    {
                        let tenant = door.open()
                        _ = try tenant.settingsVersion()
                        meeting.meet()
                        try tenant.store([revision], ignoresOlder: true)
                        try tenant.postDue()
                    }
                })
            try store.post(both[1])
        }
        #expect(try store.account("1").balance == 500)
        #expect(try store.account("1").orders == 5)
        #expect(try store.differences() == [])
    }
}
