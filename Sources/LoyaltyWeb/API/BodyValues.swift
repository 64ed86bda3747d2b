import Foundation
import LoyaltyRules
import LoyaltyStore

// What the calls' fields have in common beyond text and number.
extension BodyFields {
    /// What `read` finds under `name`; nil without a problem when it is left out or `null`.
    mutating func ifGiven<Value>(_ name: String, _ read: (inout BodyFields) -> Value?) -> Value? {
        has(name) ? read(&self) : nil
    }

    /// As above, for an update: left out it stays, `null` clears it.
    mutating func change<Value>(_ name: String, _ read: (inout BodyFields) -> Value?) -> FieldChange<Value> {
        if isNull(name) { return .cleared }
        return ifGiven(name, read).map { .set($0) } ?? .unchanged
    }

    /// The point of sale's id of a customer.
    mutating func posID(_ name: String) -> String? {
        guard let text = string(name) else { return nil }
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            text.utf8.first != 0x20, text.utf8.last != 0x20
        else {
            return refuse(
                name, "out_of_range", "“\(name)” must have 1 to 128 characters of ASCII, with no blanks around them.")
        }
        return text
    }

    /// One of a few words, as `read` knows them.
    mutating func word<Value>(_ name: String, _ words: [String], _ read: (String) -> Value?) -> Value? {
        guard let text = string(name) else { return nil }
        return read(text)
            ?? refuse(name, "invalid", "“\(name)” must be one of \(words.map { "“\($0)”" }.joined(separator: ", ")).")
    }

    /// A moment as RFC 3339 has it, from the year 2000 to a day from now.
    mutating func instant(_ name: String, before now: Instant) -> Instant? {
        guard let text = string(name) else { return nil }
        guard let instant = Instant(parsing: text) else {
            return refuse(name, "invalid", "“\(name)” must be a time as in 2026-01-31T16:05:00Z.")
        }
        guard instant >= .earliest, instant <= now.advanced(bySeconds: 86_400) else {
            return refuse(name, "out_of_range", "“\(name)” must lie between the year 2000 and a day from now.")
        }
        return instant
    }

    /// A day of birth.
    mutating func birthDate(_ name: String, before now: Instant) -> Day? {
        guard let text = string(name) else { return nil }
        guard let day = Day(parsing: text) else {
            return refuse(name, "invalid", "“\(name)” must be a date as in 1990-12-31.")
        }
        // Somewhere on earth it is tomorrow already.
        let today = LocalCalendar(timeZone: .gmt).day(of: now.advanced(bySeconds: 86_400))
        guard day >= .earliestBirth, day <= today else {
            return refuse(name, "out_of_range", "“\(name)” must lie between 1900 and today.")
        }
        return day
    }

    /// A name of a person: on one line, without blanks at its ends, in the form in which names are searched.
    mutating func personName(_ name: String) -> String? {
        guard let text = string(name) else { return nil }
        if text.isEmpty { return "" }
        return self.text(name, 1...100)?.trimmingCharacters(in: .whitespaces).precomposedStringWithCanonicalMapping
    }

    /// A telephone number.
    mutating func phone(_ name: String) -> Phone? {
        guard let text = string(name) else { return nil }
        return Phone(text) ?? refuse(name, "invalid", CustomerField.phone.expectation)
    }

    /// An e-mail address.
    mutating func email(_ name: String) -> String? {
        guard let text = string(name) else { return nil }
        return comparableEmail(text) ?? refuse(name, "invalid", CustomerField.email.expectation)
    }
}

extension Instant {
    /// Before that no shop's program wrote anything down.
    fileprivate static let earliest = Instant(secondsSince1970: 946_684_800)
}

extension Day {
    /// 1900-01-01.
    static let earliestBirth = Day(daysSince1970: -25_567)
}
