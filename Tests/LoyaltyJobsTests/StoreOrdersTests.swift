import LoyaltyRules
import Testing

@testable import LoyaltyJobs

/// What a sync stores on two connections at once.
struct StoreOrdersTests {
    private func order(
        _ id: String, of customer: String?, _ cents: Cents = 10_00, refundOf: String? = nil, external: String? = nil
    ) -> OrderRevision {
        OrderRevision(
            source: .pos, posOrderID: id, posCustomerID: customer, posLocationID: nil, status: "completed",
            isCompleted: true, total: cents, refundOf: refundOf, externalID: external,
            completedAt: Instant(secondsSince1970: 1_770_000_000), updatedAt: nil)
    }

    private var many: [OrderRevision] { (0..<400).map { order("\($0)", of: "c\($0 % 40)") } }

    @Test("a customer's orders, and what takes a sale back, are stored by one connection, and each order by one")
    func halves() {
        let refunds = (0..<40).map { order("r\($0)", of: $0 % 2 == 0 ? nil : "x\($0)", -10_00, refundOf: "\($0)") }
        let halves = StoreOrders.divided(refunds + many)
        #expect(halves.count == 2 && halves.allSatisfy { $0.count > 100 })
        #expect(halves.flatMap { $0.map(\.posOrderID) }.sorted() == (refunds + many).map(\.posOrderID).sorted())
        let customers = halves.map { Set($0.filter { $0.total > .zero }.compactMap(\.posCustomerID)) }
        #expect(customers[0].isDisjoint(with: customers[1]))
        for half in halves {
            let ids = Set(half.map(\.posOrderID))
            #expect(half.allSatisfy { $0.refundOf.map(ids.contains) ?? true })
        }
    }

    @Test("of an order shown twice the last counts, whoever it names")
    func twice() {
        let halves = StoreOrders.divided(many + [order("7", of: "c8", 99_00)])
        #expect(halves.flatMap(\.self).filter { $0.posOrderID == "7" }.map(\.total) == [99_00])
    }

    @Test(
        "few orders, and orders that may be one another's second face, are stored by one connection",
        arguments: [
            [("a", "7")], [("a", "web-1"), ("b", "web-1")],
        ])
    func together(second: [(id: String, external: String)]) {
        #expect(StoreOrders.divided(Array(many.prefix(199))).count == 1)
        let others = second.map { order($0.id, of: "c1", external: $0.external) }
        #expect(StoreOrders.divided(many + others).count == 1)
        #expect(StoreOrders.divided(many + [order("a", of: "c1", external: "web-1")]).count == 2)
    }
}
