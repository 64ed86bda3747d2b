import Testing

@testable import LoyaltyRules

struct NumbersTests {
    @Test(
        "a fraction ends as its rounding says",
        arguments: [  // dividend, divisor, down, nearest, up
            (0, 10, 0, 0, 0), (1, 10, 0, 0, 1), (4, 10, 0, 0, 1), (5, 10, 0, 1, 1), (9, 10, 0, 1, 1),
            (10, 10, 1, 1, 1), (11, 10, 1, 1, 2), (14, 10, 1, 1, 2), (15, 10, 1, 2, 2), (25, 10, 2, 3, 3),
            (1, 3, 0, 0, 1), (2, 3, 0, 1, 1), (7, 1, 7, 7, 7),
        ] as [(Int128, Int128, Int64, Int64, Int64)])
    func fraction(dividend: Int128, divisor: Int128, down: Int64, nearest: Int64, up: Int64) throws {
        #expect(try Rounding.down.divide(dividend, by: divisor) == down)
        #expect(try Rounding.nearest.divide(dividend, by: divisor) == nearest)
        #expect(try Rounding.up.divide(dividend, by: divisor) == up)
    }

    @Test("down is at most nearest, nearest at most up, up at most one more than down", arguments: SeededRandom.seeds)
    func order(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let dividend = Int128(random.magnitude(upTo: .max)) * Int128(random.number(in: 0...1_000_000))
            let divisor = Int128(1_000_000) + Int128(random.magnitude(upTo: .max))
            let down = try Rounding.down.divide(dividend, by: divisor)
            let nearest = try Rounding.nearest.divide(dividend, by: divisor)
            let up = try Rounding.up.divide(dividend, by: divisor)
            #expect(down <= nearest && nearest <= up && up <= down + 1, "\(dividend) / \(divisor)")
            #expect((up == down) == (dividend % divisor == 0), "\(dividend) / \(divisor)")
        }
    }

    @Test("the largest dividends and divisors round without leaving their range", arguments: Rounding.allCases)
    func largest(rounding: Rounding) throws {
        #expect(try rounding.divide(.max, by: .max) == 1)
        #expect(try rounding.divide(.max - 1, by: .max) == (rounding == .down ? 0 : 1))
        #expect(try rounding.divide(Int128(Int64.max), by: 1) == .max)
    }

    @Test("a quotient past 64 bits is an error, never a wrap", arguments: Rounding.allCases)
    func quotientOverflow(rounding: Rounding) {
        #expect(throws: Overflow()) { try rounding.divide(Int128(Int64.max) + 1, by: 1) }
        #expect(throws: Overflow()) { try rounding.divide(.max, by: 1) }
    }

    @Test("rounding up across the last whole number of 64 bits is an error")
    func roundingOverflow() throws {
        let dividend = Int128(Int64.max) * 2 + 1
        #expect(try Rounding.down.divide(dividend, by: 2) == .max)
        #expect(throws: Overflow()) { try Rounding.nearest.divide(dividend, by: 2) }
        #expect(throws: Overflow()) { try Rounding.up.divide(dividend, by: 2) }
    }

    @Test(
        "a sum past 64 bits is an error, never a wrap",
        arguments: [
            (1, 2, 3), (.max, 0, .max), (.max, 1, nil), (.min, 0, .min), (.min, -1, nil), (.max, .min, -1),
        ] as [(Int64, Int64, Int64?)])
    func sum(left: Int64, right: Int64, sum: Int64?) throws {
        guard let sum else {
            #expect(throws: Overflow()) { try addingExactly(left, right) }
            #expect(throws: Overflow()) { try Cents(rawValue: left).adding(Cents(rawValue: right)) }
            return
        }
        #expect(try addingExactly(left, right) == sum)
        #expect(try Cents(rawValue: left).adding(Cents(rawValue: right)) == Cents(rawValue: sum))
    }

    @Test("random movements sum to the cent, in any order", arguments: SeededRandom.seeds)
    func movements(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let movements = (0..<1_000).map { _ in Cents(rawValue: random.number(in: -9_999_99...9_999_99)) }
        let sum = try movements.reduce(Cents.zero) { try $0.adding($1) }
        let shuffled = try movements.shuffled(using: &random).reduce(Cents.zero) { try $0.adding($1) }
        #expect(sum.rawValue == movements.reduce(0) { $0 + $1.rawValue })
        #expect(shuffled == sum)
    }

    @Test("an overflow tells a person what happened, without figures")
    func words() { #expect(Overflow().description == "A number became too large to compute with.") }
}
