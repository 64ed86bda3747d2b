import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Customers": "Erasing removes personal data everywhere".
struct EraseCustomerTests {
    let store: TestStore
    let tenant: TenantStore
    let noon = Instant.now().advanced(bySeconds: -3_600)
    private let admin = UserID.make()
    private let audit = AuditRecord(actor: "admin", action: "customer.erase")

    init() throws {
        store = try TestStore()
        tenant = store.tenantWithTombstones
        try imported()
    }

    private func profile(_ posID: String = "4711") -> CustomerProfile {
        CustomerProfile(
            posID: posID, firstName: "Wilhelmina", lastName: "Quackenbush", email: "mina@example.com",
            phone: Phone("(202) 555-0123"), birthDate: Day(year: 1990, month: 2, day: 28), alpineCode: "acode4711")
    }

    private func imported(_ posID: String = "4711") throws {
        _ = try tenant.importCustomers([profile(posID)], settings: try tenant.settings(), at: .now())
    }

    private func sale(_ id: String, _ total: Cents = 100_00) -> OrderRevision { .sale(id, of: "4711", total, at: noon) }

    private func deliver(_ orders: OrderRevision...) throws {
        try tenant.store(orders)
        try tenant.postDue()
    }

    private func customers() throws -> Int64 {
        try store.count("SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(store.id)")
    }

    /// Every text of the tenant in which something personal may stand.
    private func texts() throws -> String {
        let queries: [SQL] = [
            "SELECT CONCAT_WS(' ', first_name, last_name, phone, email, birth_date) AS line FROM customers",
            "SELECT CONVERT(outside_id USING utf8mb4) AS line FROM customer_identities",
            "SELECT CONVERT(COALESCE(pos_customer_id, '') USING utf8mb4) AS line FROM orders",
            "SELECT CONCAT_WS(' ', cause, from_value, to_value) AS line FROM customer_activities",
            "SELECT CONCAT_WS(' ', document_kind, document_reference, reason) AS line FROM equity_records",
            "SELECT detail AS line FROM audit_log",
            "SELECT CONVERT(COALESCE(body, '') USING utf8mb4) AS line FROM idempotency_keys",
            "SELECT HEX(digest) AS line FROM identity_tombstones",
        ]
        return try queries.flatMap { query in
            try store.root.all("\(query) WHERE tenant_id = \(store.id)") { try $0.get("line", as: String.self) }
        }.joined(separator: "\n")
    }

    @Test("erasing removes what names the person everywhere, and keeps the ledger under a pseudonym")
    func erased() throws {
        try deliver(sale("A"))
        let id = try store.customer("4711")
        try tenant.addNote("Wilhelmina likes mint", to: id, by: admin, at: .now())
        for status in [EquityStatus.pending, .verified] {
            try tenant.recordEquity(
                EquityRecord(
                    status: status, documentKind: "Medical card", documentReference: "MC-998877",
                    reason: "Wilhelmina came", recordedAt: .now()),
                of: id, by: admin, in: try tenant.settings().business.calendar,
                audit: AuditRecord(actor: "admin", action: "customer.equity", subject: "\(id)"))
        }
        let words = AuditRecord(actor: "admin", action: "customer.note", subject: "\(id)", detail: "Quackenbush")
        try tenant.append(words)
        try tenant.erase(id, by: admin, audit: audit, at: .now())
        let shown = try tenant.activities(of: id, .first, limit: 50).rows.map { "\($0)" }
        #expect(shown.contains { $0.contains("Order A") })
        let all = try texts() + shown.joined()
        for personal in ["Wilhelmina", "Quackenbush", "mina@", "2025550123", "1990", "4711", "MC-998877", "mint"] {
            #expect(!all.contains(personal), "\(personal)")
        }
        #expect(try store.account(id).balance == 100)
        #expect(try tenant.customer(id)?.erasedAt != nil)
        #expect(try store.differences() == [])
        #expect(throws: Refusal.self) { try tenant.erase(id, by: admin, audit: audit, at: .now()) }
    }

    @Test("a later sync restores nothing: not by the POS id, the phone, the e-mail or the code; new sales are “erased”")
    func restored() throws {
        try deliver(sale("A"))
        let id = try store.customer("4711")
        try tenant.erase(id, by: admin, audit: audit, at: .now())
        let before = try store.everything()
        try imported()
        try imported("4712")
        try deliver(sale("A"))
        #expect(try store.everything() == before)
        #expect(try customers() == 1)
        try deliver(sale("B"))
        #expect(try store.reason("B") == .erased)
        #expect(try store.account(id).balance == 100)
        #expect(try !texts().contains("4711"))
        try deliver(sale("A", 40_00))
        #expect(try store.account(id).balance == 40)
        #expect(try store.differences() == [])
    }

    @Test("somebody else comes in as ever")
    func others() throws {
        try tenant.erase(try store.customer("4711"), by: admin, audit: audit, at: .now())
        _ = try tenant.importCustomers(
            [CustomerProfile(posID: "5", firstName: "Ada", lastName: "Byron", phone: Phone("(202) 555-0199"))],
            settings: try tenant.settings(), at: .now())
        #expect(try customers() == 2)
    }

    @Test("open holds end")
    func holds() throws {
        let id = try store.customer("4711")
        try store.move(300, key: "start", for: id)
        let hold = try store.redeem(.reward(1), of: id, 60_00, isHold: true)
        try tenant.erase(id, by: admin, audit: audit, at: .now())
        #expect(try tenant.redemption(hold.id)?.status == .voided)
        #expect(try store.differences() == [])
    }

    @Test("a key that was used stays used, and its kept answer names nobody")
    func answers() throws {
        let id = try store.customer("4711")
        let key = IdempotencyKey(text: Array("join-1".utf8), requestHash: [UInt8](repeating: 1, count: 32))
        func once() throws -> Bool {
            try tenant.once(key, refusal: { _ in nil }) { _ in
                KeptAnswer(status: 201, body: Array(#"{"firstName":"Wilhelmina"}"#.utf8), customer: id)
            }.isReplay
        }
        #expect(try !once())
        try tenant.erase(id, by: admin, audit: audit, at: .now())
        #expect(try once())
        #expect(try !texts().contains("Wilhelmina"))
    }

    @Test("those merged with an erased customer are erased with them, and none is erased under another's page")
    func merged() throws {
        try store.importCustomers("9")
        let (id, other) = try (store.customer("4711"), store.customer("9"))
        try tenant.merge(
            CustomerMerging(survivor: id, merged: other, reason: "One", user: admin), audit: audit, at: .now())
        #expect(throws: Refusal.self) { try tenant.erase(other, by: admin, audit: audit, at: .now()) }
        try tenant.erase(id, by: admin, audit: audit, at: .now())
        try imported()
        _ = try tenant.importCustomers(
            [CustomerProfile(posID: "9", firstName: "Ada", lastName: "B")], settings: try tenant.settings(), at: .now())
        #expect(try customers() == 2)
        #expect(try !texts().contains("Number 9"))
        #expect(try store.differences() == [])
    }

    @Test("a store without the keys refuses to take in sales rather than restore somebody")
    func withoutKeys() throws {
        try tenant.erase(try store.customer("4711"), by: admin, audit: audit, at: .now())
        #expect(throws: TombstoneKeeper.Missing.self) { try store.tenant.store([sale("A")]) }
    }
}
