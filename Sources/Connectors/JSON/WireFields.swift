import Foundation
import JSONText
import LoyaltyRules

/// A row of a page that could not be read; the rest of the page stands.
public struct UnreadableRow: Error, Equatable, Sendable, CustomStringConvertible {
    /// The row's id at the third party, if that much could be read.
    public var id: String?
    /// What is wrong, naming a field and never its value.
    public var reason: String

    /// Makes one.
    public init(id: String?, reason: String) {
        self.id = id
        self.reason = reason
    }

    public var description: String { reason }
}

/// A field of a row holds what it cannot hold.
struct BadField: Error {
    let reason: String
}

extension JSONValue {
    /// An id, number or text alike as text; nil when none of the names is there.
    func id(_ names: StaticString...) throws(BadField) -> String? {
        for name in names {
            guard let value = self[name] else { continue }
            guard let text = value.text?.trimmed else { throw bad(name, "an id") }
            if text.isEmpty { continue }
            if value.kind == .number {
                guard let number = DecimalText.parse(text, places: 0, allowsExponent: true) else {
                    throw bad(name, "an id")
                }
                return String(number)
            }
            guard text.utf8.count <= 64, !text.unicodeScalars.contains(where: isUnprintable) else {
                throw bad(name, "an id")
            }
            return text
        }
        return nil
    }

    /// An amount in dollars, number or text, exact and then half up to the cent; nil when absent or empty.
    func cents(_ name: StaticString) throws(BadField) -> Cents? {
        guard let text = self[name]?.text else {
            if self[name] != nil { throw bad(name, "an amount") }
            return nil
        }
        let trimmed = text.trimmed
        if trimmed.isEmpty { return nil }
        guard let cents = Cents(wireDollars: trimmed) else { throw bad(name, "an amount") }
        return cents
    }

    /// A flag as Bool, 0, 1 or text; nil when absent or empty.
    func flag(_ name: StaticString) throws(BadField) -> Bool? {
        guard let value = self[name] else { return nil }
        switch value.kind {
        case .true: return true
        case .false: return false
        default: break
        }
        switch value.text?.trimmed.lowercased() {
        case "1", "true", "yes": return true
        case "0", "false", "no": return false
        case "": return nil
        default: throw bad(name, "a yes or no")
        }
    }

    /// A time in ISO 8601, in UTC where it names no zone; nil when absent or empty.
    func instant(_ names: StaticString...) throws(BadField) -> Instant? {
        for name in names {
            guard let value = self[name] else { continue }
            guard value.kind == .string, let text = value.text else { throw bad(name, "a time") }
            if text.isEmpty { continue }
            guard let instant = Instant(parsing: text, zoneOptional: true) else { throw bad(name, "a time") }
            return instant
        }
        return nil
    }

    /// A moment as epoch seconds, number or text; nil when absent or not one.
    func epochSeconds(_ name: StaticString) -> Instant? {
        guard let text = self[name]?.text, let seconds = wholePart(of: text), (1..<100_000_000_000).contains(seconds)
        else { return nil }
        return Instant(secondsSince1970: seconds)
    }

    /// Text for people: trimmed, without control characters, cut to `count` characters; nil when absent or empty.
    func words(_ names: StaticString..., count: Int = 120) -> String? {
        for name in names {
            guard let text = self[name]?.text else { continue }
            // Nearly all text is plain; the slow way is for the rest.
            let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            let kept =
                isPlain
                ? text.trimmed
                : String(String.UnicodeScalarView(text.unicodeScalars.filter { !isUnprintable($0) })).trimmed
            if !kept.isEmpty { return kept.utf8.count <= count ? kept : String(kept.prefix(count)) }
        }
        return nil
    }

    private func bad(_ name: StaticString, _ kind: String) -> BadField { BadField(reason: "“\(name)” is not \(kind).") }
}

extension String {
    /// Without the spaces around it; Foundation's own way is ten times slower.
    fileprivate var trimmed: String {
        guard utf8.first == 0x20 || utf8.last == 0x20 || utf8.first == 0x09 || utf8.last == 0x09 else { return self }
        return trimmingCharacters(in: .whitespaces)
    }
}

private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar == "\u{FFFD}"
}

/// The whole part of a decimal as written, cut and not rounded: 420.9 is 420, -0.5 is 0. Nil for what is no number.
func wholePart(of text: String) -> Int64? {
    let trimmed = text.trimmed
    // Nearly all are whole already.
    if (1...18).contains(trimmed.utf8.count),
        trimmed.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    {
        return Int64(trimmed)
    }
    // Only for its grammar: this rounds where we cut.
    guard DecimalText.parse(trimmed, places: 0, rounds: true, allowsExponent: true) != nil else { return nil }
    let isNegative = trimmed.hasPrefix("-")
    let parts = trimmed.drop { $0 == "-" }.lowercased().split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let digits = mantissa[0] + fraction
    let count = mantissa[0].count + exponent
    var whole = String(digits.prefix(max(0, count)))
    if count > digits.count { whole += String(repeating: "0", count: count - digits.count) }
    guard let value = whole.isEmpty ? 0 : Int64(whole) else { return nil }
    return isNegative ? -value : value
}

extension OutboundAnswer {
    /// The body as JSON. A text that ends too early is a cut answer, worth another attempt.
    func document(of what: String) throws(ConnectorError) -> JSONValue {
        do {
            return try JSONDocument(Array(body)).root
        } catch .cut {
            throw ConnectorError.cutAnswer
        } catch {
            throw ConnectorError.notUnderstood(what: what, shapeFingerprint: "not JSON")
        }
    }
}
