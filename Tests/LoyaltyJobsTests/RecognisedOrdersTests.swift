import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// docs/architecture.md, "From an order to points": an order is recognised by the text that it was read from.
struct RecognisedOrdersTests {
    private static let beginning = Instant(microsecondsSince1970: 0)
    private static let end = Instant.now().advanced(bySeconds: 30 * 86_400)

    private func revision(_ id: Int, in shop: Shop) throws -> OrderRevision {
        try AlleavesOrderPayload.revision(from: Data(shop.script.world[sale: id].json.utf8))
    }

    private func digest(_ id: Int, in shop: Shop) throws -> WireDigest? {
        let order = try #require(try shop.tenant.orderIDs(of: ["\(id)"]).first)
        let known = try shop.tenant.ordersReadBefore(from: Self.beginning, to: Self.end)
        return try #require(known.first { $0.id == order }).digest
    }

    @Test(
        "every plain sale is recognised after one reading, however often it is read; what is to be told of each time is not"
    )
    func plain() throws {
        var world = World.standard()
        let plain = world.sales.count
        var refund = World.Sale(901, 1_005, -5_00)
        refund.external = 6
        var second = World.Sale(902, 1_005, 5_00)
        second.external = 88_000
        var odd = World.Sale(903, 1_005, 5_00)
        odd.status = "parked"
        world.sales += [refund, second, odd, World.Sale(904, 1_005, 5_00, at: .now().advanced(bySeconds: 3_600))]
        let shop = try Shop(world, connected: [.alleaves])
        for _ in 0..<2 {
            try shop.sync(forced: true)
            let known = try shop.tenant.ordersReadBefore(from: Self.beginning, to: Self.end)
            #expect(known.count == plain + 4)
            #expect(known.count { $0.digest != nil } == plain)
            #expect(Set(known.compactMap(\.digest)).count == plain)
            for id in 901...904 { #expect(try digest(id, in: shop) == nil, "\(id)") }
        }
        #expect(try shop.differences() == [])
    }

    @Test(
        "one that changed by another way is read again, the feed has the last word, and from then on it is recognised")
    func changed() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let (before, known) = (try shop.balance(1_005), try digest(6, in: shop))
        #expect(known != nil)
        var told = try revision(6, in: shop)
        told.total = Cents(rawValue: told.total.rawValue + 25_00)
        told.updatedAt = .now()
        try shop.tenant.transaction { tx in _ = try tx.store([told], ignoresOlder: true, at: .now()) }
        #expect(try digest(6, in: shop) == nil)
        try shop.sync()
        #expect(try shop.balance(1_005) == before)
        #expect(try digest(6, in: shop) == known)
        let checksums = try shop.checksums()
        try shop.sync()
        #expect(try shop.checksums() == checksums)
        #expect(try shop.differences() == [])
    }

    @Test(
        "one stored before its text was known is recognised after a reading that finds it as stored, and no point moves"
    )
    func readAnew() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let (balance, known) = (try shop.balance(1_005), try digest(6, in: shop))
        var elsewhere = try revision(6, in: shop)
        for cents in [elsewhere.total.rawValue + 1_00, elsewhere.total.rawValue] {
            elsewhere.total = Cents(rawValue: cents)
            try shop.tenant.transaction { tx in _ = try tx.store([elsewhere], ignoresOlder: false, at: .now()) }
        }
        #expect(try digest(6, in: shop) == nil)
        let run = try shop.sync()
        #expect(try run.outcome.ordersChanged == 0)
        #expect(try digest(6, in: shop) == known)
        #expect(try shop.balance(1_005) == balance)
    }

    @Test("another text of the same order is read, and nothing is written, neither then nor when the first comes back")
    func sameInOtherWords() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let known = try digest(6, in: shop)
        let text = shop.script.world[sale: 6].json
        let checksums = try shop.checksums()
        for other in [text.replacing("{\"id_order\"", with: "{ \"id_order\""), text] {
            shop.script.world[sale: 6].raw = other
            let run = try shop.sync()
            #expect(try run.outcome.ordersChanged == 0)
            #expect(try shop.checksums() == checksums)
            #expect(try digest(6, in: shop) == known)
        }
    }

    @Test("whose sale changed hands is read again; nothing of a text that names somebody who was erased stays")
    func hands() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let (one, other) = (try shop.customer(1_005), try shop.customer(1_006))
        let admin = UserID.make()
        let merging = CustomerMerging(survivor: other, merged: one, reason: "The same person", user: admin)
        let audit = AuditRecord(actor: "admin", action: "customer.merge", subject: "\(one)")
        func expectReadAnew() throws {
            #expect(try digest(6, in: shop) == nil)
            try shop.sync(forced: true)
            #expect(try digest(6, in: shop) != nil)
        }
        _ = try shop.tenant.merge(merging, audit: audit, at: .now())
        try expectReadAnew()
        try shop.tenant.unmerge(merging, audit: audit, at: .now())
        #expect(try digest(7, in: shop) == nil)
        try expectReadAnew()
        _ = try shop.tenant.merge(merging, audit: audit, at: .now())
        try expectReadAnew()
        let both = try shop.balance(1_006)
        try shop.tenant.erase(
            other, by: admin, audit: AuditRecord(actor: "admin", action: "customer.erase", subject: "\(other)"),
            at: .now())
        for _ in 0..<2 {
            #expect(try digest(6, in: shop) == nil)
            #expect(try digest(7, in: shop) == nil)
            try shop.sync(forced: true)
        }
        #expect(try shop.tenant.balances(of: [other])[other] == both)
        #expect(try shop.differences() == [])
    }
}
