// contract.md, "Program": rewards carried to the point of sale. How is in the wire notes on Alleaves, "Writes on orders".

/// What a point of sale says of an order that a reward is carried to.
public struct PosOrderPrices: Equatable, Sendable {
    /// Whether it can still be changed.
    public enum State: Equatable, Sendable {
        /// Not paid yet.
        case open
        /// Paid.
        case closed
        /// Voided, cancelled or given back.
        case ended
    }

    /// A line of the order.
    public struct Line: Equatable, Sendable {
        /// The line's id, as text.
        public var id: String
        /// The price of one.
        public var price: Cents
        /// Whether it stands for exactly one thing.
        public var isSingle: Bool

        /// Makes a line.
        public init(id: String, price: Cents, isSingle: Bool = true) {
            self.id = id
            self.price = price
            self.isSingle = isSingle
        }
    }

    /// Whether it can still be changed.
    public var state: State
    /// All discounts on it; nil where the point of sale does not say.
    public var discount: Cents?
    /// Its lines.
    public var lines: [Line]

    /// Makes an order.
    public init(state: State, discount: Cents?, lines: [Line]) {
        self.state = state
        self.discount = discount
        self.lines = lines
    }
}

/// A line whose price is set.
public struct PriceChange: Codable, Equatable, Sendable {
    /// The line's id.
    public var line: String
    /// Its price before.
    public var from: Cents
    /// Its price after.
    public var to: Cents

    /// Makes a change.
    public init(line: String, from: Cents, to: Cents) {
        self.line = line
        self.from = from
        self.to = to
    }
}

/// How a reward is carried to an order. Written down before anything is sent, so that reading the order tells whether
/// that was done, however the answer was lost.
public enum PosDiscountPlan: Codable, Equatable, Sendable {
    /// A discount that the shop has set up, on an order whose discounts came to `before`.
    case discount(id: Int64, before: Cents)
    /// Prices of lines.
    case prices([PriceChange])

    /// The plan for an order as it is: the shop's own discount where there is one for the reward and the order says what
    /// its discounts come to, else prices, the dearest lines first.
    ///
    /// - Parameters:
    ///   - value: what is to be taken off, above zero.
    ///   - discountID: the shop's discount of that value, if it has one.
    /// - Returns: nil when the lines cannot carry it. Lines that add up to less than `value`, which may contain tax, are
    ///   all set to zero: then nothing is left to pay.
    public static func taking(_ value: Cents, off order: PosOrderPrices, discountID: Int64?) -> PosDiscountPlan? {
        if let discountID, let before = order.discount { return .discount(id: discountID, before: before) }
        var left = value.rawValue
        var changes: [PriceChange] = []
        let dearest = order.lines.filter { $0.isSingle && $0.price > .zero }
            .sorted { ($1.price, $0.id) < ($0.price, $1.id) }
        for line in dearest where left > 0 {
            let taken = min(left, line.price.rawValue)
            left -= taken
            changes.append(
                PriceChange(line: line.id, from: line.price, to: Cents(rawValue: line.price.rawValue - taken)))
        }
        guard !changes.isEmpty, left == 0 || order.lines.allSatisfy(\.isSingle) else { return nil }
        return .prices(changes)
    }

    /// How far a plan is carried out.
    public enum Progress: Equatable, Sendable {
        /// Wholly.
        case done
        /// These are still to be sent; nothing else stands in the way. Empty for a discount.
        case pending([PriceChange])
        /// Somebody else changed the order meanwhile, or the point of sale did something else than asked.
        case other
    }

    /// How far this plan of taking `value` off is carried out, as the order says.
    public func progress(of value: Cents, in order: PosOrderPrices) -> Progress {
        switch self {
        case .discount(_, let before):
            guard let now = order.discount else { return .other }
            if now == before { return .pending([]) }
            return now.rawValue == before.rawValue.addingReportingOverflow(value.rawValue).partialValue ? .done : .other
        case .prices(let changes):
            var pending: [PriceChange] = []
            for change in changes {
                let price = order.lines.first { $0.id == change.line }?.price
                if price == change.from {
                    pending.append(change)
                } else if price != change.to {
                    return .other
                }
            }
            return pending.isEmpty ? .done : .pending(pending)
        }
    }

    /// The prices as they were; nil for a discount, which no call takes off again.
    public var reversed: PosDiscountPlan? {
        guard case .prices(let changes) = self else { return nil }
        return .prices(changes.map { PriceChange(line: $0.line, from: $0.to, to: $0.from) })
    }
}
