import Foundation
import Testing

@testable import LoyaltyRules

struct DayTests {
    @Test("each day from 1900 to 2100 has the number and the date that Foundation gives it")
    func againstFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let first = try #require(Day(year: 1900, month: 1, day: 1))
        let last = try #require(Day(year: 2100, month: 12, day: 31))
        var differing: [Day] = []
        for number in first.daysSince1970...last.daysSince1970 {
            let day = Day(daysSince1970: number)
            let date = Date(timeIntervalSince1970: TimeInterval(number) * 86_400)
            let theirs = calendar.dateComponents([.year, .month, .day], from: date)
            let ours = day.components
            let isSame =
                ours.year == theirs.year && ours.month == theirs.month && ours.day == theirs.day
                && Day(year: ours.year, month: ours.month, day: ours.day) == day
                && Day(parsing: day.description) == day
            if !isSame { differing.append(day) }
        }
        #expect(differing.isEmpty)
        #expect(last.daysSince1970 - first.daysSince1970 + 1 == 201 * 365 + 49)
    }

    @Test(
        "a day is read as YYYY-MM-DD only",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-01-02", 20_455),
            ("0001-01-01", -719_162),
            ("9999-12-31", 2_932_896), ("2024-02-29", 19_782), ("2025-02-29", nil), ("1900-02-29", nil),
            ("2026-13-01", nil),
            ("2026-00-01", nil), ("2026-01-00", nil), ("2026-04-31", nil), ("0000-01-01", nil), ("2026-1-2", nil),
            ("2026-01-2", nil), ("20260102", nil), ("2026/01/02", nil), ("01-02-2026", nil), ("2026-01-02 ", nil),
            ("", nil),
            ("+026-01-02", nil), ("-026-01-02", nil), ("２０２６-01", nil), ("2026-01-é", nil),
            ("2026-01-02T00:00:00Z", nil),
        ] as [(String, Int64?)])
    func parsing(text: String, number: Int64?) { #expect(Day(parsing: text)?.daysSince1970 == number) }

    @Test("days out of the calendar do not exist", arguments: [(0, 1, 1), (10_000, 1, 1), (2026, 0, 1), (2026, 2, 30)])
    func outside(year: Int, month: Int, day: Int) { #expect(Day(year: year, month: month, day: day) == nil) }

    @Test(
        "a year before is the same date, and 28 February for the 29th",
        arguments: [
            ("2026-01-02", "2025-01-02"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28"),
            ("2025-03-01", "2024-03-01"), ("2024-03-01", "2023-03-01"), ("2000-02-29", "1999-02-28"),
        ])
    func aYearBefore(text: String, before: String) throws {
        let day = try #require(Day(parsing: text))
        #expect(day.aYearBefore.description == before)
    }

    @Test("moving by days and counting them agree, and JSON keeps the date")
    func moving() throws {
        let day = try #require(Day(parsing: "2023-12-31"))
        #expect(day.advanced(by: 60).description == "2024-02-29")
        #expect(day.days(to: day.advanced(by: 60)) == 60)
        #expect(day.advanced(by: 1) > day)
        #expect(try String(decoding: JSONEncoder().encode([day]), as: UTF8.self) == #"["2023-12-31"]"#)
        #expect(try JSONDecoder().decode([Day].self, from: Data(#"["2023-12-31"]"#.utf8)) == [day])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Day].self, from: Data(#"["2023-02-29"]"#.utf8))
        }
    }
}

struct InstantTests {
    @Test(
        "a time is read by RFC 3339",
        arguments: [
            ("2026-01-02T20:15:00Z", 1_767_384_900_000_000), ("2026-01-02T20:15:00.5Z", 1_767_384_900_500_000),
            ("2026-01-02T20:15:00.123456789Z", 1_767_384_900_123_456), ("2026-01-02t20:15:00z", 1_767_384_900_000_000),
            ("2026-01-02 20:15:00Z", 1_767_384_900_000_000), ("2026-01-02T15:15:00-05:00", 1_767_384_900_000_000),
            ("2026-01-03T06:45:00.000+10:30", 1_767_384_900_000_000), ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1_000), ("2016-12-31T23:59:60Z", 1_483_228_799_000_000),
            ("1970-01-01T00:00:00+00:01", -60_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ] as [(String, Int64)])
    func parsing(text: String, microseconds: Int64) {
        #expect(Instant(parsing: text)?.microsecondsSince1970 == microseconds)
        #expect(Instant(parsing: text, zoneOptional: true)?.microsecondsSince1970 == microseconds)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "now", "2026-01-02", "2026-01-02T20:15Z", "2026-01-02T20:15:00.Z", "2026-01-02T24:00:00Z",
            "2026-01-02T20:60:00Z", "2026-01-02T20:15:61Z", "2026-02-29T20:15:00Z", "2026-13-02T20:15:00Z",
            "2026-01-02X20:15:00Z", "2026-01-02T20-15-00Z", "2026-01-02T20:15:00+5:00", "2026-01-02T20:15:00+0500",
            "2026-01-02T20:15:00+24:00", "2026-01-02T20:15:00+05:60", "2026-01-02T20:15:00ZZ", "2026-01-02T20:15:00Z ",
            " 2026-01-02T20:15:00Z", "2026-01-02T20:15:00,5Z", "2026-01-02T２０:15:00Z", "2026-01-02T20:15:0éZ",
            "1767384900", "20260102T201500Z", "2026-01-02T20:15:00 UTC", "2026-01-02T-1:15:00Z",
            "2026-01-02T20:15:00.00000000000000000000000Z",
        ])
    func malformed(text: String) {
        #expect(Instant(parsing: text) == nil)
        #expect(Instant(parsing: text, zoneOptional: true) == nil)
    }

    @Test("a missing zone is UTC where that is allowed, and refused elsewhere", arguments: ["", ".5", ".123"])
    func withoutZone(fraction: String) {
        let text = "2026-01-02T20:15:00" + fraction
        #expect(Instant(parsing: text) == nil)
        #expect(Instant(parsing: text, zoneOptional: true) == Instant(parsing: text + "Z"))
    }

    @Test(
        "a time is written in UTC with milliseconds, cut off and never rounded up",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_767_384_900_000_000, "2026-01-02T20:15:00.000Z"),
            (1_767_384_900_999_999, "2026-01-02T20:15:00.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (-86_400_000_000, "1969-12-31T00:00:00.000Z"), (-1_000_001, "1969-12-31T23:59:58.999Z"),
        ] as [(Int64, String)])
    func writing(microseconds: Int64, text: String) {
        #expect(Instant(microsecondsSince1970: microseconds).description == text)
    }

    @Test("what is written reads back to the millisecond", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let instant = Instant(
                microsecondsSince1970: random.number(in: -4_000_000_000_000...4_000_000_000_000) * 1_000)
            #expect(Instant(parsing: instant.description) == instant)
        }
    }

    @Test("seconds are rounded down, before 1970 too")
    func seconds() {
        #expect(Instant(microsecondsSince1970: -1).secondsSince1970 == -1)
        #expect(Instant(microsecondsSince1970: -1_000_000).secondsSince1970 == -1)
        #expect(Instant(microsecondsSince1970: 1_999_999).secondsSince1970 == 1)
        #expect(Instant(secondsSince1970: 10).advanced(bySeconds: -11) == Instant(secondsSince1970: -1))
    }
}

