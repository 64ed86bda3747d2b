import LoyaltyRules

/// What a history of orders must come to, computed from its end alone: for each order its newest revision, for each
/// customer the sum of what those are worth less what was spent. It shares nothing with the product but the types.
struct HistoryModel {
    struct Account: Equatable {
        /// Points earned and spent, in all; below zero it is owed.
        var net: Int64 = 0
        var lifetime: Int64 = 0
        var orders: Int64 = 0
    }

    private(set) var accounts: [String: Account] = [:]

    /// - Parameters:
    ///   - revisions: in any order; of each order the one changed last counts.
    ///   - spent: points redeemed by customer.
    init(revisions: [OrderRevision], customers: [String], spent: [String: Int64]) {
        var newest: [String: OrderRevision] = [:]
        for revision in revisions {
            guard let known = newest[revision.posOrderID], let old = known.updatedAt, let new = revision.updatedAt,
                old > new
            else {
                newest[revision.posOrderID] = revision
                continue
            }
        }
        for customer in customers { accounts[customer] = Account(net: -(spent[customer] ?? 0)) }
        for sale in newest.values where sale.total.rawValue >= 0 && sale.isCompleted {
            guard let customer = sale.posCustomerID, accounts[customer] != nil else { continue }
            var left = sale.total.rawValue
            for refund in newest.values
            where refund.refundOf == sale.posOrderID && refund.total.rawValue < 0 && refund.isCompleted {
                left += refund.total.rawValue
            }
            accounts[customer]?.net += max(0, left) / 100
            accounts[customer]?.lifetime += left
            accounts[customer]?.orders += 1
        }
    }
}

/// A repeatable source of random numbers (SplitMix64): a failure names its seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A random history of a small shop: sales edited, voided, reopened, moved, refunded in part and whole, anonymous
/// and of customers who become members later.
struct RandomHistory {
    let customers = ["1", "2", "3", "late"]
    private(set) var revisions: [OrderRevision] = []
    private(set) var random: SeededRandom
    private let start: Instant

    init(seed: UInt64, start: Instant) {
        random = SeededRandom(seed)
        self.start = start
        let orders = Int.random(in: 3...8, using: &random)
        var version: Int64 = 0
        for _ in 1...Int.random(in: 10...30, using: &random) {
            let number = Int.random(in: 1...orders, using: &random)
            version += 1
            revisions.append(revision(of: number, version: version))
        }
    }

    private mutating func revision(of number: Int, version: Int64) -> OrderRevision {
        let isRefund = number % 4 == 0
        let size = Int64.random(in: 0...20_000, using: &random)
        let names = customers + ["stranger", ""]
        let customer = names.randomElement(using: &random) ?? ""
        return .sale(
            "\(number)", of: customer.isEmpty ? nil : customer, Cents(rawValue: isRefund ? -size / 3 - 1 : size),
            at: start.advanced(bySeconds: Int64(number)),
            isCompleted: Int.random(in: 0...4, using: &random) > 0,
            refundOf: isRefund ? "\(Int.random(in: 1...number, using: &random))" : nil,
            updatedAt: start.advanced(bySeconds: version))
    }

    /// Everything at least once, some of it twice, in any order, for each of `threads`.
    mutating func deliveries(threads: Int) -> [[OrderRevision]] {
        var all = revisions + revisions.filter { _ in Bool.random(using: &random) }
        all.shuffle(using: &random)
        return (0..<threads).map { thread in
            all.enumerated().filter { $0.offset % threads == thread }.map(\.element)
        }
    }
}
