#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// An instant in UTC to the microsecond: what a DATETIME(6) column holds, both ways without loss.
public struct UTCTime: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z, negative before it.
    public var microsecondsSince1970: Int64

    /// The instant that many microseconds after 1970.
    public init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

    /// The instant that many whole seconds after 1970.
    public init(secondsSince1970: Int64) { self.microsecondsSince1970 = secondsSince1970 * 1_000_000 }

    /// This machine's clock. Deadlines and leases are compared with the server's `UTC_TIMESTAMP(6)` instead,
    /// for the clocks of several hosts differ.
    public static func now() -> UTCTime {
        var time = timespec()
        // CLOCK_REALTIME exists everywhere this runs and the pointer is valid: there is no error to see.
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Earlier before later.
    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// Whole seconds since 1970, rounded down.
    public var secondsSince1970: Int64 { microsecondsSince1970.flooredQuotient(by: 1_000_000).quotient }
}

/// The calendar fields of an instant in UTC, in the Gregorian calendar for all years.
struct CivilTime: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64
    var hour: Int64 = 0
    var minute: Int64 = 0
    var second: Int64 = 0
    var microsecond: Int64 = 0
}

extension UTCTime {
    /// The instant of these fields; they must be within their ranges.
    init(_ civil: CivilTime) {
        // Years begin in March here, so that the leap day is the last of its year.
        let year = civil.month <= 2 ? civil.year - 1 : civil.year
        let (era, yearOfEra) = year.flooredQuotient(by: 400)
        let dayOfYear = (153 * ((civil.month + 9) % 12) + 2) / 5 + civil.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = ((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second
        self.init(microsecondsSince1970: seconds * 1_000_000 + civil.microsecond)
    }

    var civil: CivilTime {
        let (seconds, microsecond) = microsecondsSince1970.flooredQuotient(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredQuotient(by: 86_400)
        let (era, dayOfEra) = (days + 719_468).flooredQuotient(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return CivilTime(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
            hour: secondOfDay / 3_600, minute: secondOfDay / 60 % 60, second: secondOfDay % 60,
            microsecond: microsecond)
    }
}

extension UTCTime: CustomStringConvertible {
    /// As in `2026-03-01T18:04:05.000006Z`.
    public var description: String {
        let fields = civil
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = "\(padded(fields.year, 4))-\(padded(fields.month, 2))-\(padded(fields.day, 2))"
        let clock = "\(padded(fields.hour, 2)):\(padded(fields.minute, 2)):\(padded(fields.second, 2))"
        return "\(date)T\(clock).\(padded(fields.microsecond, 6))Z"
    }
}

extension Int64 {
    /// Quotient and remainder with the remainder never negative.
    fileprivate func flooredQuotient(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
