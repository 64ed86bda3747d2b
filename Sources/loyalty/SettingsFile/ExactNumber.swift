import Foundation
import LoyaltyRules

/// A decimal in JSON, exact in both directions: dollars, rates, miles.
///
/// `Decimal` is written and read digit by digit; floating point would be neither.
struct ExactNumber: Codable, Equatable {
    private let value: Decimal

    /// `units` of `10^-places`.
    init(_ units: Int64, places: Int) {
        value = Decimal(
            sign: units < 0 ? .minus : .plus, exponent: -places, significand: Decimal(units.magnitude))
    }

    init(_ amount: Cents) { self.init(amount.rawValue, places: 2) }
    init(_ factor: Thousandths) { self.init(factor.rawValue, places: 3) }

    init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Decimal.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    /// The number in `10^-places`; refused when it has more places than that.
    func units(places: Int, at path: String) throws(SettingsFileProblems) -> Int64 {
        guard let units = DecimalText.parse("\(value)", places: places) else {
            throw SettingsFileProblems(list: ["\(path): a number with at most \(places) decimal places."])
        }
        return units
    }

    func cents(at path: String) throws(SettingsFileProblems) -> Cents {
        Cents(rawValue: try units(places: 2, at: path))
    }

    func thousandths(at path: String) throws(SettingsFileProblems) -> Thousandths {
        Thousandths(rawValue: try units(places: 3, at: path))
    }
}

/// All that is wrong with a settings file, each with the field it concerns.
struct SettingsFileProblems: Error, Equatable, CustomStringConvertible {
    let list: [String]
    var description: String { list.joined(separator: "\n") }
}
