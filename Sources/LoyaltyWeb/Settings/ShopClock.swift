import LoyaltyRules
import LoyaltyStore

/// Moments in a shop's own time, in the middle of a sentence; elsewhere `Words` says them.
struct ShopClock {
    private let words: Words

    init(_ business: BusinessSettings) { words = Words(business.calendar) }

    /// `3 Mar 2026`.
    func day(_ instant: Instant) -> String { Self.text(words.calendar.day(of: instant)) }

    /// `today at 6:04 pm`, or with the day before it.
    func moment(_ instant: Instant, now: Instant = .now()) -> String {
        let day = words.calendar.day(of: instant)
        let start = day == words.calendar.day(of: now) ? "today" : "on \(Self.text(day))"
        return "\(start) at \(words.clock(instant))"
    }

    private static func text(_ day: Day) -> String { "\(Words.shortDay(day)) \(day.components.year)" }
}
