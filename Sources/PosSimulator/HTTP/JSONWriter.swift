import Foundation

/// Appends JSON to one byte array. A page of a hundred orders is some thousand appends, so no tree is built.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(reserving count: Int = 512) {
        bytes.reserveCapacity(count)
    }

    mutating func object(_ body: (inout JSONWriter) -> Void) { nested(0x7B, 0x7D, body) }
    mutating func array(_ body: (inout JSONWriter) -> Void) { nested(0x5B, 0x5D, body) }

    mutating func object(_ key: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.key(key)
        object(body)
    }

    mutating func array(_ key: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.key(key)
        array(body)
    }

    mutating func key(_ name: StaticString) {
        comma()
        bytes.append(0x22)
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = false
    }

    mutating func key(_ name: String) {
        comma()
        quoted(name)
        bytes.append(0x3A)
        needsComma = false
    }

    mutating func field(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        raw(value ? "true" : "false")
    }

    mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(Int64(value))
    }

    /// A moment in ISO 8601, to the millisecond, in UTC.
    mutating func time(_ name: StaticString, milliseconds: Int64) {
        key(name)
        comma()
        let (day, second, millisecond) = CivilTime.split(milliseconds: milliseconds)
        let date = CivilTime.date(day: day)
        bytes.append(0x22)
        digits(Int64(date.year), width: 4, end: "-")
        digits(Int64(date.month), width: 2, end: "-")
        digits(Int64(date.day), width: 2, end: "T")
        digits(second / 3_600, width: 2, end: ":")
        digits(second / 60 % 60, width: 2, end: ":")
        digits(second % 60, width: 2, end: ".")
        digits(millisecond, width: 3, end: "Z")
        bytes.append(0x22)
        needsComma = true
    }

    mutating func null(_ name: StaticString) {
        key(name)
        null()
    }

    /// Dollars and cents as a number, or as text when the sender felt like it.
    mutating func dollars(_ name: StaticString, cents: Int64, asText: Bool) {
        key(name)
        comma()
        if asText { bytes.append(0x22) }
        decimal(cents, places: 2, trimmed: !asText)
        if asText { bytes.append(0x22) }
        needsComma = true
    }

    /// An integer of thousandths as a JSON number without idle zeros.
    mutating func thousandths(_ name: StaticString, _ value: Int64) {
        key(name)
        comma()
        decimal(value, places: 3, trimmed: true)
        needsComma = true
    }

    mutating func string(_ value: String) {
        comma()
        quoted(value)
        needsComma = true
    }

    mutating func integer(_ value: Int64) {
        comma()
        digits(value)
        needsComma = true
    }

    mutating func null() { raw("null") }

    /// Text that is JSON already.
    mutating func raw(_ text: String) {
        comma()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func nested(_ first: UInt8, _ last: UInt8, _ body: (inout JSONWriter) -> Void) {
        comma()
        bytes.append(first)
        needsComma = false
        body(&self)
        bytes.append(last)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(0x2C) }
        needsComma = false
    }

    private mutating func quoted(_ value: String) {
        bytes.append(0x22)
        var value = value
        value.withUTF8 { text in
            // Nearly all text needs no escape.
            if text.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
                for byte in text { escaped(byte) }
            } else {
                bytes.append(contentsOf: text)
            }
        }
        bytes.append(0x22)
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        case 0..<0x20:
            let hex = String(byte, radix: 16)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(contentsOf: (hex.count == 1 ? "0" + hex : hex).utf8)
        default: bytes.append(byte)
        }
    }

    private mutating func digits(_ value: Int64, width: Int, end: Unicode.Scalar) {
        digits(value, width: width)
        bytes.append(UInt8(ascii: end))
    }

    private mutating func digits(_ value: Int64, width: Int = 1) {
        if value < 0 { bytes.append(0x2D) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value.magnitude
            var start = digits.count
            while rest > 0 || digits.count - start < width {
                start -= 1
                digits[start] = 0x30 + UInt8(rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: digits[start...])
        }
    }

    private mutating func decimal(_ value: Int64, places: Int, trimmed: Bool) {
        let scale: Int64 = places == 2 ? 100 : 1_000
        if value < 0, value > -scale { bytes.append(0x2D) }
        digits(value / scale)
        let fraction = Int64((value % scale).magnitude)
        if trimmed, fraction == 0 { return }
        bytes.append(0x2E)
        digits(fraction, width: places)
        while trimmed, bytes.last == 0x30 { bytes.removeLast() }
    }
}
