import Foundation
import LoyaltyRules

/// JSON whose keys come out in the order written, and whose numbers are exact text: Foundation's encoder shuffles the
/// one and passes the other through a binary fraction.
enum OrderedJSON: Sendable {
    case object([(String, OrderedJSON)])
    case array([OrderedJSON])
    case text(String)
    /// Digits of a `DecimalText`.
    case number(String)
    case bool(Bool)
    case null

    /// A whole number.
    static func integer(_ value: some BinaryInteger) -> OrderedJSON { .number(String(value)) }

    /// Dollars, exact: `12.5`.
    static func dollars(_ amount: Cents) -> OrderedJSON { .number(DecimalText.format(amount.rawValue, places: 2)) }

    /// `value` through `make`, or null.
    static func optional<Value>(_ value: Value?, _ make: (Value) -> OrderedJSON) -> OrderedJSON {
        value.map(make) ?? .null
    }

    /// The encoded text.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .object(let members):
            Self.write(members, "{", "}", to: &bytes) { member, bytes in
                Self.write(member.0, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.1.write(to: &bytes)
            }
        case .array(let elements): Self.write(elements, "[", "]", to: &bytes) { $0.write(to: &$1) }
        case .text(let text): Self.write(text, to: &bytes)
        case .number(let digits): bytes += digits.utf8
        case .bool(let truth): bytes += (truth ? "true" : "false").utf8
        case .null: bytes += "null".utf8
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8],
        _ body: (Element, inout [UInt8]) -> Void
    ) {
        bytes += open.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            body(element, &bytes)
        }
        bytes += close.utf8
    }

    /// RFC 8259, section 7, over bytes: what is above ASCII stands for itself.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += #"\""#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += (digits.utf8.count == 1 ? "\\u000" : "\\u00").utf8
                bytes += digits.utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
