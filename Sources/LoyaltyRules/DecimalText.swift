/// Exact reading and writing of decimal text: no floating point, no locale, no sign but `-`.
public enum DecimalText {
    /// `text` as a whole number of `10^-places`, half up beyond `places` when `rounds`, else nil when more digits are
    /// given than fit. Accepts an optional `-`, digits, and one point with digits behind it: `12`, `-0.5`, `.5`;
    /// and, with `allowsExponent`, the `e` form that JSON numbers may have. Nil for anything else or past 64 bits.
    public static func parse(
        _ text: String, places: Int, rounds: Bool = false, allowsExponent: Bool = false
    ) -> Int64? {
        guard let number = Scan(text, allowsExponent: allowsExponent) else { return nil }
        return number.scaled(to: places, rounds: rounds)
    }

    /// `value` of `10^-places` as text with at least `fractionDigitsMin` places: 1500 (3) is `1.5`, 1000 (3) is `1`.
    public static func format(_ value: Int64, places: Int, fractionDigitsMin: Int = 0) -> String {
        var digits = String(value.magnitude)
        if digits.utf8.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
        }
        let whole = digits.dropLast(places)
        var fraction = digits.suffix(places)
        while fraction.utf8.count > fractionDigitsMin, fraction.hasSuffix("0") { fraction = fraction.dropLast() }
        return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// The parts of a decimal as written.
    private struct Scan {
        var isNegative = false
        var digits: [UInt8] = []
        /// Power of ten of the last digit.
        var exponent = 0

        init?(_ text: String, allowsExponent: Bool) {
            var bytes = Array(text.utf8)[...]
            guard !bytes.isEmpty, bytes.count <= 64 else { return nil }
            if bytes.first == UInt8(ascii: "-") {
                isNegative = true
                bytes = bytes.dropFirst()
            }
            if let mark = bytes.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
                guard allowsExponent, let power = Self.power(bytes[(mark + 1)...]) else { return nil }
                exponent = power
                bytes = bytes[..<mark]
            }
            var sawPoint = false
            for byte in bytes {
                if byte == UInt8(ascii: "."), !sawPoint {
                    sawPoint = true
                } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                    digits.append(byte - UInt8(ascii: "0"))
                    if sawPoint { exponent -= 1 }
                } else {
                    return nil
                }
            }
            guard !digits.isEmpty, bytes.last != UInt8(ascii: ".") else { return nil }
        }

        private static func power(_ bytes: ArraySlice<UInt8>) -> Int? {
            var bytes = bytes
            let isNegative = bytes.first == UInt8(ascii: "-")
            if isNegative || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
            guard (1...3).contains(bytes.count) else { return nil }
            var power = 0
            for byte in bytes {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                power = power * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return isNegative ? -power : power
        }

        func scaled(to places: Int, rounds: Bool) -> Int64? {
            let shift = exponent + places
            var kept = digits[...]
            var roundsUp = false
            if shift < 0 {
                let dropped = digits.suffix(-shift)
                if !rounds, dropped.contains(where: { $0 != 0 }) { return nil }
                // With fewer digits than are dropped, the first dropped place is a zero.
                roundsUp = -shift <= digits.count && (dropped.first ?? 0) >= 5
                kept = digits.dropLast(-shift)
            }
            var magnitude: UInt64 = 0
            for digit in kept {
                guard let next = Self.appending(digit, to: magnitude) else { return nil }
                magnitude = next
            }
            for _ in 0..<max(0, magnitude == 0 ? 0 : shift) {
                guard let next = Self.appending(0, to: magnitude) else { return nil }
                magnitude = next
            }
            if roundsUp { magnitude += 1 }
            guard let value = Int64(exactly: magnitude) else { return nil }
            return isNegative ? -value : value
        }

        private static func appending(_ digit: UInt8, to magnitude: UInt64) -> UInt64? {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            // One below the ceiling, so that a rounding step still fits.
            return overflow || carry || sum > UInt64(Int64.max) - 1 ? nil : sum
        }
    }
}

extension Cents {
    /// Dollars as typed: up to two places, as in `12`, `12.5`, `12.50`, `-3`. Nil for anything else.
    public init?(dollars text: String) {
        guard let cents = DecimalText.parse(text, places: 2) else { return nil }
        self.init(rawValue: cents)
    }

    /// Dollars as a point of sale writes them, with any number of places: exact, then half up to the cent. rules.md,
    /// "Orders change".
    public init?(wireDollars text: String) {
        guard let cents = DecimalText.parse(text, places: 2, rounds: true, allowsExponent: true) else { return nil }
        self.init(rawValue: cents)
    }

    /// The amount in dollars without a sign of currency: `12.50`.
    public var dollarsText: String { DecimalText.format(rawValue, places: 2, fractionDigitsMin: 2) }

    /// As people write it: `$1,240`, `$12.50`, `−$3.00`. Whole dollars lose their places when `short`.
    public func formatted(short: Bool = false) -> String {
        let dollars = rawValue.magnitude / 100
        let rest = rawValue.magnitude % 100
        let whole = groupedDigits(dollars)
        let places = short && rest == 0 ? "" : (rest < 10 ? ".0\(rest)" : ".\(rest)")
        return (rawValue < 0 ? "−" : "") + "$" + whole + places
    }
}

extension Thousandths {
    /// A number as typed with up to three places. Nil for anything else.
    public init?(parsing text: String) {
        guard let value = DecimalText.parse(text, places: 3) else { return nil }
        self.init(rawValue: value)
    }

    /// The shortest exact text: `1`, `1.5`, `1.125`.
    public var text: String { DecimalText.format(rawValue, places: 3) }
}

/// A whole number as typed: digits only, with an optional `-`. Nil for anything else or past 64 bits.
public func wholeNumber(parsing text: String) -> Int64? {
    guard !text.utf8.contains(UInt8(ascii: ".")) else { return nil }
    return DecimalText.parse(text, places: 0)
}

/// A count with its thousands marked: `1,240`.
public func groupedDigits(_ value: some BinaryInteger) -> String {
    let digits = Array(String(value.magnitude).utf8)
    var grouped: [UInt8] = value < 0 ? Array("−".utf8) : []
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { grouped.append(UInt8(ascii: ",")) }
        grouped.append(digit)
    }
    return String(decoding: grouped, as: UTF8.self)
}
