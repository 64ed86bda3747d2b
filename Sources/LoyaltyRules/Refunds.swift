// rules.md, "Orders change": a refund told as a negative order lowers the sale it names, under that sale's terms.

extension OrderRevision {
    /// The amount that earns under `base`, with what was given back taken off; nil as for `earningAmount(on:)`.
    public func earningAmount(on base: EarnBase, less refunds: [OrderRevision]) throws(Overflow) -> Cents? {
        guard var amount = try earningAmount(on: base) else { return nil }
        for refund in refunds {
            guard let given = try refund.earningAmount(on: base) else { return nil }
            amount = try amount.adding(given)
        }
        return amount
    }
}

extension OrderAccount {
    /// What the refund of this POS id took of the sale's points: zero or less, whatever came before or after it.
    ///
    /// - Throws: `Overflow` for amounts too large to compute with.
    public func points(takenBy refundID: String) throws(Overflow) -> Int64 {
        guard let terms = order.terms, order.revision.isCompleted else { return 0 }
        func worth(_ counted: [OrderRevision]) throws(Overflow) -> Int64 {
            try order.revision.earningAmount(on: terms.earnOn, less: counted).map { amount throws(Overflow) in
                try terms.points(for: amount)
            } ?? 0
        }
        return try worth(refunds) - worth(refunds.filter { $0.posOrderID != refundID })
    }
}
