import LoyaltyRules
import Testing

struct RedemptionPropertyTests {
    private func desk(
        _ available: Int64, _ total: Cents, taken: Cents = 0, _ change: (inout RedemptionSettings) -> Void = { _ in }
    ) -> RedemptionDesk {
        var settings = RedemptionSettings.defaults
        change(&settings)
        return RedemptionDesk(settings: settings, available: available, orderTotal: total, taken: taken)
    }

    /// The least number of points that is worth `value` at the rate of the full price, counted up by hand.
    private func isCharge(_ price: RedemptionPrice) -> Bool {
        let (points, value) = (Int128(price.points), Int128(price.value.rawValue))
        let (full, fullValue) = (Int128(price.fullPoints), Int128(price.fullValue.rawValue))
        return points * fullValue >= full * value && (points - 1) * fullValue < full * value && price.points >= 1
    }

    @Test(
        "for every total from $0.01 to $199.99 the points taken are those of the discount given",
        arguments: [(100, 0), (50, 0), (33, 0), (1, 0), (100, 0_01), (100, 5_00), (75, 15_00)] as [(Int64, Cents)])
    func everyTotal(maxPercent: Int64, taken: Cents) throws {
        let requests: [RedemptionRequest] = [
            .reward(RewardID(rawValue: 1)), .reward(RewardID(rawValue: 2)), .reward(RewardID(rawValue: 3)),
            .points(100), .points(333),
            .points(5_000),
        ]
        var priced = 0
        for cents in Int64(1)...199_99 {
            for partial in [true, false] {
                let desk = desk(5_000, Cents(rawValue: cents), taken: taken) {
                    $0.partialRedemption = partial
                    $0.maxOrderPercent = maxPercent
                }
                let limit = cents * maxPercent / 100 - taken.rawValue
                for request in requests {
                    do throws(RedemptionProblem) {
                        let price = try desk.price(of: request)
                        priced += 1
                        let isWhole = price.fullValue.rawValue <= limit
                        guard price.value.rawValue == min(price.fullValue.rawValue, limit), isCharge(price),
                            price.value > 0, partial || isWhole, !isWhole || price.points == price.fullPoints
                        else {
                            Issue.record("\(cents) ¢, \(request), \(price)")
                            return
                        }
                    } catch {
                        let isExpected =
                            switch error {
                            case .rewardExceedsOrder(let most): most.rawValue == limit && (limit <= 0 || !partial)
                            case .notRedeemable: !partial
                            default: false
                            }
                        guard isExpected else {
                            Issue.record("\(cents) ¢, \(request), \(error)")
                            return
                        }
                    }
                }
            }
        }
        #expect(priced > 0)
    }

    @Test("a full redemption leaves $0.00 due, for every total from $0.01 to $199.99")
    func nothingDue() throws {
        for cents in Int64(1)...199_99 {
            let price = try desk(5_000, Cents(rawValue: cents)).price(of: .points(5_000))
            guard cents - price.value.rawValue == 0 else {
                Issue.record("\(cents - price.value.rawValue) ¢ are due of \(cents) ¢")
                return
            }
        }
    }

    @Test("two redemptions of one order never take more than one could", arguments: SeededRandom.seeds)
    func together(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let total = Cents(rawValue: random.number(in: 1...199_99))
            let percent = random.number(in: 1...100)
            let share = total.rawValue * percent / 100
            var taken = Cents.zero
            for _ in 0..<4 {
                let desk = desk(10_000, total, taken: taken) { $0.maxOrderPercent = percent }
                do throws(RedemptionProblem) {
                    taken = Cents(
                        rawValue: taken.rawValue
                            + (try desk.price(of: .points(random.number(in: 100...2_000))).value.rawValue))
                } catch {
                    #expect(error == .rewardExceedsOrder(limit: Cents(rawValue: share - taken.rawValue)))
                }
            }
            #expect(taken.rawValue <= share, "seed \(seed)")
        }
    }

    @Test("the most points are found among all numbers that could be asked for", arguments: SeededRandom.seeds)
    func bestOfAll(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<60 {
            let rewards = (0..<random.number(in: 1...4)).map { number in
                Reward(
                    id: RewardID(rawValue: UInt128(number)), pointsCost: number * 60 + random.number(in: 1...60),
                    value: Cents(rawValue: random.number(in: 1...2_000)))
            }
            let desk = desk(random.number(in: 0...400), Cents(rawValue: random.number(in: 1...40_00))) {
                $0 = RedemptionSettings(rewards: rewards, maxOrderPercent: random.number(in: 1...100))
            }
            var expected: Int64?
            for points in Int64(1)...400 where points <= desk.available {
                do throws(RedemptionProblem) {
                    if try desk.price(of: .points(points)).points == points { expected = points }
                } catch { continue }
            }
            #expect(desk.bestPartial?.points == expected, "seed \(seed), \(desk)")
        }
    }
}
