import Testing

@testable import LoyaltyRules

struct AlpineComparisonTests {
    @Test(
        "two figures compare as rules.md says",
        arguments: [  // calculated, Alpine, pending, gained of late, lost of late, outcome
            (100, 111, 0, 0, 0, .within(difference: 11)),
            (100, 112, 0, 0, 0, .discrepancy(difference: 12)),
            (110, 100, 0, 0, 0, .within(difference: -10)),
            (111, 100, 0, 0, 0, .discrepancy(difference: -11)),
            (50, 0, 0, 0, 0, .discrepancy(difference: -50)),
            (0, 0, 0, 0, 0, .within(difference: 0)),
            (120, 100, 20, 0, 0, .within(difference: 0)),
            (150, 400, -250, 0, 0, .within(difference: 0)),
            (150, 200, -250, 0, 0, .discrepancy(difference: -150)),
            (150, 100, 0, 50, 0, .awaiting(difference: -50)),
            (150, 80, 0, 50, 0, .discrepancy(difference: -20)),
            (100, 100, 0, 0, 0, .within(difference: 0)),
        ] as [(Int64, Int64, Int64, Int64, Int64, AlpineComparison.Outcome)])
    func table(
        calculated: Int64, alpine: Int64, pending: Int64, gain: Int64, loss: Int64, outcome: AlpineComparison.Outcome
    ) throws {
        let comparison = AlpineComparison(
            calculated: calculated, alpine: alpine, pending: pending, recentGain: gain, recentLoss: loss)
        #expect(try comparison.outcome() == outcome)
    }

    @Test(
        "what lag explains has two ends, and within comes first",
        arguments: [  // calculated, Alpine, gained of late, lost of late, outcome
            (150, 99, 50, 0, .awaiting(difference: -51)), (150, 90, 50, 0, .discrepancy(difference: -10)),
            (100, 150, 0, 50, .awaiting(difference: 50)), (100, 170, 0, 50, .discrepancy(difference: 20)),
            (100, 60, 0, 50, .discrepancy(difference: -40)), (100, 140, 40, 0, .discrepancy(difference: 40)),
            (100, 105, 50, 50, .within(difference: 5)), (50, 0, 50, 0, .awaiting(difference: -50)),
            (50, 0, 49, 0, .discrepancy(difference: -1)), (0, 1, 0, 0, .discrepancy(difference: 1)),
        ] as [(Int64, Int64, Int64, Int64, AlpineComparison.Outcome)])
    func lag(calculated: Int64, alpine: Int64, gain: Int64, loss: Int64, outcome: AlpineComparison.Outcome) throws {
        let comparison = AlpineComparison(
            calculated: calculated, alpine: alpine, recentGain: gain, recentLoss: loss)
        #expect(try comparison.outcome() == outcome)
    }

    @Test(
        "the threshold is the tenant's, and exactly the threshold is within",
        arguments: [  // percent, calculated, Alpine, within
            (1, 99, 100, true), (1, 98, 100, false), (1, 101, 100, true), (10, 100, 91, true), (10, 100, 90, false),
            (25, 100, 80, true), (25, 100, 79, false), (100, 0, 1, true), (100, 1, 0, false),
        ] as [(Int64, Int64, Int64, Bool)])
    func threshold(percent: Int64, calculated: Int64, alpine: Int64, isWithin: Bool) throws {
        let comparison = AlpineComparison(calculated: calculated, alpine: alpine, thresholdPercent: percent)
        let difference = alpine - calculated
        #expect(
            try comparison.outcome()
                == (isWithin ? .within(difference: difference) : .discrepancy(difference: difference)))
    }

    @Test(
        "an override brings the balance to where the next comparison has nothing to do", arguments: SeededRandom.seeds)
    func settles(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<5_000 {
            var comparison = AlpineComparison(
                calculated: random.number(in: 0...2_000), alpine: random.number(in: 0...2_000),
                pending: random.number(in: -500...500), recentGain: random.number(in: 0...200),
                recentLoss: random.number(in: 0...200), thresholdPercent: random.number(in: 1...100))
            let target = try comparison.target()
            #expect(target >= 0 && target == max(0, comparison.alpine + comparison.pending))
            guard case .discrepancy(let difference) = try comparison.outcome() else { continue }
            let sum = comparison.calculated + difference
            #expect(sum >= 0, "\(comparison)")
            #expect(abs(target - sum) < abs(target - comparison.calculated), "\(comparison)")
            #expect(abs(difference) * 100 > comparison.thresholdPercent * target || target == 0, "\(comparison)")
            comparison.calculated = sum
            if case .discrepancy = try comparison.outcome() { Issue.record("\(comparison) is still a discrepancy") }
        }
    }

    @Test("figures that leave 64 bits are an error, never a wrap")
    func overflow() throws {
        #expect(throws: Overflow()) { try AlpineComparison(calculated: 0, alpine: .max, pending: 1).outcome() }
        #expect(throws: Overflow()) { try AlpineComparison(calculated: .max, alpine: 0, recentLoss: 1).outcome() }
        let largest = AlpineComparison(calculated: .max, alpine: .max, recentGain: .max)
        #expect(try largest.outcome() == .within(difference: 0))
        let gainAndLoss = AlpineComparison(calculated: 0, alpine: .max, recentGain: .max, recentLoss: .max)
        #expect(try gainAndLoss.outcome() == .awaiting(difference: .max))
    }

    @Test(
        "only a known figure has points",
        arguments: [
            (.known(7), "known", 7), (.known(0), "known", 0), (.hidden, "hidden", nil), (.unknown, "unknown", nil),
            (.notAMember, "not_a_member", nil),
        ] as [(AlpineFigure, String, Int64?)])
    func figure(figure: AlpineFigure, state: String, points: Int64?) {
        #expect(figure.state == state)
        #expect(figure.points == points)
    }
}
