import LoyaltyRules
import Testing

/// rules.md, "What Alpine cannot know, we tell it": what a posting has to tell of an order.
struct TellingTests {
    private let start = Instant(secondsSince1970: 1_760_000_000)
    private let history: SettingsHistory

    init() {
        let settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
    }

    private func order(
        _ total: Cents, source: OrderSource = .pos, isCompleted: Bool = true, terms: EarningTerms? = nil,
        posted: Int64 = 0, told: Int64 = 0
    ) -> PostedOrder {
        PostedOrder(
            id: OrderID(rawValue: 1),
            revision: OrderRevision(
                source: source, posOrderID: "1", posCustomerID: "1", posLocationID: nil, status: nil,
                isCompleted: isCompleted, total: total, completedAt: start, updatedAt: nil),
            terms: terms, postingCount: posted == 0 ? 0 : 1, pointsPosted: posted, pointsTold: told,
            isCounted: posted != 0)
    }

    private func plan(
        _ orders: [PostedOrder], leaving: [PostedOrder] = [], equity: Bool = false, hoursLater: Int64 = 1
    ) throws -> Posting {
        try CustomerBooks(
            balance: (orders + leaving).reduce(0) { $0 + $1.pointsPosted }, held: 0,
            standing: CustomerStanding(tier: TierID(rawValue: 1), segment: .new),
            equity: equity ? [EquityPeriod(start: start, end: nil)] : [], orders: orders, leaving: leaving
        ).plan(under: history, asOf: start.advanced(bySeconds: hoursLater * 3_600))
    }

    private static let equity = EarningTerms.sample(equity: 1_200)

    @Test(
        "the change of what Alpine does not compute itself is told",
        arguments: [  // total, terms, told before, points told now
            (100_00, nil, 0, []),
            (100_00, EarningTerms.sample(), 0, []),
            (100_00, Self.equity, 0, [20]),
            (100_00, Self.equity, 20, []),
            (50_00, Self.equity, 20, [-10]),
            (0, Self.equity, 20, [-20]),
            (-5_00, Self.equity, 20, [-20]),
            (99, Self.equity, 0, [1]),  // 1.188 less 0.99, each rounded as the shop rounds
            (33_00, .sample(rate: 1_500, equity: 1_250), 0, [12]),  // 61 less 49
            (33_00, .sample(rate: 1_500, equity: 1_250, rounding: .nearest), 0, [12]),  // 62 less 50
            (100_00, .sample(tier: 1_250), 0, [25]),
            (100_00, .sample(equity: 1_200, tier: 1_250), 0, [50]),
        ] as [(Cents, EarningTerms?, Int64, [Int64])])
    func uplift(total: Cents, terms: EarningTerms?, told: Int64, points: [Int64]) throws {
        let posting = try plan([order(total, terms: terms, posted: told == 0 ? 0 : 120, told: told)])
        #expect(posting.tellings.map(\.points) == points)
        let kept = posting.changedOrders.last?.pointsTold ?? told
        #expect(kept == told + points.reduce(0, +))
    }

    @Test("an order that earns by equity for the first time tells its uplift, and a second plan nothing")
    func first() throws {
        let posting = try plan([order(100_00)], equity: true)
        #expect(posting.entries.map(\.points) == [120])
        #expect(posting.tellings.map(\.points) == [20] && posting.tellings[0].order == OrderID(rawValue: 1))
        let again = try plan(posting.changedOrders, equity: true)
        #expect(again.tellings.isEmpty && again.changedOrders.isEmpty)
    }

    @Test("a sale that is void or moves to somebody else takes its uplift back whole")
    func takenBack() throws {
        let posted = order(100_00, isCompleted: false, terms: Self.equity, posted: 120, told: 20)
        #expect(try plan([posted]).tellings.map(\.points) == [-20])
        let moved = order(100_00, terms: Self.equity, posted: 120, told: 20)
        let posting = try plan([], leaving: [moved])
        #expect(posting.tellings.map(\.points) == [-20])
        #expect(posting.changedOrders.map(\.pointsTold) == [0])
    }

    @Test(
        "a sale that only our API knows is told whole after 48 hours, and its uplift before",
        arguments: [  // equity, hours after the sale, told before, points told now
            (false, 47, 0, []), (false, 48, 0, [100]), (false, 90, 100, []),
            (true, 47, 0, [20]), (true, 48, 20, [100]), (true, 48, 0, [120]),
        ] as [(Bool, Int64, Int64, [Int64])])
    func api(equity: Bool, hours: Int64, told: Int64, points: [Int64]) throws {
        let sale = order(100_00, source: .api, told: told)
        #expect(try plan([sale], equity: equity, hoursLater: hours).tellings.map(\.points) == points)
    }

    @Test("once the POS shows a sale of our API, its base points are told back")
    func shown() throws {
        let posting = try plan(
            [order(100_00, terms: Self.equity, posted: 120, told: 120)], equity: true, hoursLater: 90)
        #expect(posting.tellings.map(\.points) == [-100])
        #expect(posting.entries.isEmpty)
    }

    @Test("Alpine is told of what it cannot know, and of nothing else", arguments: EntryKind.allCases)
    func kinds(kind: EntryKind) {
        let untold: Set<EntryKind> = [.earn, .clawback, .alpineOverride]
        #expect(kind.isToldToAlpine == !untold.contains(kind))
    }
}
