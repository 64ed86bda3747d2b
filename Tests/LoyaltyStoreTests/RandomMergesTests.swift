import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

struct RandomMergesTests {
    private static let seeds: [UInt64] =
        Array(1...30) + [643_222_580, 742_432_415, 301_719_571, 138_968_679, 768_134_877, 956_641_375]
        + (0..<20).map { _ in .random(in: 1_000...1_000_000_000) }

    private struct Merged {
        var merging: CustomerMerging
        var (survivor, merged): (String, String)
    }

    @Test(
        "whatever is merged and unmerged in between, everybody ends with what their sales earned and they spent",
        arguments: seeds)
    func history(seed: UInt64) throws {
        print("merge seed \(seed)")
        let store = try TestStore()
        try store.connectAlpine()
        // The fifth is an uplift, of which Alpine is told.
        try store.save(\.tiers) { tiers in
            for index in tiers.tiers.indices { tiers.tiers[index].earnMultiplier = 1_200 }
        }
        let names = ["1", "2", "3", "late"]
        var ids: [String: CustomerID] = [:]
        for name in names { ids[name] = try store.importCustomers(name)[0] }
        let history = MergeHistory(seed: seed, start: Instant.now().advanced(bySeconds: -10_000))
        var random = SeededRandom(seed &* 31)
        var open: [Merged] = []
        var spent: [String: Int64] = [:]
        let audit = AuditRecord(actor: "admin", action: "customer.merge")
        for (number, revision) in history.revisions.enumerated() {
            try store.tenant.store([revision])
            if Bool.random(using: &random) { try store.tenant.postDue() }
            switch Int.random(in: 0...5, using: &random) {
            case 0:
                let pair = names.shuffled(using: &random)
                guard let survivor = ids[pair[0]], let merged = ids[pair[1]] else { continue }
                let merging = CustomerMerging(survivor: survivor, merged: merged, reason: "Test", user: UserID.make())
                let isFree = !open.contains {
                    [$0.merged].contains(pair[0]) || [$0.merged, $0.survivor].contains(pair[1])
                }
                do {
                    try store.tenant.merge(merging, audit: audit, at: .now())
                    #expect(isFree, "seed \(seed)")
                    open.append(Merged(merging: merging, survivor: pair[0], merged: pair[1]))
                } catch is Refusal {
                    #expect(!isFree, "seed \(seed)")
                }
            case 1:
                guard let index = open.indices.randomElement(using: &random) else { continue }
                do {
                    try store.tenant.unmerge(open[index].merging, audit: audit, at: .now())
                    open.remove(at: index)
                } catch is Refusal {
                    // What came with the merging was spent.
                }
            case 2:
                guard let name = names.randomElement(using: &random) else { continue }
                // Whose card is shown spends the survivor's points.
                let holder = open.first { $0.merged == name }?.survivor ?? name
                spent[holder, default: 0] += try store.door.spend(atMost: 50, of: name, key: "spend:\(number)")
            default: break
            }
            #expect(try store.differences() == [], "seed \(seed), step \(number)")
            #expect(try store.misplacedTellings() == [], "seed \(seed), step \(number)")
        }
        try store.tenant.postDue()
        let model = MergeModel(revisions: history.revisions, customers: history.customers, spent: spent)
        for name in names {
            guard let id = ids[name], var expected = model.accounts[name] else { continue }
            for other in open where other.survivor == name {
                guard let theirs = model.accounts[other.merged] else { continue }
                expected.net += theirs.net
                expected.lifetime += theirs.lifetime
                expected.orders += theirs.orders
            }
            if open.contains(where: { $0.merged == name }) { expected = .init() }
            let account = try store.account(id)
            let place = Comment(rawValue: "seed \(seed), customer \(name)")
            #expect(account.balance == max(0, expected.net), place)
            #expect(account.owed == max(0, -expected.net), place)
            #expect(account.lifetime == expected.lifetime, place)
            #expect(account.orders == expected.orders, place)
        }
        #expect(try store.differences() == [], "seed \(seed)")
        #expect(try store.misplacedTellings() == [], "seed \(seed)")
    }
}

extension TestStore {
    /// Orders of which Alpine was told of somebody else than the one in whose ledger they stand, or of another number
    /// than is kept; those merged count as one.
    fileprivate func misplacedTellings() throws -> [String] {
        try root.all(
            """
            SELECT orders.pos_order_id FROM orders
              LEFT JOIN order_postings AS posting
                ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
              LEFT JOIN customers AS holder
                ON holder.tenant_id = orders.tenant_id AND holder.id = posted_customer_id
              JOIN (SELECT outbox.order_id, COALESCE(merged_into, customers.id) AS person, SUM(points) AS points
                      FROM outbox JOIN customers
                        ON customers.tenant_id = outbox.tenant_id AND customers.id = outbox.customer_id
                     WHERE outbox.tenant_id = \(id) AND order_id IS NOT NULL
                     GROUP BY outbox.order_id, COALESCE(merged_into, customers.id)) AS told
                ON told.order_id = orders.id
             WHERE orders.tenant_id = \(id)
               AND told.points <> IF(told.person <=> COALESCE(holder.merged_into, holder.id), posting.points_told, 0)
            """
        ) { try $0.get("pos_order_id") }
    }
}
