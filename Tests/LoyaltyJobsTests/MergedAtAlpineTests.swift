import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// Two customers who are one here, and still two persons at Alpine IQ.
struct MergedAtAlpineTests {
    private func shop() throws -> Shop {
        let shop = try Shop()
        try shop.sync()
        return shop
    }

    private func merging(_ merged: CustomerID, into survivor: CustomerID) -> CustomerMerging {
        CustomerMerging(survivor: survivor, merged: merged, reason: "One person", user: UserID(rawValue: 77))
    }

    private let audit = AuditRecord(actor: "admin", action: "customer.merge")

    private func merge(_ merged: Int, into survivor: Int, in shop: Shop) throws -> CustomerID {
        let customer = try shop.customer(survivor)
        try shop.tenant.merge(merging(try shop.customer(merged), into: customer), audit: audit, at: .now())
        return customer
    }

    private func balance(_ customer: CustomerID, in shop: Shop) throws -> Int64 {
        try shop.tenant.balances(of: [customer])[customer] ?? -1
    }

    /// Alpine has taken everything, an hour ago.
    private func acknowledge(in shop: Shop) throws {
        try shop.root.execute(
            """
            UPDATE outbox SET state = 'acknowledged', attempts = 1, contact_id = 'c', sent_at = UTC_TIMESTAMP(6),
                   acknowledged_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, created_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR
             WHERE tenant_id = \(shop.tenant.tenant)
            """)
    }

    /// Somebody without a card.
    private func join(in shop: Shop) throws -> CustomerID {
        let history = try shop.tenant.settingsHistory(asOf: .now())
        return try shop.tenant.transaction { tx in
            try tx.join(
                JoiningCustomer(
                    phone: Phone("202-555-0150"), consent: ConsentStatement(isGiven: [:], place: "Test")),
                under: history, cause: PostingCause(), at: .now()
            ).customer
        }
    }

    /// Alpine takes all that is due.
    private func send(in shop: Shop) throws {
        let store = shop.store
        try shop.tenant.wakeWaitingPushes(at: store.databaseTime())
        while case let due = try shop.tenant.pushesDue(at: store.databaseTime(), limit: 50), !due.isEmpty {
            for push in due {
                guard let claimed = try shop.tenant.claimPush(push, at: store.databaseTime()) else { continue }
                try shop.tenant.record(.acknowledged, of: claimed, at: store.databaseTime())
            }
        }
    }

    /// The sum of what a person at Alpine was told.
    private func sent(to contact: String, in shop: Shop) throws -> Int64 {
        try shop.count(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS number FROM outbox
             WHERE tenant_id = \(shop.tenant.tenant) AND contact_id = \(Array(contact.utf8))
               AND state = 'acknowledged'
            """)
    }

    private func told(_ customer: CustomerID, in shop: Shop) throws -> Int64 {
        try shop.count(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS number FROM outbox
             WHERE tenant_id = \(shop.tenant.tenant) AND customer_id = \(customer)
            """)
    }

    @Test(
        "syncs after a merge take no points, whichever card Alpine lists first; the page says why",
        arguments: [(1_010, 1_120), (1_120, 1_010)])
    func listed(merged: Int, survivor: Int) throws {
        let shop = try shop()
        let customer = try merge(merged, into: survivor, in: shop)
        let sum = try balance(customer, in: shop)
        for _ in 1...2 { try shop.sync() }
        try shop.syncCustomer(survivor)
        try shop.syncCustomer(merged)
        #expect(try balance(customer, in: shop) == sum)
        let detail = try #require(try shop.tenant.customer(customer))
        #expect(detail.alpine?.outcome == .notCompared && detail.isSeveralAtAlpine)
        #expect(try shop.differences() == [])
    }

    @Test(
        "nor do they once Alpine was told, and has given later sales of the merged card to it, or lost one of the two")
    func told() throws {
        let shop = try shop()
        let other = try shop.customer(1_010)
        let customer = try merge(1_010, into: 1_120, in: shop)
        let (mine, theirs) = (shop.script.world.points(of: 1_120), shop.script.world.points(of: 1_010))
        try acknowledge(in: shop)
        #expect(try told(customer, in: shop) == theirs)
        #expect(try told(other, in: shop) == -theirs)
        // A sale of long ago that Alpine gave to the person of the merged card.
        shop.script.world.sales.append(World.Sale(9_001, 1_010, 90_00))
        shop.script.world[person: "c1120"].points = "\(mine + theirs)"
        shop.script.world[person: "c1010"].points = "90"
        for lost in [nil, "c1010", "c1120"] {
            shop.script.world.people.removeAll { $0.contact == lost }
            try shop.sync(forced: true)
            try shop.sync()
            #expect(try balance(customer, in: shop) == mine + theirs + 90, "without \(lost ?? "nobody")")
        }
        #expect(try shop.differences() == [])
    }

