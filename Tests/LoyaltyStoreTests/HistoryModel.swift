import Foundation
import LoyaltyRules
import LoyaltyStore

/// What happened in a random history, told by those who made it happen. The model knows nothing else.
struct HistoryFacts: Sendable {
    struct Version: Sendable {
        var savedAt: Instant
        var points: PointsSettings
        var isPaused: Bool
    }

    /// In any order; of each order the one changed last counts.
    var revisions: [OrderRevision] = []
    /// What was paid for orders with points, as a program told.
    var tenders: [String: Cents] = [:]
    /// Whom a program named, by order: the buyer while the POS names nobody.
    var toldBuyers: [String: String] = [:]
    /// Everybody who is a customer in the end.
    var members: [String] = []
    /// Points moved besides orders and redemptions.
    var moved: [String: Int64] = [:]
    /// As they are in the end.
    var redemptions: [String: [Redemption]] = [:]
    /// Where customers were merged in between: what redemptions took in whose ledger, for what is given back meanwhile is
    /// the survivor's.
    var redeemed: [String: Int64]?
    /// Who is still merged in the end, and into whom.
    var merged: [String: String] = [:]
    /// What was saved, oldest first, the first with the tenant.
    var versions: [Version] = []
    /// When equity was in force.
    var equity: [String: [EquityPeriod]] = [:]
    /// Tiers given by hand, by their place.
    var pins: [String: Int] = [:]
    /// Orders made before it earn under the settings of that moment.
    var firstPostingAt: Instant?
}

/// What a history must come to, computed from its end alone: for each order its newest revision, under the settings in
/// force when it was made; for each customer the sum of what those are worth and of what was moved besides. It shares
/// nothing with the product but plain values.
struct HistoryModel {
    struct Account: Equatable {
        var balance: Int64
        var owed: Int64
        var lifetime: Int64
        var orders: Int64
        /// The place of the tier.
        var tier: Int
    }

    struct Order: Equatable {
        var points: Int64
        var reason: NoPointsReason?
    }

    private(set) var accounts: [String: Account] = [:]
    private(set) var orders: [String: Order] = [:]
    /// What is wrong with redemptions, each in a sentence.
    private(set) var problems: [String] = []
    private let facts: HistoryFacts
    private var refunds: [String: [OrderRevision]] = [:]

    init(_ facts: HistoryFacts) {
        self.facts = facts
        var newest: [String: OrderRevision] = [:]
        for revision in facts.revisions.sorted(by: Self.isOlder) { newest[revision.posOrderID] = revision }
        for order in newest.values where order.total < .zero && order.isCompleted {
            if let sale = order.refundOf { refunds[sale, default: []].append(order) }
        }
        let sales = newest.values.filter { $0.total >= .zero }
        for sale in sales { orders[sale.posOrderID] = worth(of: sale) }
        for member in facts.members {
            let all = [member] + facts.merged.filter { $0.value == member }.keys
            accounts[member] = account(of: facts.merged[member] == nil ? all : [], as: member, sales)
        }
        problems = facts.redemptions.values.joined().compactMap { redemption in
            guard let order = redemption.posOrderID else { return nil }
            let isCaptured = redemption.status == .captured
            if isCaptured, newest[order]?.isEnded == true { return "\(order) was ended, and keeps \(redemption.words)" }
            let mayBeReversed = redemption.status != .reversed || wasEverUndone(order)
            return mayBeReversed ? nil : "\(order) was never undone, and gave back \(redemption.words)"
        }
    }

    private func wasEverUndone(_ order: String) -> Bool {
        facts.revisions.contains { $0.posOrderID == order && ($0.isEnded || $0.total <= .zero) || $0.refundOf == order }
    }

    private static func isOlder(_ left: OrderRevision, _ right: OrderRevision) -> Bool {
        guard let left = left.updatedAt, let right = right.updatedAt else { return false }
        return left < right
    }

