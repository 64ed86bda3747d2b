import Foundation
import LoyaltyRules
import MariaDB
import TestSupport
import Testing

@testable import LoyaltyStore

/// A timeline is read page by page from three tables.
struct TimelinePagesTests {
    private let start = Instant(secondsSince1970: 1_700_000_000)

    /// So many sales posted at once, every second at the moment of another, with as many notes as asked for.
    private func fill(_ store: TestStore, _ range: Range<Int>, notes: Int) throws {
        try store.tenant.store(
            range.map { number in
                .sale("\(number)", of: "1", 10_00, at: start.advanced(bySeconds: Int64(number / 2) * 60))
            })
        // The later postings have the earlier moments: a clock went wrong.
        try store.tenant.postDue(at: start.advanced(bySeconds: 100_000 - Int64(range.lowerBound) * 60))
        let customer = try store.customer("1")
        try store.tenant.transaction { tx in
            try tx.insert(
                (0..<notes).map { number in
                    Activity(
                        customer: customer, kind: .note, at: start.advanced(bySeconds: Int64(number) * 120),
                        cause: "note \(number)")
                })
        }
    }

    /// What tells lines apart: each is told once.
    private func words(_ lines: [ActivityLine]) -> [String] { lines.map { "\($0.kind) \($0.cause)" } }

    @Test(
        "a walk down and up again meets every line once, also where the ledger disagrees with the clock",
        arguments: 1...7)
    func walk(limit: Int) throws {
        let store = try TestStore()
        let customer = try store.importCustomers("1")[0]
        for first in stride(from: 0, to: 20, by: 5) { try fill(store, first..<first + 5, notes: first == 0 ? 7 : 0) }
        let whole = try store.tenant.activities(of: customer, .first, limit: 100).rows
        let stored = try store.count(
            "SELECT COUNT(*) AS number FROM customer_activities WHERE tenant_id = \(store.id)")
        #expect(whole.count == 40 + Int(stored) && Set(words(whole)).count >= 47)
        let entries = whole.filter { $0.kind == .pointsEarned }.map(\.cause)
        #expect(entries == (0..<20).reversed().map { "Order \($0)" })

        var page = try store.tenant.activities(of: customer, .first, limit: limit)
        var down = page.rows
        #expect(!page.hasNewer)
        while page.hasOlder, down.count <= whole.count, let last = page.rows.last {
            page = try store.tenant.activities(of: customer, .older(than: last.below), limit: limit)
            #expect(page.hasNewer && page.rows.count <= limit && !page.rows.isEmpty)
            down += page.rows
        }
        #expect(words(down) == words(whole))

        var up = page.rows
        while page.hasNewer, up.count <= whole.count, let first = page.rows.first {
            page = try store.tenant.activities(of: customer, .newer(than: first.above), limit: limit)
            #expect(page.hasOlder && page.rows.count <= limit && !page.rows.isEmpty)
            up = page.rows + up
        }
        #expect(words(up).sorted() == words(whole).sorted())
    }

    @Test("a page reads as many rows of a customer with ten times the sales, wherever it begins")
    func work() throws {
        let store = try TestStore(ownDatabase: true)
        let customer = try store.importCustomers("1")[0]
        let server = try ServerWork(store.root, database: store.options.database)
        func cost(_ range: PageRange<ActivityKey>) throws -> Int64 {
            try server.rowsRead { _ = try store.tenant.activities(of: customer, range, limit: 5) }
        }
        func costs() throws -> [Int64] {
            let rows = try store.tenant.activities(of: customer, .first, limit: 1_000).rows
            let middle = rows[rows.count / 2]
            return [try cost(.first), try cost(.older(than: middle.below)), try cost(.newer(than: middle.above))]
        }
        try fill(store, 0..<30, notes: 30)
        let few = try costs()
        try fill(store, 30..<300, notes: 300)
        let many = try costs()
        // Of each part a page and one more, and the posting of each sale.
        #expect(many.allSatisfy { 0 < $0 && $0 <= 4 * 6 + 6 }, "\(few), then \(many)")
    }

    @Test("lines that were stored for sales and their points go, once; what nothing else tells stays")
    func migration() throws {
        let store = try TestStore(ownDatabase: true)
        let customers = try store.importCustomers("1", "2")
        let now = Instant.now()
        try store.post(.sale("A", of: "1", 30_00, at: start), at: now)
        let told = try store.tenant.activities(of: customers[0], .first, limit: 9).rows
        let order: OrderID = try store.root.one("SELECT id FROM orders WHERE tenant_id = \(store.id)") {
            try $0.get("id")
        }
        func line(_ customer: Int, _ kind: ActivityKind, _ cause: String, points: Int64? = nil) -> Activity {
            Activity(
                customer: customers[customer], kind: kind, at: kind == .order ? start : now, cause: cause,
                to: kind == .order ? "30.00" : nil, points: points, order: order)
        }
        try store.tenant.transaction { tx in
            try tx.insert([
                line(0, .order, "Order A"), line(0, .pointsEarned, "Order A", points: 30),
                // Of a customer who has the order no more, of points that no entry moved, and a decision about an order.
                line(1, .order, "Order A"), line(1, .pointsEarned, "Order A", points: 30),
                line(0, .pointsAdjusted, "By hand", points: 31), line(0, .note, "Order A is kept"),
            ])
        }
        let script = try String(
            contentsOf: URL(filePath: TestStore.sqlDirectory).appending(path: "0025_timeline.sql"), encoding: .utf8)
        for _ in 1...2 {
            try store.root.executeScript(script)
            let lines = try store.tenant.activities(of: customers[0], .first, limit: 9).rows
            #expect(
                words(lines).sorted() == (words(told) + ["note Order A is kept", "pointsAdjusted By hand"]).sorted())
            let others = try store.tenant.activities(of: customers[1], .first, limit: 9).rows
            #expect(words(others) == ["pointsEarned Order A", "order Order A"])
        }
    }
}