struct LocalCalendarTests {
    @Test(
        "a day begins where the zone's clock first shows it",
        arguments: [  // zone, day, first moment
            ("UTC", "2026-03-08", "2026-03-08T00:00:00.000Z"),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z"),
            ("America/New_York", "2026-03-09", "2026-03-09T04:00:00.000Z"),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z"),
            ("America/New_York", "2026-11-02", "2026-11-02T05:00:00.000Z"),
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z"),
            ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00.000Z"),
            ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z"),
            ("Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00:00.000Z"),
            // Midnight does not exist: the day begins at one.
            ("America/Santiago", "2025-09-07", "2025-09-07T04:00:00.000Z"),
            ("America/Santiago", "2025-09-08", "2025-09-08T03:00:00.000Z"),
            // The hour before midnight happens twice.
            ("America/Santiago", "2025-04-05", "2025-04-05T03:00:00.000Z"),
            ("America/Santiago", "2025-04-06", "2025-04-06T04:00:00.000Z"),
            // Midnight happens twice: the day begins with the first.
            ("America/Havana", "2025-11-02", "2025-11-02T04:00:00.000Z"),
            ("Asia/Amman", "2021-10-29", "2021-10-28T21:00:00.000Z"),
        ])
    func firstMoment(zone: String, day: String, moment: String) throws {
        let calendar = try #require(LocalCalendar(timeZone: zone))
        let day = try #require(Day(parsing: day))
        #expect(calendar.start(of: day).description == moment)
    }

