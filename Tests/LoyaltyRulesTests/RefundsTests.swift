import LoyaltyRules
import Testing

struct RefundsTests {
    private func order(_ id: String, _ total: Cents, tax: Cents? = nil, of sale: String? = nil) -> OrderRevision {
        OrderRevision(
            source: .api, posOrderID: id, posCustomerID: nil, posLocationID: nil, status: nil, isCompleted: true,
            total: total, tax: tax, refundOf: sale, completedAt: Instant(secondsSince1970: 0), updatedAt: nil)
    }

    private func account(_ sale: OrderRevision, _ refunds: [OrderRevision], earnOn: EarnBase = .total) -> OrderAccount {
        let terms = EarningTerms(
            pointsPerDollar: .one, equityMultiplier: .one, tierMultiplier: .one, rounding: .down, earnOn: earnOn,
            settingsVersion: 1)
        return OrderAccount(
            order: PostedOrder(id: OrderID(rawValue: 1), revision: sale, terms: terms), customer: nil,
            refunds: refunds, owing: nil, entries: [], isDue: false)
    }

    @Test("what refunds took of a sale does not depend on which came first, and rounding loses nothing to it")
    func parts() throws {
        let refunds = [order("R1", -30_00, of: "S"), order("R2", -20_50, of: "S")]
        let sale = account(order("S", 100_00), refunds)
        #expect(try sale.points(takenBy: "R1") == -30)
        #expect(try sale.points(takenBy: "R2") == -21)
        #expect(try sale.points(takenBy: "R3") == 0)
    }

    @Test("a refund takes no more than the sale earned, and nothing of one that earned nothing")
    func bounds() throws {
        #expect(try account(order("S", 10_00), [order("R", -50_00, of: "S")]).points(takenBy: "R") == -10)
        var unearned = account(order("S", 10_00), [order("R", -5_00, of: "S")])
        unearned.order.terms = nil
        #expect(try unearned.points(takenBy: "R") == 0)
        var undone = account(order("S", 10_00), [order("R", -5_00, of: "S")])
        undone.order.revision.isCompleted = false
        #expect(try undone.points(takenBy: "R") == 0)
    }

    @Test("before tax, a refund's own tax does not count against the sale")
    func tax() throws {
        let sale = account(
            order("S", 110_00, tax: 10_00), [order("R", -55_00, tax: -5_00, of: "S")], earnOn: .beforeTax)
        #expect(try sale.points(takenBy: "R") == -50)
    }
}
