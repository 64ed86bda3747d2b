import LoyaltyRules
import Testing

/// contract.md, "program": rewards carried to the point of sale.
struct PosDiscountTests {
    private func order(
        _ prices: [Int64], discount: Cents? = .zero, state: PosOrderPrices.State = .open, severals: Set<Int> = []
    ) -> PosOrderPrices {
        PosOrderPrices(
            state: state, discount: discount,
            lines: prices.enumerated().map { index, price in
                .init(id: "\(index + 1)", price: Cents(rawValue: price), isSingle: !severals.contains(index))
            })
    }

    private func change(_ line: Int, _ from: Cents, _ to: Cents) -> PriceChange {
        PriceChange(line: "\(line)", from: from, to: to)
    }

    @Test("the shop's own discount is taken where the order says what its discounts come to")
    func discount() {
        let plan = PosDiscountPlan.taking(15_00, off: order([20_00], discount: 3_00), discountID: 55)
        #expect(plan == .discount(id: 55, before: 3_00))
        #expect(
            PosDiscountPlan.taking(15_00, off: order([20_00], discount: nil), discountID: 55)
                == .prices([change(1, 20_00, 5_00)]))
    }

    @Test("prices are lowered from the dearest line down, by exactly the value")
    func dearestFirst() {
        let plan = PosDiscountPlan.taking(25_00, off: order([5_00, 20_00, 10_00]), discountID: nil)
        #expect(plan == .prices([change(2, 20_00, 0), change(3, 10_00, 5_00)]))
    }

    @Test("lines that come to less than the value, which may hold tax, are all free")
    func lessThanValue() {
        let plan = PosDiscountPlan.taking(11_30, off: order([4_00, 6_00]), discountID: nil)
        #expect(plan == .prices([change(2, 6_00, 0), change(1, 4_00, 0)]))
    }

    @Test(
        "what lines cannot carry is not planned: none, free ones, or several things in one line",
        arguments: [([], []), ([0], []), ([20_00], [0]), ([5_00, 20_00], [1])] as [([Int64], Set<Int>)])
    func impossible(prices: [Int64], severals: Set<Int>) {
        #expect(PosDiscountPlan.taking(10_00, off: order(prices, severals: severals), discountID: nil) == nil)
    }

    @Test("a line of several things is left alone when the others carry the value")
    func several() {
        let plan = PosDiscountPlan.taking(10_00, off: order([90_00, 12_00], severals: [0]), discountID: nil)
        #expect(plan == .prices([change(2, 12_00, 2_00)]))
    }

    @Test(
        "the order's discounts tell whether ours is among them",
        arguments: [
            (3_00, .pending([])), (18_00, .done), (13_00, .other), (0, .other), (33_00, .other), (nil, .other),
        ] as [(Cents?, PosDiscountPlan.Progress)])
    func discountProgress(now: Cents?, progress: PosDiscountPlan.Progress) {
        let plan = PosDiscountPlan.discount(id: 55, before: 3_00)
        #expect(plan.progress(of: 15_00, in: order([20_00], discount: now)) == progress)
    }

    @Test(
        "the lines' prices tell what is still to be sent",
        arguments: [
            (
                [20_00, 10_00],
                .pending([.init(line: "1", from: 20_00, to: 0), .init(line: "2", from: 10_00, to: 5_00)])
            ),
            ([0, 10_00], .pending([.init(line: "2", from: 10_00, to: 5_00)])), ([0, 5_00], .done),
            ([0, 7_00], .other), ([0], .other),
        ] as [([Int64], PosDiscountPlan.Progress)])
    func priceProgress(prices: [Int64], progress: PosDiscountPlan.Progress) {
        let plan = PosDiscountPlan.prices([change(1, 20_00, 0), change(2, 10_00, 5_00)])
        #expect(plan.progress(of: 25_00, in: order(prices)) == progress)
    }

    @Test("prices can be put back; a discount cannot be taken off")
    func reversed() {
        #expect(PosDiscountPlan.prices([change(1, 20_00, 5_00)]).reversed == .prices([change(1, 5_00, 20_00)]))
        #expect(PosDiscountPlan.discount(id: 55, before: 0).reversed == nil)
    }
}
