/// A DECIMAL column's value, exactly: `unscaled` / 10^`scale`.
public struct ExactDecimal: Sendable, Hashable {
    /// All digits as one whole number, with the sign.
    public let unscaled: Int128
    /// How many of the digits stand after the point.
    public let scale: Int

    /// A value of `unscaled` / 10^`scale`.
    public init(unscaled: Int128, scale: Int) {
        precondition(scale >= 0, "a scale counts digits")
        self.unscaled = unscaled
        self.scale = scale
    }

    /// Reads an optional minus sign, digits, and at most one point with digits on both sides; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var unscaled: Int128 = 0
        var scale: Int?
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = Array(text.utf8.dropFirst(isNegative ? 1 : 0))
        guard let first = digits.first, let last = digits.last, Self.isDigit(first), Self.isDigit(last) else {
            return nil
        }
        for byte in digits {
            if byte == UInt8(ascii: "."), scale == nil {
                scale = 0
                continue
            }
            guard Self.isDigit(byte) else { return nil }
            let (tens, overflow) = unscaled.multipliedReportingOverflow(by: 10)
            let digit = Int128(byte - UInt8(ascii: "0"))
            let (sum, overflowSum) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflow, !overflowSum else { return nil }
            unscaled = sum
            scale = scale.map { $0 + 1 }
        }
        self.init(unscaled: unscaled, scale: scale ?? 0)
    }

    /// The value as a whole number of 10^-`scale`, or `nil` when that would drop digits or overflow.
    public func units(scale wanted: Int) -> Int64? {
        var value = unscaled
        for _ in 0..<abs(wanted - scale) {
            if wanted > scale {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                guard !overflow else { return nil }
                value = product
            } else {
                guard value % 10 == 0 else { return nil }
                value /= 10
            }
        }
        return Int64(exactly: value)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension ExactDecimal: CustomStringConvertible {
    /// Digits with a point before the last `scale` of them, as the server writes it.
    public var description: String {
        var digits = String(unscaled.magnitude)
        guard scale > 0 else { return (unscaled < 0 ? "-" : "") + digits }
        digits = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return (unscaled < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }
}

extension ExactDecimal: SQLBindable, SQLDecodable {
    /// Text, which the server reads without rounding through a floating-point number.
    public var sqlValue: Value { .text(description) }

    /// Reads a DECIMAL column, or a whole number.
    public init(sqlValue: Value) throws {
        switch sqlValue {
        case .int(let number): self.init(unscaled: Int128(number), scale: 0)
        case .uint(let number): self.init(unscaled: Int128(number), scale: 0)
        case .text(let text):
            guard let decimal = ExactDecimal(text) else { throw UnexpectedValue("text that is not a decimal") }
            self = decimal
        default: throw UnexpectedValue(sqlValue)
        }
    }
}
