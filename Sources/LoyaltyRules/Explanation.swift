// "Why this balance?" and "why these points?", in sentences an owner can check by hand. product.md: every point
// explained. Pure: the store reads what is known, this says it.

/// An entry of the ledger, as far as an explanation tells it.
public struct ExplainedEntry: Equatable, Sendable {
    /// Its public id.
    public var id: EntryID
    /// Whose ledger it is in.
    public var customer: CustomerID
    /// Signed.
    public var points: Int64
    /// The customer's balance after it.
    public var balance: Int64
    /// What kind.
    public var kind: EntryKind
    /// Why, in words.
    public var reason: String
    /// When it was posted.
    public var at: Instant

    /// Makes one.
    public init(
        id: EntryID, customer: CustomerID, points: Int64, balance: Int64, kind: EntryKind, reason: String, at: Instant
    ) {
        self.id = id
        self.customer = customer
        self.points = points
        self.balance = balance
        self.kind = kind
        self.reason = reason
        self.at = at
    }

    /// The entry in a sentence, by the shop's clock.
    public func sentence(_ calendar: LocalCalendar) -> String {
        "\(calendar.minute(of: at)): \(signed(points)) (\(kind.rawValue)), balance \(groupedDigits(balance)). \(reason)."
    }
}

/// Everything known of one order that its points follow from.
public struct OrderAccount: Equatable, Sendable {
    /// The order and what has been posted for it.
    public var order: PostedOrder
    /// Whose it is; nil when nobody known is named.
    public var customer: CustomerID?
    /// Completed negative orders that take it back.
    public var refunds: [OrderRevision]
    /// What a clawback for it could not take; nil when it took all.
    public var owing: Owing?
    /// Its entries, oldest first, in whoever's ledger.
    public var entries: [ExplainedEntry]
    /// Stored, and waiting to be posted.
    public var isDue: Bool

    /// Makes one.
    public init(
        order: PostedOrder, customer: CustomerID?, refunds: [OrderRevision], owing: Owing?, entries: [ExplainedEntry],
        isDue: Bool
    ) {
        self.order = order
        self.customer = customer
        self.refunds = refunds
        self.owing = owing
        self.entries = entries
        self.isDue = isDue
    }

    /// Why the order has the points it has. The equity multiplier is named, never its value.
    public func sentences(_ calendar: LocalCalendar) -> [String] {
        var sentences = [facts(calendar), belonging]
        sentences += refunds.map { refund in
            "Order \(refund.posOrderID) takes \(Cents(rawValue: abs(refund.total.rawValue)).formatted()) of it back."
        }
        sentences += worth
        if isDue { sentences.append("A newer revision is stored and waits to be posted.") }
        if let owing, owing.put > 0 {
            sentences.append(
                "\(groupedDigits(owing.put)) points could not be taken back, for they were spent or held; "
                    + "\(groupedDigits(owing.open)) of them are still owed.")
        }
        sentences += entries.map { $0.sentence(calendar) }
        return sentences
    }

    private func facts(_ calendar: LocalCalendar) -> String {
        let revision = order.revision
        let word = revision.status.map { ", “\($0)”" } ?? ""
        let source = revision.source == .pos ? "the point of sale" : "the API"
        return "Order \(revision.posOrderID) of \(revision.total.formatted())\(word), told by \(source), "
            + "made \(calendar.minute(of: revision.completedAt)), is \(revision.isCompleted ? "a" : "no") completed sale."
    }

    private var belonging: String {
        if let customer { return "It belongs to customer \(customer)." }
        guard let named = order.revision.posCustomerID else { return "It names no customer." }
        return "It names customer \(named) of the point of sale, whom we do not know."
    }

    private var worth: [String] {
        if let reason = order.reason { return ["It earns nothing. \(reason.words)"] }
        guard let terms = order.terms else {
            return [isDue ? "Nothing has been posted for it yet." : "It moves no points by itself."]
        }
        var factors = ["\(terms.pointsPerDollar.text) points per dollar"]
        if terms.equityMultiplier != .one { factors.append("the equity multiplier") }
        if terms.tierMultiplier != .one { factors.append("\(terms.tierMultiplier.text) for the tier held before it") }
        let base = terms.earnOn == .total ? "What was paid" : "What was paid before tax"
        return [
            "It is worth \(groupedDigits(order.pointsPosted)) points: \(base) × \(factors.joined(separator: " × ")), "
                + "rounded \(terms.rounding.words), by version \(terms.settingsVersion) of the settings, "
                + "as at its first posting."
        ]
    }
}

/// Everything that a customer's balance is made of.
public struct BalanceAccount: Equatable, Sendable {
    /// Who.
    public var customer: CustomerID
    /// As kept.
    public var balance: Int64
    /// Reserved by open holds.
    public var held: Int64
    /// What clawbacks could not take yet.
    public var owed: Int64
    /// The entries by kind.
    public var kinds: [KindSum]
    /// The newest entries, newest first.
    public var newest: [ExplainedEntry]

    /// The entries of one kind.
    public struct KindSum: Equatable, Sendable {
        /// Which.
        public var kind: EntryKind
        /// How many.
        public var entries: Int64
        /// Their sum.
        public var points: Int64

        /// Makes one.
        public init(kind: EntryKind, entries: Int64, points: Int64) {
            self.kind = kind
            self.entries = entries
            self.points = points
        }
    }

    /// Makes one.
    public init(
        customer: CustomerID, balance: Int64, held: Int64, owed: Int64, kinds: [KindSum], newest: [ExplainedEntry]
    ) {
        self.customer = customer
        self.balance = balance
        self.held = held
        self.owed = owed
        self.kinds = kinds
        self.newest = newest
    }

    /// Why the balance is what it is.
    public func sentences(_ calendar: LocalCalendar) -> [String] {
        var sentences = ["Customer \(customer) has \(groupedDigits(balance)) points."]
        if held > 0 {
            sentences.append(
                "\(groupedDigits(held)) of them are on hold, so \(groupedDigits(balance - held)) can be spent.")
        }
        if owed > 0 {
            sentences.append("\(groupedDigits(owed)) points are owed and are taken from what comes in next.")
        }
        sentences += kinds.map { sum in
            "\(signed(sum.points)) by \(groupedDigits(sum.entries)) \(sum.entries == 1 ? "entry" : "entries") of the kind "
                + "\(sum.kind.rawValue)."
        }
        if kinds.isEmpty { sentences.append("No entry was ever posted for them.") }
        return sentences + newest.map { $0.sentence(calendar) }
    }
}

extension Rounding {
    fileprivate var words: String {
        switch self {
        case .down: "down"
        case .nearest: "to the nearest point"
        case .up: "up"
        }
    }
}

extension LocalCalendar {
    /// `2026-01-02 15:04` by the shop's clock.
    fileprivate func minute(of instant: Instant) -> String {
        let minutes = secondOfDay(of: instant) / 60
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(day(of: instant)) \(two(minutes / 60)):\(two(minutes % 60))"
    }
}

private func signed(_ points: Int64) -> String { (points > 0 ? "+" : "") + groupedDigits(points) }
