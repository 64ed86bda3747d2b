// rules.md, "Points for one order", "Orders change" and "Tiers": from a customer's orders as they are now to the
// entries that bring the ledger there. Pure: the store loads a `CustomerBooks`, calls `plan`, and writes the `Posting`.

/// A stored order with what has been posted for it.
public struct PostedOrder: Equatable, Sendable {
    /// Ours.
    public var id: OrderID
    /// As the source tells it now.
    public var revision: OrderRevision
    /// Fixed at the first posting; nil before.
    public var terms: EarningTerms?
    /// Postings so far.
    public var postingCount: Int64
    /// The sum of its entries for this customer, less what they put into points owed.
    public var pointsPosted: Int64
    /// How much of it Alpine IQ has been told, or had to be while it was not connected.
    public var pointsTold: Int64
    /// Whether the last posting counted it as a sale.
    public var isCounted: Bool
    /// Why it earns nothing.
    public var reason: NoPointsReason?

    /// An order nothing has been posted for.
    public init(
        id: OrderID, revision: OrderRevision, terms: EarningTerms? = nil, postingCount: Int64 = 0,
        pointsPosted: Int64 = 0, pointsTold: Int64 = 0, isCounted: Bool = false, reason: NoPointsReason? = nil
    ) {
        self.id = id
        self.revision = revision
        self.terms = terms
        self.postingCount = postingCount
        self.pointsPosted = pointsPosted
        self.pointsTold = pointsTold
        self.isCounted = isCounted
        self.reason = reason
    }
}

/// What a clawback could not take for one order.
public struct Owing: Equatable, Sendable {
    /// The order clawed back.
    public var order: OrderID
    /// Owed for it in all, ever.
    public var put: Int64
    /// Of that, not settled yet.
    public var open: Int64
    /// Counts settling entries: the k of the last key `owed:<id>:<k>`.
    public var settlements: Int64

    /// Makes an owing.
    public init(order: OrderID, put: Int64, open: Int64, settlements: Int64) {
        self.order = order
        self.put = put
        self.open = open
        self.settlements = settlements
    }

    /// Nothing owed yet by the customer for whom `order` is being posted.
    ///
    /// Several owners of one order, one after the other, may each owe for it, and keys are the tenant's. Each clawback
    /// has a number of its own in the order, also one that can take nothing, and tells them apart.
    public init(of order: PostedOrder) {
        self.init(order: order.id, put: 0, open: 0, settlements: order.postingCount * Self.settlementsMax)
    }

    /// Of one owner for one order; each settles a point or more.
    private static var settlementsMax: Int64 { 10_000 }
}

/// A span during which a customer's equity is in force.
public struct EquityPeriod: Equatable, Sendable {
    /// The recorded moment.
    public var start: Instant
    /// The moment it ends; nil while it lasts.
    public var end: Instant?

    /// Makes a period.
    public init(start: Instant, end: Instant?) {
        self.start = start
        self.end = end
    }

    /// Whether an order completed at `instant` falls into it.
    public func covers(_ instant: Instant) -> Bool { start <= instant && (end.map { instant < $0 } ?? true) }
}

/// What is kept of a customer's purchases; derivable from the orders.
public struct CustomerStanding: Equatable, Sendable {
    /// Paid minus refunded.
    public var lifetime: Cents
    /// The part of it that counts for the tier.
    public var qualifying: Cents
    /// Completed sales.
    public var orderCount: Int64
    /// Completion of the first.
    public var firstOrderAt: Instant?
    /// Completion of the last.
    public var lastOrderAt: Instant?
    /// The tier held.
    public var tier: TierID
    /// The segment.
    public var segment: Segment

    /// Makes a standing.
    public init(
        lifetime: Cents = .zero, qualifying: Cents = .zero, orderCount: Int64 = 0, firstOrderAt: Instant? = nil,
        lastOrderAt: Instant? = nil, tier: TierID, segment: Segment
    ) {
        self.lifetime = lifetime
        self.qualifying = qualifying
        self.orderCount = orderCount
        self.firstOrderAt = firstOrderAt
        self.lastOrderAt = lastOrderAt
        self.tier = tier
        self.segment = segment
    }
}

