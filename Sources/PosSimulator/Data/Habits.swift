/// Kinds of buyers. With the usual thresholds each tier and each segment finds somebody among them.
struct Habit: Sendable {
    /// Share of all customers, of 100.
    let share: Int
    let orders: ClosedRange<Int>
    let basketDollars: ClosedRange<Int>
    /// Days since the last order.
    let lastDays: ClosedRange<Int>
    /// Days between first and last order.
    let spanDays: ClosedRange<Int>
    /// Takes the orders that the others leave over.
    var isBusy = false

    static let all = [
        Habit(share: 7, orders: 0...0, basketDollars: 20...20, lastDays: 0...700, spanDays: 0...0),
        Habit(share: 5, orders: 1...2, basketDollars: 20...70, lastDays: 0...18, spanDays: 0...8),
        Habit(share: 18, orders: 1...1, basketDollars: 20...80, lastDays: 30...700, spanDays: 0...0),
        Habit(share: 12, orders: 5...10, basketDollars: 18...32, lastDays: 0...26, spanDays: 60...400),
        Habit(share: 14, orders: 10...10, basketDollars: 42...75, lastDays: 0...24, spanDays: 120...700, isBusy: true),
        Habit(share: 7, orders: 2...4, basketDollars: 84...98, lastDays: 0...26, spanDays: 40...300),
        Habit(share: 12, orders: 2...4, basketDollars: 25...50, lastDays: 0...26, spanDays: 40...500),
        Habit(share: 8, orders: 2...14, basketDollars: 25...90, lastDays: 31...57, spanDays: 30...500),
        Habit(share: 7, orders: 2...14, basketDollars: 25...90, lastDays: 61...87, spanDays: 30...500),
        Habit(share: 10, orders: 2...20, basketDollars: 25...110, lastDays: 91...600, spanDays: 10...120),
    ]

    static func drawn(_ random: inout SplitMix64) -> Int {
        var rest = random.below(100)
        return all.firstIndex { habit in
            rest -= habit.share
            return rest < 0
        } ?? 0
    }
}

/// A visit before it has an id.
struct Visit: Sendable {
    var seconds: Int64
    var customer: Int32
    var basketDollars: UInt16
    var seed: UInt32

    static func isEarlier(_ one: Visit, _ other: Visit) -> Bool {
        (one.seconds, one.customer, one.seed) < (other.seconds, other.customer, other.seed)
    }
}
