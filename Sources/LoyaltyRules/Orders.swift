// rules.md, "Orders change".

/// The state that the flags and the word of an order amount to.
public struct OrderState: Equatable, Sendable {
    /// Whether the order counts as a sale.
    public var isCompleted: Bool
    /// The word as sent, when it is none that we know; a run reports it.
    public var unknownWord: String?
    /// The word for a sale that flags alone say was undone.
    public var endedWord: String?

    /// Reads the flags, absent ones as nil, and the word in any case.
    public init(complete: Bool?, void: Bool?, cancel: Bool?, word: String?) {
        let known = word.map { $0.lowercased() } ?? ""
        let isEnded = void == true || cancel == true || Self.endedWords.contains(known)
        isCompleted = !isEnded && (complete ?? Self.completedWords.contains(known))
        let isKnown =
            known.isEmpty || Self.endedWords.contains(known) || Self.completedWords.contains(known)
            || Self.openWords.contains(known)
        unknownWord = isKnown ? nil : word
        endedWord = Self.endedWords.contains(known) || !isEnded ? nil : void == true ? "voided" : "cancelled"
    }

    /// The words of a sale undone.
    public static let endedWords: Set<String> = ["voided", "cancelled", "refunded", "returned"]
    /// The words of a sale made.
    public static let completedWords: Set<String> = ["completed", "delivered"]
    /// The words of a sale under way.
    public static let openWords: Set<String> = [
        "pending", "submitted", "confirmed", "preparing", "processing", "ready",
    ]
}

/// Where an order is known from.
public enum OrderSource: String, Codable, Sendable, CaseIterable {
    case pos
    case api
}

/// One revision of an order, as a source tells it: each revision replaces the one before.
public struct OrderRevision: Equatable, Sendable {
    /// Who tells it.
    public var source: OrderSource
    /// The POS's own id of the order.
    public var posOrderID: String
    /// The POS's id of the buyer; nil for an anonymous sale (missing, zero or negative on the wire).
    public var posCustomerID: String?
    /// The POS's id of the store.
    public var posLocationID: String?
    /// The word as sent; the one for what a flag says where the two differ.
    public var status: String?
    /// What the flags and the word amount to.
    public var isCompleted: Bool
    /// Paid for goods after all discounts and rewards; negative for a refund told as an order of its own.
    public var total: Cents
    /// Tax within the total.
    public var tax: Cents?
    /// Before discount and tax.
    public var subtotal: Cents?
    /// Taken off the subtotal.
    public var discount: Cents?
    /// Paid with points, subtracted once when earning.
    public var pointsTender: Cents
    /// The order that a negative one takes back: `id_external` (POS), `refundOf` (API).
    public var refundOf: String?
    /// `id_external` of a POS order of zero or more: the id under which our API may know the same sale.
    public var externalID: String?
    /// When the sale was made.
    public var completedAt: Instant
    /// When the source last changed it.
    public var updatedAt: Instant?
    /// What it was read from; nil for what is to be read each time it is shown. No part of what the order is.
    @Uncompared public var wireDigest: WireDigest?

    /// Makes a revision.
    public init(
        source: OrderSource, posOrderID: String, posCustomerID: String?, posLocationID: String?, status: String?,
        isCompleted: Bool, total: Cents, tax: Cents? = nil, subtotal: Cents? = nil, discount: Cents? = nil,
        pointsTender: Cents = .zero, refundOf: String? = nil, externalID: String? = nil,
        completedAt: Instant, updatedAt: Instant?
    ) {
        self.source = source
        self.posOrderID = posOrderID
        self.posCustomerID = posCustomerID
        self.posLocationID = posLocationID
        self.status = status
        self.isCompleted = isCompleted
        self.total = total
        self.tax = tax
        self.subtotal = subtotal
        self.discount = discount
        self.pointsTender = pointsTender
        self.refundOf = refundOf
        self.externalID = externalID
        self.completedAt = completedAt
        self.updatedAt = updatedAt
    }

    /// Whether the sale was voided, cancelled, refunded or returned, as its word says.
    public var isEnded: Bool { !isCompleted && OrderState.endedWords.contains((status ?? "").lowercased()) }

    /// Whether nothing is left of the sale: it was ended, or `refunds` of it come to all that was paid. A sale of zero
    /// that was never more, as one paid with a reward, stands.
    public func isUndone(by refunds: [OrderRevision]) -> Bool {
        if isEnded { return true }
        return !refunds.isEmpty && refunds.reduce(Int128(total.rawValue)) { $0 + Int128($1.total.rawValue) } <= 0
    }

    /// Whether this revision takes back the whole of a sale that stood in the one before; nil for the first.
    public func takesBack(_ earlier: OrderRevision?) -> Bool {
        if isEnded { return true }
        guard let earlier else { return false }
        return earlier.isCompleted && earlier.total > .zero && isCompleted && total <= .zero
    }

    /// The amount that earns under `base`; nil when the tenant earns before tax and the source names neither tax nor
    /// subtotal: then the order is an exception.
    public func earningAmount(on base: EarnBase) throws(Overflow) -> Cents? {
        var amount = total.rawValue
        if base == .beforeTax {
            if let tax {
                amount = try subtractingExactly(amount, tax.rawValue)
            } else if let subtotal {
                amount = try subtractingExactly(subtotal.rawValue, discount?.rawValue ?? 0)
            } else {
                return nil
            }
        }
        // Points pay for a sale; of one that has become a refund nothing was paid.
        return Cents(rawValue: total < .zero ? amount : try subtractingExactly(amount, pointsTender.rawValue))
    }
}