/// Everything of one customer that a posting depends on, read under the customer's lock.
public struct CustomerBooks: Sendable {
    /// The sum of the entries.
    public var balance: Int64
    /// The part of it reserved by open holds.
    public var held: Int64
    /// What earlier clawbacks could not take.
    public var owings: [Owing]
    /// As kept.
    public var standing: CustomerStanding
    /// A tier given by hand.
    public var pin: TierPin?
    /// Whether the customer's data were erased: then nothing more is earned.
    public var isErased: Bool
    /// When equity was in force.
    public var equity: [EquityPeriod]
    /// All orders of the customer; negative ones among them only count through `refunds`.
    public var orders: [PostedOrder]
    /// Orders posted for this customer that belong to another now.
    public var leaving: [PostedOrder]
    /// Completed negative orders by the POS id of the order they take back, whoever they name.
    public var refunds: [String: [OrderRevision]]

    /// Makes books.
    public init(
        balance: Int64, held: Int64, owings: [Owing] = [], standing: CustomerStanding, pin: TierPin? = nil,
        isErased: Bool = false, equity: [EquityPeriod] = [], orders: [PostedOrder], leaving: [PostedOrder] = [],
        refunds: [String: [OrderRevision]] = [:]
    ) {
        self.balance = balance
        self.held = held
        self.owings = owings
        self.standing = standing
        self.pin = pin
        self.isErased = isErased
        self.equity = equity
        self.orders = orders
        self.leaving = leaving
        self.refunds = refunds
    }
}

/// An entry to append.
public struct PlannedEntry: Equatable, Sendable {
    /// The order that causes it.
    public var order: OrderID
    /// Signed, never zero.
    public var points: Int64
    /// `earn` or `clawback`.
    public var kind: EntryKind
    /// Unique in the tenant.
    public var key: String
    /// In words.
    public var reason: String
    /// The version whose terms computed it.
    public var settingsVersion: Int64
}

/// The kinds of ledger entries. rules.md, "Balance, ledger, activities".
public enum EntryKind: String, Codable, CaseIterable, Sendable {
    case earn
    case clawback
    case redeem
    case redeemReversal = "redeem_reversal"
    case alpineOverride = "alpine_override"
    case adjustment
    case bonus
    case referral
    case transfer

    /// Whether Alpine IQ is told of it: it computes an order's base points itself, and an override is its own figure.
    /// rules.md, "What Alpine cannot know, we tell it".
    public var isToldToAlpine: Bool {
        switch self {
        case .redeem, .redeemReversal, .bonus, .referral, .adjustment, .transfer: true
        case .earn, .clawback, .alpineOverride: false
        }
    }
}

/// What a plan comes to.
public struct Posting: Equatable, Sendable {
    /// To append, in order.
    public var entries: [PlannedEntry] = []
    /// Points of orders that Alpine IQ is to be told.
    public var tellings: [Telling] = []
    /// Orders whose posting state changed.
    public var changedOrders: [PostedOrder] = []
    /// Owings that changed.
    public var changedOwings: [Owing] = []
    /// Orders counted as a sale for the first time, or again.
    public var newlyCounted: [PostedOrder] = []
    /// The sum of open owings afterwards.
    public var pointsOwed: Int64 = 0
    /// The customer afterwards.
    public var standing: CustomerStanding
    /// Orders that cannot earn as they stand: those that name neither tax nor subtotal while the tenant earns before
    /// tax, and amounts too large to compute with.
    public var exceptions: [PostingException] = []
}

/// An order that somebody should look at.
public struct PostingException: Equatable, Sendable {
    /// The POS's id.
    public var posOrderID: String
    /// In words.
    public var reason: String

    /// Makes an exception.
    public init(posOrderID: String, reason: String) {
        self.posOrderID = posOrderID
        self.reason = reason
    }
}
