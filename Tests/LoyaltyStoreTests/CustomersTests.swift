import LoyaltyRules
import MariaDB
import Testing

@testable import LoyaltyStore

struct CustomersTests {
    let shop: ReadingShop

    init() throws { shop = try ReadingShop() }

    @Test(
        "a search finds a member by any part of what a person knows",
        arguments: [
            ("ada", ["Ada"]), ("AD", ["Ada"]), ("byron", ["Ada"]), ("Ada Byron", ["Ada"]), ("byron ada", ["Ada"]),
            ("by", ["Ada"]), ("ada by", ["Ada"]), ("  ada   by ", ["Ada"]), ("van der", ["Kees"]), ("kees berg", []),
            ("kees van", ["Kees"]), ("josé", ["José"]), ("(202) 555-0143", ["Ada"]), ("202.555.0143", ["Ada"]),
            ("+1 202 555 0143", ["Ada"]), ("2025550143", ["Ada"]), ("ada@example.org", ["Ada"]),
            ("ADA@Example.org", ["Ada"]), ("ada@ex", ["Ada"]), ("5001", ["Ada"]), ("500", []), ("a", []), ("%", []),
            ("__", []), ("\\", []), ("gone", []), ("other", []), ("9001", []), ("b c", []), ("'; --", []),
        ])
    func search(typed: String, names: [String]) throws {
        let search = try #require(CustomerSearch(typed))
        #expect(try shop.store.customers(search, limit: 10).found.map(\.firstName) == names)
    }

    @Test("a search for nothing is none")
    func blank() {
        #expect(CustomerSearch("") == nil && CustomerSearch("  \t") == nil)
    }

    @Test("a search says when there are more than it shows, and shows nobody twice")
    func bound() throws {
        for index in 0..<12 { try shop.addCustomer("Zoe", "Zoe", pos: "z\(index)") }
        let result = try shop.store.customers(try #require(CustomerSearch("zoe")), limit: 10)
        #expect(result.found.count == 10 && result.hasMore)
        let all = try shop.store.customers(try #require(CustomerSearch("zoe")), limit: 20)
        #expect(all.found.count == 12 && !all.hasMore)
    }

    @Test("the list walks by last visit to its end and back, whoever never came at the end, and each once")
    func pages() throws {
        let shop = try ReadingShop(isEmpty: true)
        var expected: [CustomerID] = []
        for index in 0..<7 {
            // Two of them came at the same moment.
            let at = Instant(secondsSince1970: 1_700_000_000 - Int64(index / 2) * 60)
            expected.append(try shop.addCustomer("A\(index)", pos: "p\(index)", lastOrderAt: index < 4 ? at : nil))
        }
        let ranks = try shop.store.customers(.first, limit: 100).rows
        #expect(Set(ranks.map(\.id)) == Set(expected) && ranks.suffix(3).allSatisfy { $0.lastOrderAt == nil })
        var walked: [CustomerID] = []
        var page = try shop.store.customers(.first, limit: 2)
        #expect(!page.hasNewer)
        while let last = page.rows.last {
            walked += page.rows.map(\.id)
            guard page.hasOlder else { break }
            page = try shop.store.customers(.older(than: last.key), limit: 2)
            #expect(page.hasNewer)
        }
        #expect(walked == ranks.map(\.id))
        var back: [CustomerID] = page.rows.map(\.id)
        while page.hasNewer, let first = page.rows.first {
            page = try shop.store.customers(.newer(than: first.key), limit: 2)
            back = page.rows.map(\.id) + back
        }
        #expect(back == walked)
    }

    @Test("a customer of another shop, or of nobody, is not there")
    func isolation() throws {
        let stranger = try shop.addCustomer("Other", pos: "x1", in: shop.other)
        #expect(try shop.store.customer(stranger) == nil)
        #expect(try shop.store.ledger(of: stranger, .first, limit: 5).rows.isEmpty)
        #expect(try shop.store.activities(of: stranger, .first, limit: 5).rows.isEmpty)
    }

    @Test("a customer's page has the ledger newest first, by parts, and the identities")
    func detail() throws {
        let id = try shop.addCustomer("Ledger", pos: "l1")
        for (index, points) in ([10, -4, 7, 1, 2] as [Int64]).enumerated() {
            try shop.addEntry(id, points, at: Instant(secondsSince1970: 1_700_000_000 + Int64(index)))
        }
        let detail = try #require(try shop.store.customer(id))
        #expect(detail.card.balance == 16 && detail.posID == "l1" && detail.alpine == nil)
        let first = try shop.store.ledger(of: id, .first, limit: 2)
        #expect(first.rows.map(\.points) == [2, 1] && first.hasOlder && !first.hasNewer)
        let second = try shop.store.ledger(of: id, .older(than: 4), limit: 3)
        #expect(second.rows.map(\.points) == [7, -4, 10] && !second.hasOlder)
        #expect(try shop.store.ledger(of: id, .newer(than: 3), limit: 1).rows.map(\.sequence) == [4])
    }

    @Test("a timeline walks over lines of one moment without losing or repeating one")
    func timeline() throws {
        let id = try shop.addCustomer("Time", pos: "t1")
        let at = Instant(secondsSince1970: 1_700_000_000)
        try shop.store.transaction { tx in
            try tx.insert((0..<7).map { Activity(customer: id, kind: .note, at: at, cause: "note \($0)") })
        }
        var causes: [String] = []
        var range = PageRange<ActivityKey>.first
        for _ in 0..<10 {
            let page = try shop.store.activities(of: id, range, limit: 2)
            causes += page.rows.map(\.cause)
            guard page.hasOlder, let last = page.rows.last else { break }
            range = .older(than: last.below)
        }
        #expect(causes.count == 7 && Set(causes).count == 7)
    }
}
