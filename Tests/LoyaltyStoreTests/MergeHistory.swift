import LoyaltyRules
import LoyaltyStore

/// What a history of orders must come to, computed from its end alone: for each order its newest revision, for each
/// customer the sum of what those are worth less what was spent. It shares nothing with the product but the types.
struct MergeModel {
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
            // A point and a fifth for a dollar.
            accounts[customer]?.net += max(0, left) * 12 / 1_000
            accounts[customer]?.lifetime += left
            accounts[customer]?.orders += 1
        }
    }
}

/// A random history of a small shop whose settings stay: sales edited, voided, reopened, moved, refunded in part and whole, anonymous
/// and of customers who become members later.
struct MergeHistory {
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
}

extension TestStore.Door {
    /// Redeems what the customer has, at most `limit`, and returns it.
    func spend(atMost limit: Int64, of posID: String, key: String) throws -> Int64 {
        let tenant = open()
        guard let id = try tenant.customers(.alleaves, outsideIDs: [posID])[posID] else { return 0 }
        return try tenant.transaction { tx in
            var spent: Int64 = 0
            for var customer in try tx.lock([id]) where customer.available > 0 {
                spent = min(limit, customer.available)
                let movement = Movement(points: -spent, kind: .redeem, key: key, reason: "Test", settingsVersion: 1)
                try tx.append([movement], to: &customer, at: .now())
            }
            return spent
        }
    }
}
