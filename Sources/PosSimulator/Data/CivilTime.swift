import Foundation

/// Calendar arithmetic of the shop's zone, America/New_York by the rule in force since 2007. Own code, because a
/// million orders are generated at start and because the product's calendar must not be checked with itself.
enum CivilTime {
    static let daySeconds: Int64 = 86_400

    /// Days since 1970-01-01.
    static func day(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }

    /// 0 is Sunday.
    static func weekday(day: Int) -> Int { ((day + 4) % 7 + 7) % 7 }

    /// Seconds to add to UTC for the shop's wall clock.
    static func offset(at utc: Int64) -> Int64 {
        let year = date(day: Int(floorDivide(utc, daySeconds))).year
        let march = day(year: year, month: 3, day: 8)
        let november = day(year: year, month: 11, day: 1)
        let begins = Int64(march + (7 - weekday(day: march)) % 7) * daySeconds + 7 * 3_600
        let ends = Int64(november + (7 - weekday(day: november)) % 7) * daySeconds + 6 * 3_600
        return utc >= begins && utc < ends ? -4 * 3_600 : -5 * 3_600
    }

    static func localDay(at utc: Int64) -> Int { Int(floorDivide(utc + offset(at: utc), daySeconds)) }

    /// The UTC second of a wall-clock second of a local day; the hour that exists twice is not needed.
    static func utc(localDay: Int, second: Int) -> Int64 {
        let local = Int64(localDay) * daySeconds + Int64(second)
        return local - offset(at: local + 5 * 3_600)
    }

    static var nowMilliseconds: Int64 { Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)) }

    static func day(parsing text: some StringProtocol) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let number = Int(parts[2])
        else { return nil }
        let day = day(year: year, month: month, day: number)
        return date(day: day) == (year, month, number) ? day : nil
    }

    /// Milliseconds of `2026-01-02T20:15:00.000Z`, with or without fraction and `Z`; a bare day is noon in the shop.
    static func milliseconds(parsing text: String) -> Int64? {
        let halves = text.split(separator: "T", maxSplits: 1)
        guard let first = halves.first, let day = day(parsing: first) else { return nil }
        guard halves.count == 2 else { return utc(localDay: day, second: 43_200) * 1_000 }
        let clock = halves[1].hasSuffix("Z") ? halves[1].dropLast() : halves[1]
        let parts = clock.split(separator: ".", maxSplits: 1)
        let fields = (parts.first ?? "").split(separator: ":").map { Int64($0) ?? -1 }
        guard fields.count == 3, (0...23).contains(fields[0]), (0...59).contains(fields[1]),
            (0...60).contains(fields[2])
        else { return nil }
        let fraction = parts.count > 1 ? Int64(parts[1].prefix(3)) ?? 0 : 0
        return ((Int64(day) * 24 + fields[0]) * 60 + fields[1]) * 60_000 + fields[2] * 1_000 + fraction
    }

    static func iso(milliseconds: Int64) -> String {
        let (day, second, fraction) = split(milliseconds: milliseconds)
        let clock = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(isoDay(day))T\(clock).\(fraction < 100 ? "0" : "")\(two(fraction))Z"
    }

    /// The day, the second of the day and the millisecond of the second.
    static func split(milliseconds: Int64) -> (day: Int, second: Int64, millisecond: Int64) {
        let seconds = floorDivide(milliseconds, 1_000)
        let day = floorDivide(seconds, daySeconds)
        return (Int(day), seconds - day * daySeconds, milliseconds - seconds * 1_000)
    }

    static func isoDay(_ day: Int) -> String {
        let date = date(day: day)
        return "\(date.year)-\(two(Int64(date.month)))-\(two(Int64(date.day)))"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        value >= 0 ? value / by : (value - by + 1) / by
    }
}
