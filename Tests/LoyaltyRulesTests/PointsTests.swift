import Foundation
import Testing

@testable import LoyaltyRules

struct PointsTests {
    @Test(
        "an order is worth what rules.md says",
        arguments: [  // spent, rate, equity, rounding, points
            (100_00, 1_000, 1_000, .down, 100),
            (100_00, 1_000, 1_200, .down, 120),
            (33_00, 1_500, 1_000, .down, 49),
            (33_00, 1_500, 1_250, .down, 61),
            (33_00, 1_500, 1_250, .nearest, 62),
            (49_99, 1_000, 1_000, .down, 49),
            (49_99, 1_000, 1_000, .up, 50),
            (29, 10_000, 1_000, .down, 2),
            (1_10, 1_100, 1_100, .down, 1),
            (33_33, 1_500, 1_200, .down, 59),
            (33_33, 1_500, 1_200, .nearest, 60),
            (-20_00, 1_000, 1_000, .down, 0),
            (-20_00, 1_000, 1_000, .nearest, 0),
            (-20_00, 1_000, 1_000, .up, 0),
            (0, 10_000, 5_000, .up, 0),
        ] as [(Cents, Thousandths, Thousandths, Rounding, Int64)])
    func worth(spent: Cents, rate: Thousandths, equity: Thousandths, rounding: Rounding, points: Int64) throws {
        let terms = EarningTerms.sample(rate: rate, equity: equity, rounding: rounding)
        #expect(try terms.points(for: spent) == points)
    }

    @Test(
        "the tier's multiplier takes part in the one rounding at the end",
        arguments: [  // spent, rate, equity, tier, rounding, points
            (100_00, 1_000, 1_000, 1_250, .down, 125),
            (100_00, 1_000, 1_200, 1_250, .down, 150),
            // Rounded factor by factor these would be 60 and 1.
            (33_33, 1_500, 1_200, 1_050, .down, 62),
            (99, 1_500, 1_500, 1_500, .down, 3),
            (1, 100, 1_000, 1_000, .up, 1),
            (1, 100, 1_000, 1_000, .nearest, 0),
            (50, 1_000, 1_000, 1_000, .nearest, 1),
            (49, 1_000, 1_000, 1_000, .nearest, 0),
        ] as [(Cents, Thousandths, Thousandths, Thousandths, Rounding, Int64)])
    func tierMultiplier(
        spent: Cents, rate: Thousandths, equity: Thousandths, tier: Thousandths, rounding: Rounding, points: Int64
    ) throws {
        let terms = EarningTerms.sample(rate: rate, equity: equity, tier: tier, rounding: rounding)
        #expect(try terms.points(for: spent) == points)
    }