    private static let zones = [
        "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC", "America/Havana", "Asia/Amman",
        "Asia/Beirut", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Atlantic/Azores",
    ]

    @Test("one microsecond before its first moment it is not yet that day, from 2010 to 2030", arguments: zones)
    func boundary(zone: String) throws {
        let calendar = try #require(LocalCalendar(timeZone: zone))
        let first = try #require(Day(parsing: "2010-01-01"))
        let last = try #require(Day(parsing: "2030-12-31"))
        var wrong: [Day] = []
        for number in first.daysSince1970...last.daysSince1970 {
            let day = Day(daysSince1970: number)
            let start = calendar.start(of: day)
            let before = Instant(microsecondsSince1970: start.microsecondsSince1970 - 1)
            if calendar.day(of: start) != day || calendar.day(of: before) >= day { wrong.append(day) }
        }
        #expect(wrong.isEmpty)
    }

    @Test(
        "a quarter of an hour at a time, day and clock are Foundation's, in a year with its changes", arguments: zones)
    func againstFoundation(zone: String) throws {
        let local = try #require(LocalCalendar(timeZone: zone))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = local.timeZone
        var wrong: [Instant] = []
        for quarter in 0..<Int64(366 * 96) {
            let instant = Instant(secondsSince1970: 1_735_689_600 + quarter * 900)
            let date = Date(timeIntervalSince1970: TimeInterval(instant.secondsSince1970))
            let theirs = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
            let ours = local.day(of: instant).components
            let clock = local.secondOfDay(of: instant)
            let isSame =
                ours.year == theirs.year && ours.month == theirs.month && ours.day == theirs.day
                && clock / 3_600 == theirs.hour.map(Int64.init) && clock / 60 % 60 == theirs.minute.map(Int64.init)
            if !isSame { wrong.append(instant) }
        }
        #expect(wrong.isEmpty)
    }

    @Test("a day that the zone skipped begins with the next one")
    func skippedDay() throws {
        let calendar = try #require(LocalCalendar(timeZone: "Pacific/Apia"))
        let skipped = try #require(Day(parsing: "2011-12-30"))
        #expect(calendar.start(of: skipped) == calendar.start(of: skipped.advanced(by: 1)))
    }

    @Test("evening sales fall on the store's day, not on that of UTC")
    func storeDay() throws {
        let calendar = try #require(LocalCalendar(timeZone: "America/New_York"))
        let evening = try #require(Instant(parsing: "2026-01-03T02:30:00Z"))
        #expect(calendar.day(of: evening).description == "2026-01-02")
        #expect(calendar.secondOfDay(of: evening) == 21 * 3_600 + 30 * 60)
    }

    @Test(
        "only IANA names are zones",
        arguments: ["", "New York", "America/Nowhere", "EST", "GMT+5", "/", "../etc/passwd", "é/é", "+05:00"])
    func unknownZone(name: String) { #expect(LocalCalendar(timeZone: name) == nil) }
}
