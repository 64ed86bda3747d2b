import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport
import Testing

struct RandomHistoriesTests {
    /// The same in every run, and some fresh ones, so that each run also looks somewhere new.
    private static let seeds: [UInt64] =
        Array(1...40) + (0..<20).map { _ in .random(in: 1_000...1_000_000_000) }

    @Test("a history comes to the same however it arrives: shuffled, twice, and on four threads", arguments: seeds)
    func history(seed: UInt64) throws {
        print("history seed \(seed)")
        let store = try TestStore()
        try store.importCustomers("1", "2", "3")
        var history = RandomHistory(seed: seed, start: Instant.now().advanced(bySeconds: -10_000))
        let deliveries = history.deliveries(threads: 4)
        let door = store.door
        let spent = Mutex<[String: Int64]>([:])
        var threads: [@Sendable () throws -> Void] = deliveries.map { revisions in
            {
                let tenant = door.open()
                for revision in revisions {
                    try tenant.store([revision], ignoresOlder: true)
                    if revision.total.rawValue % 2 == 0 { try tenant.postDue() }
                }
                try tenant.postDue()
            }
        }
        threads.append {
            for round in 1...5 {
                for customer in ["1", "2", "3"] {
                    let points = try door.spend(atMost: 30, of: customer, key: "spend:\(customer):\(round)")
                    spent.withLock { $0[customer, default: 0] += points }
                }
                usleep(10_000)
            }
        }
        try inParallel(threads)
        try store.importCustomers("late")
        try store.tenant.postDue()
        let model = HistoryModel(
            revisions: history.revisions, customers: history.customers, spent: spent.withLock { $0 })
        for customer in history.customers {
            let account = try store.account(customer)
            let expected = try #require(model.accounts[customer])
            #expect(account.balance == max(0, expected.net), "seed \(seed), customer \(customer)")
            #expect(account.owed == max(0, -expected.net), "seed \(seed), customer \(customer)")
            #expect(account.lifetime == expected.lifetime, "seed \(seed), customer \(customer)")
            #expect(account.orders == expected.orders, "seed \(seed), customer \(customer)")
        }
        #expect(try store.differences() == [], "seed \(seed)")
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
                let movement = Movement(
                    points: -spent, kind: .redeem, key: key, reason: "Test", settingsVersion: 1)
                try tx.append([movement], to: &customer, at: .now())
            }
            return spent
        }
    }
}
