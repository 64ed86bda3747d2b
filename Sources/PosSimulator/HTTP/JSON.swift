import Foundation

/// A request body. Numbers stay text, so that 39.55 never passes through a binary fraction.
enum JSON: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init?(parsing bytes: [UInt8]) {
        var reader = JSONReader(bytes: bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpace()
        guard reader.isAtEnd else { return nil }
        self = value
    }

    subscript(_ key: String) -> JSON? {
        guard case .object(let fields) = self, let value = fields[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    var integer: Int? { text.flatMap { Int($0) } }

    var bool: Bool? {
        switch self {
        case .bool(let value): value
        case .number(let text), .string(let text): ["1": true, "true": true, "0": false, "false": false][text]
        default: nil
        }
    }

    /// Dollars as cents; digits beyond the second are cut.
    var cents: Int64? { scaled(places: 2) }
    var thousandths: Int64? { scaled(places: 3) }

    private func scaled(places: Int) -> Int64? {
        guard var digits = text else { return nil }
        let isNegative = digits.hasPrefix("-")
        if isNegative { digits.removeFirst() }
        let halves = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? String(halves[1].prefix(places)) : ""
        let padded = fraction + String(repeating: "0", count: places - fraction.count)
        guard let whole = halves.first, let value = Int64(whole + padded) else { return nil }
        return isNegative ? -value : value
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    mutating func value(depth: Int) -> JSON? {
        skipSpace()
        guard depth < 32, index < bytes.count else { return nil }
        switch bytes[index] {
        case 0x7B: return object(depth: depth)
        case 0x5B: return array(depth: depth)
        case 0x22: return string().map { .string($0) }
        case 0x74: return word("true", .bool(true))
        case 0x66: return word("false", .bool(false))
        case 0x6E: return word("null", .null)
        default: return number()
        }
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func word(_ text: String, _ value: JSON) -> JSON? {
        guard bytes[index...].starts(with: text.utf8) else { return nil }
        index += text.utf8.count
        return value
    }

    private mutating func number() -> JSON? {
        let start = index
        while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
        guard index > start else { return nil }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func array(depth: Int) -> JSON? {
        index += 1
        var items: [JSON] = []
        if takes(0x5D) { return .array(items) }
        repeat {
            guard let item = value(depth: depth + 1) else { return nil }
            items.append(item)
        } while takes(0x2C)
        return takes(0x5D) ? .array(items) : nil
    }

    private mutating func object(depth: Int) -> JSON? {
        index += 1
        var fields: [String: JSON] = [:]
        if takes(0x7D) { return .object(fields) }
        repeat {
            skipSpace()
            guard index < bytes.count, bytes[index] == 0x22, let key = string(), takes(0x3A),
                let field = value(depth: depth + 1)
            else { return nil }
            fields[key] = field
        } while takes(0x2C)
        return takes(0x7D) ? .object(fields) : nil
    }

    private mutating func string() -> String? {
        index += 1
        var units: [UInt16] = []
        var plain: [UInt8] = []
        var text = ""
        func flushed() -> String { String(decoding: plain, as: UTF8.self) + String(decoding: units, as: UTF16.self) }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x22 { return text + flushed() }
            if byte != 0x5C {
                if !units.isEmpty {
                    text += flushed()
                    (plain, units) = ([], [])
                }
                plain.append(byte)
                continue
            }
            guard let unit = escape() else { return nil }
            units.append(unit)
        }
        return nil
    }

    private mutating func escape() -> UInt16? {
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x6E: return 0x0A
        case 0x74: return 0x09
        case 0x72: return 0x0D
        case 0x62: return 0x08
        case 0x66: return 0x0C
        case 0x22, 0x5C, 0x2F: return UInt16(byte)
        case 0x75:
            guard index + 4 <= bytes.count else { return nil }
            let unit = UInt16(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
            index += 4
            return unit
        default: return nil
        }
    }
}
