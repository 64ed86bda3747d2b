import LoyaltyRules
import Testing

struct StreaksTests {
    private func streak(_ current: Int64, _ longest: Int64, _ last: Int64?) -> Streak {
        Streak(current: current, longest: longest, lastDay: last.map { Day(daysSince1970: $0) })
    }
    private func days(_ numbers: [Int64]) -> [Day] { numbers.map { Day(daysSince1970: $0) } }

    @Test(
        "the same day changes nothing, the next day adds one, after a gap it is one again, the longest is kept",
        arguments: [  // days, current, longest, last day
            ([], 0, 0, nil), ([7], 1, 1, 7), ([7, 7, 7], 1, 1, 7), ([7, 8], 2, 2, 8), ([7, 8, 8, 9], 3, 3, 9),
            ([7, 9], 1, 1, 9), ([7, 8, 9, 11], 1, 3, 11), ([9, 7, 8], 3, 3, 9), ([1, 2, 5, 6, 7, 20, 21], 2, 3, 21),
        ] as [([Int64], Int64, Int64, Int64?)])
    func table(numbers: [Int64], current: Int64, longest: Int64, last: Int64?) {
        #expect(Streak(of: days(numbers)) == streak(current, longest, last))
    }

    @Test(
        "a new day is added without looking back only when nothing before can matter",
        arguments: [  // current, longest, last day, new days, what comes of it
            (2, 5, 8, [8], (2, 5, 8)), (2, 5, 8, [9], (3, 5, 9)), (5, 5, 8, [8, 9, 10], (7, 7, 10)),
            (2, 5, 8, [10], nil), (2, 5, 8, [7], nil), (2, 5, 8, [9, 11], nil), (0, 0, nil, [9], nil),
            (2, 5, 8, [], (2, 5, 8)),
        ] as [(Int64, Int64, Int64?, [Int64], (Int64, Int64, Int64)?)])
    func adding(
        current: Int64, longest: Int64, last: Int64?, new: [Int64], result: (Int64, Int64, Int64)?
    ) {
        let expected = result.map { streak($0.0, $0.1, $0.2) }
        #expect(streak(current, longest, last).adding(days(new)) == expected)
    }

    @Test("counted anew, what was reached once is kept")
    func recounted() {
        #expect(streak(9, 9, 30).recounted(over: days([1, 2, 40])) == streak(1, 9, 40))
        #expect(streak(1, 1, 3).recounted(over: days([1, 2, 3])) == streak(3, 3, 3))
    }

    @Test(
        "added day by day in order or counted at once, a history makes the same streak",
        arguments: SeededRandom.seeds)
    func property(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<500 {
            var all: [Day] = []
            var kept = Streak.none
            var day: Int64 = 100
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                day += Int64.random(in: 0...2, using: &random)
                all.append(Day(daysSince1970: day))
                kept = kept.adding([Day(daysSince1970: day)]) ?? kept.recounted(over: all)
            }
            #expect(kept == Streak(of: all.shuffled(using: &random)))
        }
    }

    @Test("orders aside, visits, chats and check-ins count; searches and reviews do not")
    func types() {
        #expect(EngagementType.allCases.filter(\.countsForStreak) == [.chatStarted, .visit, .checkIn])
    }
}