    @Test("what is told of the survivor goes to the person who was theirs before the merge")
    func contact() throws {
        let shop = try shop()
        let customer = try merge(1_010, into: 1_120, in: shop)
        try shop.sync()
        #expect(try shop.tenant.alpineStandings(of: [customer])[customer]?.contactID == "c1120")
    }

    @Test("somebody of whom Alpine never knew is told of with the survivor, who is compared as ever")
    func unknown() throws {
        let shop = try shop()
        let survivor = try shop.customer(1_120)
        let other = try join(in: shop)
        _ = try shop.tenant.adjust(
            other, by: Adjustment(points: 400, reason: "Welcome", key: "welcome"), audit: audit, at: .now())
        try shop.tenant.merge(merging(other, into: survivor), audit: audit, at: .now())
        let mine = shop.script.world.points(of: 1_120)
        #expect(try told(survivor, in: shop) == 400)
        try shop.sync()
        #expect(try balance(survivor, in: shop) == mine + 400)
        #expect(try shop.standing(1_120)?.outcome == .within)
        try acknowledge(in: shop)
        shop.script.world[person: "c1120"].points = "\(mine + 400)"
        try shop.sync()
        #expect(try shop.standing(1_120)?.outcome == .within)
        shop.script.world[person: "c1120"].points = "\(mine + 500)"
        try shop.sync()
        #expect(try balance(survivor, in: shop) == mine + 500)
        #expect(try shop.differences() == [])
    }

    @Test("what was told of a survivor whom Alpine did not know, at the merged one's person, is taken back there")
    func lent() throws {
        let shop = try shop()
        let other = try shop.customer(1_010)
        let theirs = shop.script.world.points(of: 1_010)
        let survivor = try join(in: shop)
        try shop.tenant.merge(merging(other, into: survivor), audit: audit, at: .now())
        try shop.sync()
        #expect(try shop.tenant.alpineStandings(of: [survivor])[survivor]?.contactID == "c1010")
        _ = try shop.tenant.adjust(
            survivor, by: Adjustment(points: -7, reason: "Mug", key: "mug"), audit: audit, at: .now())
        try send(in: shop)
        // Their own transfer, and the survivor's, and the mug.
        #expect(try sent(to: "c1010", in: shop) == -theirs + theirs - 7)
        _ = try shop.tenant.adjust(
            survivor, by: Adjustment(points: 20, reason: "Sorry", key: "sorry"), audit: audit, at: .now())
        try shop.tenant.unmerge(merging(other, into: survivor), audit: audit, at: .now())
        try send(in: shop)
        #expect(try sent(to: "c1010", in: shop) == 0)
        #expect(try balance(survivor, in: shop) == 13 && balance(other, in: shop) == theirs)
        // All of the survivor's that is left waits for a person of their own.
        #expect(try told(survivor, in: shop) == 13 + theirs - 7)
        try shop.sync()
        #expect(try balance(survivor, in: shop) == 13 && balance(other, in: shop) == theirs)
        #expect(try shop.standing(1_010)?.outcome == .within)
        #expect(try shop.differences() == [])
    }

    @Test("after an unmerging both are compared again, and Alpine's numbers are found to agree")
    func unmerged() throws {
        let shop = try shop()
        let other = try shop.customer(1_010)
        let customer = try merge(1_010, into: 1_120, in: shop)
        let (mine, theirs) = (shop.script.world.points(of: 1_120), shop.script.world.points(of: 1_010))
        try shop.sync()
        try shop.tenant.unmerge(merging(other, into: customer), audit: audit, at: .now())
        try shop.sync()
        #expect(try balance(customer, in: shop) == mine && balance(other, in: shop) == theirs)
        for posID in [1_010, 1_120] { #expect(try shop.standing(posID)?.outcome == .within, "\(posID)") }
        #expect(try told(customer, in: shop) == 0 && told(other, in: shop) == 0)
        #expect(try shop.differences() == [])
    }
}
