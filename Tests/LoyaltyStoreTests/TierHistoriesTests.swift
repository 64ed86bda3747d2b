import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Points for one order": with multipliers the order of arrival matters, so these histories are told as they
/// happen.
struct TierHistoriesTests {
    @Test(
        "each sale earns by the tier that the sales before it gave when it was first posted, whatever changes later",
        arguments: RandomHistoriesTests.seeds.prefix(40))
    func history(seed: UInt64) throws {
        let store = try TestStore()
        try store.save(\.tiers) { tab in
            for place in tab.tiers.indices { tab.tiers[place].earnMultiplier = TierModel.multipliers[place] }
        }
        try store.importCustomers("1", "2")
        var history = RandomHistory(seed: seed, names: ["1", "1", "1", "2", nil], centsMax: 400_00)
        var model = TierModel()
        for _ in 1...25 {
            let revision = history.nextRevision()
            model.tell(revision)
            try store.post(revision)
        }
        for customer in ["1", "2"] {
            #expect(try store.balance(customer) == model.points(of: customer), "customer \(customer)")
        }
        #expect(try store.differences() == [])
    }
}

/// The orders as told so far, at one point a dollar.
private struct TierModel {
    static let multipliers: [Thousandths] = [1_000, 1_250, 1_500, 2_000]

    private var orders: [String: OrderRevision] = [:]
    /// Given to an order when it first could earn, for the customer it then was of.
    private var given: [String: (customer: String, multiplier: Int64)] = [:]

    mutating func tell(_ revision: OrderRevision) {
        orders[revision.posOrderID] = revision
        // Who loses an order, also as a refund, has it anew if it comes back.
        if given[revision.posOrderID]?.customer != revision.posCustomerID { given[revision.posOrderID] = nil }
        var spent: [String: Int64] = [:]
        for sale in sales {
            let id = sale.posOrderID
            guard let customer = sale.posCustomerID, sale.isCompleted else { continue }
            let tier = [200_00, 500_00, 1_000_00].filter { spent[customer] ?? 0 >= $0 }.count
            if given[id] == nil { given[id] = (customer, Self.multipliers[tier].rawValue) }
            spent[customer, default: 0] += sale.total.rawValue + givenBack(for: id)
        }
    }

    func points(of customer: String) -> Int64 {
        sales.filter { $0.posCustomerID == customer && $0.isCompleted }.reduce(0) { sum, sale in
            let spent = sale.total.rawValue + givenBack(for: sale.posOrderID)
            return sum + max(0, spent) * (given[sale.posOrderID]?.multiplier ?? 0) / 100_000
        }
    }

    private var sales: [OrderRevision] {
        orders.values.filter { $0.total >= .zero }
            .sorted { ($0.completedAt, $0.posOrderID) < ($1.completedAt, $1.posOrderID) }
    }

    private func givenBack(for sale: String) -> Int64 {
        orders.values.filter { $0.refundOf == sale && $0.total < .zero && $0.isCompleted }
            .reduce(0) { $0 + $1.total.rawValue }
    }
}
