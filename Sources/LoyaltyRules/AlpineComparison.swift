// rules.md, "Alpine IQ and reconciliation".

/// What Alpine IQ says about a customer's points.
public enum AlpineFigure: Equatable, Sendable {
    /// A number; its whole part counts.
    case known(Int64)
    /// The brand hides points, so that a zero says nothing.
    case hidden
    /// The field is missing.
    case unknown
    /// `loyalty` is false.
    case notAMember

    /// The word under which a reading is stored.
    public var state: String {
        switch self {
        case .known: "known"
        case .hidden: "hidden"
        case .unknown: "unknown"
        case .notAMember: "not_a_member"
        }
    }

    /// The points of a known figure.
    public var points: Int64? {
        if case .known(let points) = self { points } else { nil }
    }
}

/// One customer's two figures at the moment the reading was requested.
public struct AlpineComparison: Equatable, Sendable {
    /// Our balance.
    public var calculated: Int64
    /// What Alpine says.
    public var alpine: Int64
    /// Our movements that Alpine has not acknowledged.
    public var pending: Int64
    /// Points gained by recent orders and pushes that may not be in Alpine's figure yet, zero or more.
    public var recentGain: Int64
    /// Points lost likewise, zero or more.
    public var recentLoss: Int64
    /// The difference, in percent of the target, above which there is a discrepancy.
    public var thresholdPercent: Int64

    /// Makes a comparison.
    public init(
        calculated: Int64, alpine: Int64, pending: Int64 = 0, recentGain: Int64 = 0, recentLoss: Int64 = 0,
        thresholdPercent: Int64 = 10
    ) {
        self.calculated = calculated
        self.alpine = alpine
        self.pending = pending
        self.recentGain = recentGain
        self.recentLoss = recentLoss
        self.thresholdPercent = thresholdPercent
    }

    /// What comes out.
    public enum Outcome: Equatable, Sendable {
        /// Reconciled; `difference` is target less calculated.
        case within(difference: Int64)
        /// What is missing may still be under way to Alpine.
        case awaiting(difference: Int64)
        /// Over the threshold; `difference` is the signed distance that an override would post.
        case discrepancy(difference: Int64)
    }

    /// What our balance should be by Alpine: never below zero.
    public func target() throws(Overflow) -> Int64 { max(0, try addingExactly(alpine, pending)) }

    /// Within is checked first, then lag, then the distance to the nearer end of what lag explains.
    public func outcome() throws(Overflow) -> Outcome {
        let target = try target()
        let difference = try addingExactly(target, -calculated)
        if isWithin(difference, of: target) { return .within(difference: difference) }
        let lowest = try addingExactly(calculated, -recentGain)
        let highest = try addingExactly(calculated, recentLoss)
        if recentGain > 0 || recentLoss > 0, (lowest...highest).contains(target) {
            return .awaiting(difference: difference)
        }
        let distance = target < lowest ? target - lowest : target - highest
        return isWithin(distance, of: target) ? .awaiting(difference: difference) : .discrepancy(difference: distance)
    }

    private func isWithin(_ distance: Int64, of target: Int64) -> Bool {
        target == 0
            ? distance == 0 : Int128(distance.magnitude) * 100 <= Int128(thresholdPercent) * Int128(target)
    }
}
