import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Points for one order": "points booked as a payment … are subtracted once".
struct TenderTests {
    let store: TestStore
    private let noon = Instant.now().advanced(bySeconds: -3_600)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1")
        try store.post(.sale("A", of: "1", 100_00, at: noon))
    }

    private func told(_ total: Cents, tender: Cents = 10_00, refundOf: String? = nil) -> OrderRevision {
        var order = OrderRevision.sale("B", of: "1", total, at: noon, refundOf: refundOf)
        order.source = .api
        order.pointsTender = tender
        return order
    }

    @Test(
        "a sale paid in part with points that turns into a refund takes its own amount off the sale it names, no more",
        arguments: [OrderSource.api, .pos])
    func turned(by source: OrderSource) throws {
        try store.post(told(60_00))
        #expect(try store.balance("1") == 150)
        var refund = told(-60_00, tender: source == .api ? 10_00 : 0, refundOf: "A")
        refund.source = source
        try store.post(refund)
        #expect(try store.balance("1") == 40)
        var again = told(60_00, tender: source == .api ? 10_00 : 0)
        again.source = source
        try store.post(again)
        #expect(try store.balance("1") == 150)
        #expect(try store.differences() == [])
    }

    @Test("it does so whichever comes first: the program's word on the points, or the refund")
    func late() throws {
        var refund = told(-60_00, tender: 0, refundOf: "A")
        refund.source = .pos
        try store.post(refund)
        try store.post(told(60_00))
        #expect(try store.balance("1") == 40)
        refund.total = 60_00
        refund.refundOf = nil
        try store.post(refund)
        #expect(try store.balance("1") == 150)
        #expect(try store.differences() == [])
    }
}
