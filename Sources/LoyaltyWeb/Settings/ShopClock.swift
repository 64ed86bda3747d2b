import LoyaltyRules
import LoyaltyStore

/// Moments in a shop's own time, in words.
struct ShopClock {
    private let calendar: LocalCalendar
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    init(_ business: BusinessSettings) { calendar = business.calendar }

    /// `3 Mar 2026`.
    func day(_ instant: Instant) -> String { Self.text(calendar.day(of: instant)) }

    /// `today at 6:04 pm`, or with the day before it.
    func moment(_ instant: Instant, now: Instant = .now()) -> String {
        let day = calendar.day(of: instant)
        let minutes = calendar.secondOfDay(of: instant) / 60
        let hour = minutes / 60 % 12 == 0 ? 12 : minutes / 60 % 12
        let minute = minutes % 60 < 10 ? "0\(minutes % 60)" : "\(minutes % 60)"
        let words = day == calendar.day(of: now) ? "today" : "on \(Self.text(day))"
        return "\(words) at \(hour):\(minute) \(minutes < 720 ? "am" : "pm")"
    }

    private static func text(_ day: Day) -> String {
        let parts = day.description.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[1]) else { return day.description }
        return "\(parts[2]) \(months[parts[1] - 1]) \(parts[0])"
    }
}