    /// Of everybody who is one in the end.
    private func account(of members: [String], as member: String, _ sales: [OrderRevision]) -> Account {
        let own = sales.filter { buyer(of: $0).map(members.contains) ?? false }
        let completed = own.filter(\.isCompleted)
        let redemptions = facts.redemptions[member] ?? []
        let spent = redemptions.filter { $0.status == .captured }.reduce(0) { $0 + $1.price.points }
        let held = redemptions.filter { $0.status == .held }.reduce(0) { $0 + $1.price.points }
        let earned = own.reduce(0) { $0 + (orders[$1.posOrderID]?.points ?? 0) }
        let moved = members.reduce(0) { $0 + (facts.moved[$1] ?? 0) }
        let net =
            earned + moved
            - (facts.redeemed.map { redeemed in members.reduce(0) { $0 + (redeemed[$1] ?? 0) } } ?? spent)
        let lifetime = completed.reduce(0) { $0 + $1.total.rawValue + given(back: $1.posOrderID, \.total.rawValue) }
        let bySpend = [200_00, 500_00, 1_000_00].filter { lifetime >= $0 }.count
        return Account(
            balance: max(held, net), owed: max(held, net) - net, lifetime: lifetime, orders: Int64(completed.count),
            tier: facts.pins[member] ?? bySpend)
    }

    private func buyer(of sale: OrderRevision) -> String? { sale.posCustomerID ?? facts.toldBuyers[sale.posOrderID] }

    private func given(back sale: String, _ amount: (OrderRevision) -> Int64) -> Int64 {
        (refunds[sale] ?? []).reduce(0) { $0 + amount($1) }
    }

    private func worth(of sale: OrderRevision) -> Order {
        guard sale.isCompleted else { return Order(points: 0, reason: .notCompleted) }
        guard let customer = buyer(of: sale) else { return Order(points: 0, reason: .noMember) }
        guard facts.members.contains(customer) else { return Order(points: 0, reason: .unknownCustomer) }
        let made = sale.completedAt
        let terms = version(at: facts.firstPostingAt.map { max($0, made) } ?? made).points
        let day = LocalCalendar(timeZone: .gmt).day(of: made)
        if let first = terms.earnFrom, day < first { return Order(points: 0, reason: .beforeProgramStart) }
        if made >= facts.versions[0].savedAt, version(at: made).isPaused { return Order(points: 0, reason: .paused) }
        guard let spent = spent(in: sale, on: terms.earnOn) else { return Order(points: 0, reason: .unreadable) }
        let isVerified = (facts.equity[customer] ?? []).contains {
            $0.start <= made && $0.end.map { made < $0 } ?? true
        }
        let equity = isVerified ? terms.equityMultiplier.rawValue : 1_000
        // Cents times two rates in thousandths are points times a hundred millions.
        let product = max(0, spent) * terms.pointsPerDollar.rawValue * equity
        let rest: Int64 =
            switch terms.rounding {
            case .down: 0
            case .nearest: 50_000_000
            case .up: 99_999_999
            }
        let points = (product + rest) / 100_000_000
        return Order(points: points, reason: points == 0 ? .belowOnePoint : nil)
    }

    /// What earns: the sale less what was given back and less what was paid with points; nil when nobody can say.
    private func spent(in sale: OrderRevision, on base: EarnBase) -> Int64? {
        let tender = facts.tenders[sale.posOrderID]?.rawValue ?? 0
        if base == .total { return sale.total.rawValue - tender + given(back: sale.posOrderID, \.total.rawValue) }
        // Refunds of random histories name their tax.
        let back = given(back: sale.posOrderID) { $0.total.rawValue - ($0.tax?.rawValue ?? 0) }
        if let tax = sale.tax { return sale.total.rawValue - tax.rawValue - tender + back }
        guard let subtotal = sale.subtotal else { return nil }
        return subtotal.rawValue - (sale.discount?.rawValue ?? 0) - tender + back
    }

    private func version(at moment: Instant) -> HistoryFacts.Version {
        facts.versions.last { $0.savedAt <= moment } ?? facts.versions[0]
    }
}
