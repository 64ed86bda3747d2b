// rules.md, "Streaks and badges".

/// What a customer can do beside buying, as programs tell it.
public enum EngagementType: String, Codable, CaseIterable, Sendable {
    case chatStarted = "chat_started"
    case productSearched = "product_searched"
    case visit
    case checkIn = "check_in"
    case review

    /// Whether a day with it counts for the streak, as a day with an order does.
    public var countsForStreak: Bool {
        switch self {
        case .chatStarted, .visit, .checkIn: true
        case .productSearched, .review: false
        }
    }
}

/// Consecutive days with activity, by the shop's calendar.
public struct Streak: Equatable, Sendable {
    /// Days in a row up to `lastDay`, zero before the first.
    public var current: Int64
    /// The most there ever were.
    public var longest: Int64
    /// The last day with activity.
    public var lastDay: Day?

    /// Makes a streak.
    public init(current: Int64, longest: Int64, lastDay: Day?) {
        self.current = current
        self.longest = longest
        self.lastDay = lastDay
    }

    /// Before the first activity.
    public static let none = Streak(current: 0, longest: 0, lastDay: nil)

    /// The streak that all days with activity make: the same day changes nothing, the next day adds one, after a gap
    /// it is one again, the longest is kept.
    public init(of days: some Sequence<Day>) {
        self = .none
        for day in Set(days).sorted() {
            current = lastDay?.advanced(by: 1) == day ? current + 1 : 1
            longest = max(longest, current)
            lastDay = day
        }
    }

    /// The streak with `days` added; nil when that takes all days ever: one of these came late, or there is a gap,
    /// into which days may fall that were stored while streaks were switched off.
    public func adding(_ days: some Sequence<Day>) -> Streak? {
        guard var last = lastDay else { return nil }
        var streak = self
        for day in Set(days).sorted() where day != last {
            guard day == last.advanced(by: 1) else { return nil }
            streak.current += 1
            last = day
        }
        streak.lastDay = last
        streak.longest = max(longest, streak.current)
        return streak
    }

    /// This streak, after all days ever were counted anew: what was reached once is kept.
    public func recounted(over days: some Sequence<Day>) -> Streak {
        var streak = Streak(of: days)
        streak.longest = max(longest, streak.longest)
        return streak
    }
}
