// rules.md, "Segments".

/// The behavioural class of a customer.
public enum Segment: String, Codable, CaseIterable, Sendable {
    case new
    case loyal
    case vip
    case highValue = "high_value"
    case frequent
    case slipping
    case atRisk = "at_risk"
    case churned

    /// The owner's words for it.
    public var name: String {
        switch self {
        case .new: "New"
        case .loyal: "Loyal"
        case .vip: "VIP"
        case .highValue: "High value"
        case .frequent: "Frequent"
        case .slipping: "Slipping"
        case .atRisk: "At risk"
        case .churned: "Lapsed"
        }
    }
}

/// What a segment is computed from.
public struct PurchaseHistory: Equatable, Sendable {
    /// Completed orders.
    public var orderCount: Int64
    /// Paid minus refunded over all of them.
    public var lifetimeValue: Cents
    /// Local days since the first order; nil without orders.
    public var daysSinceFirstOrder: Int64?
    /// Local days since the last order; nil without orders.
    public var daysSinceLastOrder: Int64?

    /// Makes a history.
    public init(orderCount: Int64, lifetimeValue: Cents, daysSinceFirstOrder: Int64?, daysSinceLastOrder: Int64?) {
        self.orderCount = orderCount
        self.lifetimeValue = lifetimeValue
        self.daysSinceFirstOrder = daysSinceFirstOrder
        self.daysSinceLastOrder = daysSinceLastOrder
    }

    /// Whether the average basket is at least `amount`, compared by multiplying cents, so that nothing is rounded.
    func averageBasketIsAtLeast(_ amount: Cents) -> Bool {
        Int128(lifetimeValue.rawValue) >= Int128(amount.rawValue) * Int128(orderCount)
    }
}

extension SegmentSettings {
    /// The segment of a customer: the first rule that matches.
    public func segment(of history: PurchaseHistory) -> Segment {
        guard history.orderCount > 0, let sinceFirst = history.daysSinceFirstOrder,
            let sinceLast = history.daysSinceLastOrder
        else { return .new }
        if sinceLast >= churnedMinDays { return .churned }
        if sinceLast >= atRiskMinDays { return .atRisk }
        if sinceLast >= slippingMinDays { return .slipping }
        if sinceFirst < newMaxDays { return .new }
        let isVIP =
            history.lifetimeValue >= vipMinLifetimeValue
            || (history.orderCount >= vipMinOrders && history.averageBasketIsAtLeast(vipMinAverageBasket))
        if isVIP { return .vip }
        if history.averageBasketIsAtLeast(highValueMinAverageBasket), history.orderCount < highValueMaxOrders {
            return .highValue
        }
        if history.orderCount >= frequentMinOrders, !history.averageBasketIsAtLeast(frequentMaxAverageBasket) {
            return .frequent
        }
        return history.orderCount >= loyalMinOrders ? .loyal : .new
    }
}
