import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Testing

@testable import LoyaltyJobs

/// rules.md, "Customers": "a later sync restores nothing".
struct ErasedSyncTests {
    @Test("after an erasure a sync of all history restores nothing, and each further run writes nothing")
    func restored() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let id = try shop.customer(1_005)
        let points = try shop.balance(1_005)
        try shop.tenant.erase(
            id, by: UserID.make(), audit: AuditRecord(actor: "admin", action: "customer.erase", subject: "\(id)"),
            at: .now())
        let run = try shop.sync(forced: true)
        #expect(run.state == .succeeded)
        #expect(try shop.customerRows() == 150)
        #expect(try shop.tenant.customers(.alleaves, outsideIDs: ["1005"]).isEmpty)
        #expect(try shop.tenant.balances(of: [id])[id] == points)
        let checksums = try shop.checksums()
        try shop.sync(forced: true)
        #expect(try shop.checksums() == checksums)
        #expect(try shop.differences() == [])
    }

    @Test("nothing that names somebody who was erased stays in any text of any table, and a push waits for nobody")
    func texts() throws {
        var world = World.crowd(3)
        world.buyers.append(
            World.Buyer(id: 91_234_567, phone: "202-555-0177", email: "mina@quack.example", code: "code91234567"))
        world.sales.append(World.Sale(4, 91_234_567, 100_00))
        world.agree()
        let shop = try Shop(world)
        try shop.sync()
        let id = try shop.customer(91_234_567)
        try shop.tenant.transaction { tx in
            _ = try tx.record(
                EngagementEvent(customer: id, type: .chatStarted, subject: "Call Mina at quack", at: .now()),
                settings: try shop.tenant.settings(), at: .now())
        }
        for points in [5, 6] as [Int64] { try shop.adjust(91_234_567, by: points) }
        let later = Instant.now().advanced(bySeconds: 60)
        let due = try #require(try shop.tenant.pushesDue(at: later, limit: 5).first)
        #expect(try shop.tenant.claimPush(due, at: later)?.contactID == "c91234567")
        // Alpine's number is listed by the run, then the person is missed, then a run is for them alone.
        shop.script.world[person: "c91234567"].points = "900"
        try shop.sync()
        shop.script.world.people.removeAll { $0.contact == "c91234567" }
        try shop.sync()
        try shop.syncCustomer(91_234_567)
        #expect(try !shop.texts(naming: "91234567").isEmpty)
        try shop.tenant.erase(
            id, by: UserID.make(), audit: AuditRecord(actor: "admin", action: "customer.erase", subject: "\(id)"),
            at: .now())
        for personal in ["91234567", "5550177", "quack"] {
            #expect(try shop.texts(naming: personal) == [], "\(personal)")
        }
        try shop.tenant.wakeWaitingPushes(at: later)
        for push in try shop.tenant.pushesDue(at: later.advanced(bySeconds: 86_400), limit: 5) {
            #expect(try shop.tenant.claimPush(push, at: later.advanced(bySeconds: 86_400)) == nil)
        }
        try shop.sync(forced: true)
        for personal in ["91234567", "5550177", "quack"] {
            #expect(try shop.texts(naming: personal) == [], "\(personal), after a sync")
        }
        #expect(try shop.differences() == [])
    }

    @Test("the digests stay when the server's key is replaced, and are another tenant's under another key")
    func keys() throws {
        let old = Sealer.newKeyLine(id: "old")
        let (one, two) = (TenantID(rawValue: 1), TenantID(rawValue: 2))
        let before = TombstoneKeeper(try Sealer(keyLines: old))
        let after = TombstoneKeeper(try Sealer(keyLines: Sealer.newKeyLine(id: "new") + "\n" + old))
        let sealed = before.newKey(one)
        let key = try after.open(sealed, one)
        #expect(try before.open(sealed, one) == key && key.count == 32)
        #expect(throws: Sealer.Problem.self) { try before.open(sealed, two) }
        #expect(before.digest([1, 2], key) == after.digest([1, 2], key))
        #expect(before.digest([1, 2], key) != before.digest([1, 2], try before.open(before.newKey(one), one)))
    }
}

extension Shop {
    private struct Name: SQLIdentifier {
        static let allCases: [Name] = []
        let rawValue: String
    }

    /// Where in the tenant's tables `text` stands, in any column of words or bytes.
    fileprivate func texts(naming text: String) throws -> [String] {
        let columns = try root.all(
            """
            SELECT table_name AS place, column_name AS named FROM information_schema.columns
             WHERE table_schema = DATABASE() AND data_type IN ('varchar', 'char', 'varbinary', 'text', 'mediumtext',
                     'longtext', 'blob', 'mediumblob', 'longblob')
               AND table_name IN (SELECT table_name FROM information_schema.columns
                                   WHERE table_schema = DATABASE() AND column_name = 'tenant_id')
            """
        ) { (try $0.get("place", as: String.self), try $0.get("named", as: String.self)) }
        return try columns.filter { table, column in
            try count(
                """
                SELECT COUNT(*) AS number FROM \(identifier: Name(rawValue: table))
                 WHERE tenant_id = \(tenant.tenant)
                   AND LOCATE(\(Array(text.utf8)), CAST(\(identifier: Name(rawValue: column)) AS BINARY)) > 0
                """) > 0
        }.map { "\($0).\($1)" }
    }
}
