import LoyaltyRules

/// How figures, days and moments read on every page: docs/design.md, "Words". Moments are in the shop's time.
struct Words: Sendable {
    let calendar: LocalCalendar

    init(_ calendar: LocalCalendar) { self.calendar = calendar }

    /// `Mon 3 Mar 2026, 6:04 pm`.
    func moment(_ instant: Instant) -> Moment {
        let text = "\(Words.day(calendar.day(of: instant))), \(clock(instant))"
        return Moment(machineTime: instant.description, shownTime: text)
    }

    /// `6:04 pm`.
    func clock(_ instant: Instant) -> String {
        let minutes = calendar.secondOfDay(of: instant) / 60
        let hour = minutes / 60
        let minute = minutes % 60
        return "\(hour % 12 == 0 ? 12 : hour % 12):\(minute < 10 ? "0" : "")\(minute) \(hour < 12 ? "am" : "pm")"
    }

    /// `Mon 3 Mar 2026`.
    static func day(_ day: Day) -> String {
        // 1 January 1970 was a Thursday.
        let weekday = Int(((day.daysSince1970 + 3) % 7 + 7) % 7)
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        return "\(names[weekday]) \(shortDay(day)) \(day.components.year)"
    }

    /// `3 Mar`.
    static func shortDay(_ day: Day) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = day.components
        return "\(parts.day) \(months[parts.month - 1])"
    }

    /// `1 point`, `1,240 points`.
    static func points(_ count: Int64) -> String { counted(count, "point", "points") }

    /// `1 customer`, `1,240 customers`.
    static func counted(_ count: Int64, _ one: String, _ many: String) -> String {
        "\(groupedDigits(count)) \(count == 1 ? one : many)"
    }

    /// `+12`, `−12`, `0`.
    static func signed(_ value: Int64) -> String { (value > 0 ? "+" : "") + groupedDigits(value) }

    /// A share in whole percent, rounded down but never to zero for some: `12 %`, `under 1 %`.
    static func share(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0, part > 0 else { return "0 %" }
        let percent = Int64(Int128(part) * 100 / Int128(whole))
        return percent == 0 ? "under 1 %" : "\(percent) %"
    }

    /// `3 minutes`, for a wait: rounded up.
    static func duration(seconds: Int64) -> String {
        switch seconds {
        case ..<90: counted(max(seconds, 1), "second", "seconds")
        case ..<5_400: counted((seconds + 59) / 60, "minute", "minutes")
        default: counted((seconds + 3_599) / 3_600, "hour", "hours")
        }
    }
}

/// A moment for `<time>`.
struct Moment: Sendable, Equatable {
    let machineTime: String
    let shownTime: String
}
