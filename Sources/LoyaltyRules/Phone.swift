/// A telephone number as E.164, the only form in which numbers are stored and compared. rules.md, "Customers".
public struct Phone: Hashable, Sendable, CustomStringConvertible {
    /// `+` and 8 to 15 digits.
    public let e164: String

    /// Reads a number in any usual format; ten digits, or eleven that begin with 1, are of the US. Nil for what cannot
    /// be a number.
    public init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        var digits = ""
        var hasPlus = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "+") where digits.isEmpty && !hasPlus: hasPlus = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "/"):
                continue
            default: return nil
            }
        }
        if hasPlus {
            guard (8...15).contains(digits.utf8.count), !digits.hasPrefix("0") else { return nil }
            guard !digits.hasPrefix("1") || Self.isNorthAmerican(digits.dropFirst()) else { return nil }
            e164 = "+" + digits
        } else {
            if digits.utf8.count == 11, digits.hasPrefix("1") { digits.removeFirst() }
            guard Self.isNorthAmerican(digits[...]) else { return nil }
            e164 = "+1" + digits
        }
    }

    /// Ten digits whose area and exchange codes begin with 2 to 9.
    private static func isNorthAmerican(_ digits: Substring) -> Bool {
        let bytes = Array(digits.utf8)
        return bytes.count == 10 && bytes[0] >= UInt8(ascii: "2") && bytes[3] >= UInt8(ascii: "2")
    }

    public var description: String { e164 }

    /// As people write it: `(202) 555-0143` for the US, else the E.164 form.
    public var formatted: String {
        let digits = Array(e164.utf8.dropFirst())
        guard digits.count == 11, digits[0] == UInt8(ascii: "1") else { return e164 }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        return "(\(part(1..<4))) \(part(4..<7))-\(part(7..<11))"
    }
}

/// An e-mail address as compared: trimmed, lower case, and nil for what is none or was made up (alleaves.md, quirk 3).
public func comparableEmail(_ text: String?) -> String? {
    guard let text else { return nil }
    // White space inside is refused: closing the gap could make one person's address of another's.
    // Nearly all have none, which their bytes tell at a fraction of the cost.
    let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    let words = isPlain && !text.isEmpty ? [text[...]] : text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, words[0].utf8.count <= 254 else { return nil }
    let email = words[0].lowercased()
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[1] != "alleaves.local" else { return nil }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count > 1 && labels.allSatisfy { !$0.isEmpty } ? email : nil
}
