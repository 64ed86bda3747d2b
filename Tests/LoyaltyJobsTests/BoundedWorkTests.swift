import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

@testable import LoyaltyJobs

/// Work that must not grow with the shop: counted in requests, statements and rows read.
struct BoundedWorkTests {
    /// What a run of one customer costs.
    private struct Cost: Equatable {
        var calls: [Call]
        var statements: Int64
        var rowsRead: Int64
    }

    private func cost(ofSyncing posID: Int, at shop: Shop, _ server: ServerWork) throws -> Cost {
        let run = try shop.tenant.requestCustomerSync(posCustomerID: "\(posID)", trigger: .api)
        let claimed = try shop.claim()
        shop.script.forgetCalls()
        var statements: Int64 = 0
        let rowsRead = try server.rowsRead {
            statements = try shop.tenant.connection.statements {
                _ = try RunPerformer(parties: shop.parties, logger: .silent).perform(claimed, shop.tenant)
            }
        }
        #expect(try shop.summary(run.id).state == .succeeded)
        return Cost(calls: shop.script.calls, statements: statements, rowsRead: rowsRead)
    }

    @Test("customer 50,001 syncs in bounded work: the last of a long list costs what the first of a short one does")
    func lastCustomer() throws {
        let shop = try Shop(.crowd(40))
        let server = try ServerWork(shop.root, database: shop.database.options.database)
        try shop.sync()
        _ = try cost(ofSyncing: 1, at: shop, server)
        let first = try cost(ofSyncing: 1, at: shop, server)
        shop.script.world = .crowd(2_001)
        try shop.sync(forced: true)
        _ = try cost(ofSyncing: 2_001, at: shop, server)
        let last = try cost(ofSyncing: 2_001, at: shop, server)
        #expect(first.calls == [.person("c1")] && last.calls == [.person("c2001")])
        #expect(last.statements == first.statements && last.rowsRead == first.rowsRead)
        #expect(first.statements > 0 && first.rowsRead > 0)
    }

    @Test("the last tenth of an import reads as many rows as the first")
    func lastTenth() throws {
        let shop = try Shop(World())
        let server = try ServerWork(shop.root, database: shop.database.options.database)
        let (tenant, settings, now) = (shop.tenant, try shop.tenant.settings(), Instant.now())
        var imported: [Int64] = []
        var stored: [Int64] = []
        for tenth in 0..<10 {
            let ids = (tenth * 200..<tenth * 200 + 200).map(String.init)
            imported.append(
                try server.rowsRead {
                    _ = try tenant.importCustomers(
                        ids.map { CustomerProfile(posID: $0, firstName: "Ada", lastName: "Number \($0)") },
                        settings: settings, at: now)
                })
            let sales = ids.map {
                OrderRevision(
                    source: .pos, posOrderID: $0, posCustomerID: $0, posLocationID: nil, status: "completed",
                    isCompleted: true, total: 20_00, completedAt: now.advanced(bySeconds: -86_400), updatedAt: nil)
            }
            stored.append(
                try server.rowsRead {
                    try tenant.transaction { tx in _ = try tx.store(sales, ignoresOlder: false, at: now) }
                })
        }
        var posted: [(customers: Int64, rowsRead: Int64)] = []
        var before: (customers: Int64, rowsRead: Int64) = (0, try server.rowsRead())
        try PostDue(store: tenant, cause: PostingCause(), now: { now }).run { _, done, _ in
            let after = (customers: done, rowsRead: try server.rowsRead())
            posted.append((after.customers - before.customers, after.rowsRead - before.rowsRead))
            before = after
        }
        #expect(Set(imported).count == 1 && Set(stored).count == 1, "\(imported) \(stored)")
        let (first, last) = (try #require(posted.first), try #require(posted.last))
        #expect(posted.count > 1 && last.rowsRead * first.customers <= first.rowsRead * last.customers, "\(posted)")
        #expect(try tenant.memberCounts().liabilityPoints == 2_000 * 20)
    }
}
