// rules.md, "Points for one order".

/// What an order is worth points for.
public enum EarnBase: String, Codable, CaseIterable, Sendable {
    /// What was paid for goods after all discounts and rewards.
    case total
    /// The total less its tax.
    case beforeTax = "before_tax"
}

/// The terms one order earns under, stored with it at its first posting and never changed after.
public struct EarningTerms: Equatable, Sendable {
    /// Points for each dollar spent, 0.1 to 10.
    public var pointsPerDollar: Thousandths
    /// 1.000 unless the customer's equity was in force when the order completed. Never shown.
    public var equityMultiplier: Thousandths
    /// Of the tier the customer held before this order.
    public var tierMultiplier: Thousandths
    /// How the one rounding at the end goes.
    public var rounding: Rounding
    /// Which amount of the order counts.
    public var earnOn: EarnBase
    /// The settings version that these terms were read from.
    public var settingsVersion: Int64

    /// Makes terms.
    public init(
        pointsPerDollar: Thousandths, equityMultiplier: Thousandths, tierMultiplier: Thousandths, rounding: Rounding,
        earnOn: EarnBase, settingsVersion: Int64
    ) {
        self.pointsPerDollar = pointsPerDollar
        self.equityMultiplier = equityMultiplier
        self.tierMultiplier = tierMultiplier
        self.rounding = rounding
        self.earnOn = earnOn
        self.settingsVersion = settingsVersion
    }

    /// The points that `spent` is worth: zero for nothing spent and for a refund.
    public func points(for spent: Cents) throws(Overflow) -> Int64 {
        guard spent > .zero else { return 0 }
        // One product, one rounding: rounding each factor would post other points than the "1.25x points" shown.
        let product = try multiplied(
            Int128(spent.rawValue), by: [pointsPerDollar.rawValue, equityMultiplier.rawValue, tierMultiplier.rawValue])
        let scale = Int128(Thousandths.scale)
        return try rounding.divide(product, by: 100 * scale * scale * scale)
    }

    /// The points Alpine IQ computes by itself for the same amount: the rate alone, without equity and tier.
    public func basePoints(for spent: Cents) throws(Overflow) -> Int64 {
        var base = self
        base.equityMultiplier = .one
        base.tierMultiplier = .one
        return try base.points(for: spent)
    }
}

private func multiplied(_ start: Int128, by factors: [Int64]) throws(Overflow) -> Int128 {
    var product = start
    for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: Int128(factor))
        guard !overflow else { throw Overflow() }
        product = next
    }
    return product
}

/// Why an order earns nothing. rules.md: "Every order that earns nothing carries its reason".
public enum NoPointsReason: String, Codable, CaseIterable, Sendable {
    case noMember = "no_member"
    case unknownCustomer = "unknown_customer"
    case paused
    case notCompleted = "not_completed"
    case belowOnePoint = "below_one_point"
    case beforeProgramStart = "before_program_start"
    case erased
    case unreadable

    /// The reason in the owner's words.
    public var words: String {
        switch self {
        case .noMember: "No customer was named on the sale."
        case .unknownCustomer: "The customer on the sale is not known yet."
        case .paused: "The program was paused."
        case .notCompleted: "The sale is not completed."
        case .belowOnePoint: "What was paid for it and not given back is worth less than one point."
        case .beforeProgramStart: "The sale is older than the day the program starts to earn."
        case .erased: "The customer's data was erased."
        case .unreadable: "The sale could not be read."
        }
    }
}
