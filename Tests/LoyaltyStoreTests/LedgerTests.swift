import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// The engine itself keeps the ledger: whatever the code does, these statements fail.
struct LedgerTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
        try store.move(100, key: "a", for: customer)
        try store.move(-30, key: "b", for: customer)
    }

    private enum Refused {
        static let privilege: Set<UInt32> = [1142, 1143]
        static let trigger: UInt32 = 1644
        static let check: UInt32 = 4025
        static let foreignKey: UInt32 = 1452
        static let duplicate: UInt32 = 1062
    }

    /// Writes an entry past the store; the third, following 100 and −30, unless told otherwise.
    private func insert(
        sequence: Int64 = 3, previous: Int64? = 2, points: Int64 = 5, before: Int64 = 70, after: Int64 = 75,
        key: String = "c", tenant: TenantID? = nil, movesHead: Bool = true, by connection: Connection? = nil
    ) throws -> UInt32? {
        try DatabaseError.code {
            try (connection ?? store.connection).execute(
                """
                INSERT INTO ledger_entries (tenant_id, customer_id, sequence, id, points, previous_balance, balance,
                  previous_sequence, kind, entry_key, reason, settings_version, created_at, moves_head)
                VALUES (\(tenant ?? store.id), \(customer), \(sequence), \(EntryID.make()), \(points), \(before), \(after),
                  \(previous), 'adjustment', \(Array(key.utf8)), 'Test', 1, UTC_TIMESTAMP(6), \(movesHead))
                """)
        }
    }

    @Test("an entry that continues the chain is taken and moves balance and head")
    func rightEntry() throws {
        #expect(try insert() == nil)
        #expect(try store.balance("1") == 75)
        #expect(try store.differences() == [])
    }

    @Test("of many entries written at once the last moves balance and head, past those before it")
    func batch() throws {
        #expect(try insert(movesHead: false) == nil)
        #expect(try store.balance("1") == 70)
        #expect(try insert(sequence: 4, previous: 3, points: 7, before: 75, after: 82, key: "d") == nil)
        #expect(try store.balance("1") == 82)
        #expect(try store.differences() == [])
    }

    @Test("after an entry that left the head behind nothing can follow, and the proof finds it")
    func headLeftBehind() throws {
        #expect(try insert(movesHead: false) == nil)
        #expect(throws: (any Error).self) { try store.move(1, key: "d", for: customer) }
        #expect(try store.entries("1") == [100, -30, 5])
        #expect(try store.differences() != [])
    }

    @Test("no user can change or delete an entry, the administrator included")
    func unchangeable() throws {
        let statements: [SQL] = [
            "UPDATE ledger_entries SET reason = 'other' WHERE tenant_id = \(store.id)",
            "DELETE FROM ledger_entries WHERE tenant_id = \(store.id)",
        ]
        for statement in statements {
            let byApplication = try DatabaseError.code { try store.connection.execute(statement) }
            #expect(Refused.privilege.contains(byApplication ?? 0))
            let byAdministrator = try DatabaseError.code { try store.root.execute(statement) }
            #expect(byAdministrator == Refused.trigger)
        }
        #expect(try store.entries("1") == [100, -30])
    }

    @Test("an entry after a gap is refused")
    func gap() throws {
        #expect(try insert(sequence: 4, previous: 3) == Refused.foreignKey)
        #expect(try insert(sequence: 4, previous: 2) == Refused.check)
        #expect(try insert(sequence: 3, previous: nil) == Refused.check)
    }

    @Test("an entry whose balance is not the balance before plus its points is refused")
    func wrongBalance() throws {
        #expect(try insert(after: 76) == Refused.check)
        #expect(try insert(before: 71, after: 76) == Refused.foreignKey)
    }

    @Test("an entry that takes the balance below zero is refused")
    func negative() throws {
        #expect(try insert(points: -71, after: -1) == Refused.check)
    }

    @Test("an entry that moves nothing is refused")
    func nothing() throws {
        #expect(try insert(points: 0, after: 70) == Refused.check)
    }

    @Test("a second chain beside the first is refused")
    func branch() throws {
        #expect(try insert(sequence: 2, previous: 1, points: 5, before: 100, after: 105) == Refused.duplicate)
        #expect(try insert(sequence: 1, previous: nil, points: 5, before: 0, after: 5) == Refused.duplicate)
    }

    @Test("a key used before is refused, and under it nothing else can be posted")
    func duplicateKey() throws {
        #expect(try insert(key: "a") == Refused.duplicate)
        try store.move(100, key: "a", for: customer)
        #expect(try store.entries("1") == [100, -30])
        #expect(throws: Refusal.self) { try store.move(99, key: "a", for: customer) }
        let other = try store.importCustomers("2")[0]
        #expect(throws: Refusal.self) { try store.move(100, key: "a", for: other) }
    }

    @Test("an entry of one tenant for a customer of another is refused")
    func foreignTenant() throws {
        let other = try TestStore()
        let code = try insert(sequence: 1, previous: nil, points: 5, before: 0, after: 5, tenant: other.id)
        // The trigger comes before the foreign key is looked at; either will do.
        #expect(code == Refused.foreignKey || code == Refused.trigger)
        #expect(try insert(tenant: other.id, by: store.root) == Refused.foreignKey)
    }

    @Test("a balance past 64 bits is an error, never a wrap")
    func overflow() throws {
        #expect(throws: Overflow.self) { try store.move(.max, key: "c", for: customer) }
        #expect(try insert(points: .max, after: .min + 69) != nil)
        try store.move(.max - 70, key: "d", for: customer)
        #expect(try store.balance("1") == .max)
        #expect(throws: Overflow.self) { try store.move(1, key: "e", for: customer) }
    }

    @Test("the application cannot write a balance or a head, nor make a customer with one")
    func heads() throws {
        let statements: [SQL] = [
            "UPDATE customers SET balance = 1000 WHERE tenant_id = \(store.id)",
            "UPDATE customers SET head_sequence = 1 WHERE tenant_id = \(store.id)",
            """
            INSERT INTO customers (tenant_id, id, tier_id, segment, created_at, balance)
            VALUES (\(store.id), \(CustomerID.make()), \(TierID(rawValue: 1)), 'new', UTC_TIMESTAMP(6), 5)
            """,
            "DELETE FROM customers WHERE tenant_id = \(store.id)",
            "TRUNCATE TABLE ledger_entries", "DROP TRIGGER ledger_entries_before_update",
        ]
        for statement in statements {
            let code = try DatabaseError.code { try store.connection.execute(statement) }
            #expect(Refused.privilege.contains(code ?? 0), "\(statement.text)")
        }
    }

    @Test("not even the administrator can set a balance that no entry shows")
    func headWithoutEntry() throws {
        let code = try DatabaseError.code {
            try store.root.execute("UPDATE customers SET balance = 71 WHERE tenant_id = \(store.id)")
        }
        #expect(code == Refused.foreignKey)
    }

    @Test("points on hold cannot be spent")
    func held() throws {
        try store.connection.execute("UPDATE customers SET held = 60 WHERE tenant_id = \(store.id)")
        let spent = try DatabaseError.code { try store.move(-11, key: "c", for: customer) }
        #expect(spent == Refused.check)
        try store.move(-10, key: "c", for: customer)
        let code = try DatabaseError.code {
            try store.connection.execute("UPDATE customers SET held = 61 WHERE tenant_id = \(store.id)")
        }
        #expect(code == Refused.check)
    }
}
