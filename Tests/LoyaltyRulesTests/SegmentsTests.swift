import Testing

@testable import LoyaltyRules

struct SegmentsTests {
    @Test(
        "each threshold counts from exactly its value",
        arguments: [  // orders, lifetime value, days since first, days since last, segment
            (0, 0, nil, nil, .new), (0, 900_00, nil, nil, .new), (0, 900_00, 400, 400, .new),
            // Inactivity wins over everything, from churned down.
            (9, 900_00, 400, 29, .vip), (9, 900_00, 400, 30, .slipping),
            (9, 900_00, 400, 59, .slipping), (9, 900_00, 400, 60, .atRisk),
            (9, 900_00, 400, 89, .atRisk), (9, 900_00, 400, 90, .churned), (9, 900_00, 400, 4_000, .churned),
            // New is by days since the first order.
            (9, 900_00, 0, 0, .new), (9, 900_00, 29, 5, .new), (9, 900_00, 30, 5, .vip),
            // VIP by lifetime value.
            (2, 499_99, 100, 5, .highValue), (2, 500_00, 100, 5, .vip),
            // VIP by orders and average basket.
            (7, 400_00, 100, 5, .frequent), (8, 400_00, 100, 5, .vip), (8, 399_99, 100, 5, .frequent),
            // High value by average basket, below its number of orders.
            (4, 299_99, 100, 5, .loyal), (4, 300_00, 100, 5, .highValue), (4, 499_00, 100, 5, .highValue),
            (5, 499_00, 100, 5, .loyal), (1, 75_00, 100, 5, .highValue), (1, 74_99, 100, 5, .new),
            // Frequent by orders, while the average basket stays below its limit.
            (4, 240_00, 100, 5, .loyal), (5, 240_00, 100, 5, .frequent), (5, 299_99, 100, 5, .frequent),
            (5, 300_00, 100, 5, .loyal), (7, 420_00, 100, 5, .loyal), (7, 419_99, 100, 5, .frequent),
            // Loyal by orders, otherwise new.
            (1, 20_00, 100, 5, .new), (2, 20_00, 100, 5, .loyal), (1, 0, 30, 29, .new),
            // Paid minus refunded may fall below zero.
            (3, -10_00, 100, 5, .loyal), (6, -10_00, 100, 5, .frequent),
        ] as [(Int64, Cents, Int64?, Int64?, Segment)])
    func boundary(orders: Int64, value: Cents, sinceFirst: Int64?, sinceLast: Int64?, segment: Segment) {
        let history = PurchaseHistory(
            orderCount: orders, lifetimeValue: value, daysSinceFirstOrder: sinceFirst, daysSinceLastOrder: sinceLast)
        #expect(SegmentSettings().segment(of: history) == segment)
    }

    @Test("thresholds are the tenant's, never constants")
    func tenants() {
        var settings = SegmentSettings()
        settings.slippingMinDays = 10
        settings.newMaxDays = 5
        settings.loyalMinOrders = 1
        func segment(_ sinceLast: Int64) -> Segment {
            settings.segment(
                of: PurchaseHistory(
                    orderCount: 1, lifetimeValue: 20_00, daysSinceFirstOrder: 9, daysSinceLastOrder: sinceLast))
        }
        #expect(segment(9) == .loyal)
        #expect(segment(10) == .slipping)
    }

    @Test(
        "the average basket is compared by multiplying cents: a third of a cent decides",
        arguments: [  // orders, lifetime value, amount, at least
            (3, 100_00, 33_33, true), (3, 100_00, 33_34, false), (3, 99_99, 33_33, true), (3, 99_98, 33_33, false),
            (7, 350_00, 50_00, true), (7, 349_99, 50_00, false), (1, 0, 0, true), (1, -1, 0, false),
            (.max, Cents(rawValue: .max), 1, true), (.max, Cents(rawValue: .max), 2, false),
            (.max, Cents(rawValue: .min), Cents(rawValue: .max), false),
        ] as [(Int64, Cents, Cents, Bool)])
    func averageBasket(orders: Int64, value: Cents, amount: Cents, isAtLeast: Bool) {
        let history = PurchaseHistory(
            orderCount: orders, lifetimeValue: value, daysSinceFirstOrder: 0, daysSinceLastOrder: 0)
        #expect(history.averageBasketIsAtLeast(amount) == isAtLeast)
    }

