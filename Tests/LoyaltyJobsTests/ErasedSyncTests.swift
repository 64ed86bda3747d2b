import LoyaltyRules
import LoyaltyStore
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
