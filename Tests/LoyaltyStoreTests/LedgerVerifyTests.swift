import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// Damage that only somebody with all rights can do, who switches off triggers and foreign keys.
struct LedgerVerifyTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore(ownDatabase: true)
        customer = try store.importCustomers("1", "2")[0]
        try store.post(.sale("A", of: "1", 100_00), .sale("B", of: "2", 50_00))
        try store.move(-100, .redeem, key: "r", for: customer)
        try store.post(.sale("A", of: "1", 40_00))
        try store.post(.sale("C", of: "1", 90_00))
    }

    private func damage(_ script: String) throws {
        try store.root.executeScript(
            """
            SET foreign_key_checks = 0;
            SET check_constraint_checks = 0;
            DROP TRIGGER ledger_entries_before_update;
            DROP TRIGGER ledger_entries_before_delete;
            DROP TRIGGER ledger_entries_after_insert;
            """)
        try store.root.executeScript(script)
    }

    @Test("a ledger that only the store has written is clean, and its size is told")
    func clean() throws {
        let proof = try store.tenant.verifyLedger()
        #expect(proof.customers == 2 && proof.entries == 5 && proof.differences == [])
    }

    @Test("the tenants' ledgers are proved apart")
    func apart() throws {
        let other = Store(store.connection)
        let tenant = other.tenant(try other.createTenant(slug: "other", name: "Other").id)
        try damage("UPDATE customers SET balance = 1 WHERE balance = 50")
        #expect(try tenant.verifyLedger().differences == [])
        #expect(try store.differences().count == 1)
    }

    @Test(
        "each kind of damage is found",
        arguments: [
            ("a balance changed", "UPDATE customers SET balance = 51 WHERE balance = 50", "the balance kept is 51"),
            ("a head moved", "UPDATE customers SET head_sequence = 2 WHERE balance = 50", "the last entry is 2"),
            (
                "a head lost", "UPDATE customers SET head_sequence = NULL WHERE balance = 50",
                "the last entry is nothing"
            ),
            (
                "an entry changed", "UPDATE ledger_entries SET points = 49 WHERE points = 50",
                "the balance after an entry is 50, and should be 49"
            ),
            (
                "an entry and its balance changed",
                """
                UPDATE ledger_entries SET points = 49, balance = 49 WHERE points = 50;
                UPDATE customers SET balance = 49 WHERE balance = 50
                """, "order B: the points posted are 50, and should be 49"
            ),
            ("an entry deleted", "DELETE FROM ledger_entries WHERE sequence = 2", "the balance after an entry is"),
            (
                "a head left behind", "UPDATE customers SET head_sequence = 1 WHERE head_sequence > 1",
                "the number of the last entry is 1, and should be 4"
            ),
            (
                "the last entry deleted and hidden",
                """
                DELETE FROM ledger_entries WHERE points = 50;
                UPDATE customers SET balance = 0, head_sequence = NULL WHERE balance = 50
                """, "order B: the points posted are 50, and should be 0"
            ),
            (
                "a settlement deleted and hidden",
                """
                DELETE FROM ledger_entries WHERE entry_key LIKE 'owed:%';
                UPDATE customers SET balance = 90, head_sequence = 3 WHERE balance = 30
                """, "order A: the points settled are 60, and should be 0"
            ),
            ("a hold made up", "UPDATE customers SET held = 5 WHERE balance = 50", "the points on hold are 5"),
            ("a debt made up", "UPDATE customers SET points_owed = 5", "the points owed are 5"),
            (
                "a debt forgotten", "UPDATE order_owings SET put = 0, open = 0",
                "order A: the points posted are 40, and should be 100"
            ),
            (
                "a settled debt deleted", "DELETE FROM order_owings",
                "order A: the points posted are 40, and should be 100"
            ),
            (
                "a posting made up",
                """
                UPDATE order_postings AS posting JOIN orders ON orders.id = posting.order_id
                   SET points_posted = 99 WHERE pos_order_id = 'C'
                """,
                "order C: the points posted are 99, and should be 90"
            ),
            (
                "a voided order never posted", "UPDATE orders SET is_completed = 0 WHERE pos_order_id = 'C'",
                "order C: the marks for its next posting are 0, and should be 1"
            ),
            (
                "points of an order that earns nothing",
                "UPDATE order_postings SET no_points_reason = 'not_completed' WHERE points_posted = 90",
                "order C: the marks for its next posting are 0, and should be 1"
            ),
            (
                "an order that moved never posted", "UPDATE orders SET customer_id = NULL WHERE pos_order_id = 'C'",
                "order C: the marks for its next posting are 0, and should be 1"
            ),
            (
                "a customer deleted", "DELETE FROM customers WHERE balance = 50",
                "the balance of a customer who is not there is nothing, and should be 50"
            ),
        ])
    func damaged(kind: String, script: String, finding: String) throws {
        try damage(script)
        let differences = try store.differences()
        #expect(differences.contains { $0.contains(finding) }, "\(kind): \(differences)")
    }

    @Test("an entry that took Alpine's number without its reading is found")
    func override() throws {
        try store.move(7, .alpineOverride, key: "o", for: customer)
        #expect(
            try store.differences() == [
                "\(customer): the readings behind an entry that took Alpine’s number are 0, and should be 1."
            ])
    }

    @Test("what an override settled of points owed is proved from its own rows")
    func settledByOverride() throws {
        try store.move(-30, .redeem, key: "r2", for: customer)
        try store.post(.sale("A", of: "1", 0))
        #expect(try store.account("1").owed == 40)
        try store.takeAlpine(80, of: customer, at: Instant.now().advanced(bySeconds: 2))
        #expect(try store.account("1").owed == 0)
        #expect(try store.differences() == [])
        try store.root.execute("DELETE FROM alpine_settlements")
        #expect(
            try store.differences() == ["order A: the points settled are 100, and should be 60."])
    }

    @Test("a hold without its reservation is found")
    func hold() throws {
        let other = try store.customer("2")
        try store.post(.sale("D", of: "2", 50_00))
        try store.redeem(.reward(1), of: other, 60_00, isHold: true)
        try store.connection.execute("UPDATE customers SET held = 90 WHERE id = \(other)")
        #expect(try store.differences() == ["\(other): the points on hold are 90, and should be 100."])
        try store.connection.execute("UPDATE customers SET held = 100 WHERE id = \(other)")
        #expect(try store.differences() == [])
    }

    @Test("a redemption without its entry, and one given back that is still spent, are found")
    func redemption() throws {
        let other = try store.customer("2")
        try store.post(.sale("D", of: "2", 50_00))
        let redemption = try store.redeem(.reward(1), of: other, 60_00)
        #expect(try store.differences() == [])
        try store.root.execute(
            "UPDATE redemptions SET status = 'voided', voided_at = captured_at WHERE id = \(redemption.id)")
        #expect(
            try store.differences() == [
                "\(other): the points that moved for a redemption are -100, and should be 0."
            ])
        try store.root.execute(
            """
            UPDATE redemptions SET status = 'captured', voided_at = NULL, points = 90 WHERE id = \(redemption.id)
            """)
        #expect(
            try store.differences() == [
                "\(other): the points that moved for a redemption are -100, and should be -90."
            ])
    }

    @Test("an order whose points only a merged customer's entries have, and that says it has none, is found")
    func merged() throws {
        let admin = UserID.make()
        let other = try store.customer("2")
        try store.tenant.merge(
            CustomerMerging(survivor: customer, merged: other, reason: "One person", user: admin),
            audit: AuditRecord(actor: "admin", action: "customer.merge"), at: .now())
        #expect(try store.differences() == [])
        try store.root.execute("UPDATE order_postings SET points_posted = 0 WHERE points_posted = 50")
        #expect(try store.differences() == ["order B: the points posted are 0, and should be 50."])
    }
}
