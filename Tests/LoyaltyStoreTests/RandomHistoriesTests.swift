import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct RandomHistoriesTests {
    /// Some are the same in every run, the others look somewhere new; `LOYALTY_TEST_SEED` repeats one of them, and
    /// `LOYALTY_TEST_HISTORIES` says how many, or how often: what happens at once happens differently each time.
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        let told = environment["LOYALTY_TEST_HISTORIES"].flatMap { Int($0) }
        if let seed = environment["LOYALTY_TEST_SEED"].flatMap({ UInt64($0) }) {
            return Array(repeating: seed, count: told ?? 1)
        }
        let count = told ?? (environment["LOYALTY_TEST_FULL"] == "yes" ? 10_000 : 300)
        return (0..<count).map { $0 < 100 ? UInt64($0 + 1) : .random(in: 1_000...1_000_000_000) }
    }()

    @Test("a history comes to the same however it arrives: late, shuffled, twice, and from all sides", arguments: seeds)
    func history(seed: UInt64) throws {
        print("LOYALTY_TEST_SEED=\(seed)")
        let store = try TestStore()
        var history = RandomHistory(seed: seed)
        try history.happen(in: store)
        let facts: HistoryFacts
        do { facts = try history.arrive(in: store) } catch let error as DatabaseError {
            Issue.record("\(error.debugDescription)")
            return
        }
        let model = HistoryModel(facts)
        for (customer, expected) in model.accounts where facts.merged[customer] == nil {
            #expect(try store.modelled(customer) == expected, "customer \(customer)")
        }
        let orders = try store.modelledOrders()
        #expect(orders == model.orders)
        #expect(model.problems == [])
        let differences = try store.differences()
        #expect(differences == [])
        if seed.isMultiple(of: 3), facts.merged.isEmpty { try erase("\(1 + seed % 2)", facts, in: store) }
    }

    /// Erasing somebody in the end changes no number, and nothing that arrives once more restores them.
    private func erase(_ posID: String, _ facts: HistoryFacts, in store: TestStore) throws {
        let id = try store.customer(posID)
        let tenant = store.tenantWithTombstones
        let before = try store.account(id)
        try tenant.erase(id, by: .make(), audit: AuditRecord(actor: "test", action: "customer.erase"), at: .now())
        // Holds end, and what they reserved settles what is owed.
        let settled = min(before.owed, before.balance)
        var expected = before
        (expected.balance, expected.owed) = (before.balance - settled, before.owed - settled)
        #expect(try store.account(id) == expected)
        let newest = Dictionary(
            facts.revisions.sorted { $0.updatedAt ?? .now() < $1.updatedAt ?? .now() }
                .map { ($0.posOrderID, $0) }
        ) { _, late in late }
        let others = try facts.members.filter { $0 != posID }.map { try store.modelled($0) }
        let customers = facts.members.map { CustomerProfile(posID: $0, firstName: "Ada", lastName: "Number \($0)") }
        _ = try tenant.importCustomers(customers, settings: try tenant.settings(), at: .now())
        try tenant.store(Array(newest.values), ignoresOlder: true)
        try tenant.store(Array(newest.values))
        try tenant.postDue()
        #expect(try store.account(id) == expected)
        #expect(try tenant.customers(.alleaves, outsideIDs: [posID]) == [:])
        #expect(try facts.members.filter { $0 != posID }.map { try store.modelled($0) } == others)
        #expect(try store.differences() == [])
    }
}
