import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct RandomHistoriesTests {
    /// Some are the same in every run, the others look somewhere new; `LOYALTY_TEST_SEED` repeats one of them.
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["LOYALTY_TEST_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let count = environment["LOYALTY_TEST_FULL"] == "yes" ? 10_000 : 300
        return Array(1...100) + (100..<count).map { _ in .random(in: 1_000...1_000_000_000) }
    }()

    @Test("a history comes to the same however it arrives: late, shuffled, twice, and from all sides", arguments: seeds)
    func history(seed: UInt64) throws {
        print("LOYALTY_TEST_SEED=\(seed)")
        let store = try TestStore()
        var history = RandomHistory(seed: seed)
        try history.happen(in: store)
        let facts = try history.arrive(in: store)
        let model = HistoryModel(facts)
        for (customer, expected) in model.accounts {
            #expect(try store.modelled(customer) == expected, "customer \(customer)")
        }
        let orders = try store.modelledOrders()
        #expect(orders == model.orders)
        #expect(try store.differences() == [])
    }
}