    @Test(
        "a customer is in the first segment whose rule matches, whatever the thresholds", arguments: SeededRandom.seeds)
    func firstMatch(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<5_000 {
            let settings = SegmentSettings.random(using: &random)
            let orders = random.number(in: 0...12)
            let first = random.number(in: 0...140)
            let history = PurchaseHistory(
                orderCount: orders, lifetimeValue: Cents(rawValue: random.number(in: -20_00...900_00)),
                daysSinceFirstOrder: orders == 0 ? nil : first,
                daysSinceLastOrder: orders == 0 ? nil : random.number(in: 0...first))
            let segment = settings.segment(of: history)
            #expect(segment == Self.matching(history, settings).first, "\(history) \(settings)")
            // A recalculation changes nothing.
            #expect(settings.segment(of: history) == segment)
        }
    }

    /// All rules of rules.md that match, in their order, each written without regard to the others.
    private static func matching(_ history: PurchaseHistory, _ settings: SegmentSettings) -> [Segment] {
        guard let first = history.daysSinceFirstOrder, let last = history.daysSinceLastOrder else { return [.new] }
        let orders = history.orderCount
        let value = history.lifetimeValue
        func total(_ basket: Cents) -> Cents { Cents(rawValue: basket.rawValue * orders) }
        let rules: [(Segment, Bool)] = [
            (.churned, last >= settings.churnedMinDays),
            (.atRisk, last >= settings.atRiskMinDays),
            (.slipping, last >= settings.slippingMinDays),
            (.new, first < settings.newMaxDays),
            (.vip, value >= settings.vipMinLifetimeValue),
            (.vip, orders >= settings.vipMinOrders && value >= total(settings.vipMinAverageBasket)),
            (.highValue, value >= total(settings.highValueMinAverageBasket) && orders < settings.highValueMaxOrders),
            (.frequent, orders >= settings.frequentMinOrders && value < total(settings.frequentMaxAverageBasket)),
            (.loyal, orders >= settings.loyalMinOrders),
            (.new, true),
        ]
        return rules.filter(\.1).map(\.0)
    }

    @Test("the segments are stored under the words of rules.md, and named for people")
    func words() {
        #expect(
            Segment.allCases.map(\.rawValue) == [
                "new", "loyal", "vip", "high_value", "frequent", "slipping", "at_risk", "churned",
            ])
        #expect(Segment.allCases.allSatisfy { !$0.name.isEmpty && !$0.name.contains("_") })
        #expect(Set(Segment.allCases.map(\.name)).count == 8)
    }
}

extension SegmentSettings {
    /// Thresholds that the page would accept.
    fileprivate static func random(using random: inout SeededRandom) -> SegmentSettings {
        var settings = SegmentSettings()
        settings.loyalMinOrders = random.number(in: 0...6)
        settings.vipMinLifetimeValue.rawValue = random.number(in: 0...900_00)
        settings.vipMinOrders = random.number(in: 0...12)
        settings.vipMinAverageBasket.rawValue = random.number(in: 0...100_00)
        settings.highValueMinAverageBasket.rawValue = random.number(in: 0...150_00)
        settings.highValueMaxOrders = random.number(in: 0...8)
        settings.frequentMinOrders = random.number(in: 0...8)
        settings.frequentMaxAverageBasket.rawValue = random.number(in: 0...150_00)
        settings.slippingMinDays = random.number(in: 0...50)
        settings.atRiskMinDays = settings.slippingMinDays + random.number(in: 1...40)
        settings.churnedMinDays = settings.atRiskMinDays + random.number(in: 1...40)
        settings.newMaxDays = random.number(in: 0...60)
        return settings
    }
}