    @Test("points equal a computation digit by digit, as on paper", arguments: SeededRandom.seeds)
    func onPaper(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let terms = EarningTerms.random(using: &random)
            let spent = Cents(rawValue: random.magnitude(upTo: .max))
            let expected = PaperNumber(spent.rawValue)
                .times(terms.pointsPerDollar.rawValue).times(terms.equityMultiplier.rawValue)
                .times(terms.tierMultiplier.rawValue).rounded(dropping: 11, terms.rounding)
            if let expected = Int64(expected) {
                #expect(try terms.points(for: spent) == expected, "\(terms) for \(spent)")
            } else {
                #expect(throws: Overflow(), "\(terms) for \(spent)") { try terms.points(for: spent) }
            }
        }
    }

    @Test(
        "points are never negative, and never fall when more is spent or a factor rises", arguments: SeededRandom.seeds)
    func monotone(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            var terms = EarningTerms.random(using: &random)
            let spent = Cents(rawValue: random.number(in: -1_000_00...1_000_000_00))
            let more = Cents(rawValue: spent.rawValue + random.number(in: 0...1_000))
            let points = try terms.points(for: spent)
            #expect(points >= 0, "\(terms) for \(spent)")
            #expect(try terms.points(for: more) >= points, "\(terms) for \(spent) and \(more)")
            switch random.number(in: 0...2) {
            case 0: terms.pointsPerDollar.rawValue += random.number(in: 0...500)
            case 1: terms.equityMultiplier.rawValue += random.number(in: 0...500)
            default: terms.tierMultiplier.rawValue += random.number(in: 0...500)
            }
            #expect(try terms.points(for: spent) >= points, "\(terms) for \(spent)")
        }
    }

    @Test(
        "down gives at most nearest, nearest at most up, up at most one point more than down",
        arguments: SeededRandom.seeds)
    func roundings(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            var terms = EarningTerms.random(using: &random)
            let spent = Cents(rawValue: random.number(in: -100...1_000_000_00))
            let points = try [Rounding.down, .nearest, .up].map { rounding in
                terms.rounding = rounding
                return try terms.points(for: spent)
            }
            #expect(points[0] <= points[1] && points[1] <= points[2] && points[2] <= points[0] + 1, "\(terms) \(spent)")
        }
    }

    @Test("an order too large to compute with is an error, never a wrap")
    func overflow() throws {
        let most = Cents(rawValue: .max)
        #expect(try EarningTerms.sample().points(for: most) == Int64.max / 100)
        let largest = EarningTerms.sample(rate: 10_000, equity: 5_000, tier: 10_000)
        #expect(throws: Overflow()) { try largest.points(for: most) }
        let beyond128Bits = EarningTerms.sample(rate: Thousandths(rawValue: .max), equity: Thousandths(rawValue: .max))
        #expect(throws: Overflow()) { try beyond128Bits.points(for: most) }
    }

    @Test("base points are those of the rate alone, rounded as the tenant rounds, so that the uplift is the rest")
    func base() throws {
        let terms = EarningTerms.sample(rate: 1_500, equity: 1_250, tier: 2_000, rounding: .nearest)
        #expect(try terms.basePoints(for: 33_00) == 50)
        #expect(try terms.points(for: 33_00) == 124)
        #expect(try terms.basePoints(for: -33_00) == 0)
    }

    @Test("each reason for no points has the word of rules.md and a sentence", arguments: NoPointsReason.allCases)
    func reasons(reason: NoPointsReason) {
        let words: Set<String> = [
            "no_member", "unknown_customer", "paused", "not_completed", "below_one_point", "before_program_start",
            "erased", "unreadable",
        ]
        #expect(words == Set(NoPointsReason.allCases.map(\.rawValue)))
        #expect(reason.words.hasSuffix(".") && !reason.words.contains("_"))
    }

    @Test("bases and roundings are stored under the words of contract.md")
    func wireWords() {
        #expect(EarnBase.allCases.map(\.rawValue) == ["total", "before_tax"])
        #expect(Rounding.allCases.map(\.rawValue) == ["down", "nearest", "up"])
    }
}

extension EarningTerms {
    static func sample(
        rate: Thousandths = .one, equity: Thousandths = .one, tier: Thousandths = .one, rounding: Rounding = .down
    ) -> EarningTerms {
        EarningTerms(
            pointsPerDollar: rate, equityMultiplier: equity, tierMultiplier: tier, rounding: rounding, earnOn: .total,
            settingsVersion: 1)
    }

    /// Terms anywhere in the ranges that settings allow.
    static func random(using random: inout SeededRandom) -> EarningTerms {
        .sample(
            rate: Thousandths(rawValue: random.number(in: 100...10_000)),
            equity: Thousandths(rawValue: random.number(in: 1_000...5_000)),
            tier: Thousandths(rawValue: random.number(in: 1_000...10_000)),
            rounding: random.element(of: Rounding.allCases))
    }
}

/// A whole number as decimal digits, lowest first: school arithmetic, which shares nothing with the code it checks.
private struct PaperNumber {
    var digits: [Int]

    init(_ value: Int64) { digits = String(value).reversed().compactMap(\.wholeNumberValue) }

    func times(_ factor: Int64) -> PaperNumber {
        var product = self
        var carry = 0
        for index in digits.indices {
            let sum = digits[index] * Int(factor) + carry
            product.digits[index] = sum % 10
            carry = sum / 10
        }
        while carry > 0 {
            product.digits.append(carry % 10)
            carry /= 10
        }
        return product
    }

    /// The text of the number without its last `count` digits, rounded by looking at them.
    func rounded(dropping count: Int, _ rounding: Rounding) -> String {
        let padded = digits + Array(repeating: 0, count: max(0, count + 1 - digits.count))
        let dropped = padded.prefix(count)
        var kept = Array(padded.dropFirst(count))
        let isUp =
            switch rounding {
            case .down: false
            case .nearest: (dropped.last ?? 0) >= 5
            case .up: dropped.contains { $0 > 0 }
            }
        var index = 0
        if isUp {
            while index < kept.count, kept[index] == 9 {
                kept[index] = 0
                index += 1
            }
            if index < kept.count { kept[index] += 1 } else { kept.append(1) }
        }
        return kept.reversed().map(String.init).joined()
    }
}
