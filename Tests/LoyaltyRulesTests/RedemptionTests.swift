import LoyaltyRules
import Testing

struct RedemptionTests {
    private static let five = RewardID(rawValue: 1)
    private static let fifteen = RewardID(rawValue: 2)
    private static let thirtyFive = RewardID(rawValue: 3)

    private func desk(
        _ available: Int64, _ total: Cents, taken: Cents = 0, isPaused: Bool = false,
        _ change: (inout RedemptionSettings) -> Void = { _ in }
    ) -> RedemptionDesk {
        var settings = RedemptionSettings.defaults
        change(&settings)
        return RedemptionDesk(
            settings: settings, isPaused: isPaused, available: available, orderTotal: total, taken: taken)
    }

    private func problem(_ request: RedemptionRequest, at desk: RedemptionDesk) -> RedemptionProblem? {
        do throws(RedemptionProblem) {
            _ = try desk.price(of: request)
            return nil
        } catch {
            return error
        }
    }

    struct Row: Sendable {
        var available: Int64
        var total: Cents
        var request: RedemptionRequest
        var partial = true
        var maxPercent: Int64 = 100
        var taken: Cents = 0
        var points: Int64
        var value: Cents
    }

    @Test(
        "a redemption takes what the table of rules.md says",
        arguments: [
            Row(available: 300, total: 60_00, request: .reward(fifteen), points: 250, value: 15_00),
            Row(available: 300, total: 10_00, request: .reward(fifteen), points: 167, value: 10_00),
            Row(available: 150, total: 60_00, request: .points(150), points: 150, value: 7_50),
            Row(
                available: 600, total: 60_00, request: .reward(thirtyFive), maxPercent: 50, points: 429, value: 30_00),
            Row(available: 500, total: 20_00, request: .reward(fifteen), taken: 15_00, points: 84, value: 5_00),
            // Exactly what the order costs, without partial redemption.
            Row(available: 250, total: 15_00, request: .reward(fifteen), partial: false, points: 250, value: 15_00),
            // The best rate among the tiers that the number reaches: 5, 6 and 7 cents.
            Row(available: 900, total: 60_00, request: .points(100), points: 100, value: 5_00),
            Row(available: 900, total: 60_00, request: .points(249), points: 249, value: 12_45),
            Row(available: 900, total: 60_00, request: .points(250), points: 250, value: 15_00),
            Row(available: 900, total: 60_00, request: .points(499), points: 499, value: 29_94),
            Row(available: 900, total: 60_00, request: .points(501), points: 501, value: 35_07),
            Row(available: 900, total: 10_00, request: .points(900), points: 143, value: 10_00),
            // One cent is the least that an order can take.
            Row(available: 100, total: 0_01, request: .reward(five), points: 1, value: 0_01),
            Row(available: 500, total: 0_02, request: .reward(thirtyFive), maxPercent: 50, points: 1, value: 0_01),
            // Shares are rounded down to the cent.
            Row(available: 500, total: 9_99, request: .reward(thirtyFive), maxPercent: 33, points: 47, value: 3_29),
        ])
    func table(row: Row) throws {
        let desk = desk(row.available, row.total, taken: row.taken) {
            $0.partialRedemption = row.partial
            $0.maxOrderPercent = row.maxPercent
        }
        let price = try desk.price(of: row.request)
        #expect(price.points == row.points && price.value == row.value)
    }

    struct Refused: Sendable {
        var available: Int64
        var total: Cents = 60_00
        var request: RedemptionRequest
        var partial = true
        var minimum: Cents = 0
        var taken: Cents = 0
        var isPaused = false
        var problem: RedemptionProblem
    }

    @Test(
        "a redemption is refused for the reasons of rules.md",
        arguments: [
            Refused(
                available: 300, total: 10_00, request: .reward(fifteen), partial: false,
                problem: .rewardExceedsOrder(limit: 10_00)),
            Refused(
                available: 90, request: .reward(five), problem: .insufficientPoints(required: 100, shortBy: 10)),
            Refused(
                available: 249, total: 0_01, request: .reward(fifteen),
                problem: .insufficientPoints(required: 250, shortBy: 1)),
            Refused(
                available: 0, request: .points(100), problem: .insufficientPoints(required: 100, shortBy: 100)),
            Refused(
                available: 900, total: 20_00, request: .reward(five), taken: 20_00,
                problem: .rewardExceedsOrder(limit: 0)),
            Refused(
                available: 900, total: 20_00, request: .reward(five), taken: 25_00,
                problem: .rewardExceedsOrder(limit: -5_00)),
            Refused(available: 900, total: 0, request: .reward(five), problem: .rewardExceedsOrder(limit: 0)),
            Refused(
                available: 900, total: 19_99, request: .reward(five), minimum: 20_00,
                problem: .belowMinimumOrder(20_00)),
            Refused(available: 900, request: .reward(five), isPaused: true, problem: .programPaused),
            Refused(available: 900, request: .reward(RewardID(rawValue: 9)), problem: .unknownReward),
            Refused(
                available: 900, request: .points(99),
                problem: .notRedeemable("At least 100 points can be used at once.")),
            Refused(
                available: 900, request: .points(300), partial: false,
                problem: .notRedeemable("Points are used for whole rewards only.")),
        ])
    func refused(row: Refused) {
        let desk = desk(row.available, row.total, taken: row.taken, isPaused: row.isPaused) {
            $0.partialRedemption = row.partial
            $0.minimumOrder = row.minimum
        }
        #expect(problem(row.request, at: desk) == row.problem)
    }

