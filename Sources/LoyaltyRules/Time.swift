import Foundation

/// A moment in UTC, to the microsecond.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    public var microsecondsSince1970: Int64

    /// Wraps a count of microseconds.
    public init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

    /// Wraps a count of whole seconds.
    public init(secondsSince1970: Int64) { self.init(microsecondsSince1970: secondsSince1970 * 1_000_000) }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// This moment moved by `seconds`, which may be negative.
    public func advanced(bySeconds seconds: Int64) -> Instant {
        Instant(microsecondsSince1970: microsecondsSince1970 + seconds * 1_000_000)
    }

    /// Whole seconds since 1970, rounded down.
    public var secondsSince1970: Int64 {
        let (quotient, remainder) = microsecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A calendar day, without a zone.
public struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public var daysSince1970: Int64

    /// Wraps a count of days.
    public init(daysSince1970: Int64) { self.daysSince1970 = daysSince1970 }

    /// A day of the Gregorian calendar; nil when there is none such, or outside the years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Day.daysIn(month: month, of: year)).contains(day)
        else { return nil }
        // Days from civil, by eras of 400 years that begin on 1 March.
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        self.init(
            daysSince1970: era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }

    /// Reads `YYYY-MM-DD`; nil for anything else.
    public init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = digits(bytes[0..<4]), let month = digits(bytes[5..<7]), let day = digits(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public static func < (left: Day, right: Day) -> Bool { left.daysSince1970 < right.daysSince1970 }

    /// Year, month (1 to 12) and day of the month.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
        let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        return (year, month, Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1))
    }

    /// The day `count` days later, or earlier when negative.
    public func advanced(by count: Int64) -> Day { Day(daysSince1970: daysSince1970 + count) }

    /// Whole days from this day to `other`.
    public func days(to other: Day) -> Int64 { other.daysSince1970 - daysSince1970 }

    /// The same date a year earlier; 29 February becomes 28 February. rules.md, "Tiers".
    public var aYearBefore: Day {
        let (year, month, day) = components
        let lastYear = Day.daysIn(month: month, of: year - 1)
        return Day(year: year - 1, month: month, day: min(day, lastYear)) ?? advanced(by: -365)
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Day: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        let (year, month, day) = components
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }
}

extension Day: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let day = Day(parsing: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a day as YYYY-MM-DD")
        }
        self = day
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Turns moments into a tenant's calendar days. rules.md: "Day" means a calendar day in the tenant's IANA time zone.
public struct LocalCalendar: Sendable {
    /// The tenant's zone.
    public let timeZone: TimeZone

    /// The calendar of an IANA zone such as `America/New_York`; nil when there is none of that name.
    public init?(timeZone name: String) {
        guard name.contains("/") || name == "UTC", let zone = TimeZone(identifier: name) else { return nil }
        timeZone = zone
    }

    /// The calendar of a known zone.
    public init(timeZone: TimeZone) { self.timeZone = timeZone }

    /// The day that `instant` falls on.
    public func day(of instant: Instant) -> Day {
        let local = instant.secondsSince1970 + offset(at: instant.secondsSince1970)
        return Day(daysSince1970: local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
    }

    /// The first moment of `day`.
    public func start(of day: Day) -> Instant {
        let midnight = day.daysSince1970 * 86_400
        let offsets = [offset(at: midnight - 86_400), offset(at: midnight + 86_400)].sorted()
        // Of two midnights the first counts. Where a change leaves none, or came before, the smaller offset holds.
        let first = Instant(secondsSince1970: midnight - offsets[1])
        return self.day(of: first) == day ? first : Instant(secondsSince1970: midnight - offsets[0])
    }

    /// Seconds since local midnight.
    public func secondOfDay(of instant: Instant) -> Int64 {
        let local = instant.secondsSince1970 + offset(at: instant.secondsSince1970)
        return ((local % 86_400) + 86_400) % 86_400
    }

    /// The day whose nightly run is due at `instant`: its 03:00 has passed; nil before. rules.md, "Sync".
    public func nightlyDay(at instant: Instant) -> Day? {
        secondOfDay(of: instant) >= 3 * 3_600 ? day(of: instant) : nil
    }

    private func offset(at seconds: Int64) -> Int64 {
        Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }
}

private func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in bytes {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

extension Instant {
    /// Reads `2026-01-02T20:15:00Z` (RFC 3339), with or without a fraction; a missing zone is read as UTC when
    /// `zoneOptional` (alleaves.md, quirk 6). Nil for anything else.
    public init?(parsing text: String, zoneOptional: Bool = false) {
        var bytes = Array(text.utf8)[...]
        guard bytes.count >= 19, bytes.count <= 40,
            let day = Day(parsing: String(decoding: bytes.prefix(10), as: UTF8.self))
        else { return nil }
        let clock = Array(bytes.dropFirst(10).prefix(9))
        guard clock[0] == UInt8(ascii: "T") || clock[0] == UInt8(ascii: " ") || clock[0] == UInt8(ascii: "t"),
            clock[3] == UInt8(ascii: ":"), clock[6] == UInt8(ascii: ":"),
            let hour = digits(clock[1..<3]), let minute = digits(clock[4..<6]), let second = digits(clock[7..<9]),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        bytes = bytes.dropFirst(19)
        var microseconds = 0
        if bytes.first == UInt8(ascii: ".") {
            let fraction = bytes.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !fraction.isEmpty, let value = digits(Array((Array(fraction) + Array("000000".utf8)).prefix(6))[...])
            else { return nil }
            microseconds = value
            bytes = bytes.dropFirst(1 + fraction.count)
        }
        guard let offset = Instant.offset(bytes, zoneOptional: zoneOptional) else { return nil }
        let seconds = day.daysSince1970 * 86_400 + Int64(hour * 3_600 + minute * 60 + min(second, 59)) - offset
        self.init(microsecondsSince1970: seconds * 1_000_000 + Int64(microseconds))
    }

    private static func offset(_ bytes: ArraySlice<UInt8>, zoneOptional: Bool) -> Int64? {
        let zone = Array(bytes)
        if zone.isEmpty { return zoneOptional ? 0 : nil }
        if zone == [UInt8(ascii: "Z")] || zone == [UInt8(ascii: "z")] { return 0 }
        guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
            zone[3] == UInt8(ascii: ":"),
            let hours = digits(zone[1..<3]), let minutes = digits(zone[4..<6]), hours < 24, minutes < 60
        else { return nil }
        let seconds = Int64(hours * 3_600 + minutes * 60)
        return zone[0] == UInt8(ascii: "-") ? -seconds : seconds
    }
}

extension Instant: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let instant = Instant(parsing: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time as RFC 3339 has it")
        }
        self = instant
    }

    /// RFC 3339, to the millisecond.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-01-02T20:15:00.000Z`.
    public var description: String {
        let seconds = secondsSince1970
        let day = LocalCalendar(timeZone: .gmt).day(of: self)
        let ofDay = Int(seconds - day.daysSince1970 * 86_400)
        let milliseconds = Int((microsecondsSince1970 - seconds * 1_000_000) / 1_000)
        return day.description + "T" + padded(ofDay / 3_600, 2) + ":" + padded(ofDay / 60 % 60, 2) + ":"
            + padded(ofDay % 60, 2) + "." + padded(milliseconds, 3) + "Z"
    }
}
