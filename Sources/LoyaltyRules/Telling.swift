// rules.md, "What Alpine cannot know, we tell it": what of an order's points it is told.

/// A change of the points of an order that Alpine IQ does not compute itself.
public struct Telling: Equatable, Sendable {
    /// The order.
    public var order: OrderID
    /// Signed, never zero.
    public var points: Int64
}

extension EarningTerms {
    /// Whether they promise more than Alpine IQ computes.
    var hasUplift: Bool { equityMultiplier != .one || tierMultiplier != .one }
}

extension PostedOrder {
    /// Alpine IQ is told the base points of a sale from our API that the POS has not shown for so long.
    public static let apiBaseDelaySeconds: Int64 = 48 * 3_600

    /// How many of the order's `points` Alpine IQ is to be told: those above the base points it computes of the POS's
    /// sales by itself, and all of a sale that only our API knows after 48 hours.
    func pointsToTell(
        of points: Int64, for amount: Cents, under terms: EarningTerms, asOf now: Instant
    ) throws(Overflow) -> Int64 {
        if revision.source == .api,
            revision.completedAt.advanced(bySeconds: Self.apiBaseDelaySeconds) <= now
        {
            return points
        }
        return terms.hasUplift ? points - (try terms.basePoints(for: amount)) : 0
    }
}