    @Test("points worth less than a cent, points without rewards and points beyond all numbers are refused")
    func worthless() {
        // No tab saves such a reward; nothing is taken for it all the same.
        let free = desk(900, 60_00) { $0.rewards = [Reward(id: Self.five, pointsCost: 10, value: 0)] }
        #expect(problem(.points(19), at: free) == .notRedeemable("19 points are worth less than a cent."))
        let cheap = desk(900, 60_00) { $0.rewards = [Reward(id: Self.five, pointsCost: 10, value: 1)] }
        #expect(problem(.points(19), at: cheap) == nil)
        #expect(
            problem(.points(100), at: desk(900, 60_00) { $0.rewards = [] }) == .notRedeemable("There are no rewards."))
        #expect(
            problem(.points(.max), at: desk(.max, 60_00))
                == .notRedeemable("These are too many points to compute with."))
    }

    @Test("at the minimum exactly an order takes a reward")
    func minimum() throws {
        let desk = desk(300, 20_00) { $0.minimumOrder = 20_00 }
        #expect(try desk.price(of: .reward(Self.fifteen)).value == 15_00)
    }

    @Test("a quote lists every tier with whether it can be used and why not, and prices it as the redemption does")
    func quote() throws {
        let desk = desk(300, 10_00)
        let options = desk.options
        #expect(options.map(\.reward.pointsCost) == [100, 250, 500])
        #expect(options.map(\.price.points) == [100, 167, 500])
        #expect(options.map(\.price.value) == [5_00, 10_00, 35_00])
        #expect(options.map(\.problem) == [nil, nil, .insufficientPoints(required: 500, shortBy: 200)])
        #expect(options.map(\.shortBy) == [nil, nil, 200])
        for option in options where option.problem == nil {
            #expect(try desk.price(of: .reward(option.reward.id)) == option.price)
        }
        let paused = self.desk(300, 10_00, isPaused: true)
        #expect(paused.options.map(\.problem) == [.programPaused, .programPaused, .programPaused])
        #expect(paused.bestPartial == nil)
    }

    @Test(
        "the most points an order can take are charged whole when they are asked for",
        arguments: [  // available, total, taken, points, value
            (150, 60_00, 0, 150, 7_50), (99, 60_00, 0, nil, 0), (100, 60_00, 0, 100, 5_00),
            (1_000, 60_00, 0, 858, 60_00), (300, 10_00, 0, 200, 10_00), (300, 60_00, 0, 300, 18_00),
            // 334 points are worth $20.04 and none fewer than all of them buys $20.00.
            (1_000, 20_00, 0, 334, 20_00), (1_000, 60_00, 40_00, 334, 20_00),
            // Even 100 points are more than it takes.
            (300, 1_00, 0, nil, 0), (300, 60_00, 60_00, nil, 0),
        ] as [(Int64, Cents, Cents, Int64?, Cents)])
    func best(available: Int64, total: Cents, taken: Cents, points: Int64?, value: Cents) throws {
        let desk = desk(available, total, taken: taken)
        let best = desk.bestPartial
        #expect(best?.points == points)
        if let best {
            #expect(best.value == value)
            #expect(try desk.price(of: .points(best.points)) == best)
        }
    }

    @Test("without partial redemption no number of points is best")
    func noBest() {
        #expect(desk(300, 60_00) { $0.partialRedemption = false }.bestPartial == nil)
    }

    @Test("a price only shrinks, and from the full price whatever it was before")
    func shrinking() throws {
        let held = try desk(300, 10_00).price(of: .reward(Self.fifteen))
        #expect(try held.capped(at: 60_00) == held)
        let captured = try held.capped(at: 8_00)
        #expect(captured.points == 134 && captured.value == 8_00)
        #expect(try captured == desk(300, 8_00).price(of: .reward(Self.fifteen)))
        #expect(throws: RedemptionProblem.rewardExceedsOrder(limit: 0)) { try held.capped(at: 0) }
    }

    @Test("a tier without words of its own is called by what it takes off")
    func label() {
        #expect(Reward(id: Self.five, pointsCost: 9, value: 12_50).label == "$12.50 off")
        #expect(Reward(id: Self.five, pointsCost: 9, value: 12_50, description: "A pre-roll").label == "A pre-roll")
    }
}
