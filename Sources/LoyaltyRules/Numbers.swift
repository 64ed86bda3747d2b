/// An amount in whole US cents. Negative amounts are refunds. rules.md, "Numbers".
public struct Cents: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    /// The number of cents.
    public var rawValue: Int64

    /// Wraps a number of cents.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// No money.
    public static let zero = Cents(rawValue: 0)

    public static func < (left: Cents, right: Cents) -> Bool { left.rawValue < right.rawValue }

    /// The sum, or `Overflow` when it does not fit 64 bits.
    public func adding(_ other: Cents) throws(Overflow) -> Cents {
        Cents(rawValue: try addingExactly(rawValue, other.rawValue))
    }
}

extension Cents: ExpressibleByIntegerLiteral {
    /// A literal number of cents.
    public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}

/// An exact decimal with three places (a rate or a multiplier), held as thousandths. rules.md, "Numbers".
public struct Thousandths: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    /// The number of thousandths.
    public var rawValue: Int64

    /// Wraps a number of thousandths.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Thousandths in one.
    public static let scale: Int64 = 1_000
    /// The multiplier that changes nothing.
    public static let one = Thousandths(rawValue: scale)

    public static func < (left: Thousandths, right: Thousandths) -> Bool { left.rawValue < right.rawValue }
}

extension Thousandths: ExpressibleByIntegerLiteral {
    /// A literal number of thousandths.
    public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}

/// A computation left the range of 64 bits. rules.md, "Numbers": an error, never a wrap.
public struct Overflow: Error, Equatable, CustomStringConvertible {
    /// Makes the error.
    public init() {}
    public var description: String { "A number became too large to compute with." }
}

/// The difference, or `Overflow`.
public func subtractingExactly(_ left: Int64, _ right: Int64) throws(Overflow) -> Int64 {
    let (difference, overflow) = left.subtractingReportingOverflow(right)
    guard !overflow else { throw Overflow() }
    return difference
}

/// The sum, or `Overflow`.
public func addingExactly(_ left: Int64, _ right: Int64) throws(Overflow) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    guard !overflow else { throw Overflow() }
    return sum
}

/// How a fraction of a point ends. rules.md, "Points for one order".
public enum Rounding: String, Codable, CaseIterable, Sendable {
    case down
    case nearest
    case up

    /// `dividend / divisor` as a whole number, for a dividend of zero or more and a divisor above zero.
    public func divide(_ dividend: Int128, by divisor: Int128) throws(Overflow) -> Int64 {
        precondition(dividend >= 0 && divisor > 0, "rounding is defined for what is earned only")
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        let isRoundedUp =
            switch self {
            case .down: false
            case .nearest: remainder >= divisor - remainder
            case .up: remainder > 0
            }
        guard let result = Int64(exactly: quotient + (isRoundedUp ? 1 : 0)) else { throw Overflow() }
        return result
    }
}
