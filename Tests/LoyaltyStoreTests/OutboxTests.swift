import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct OutboxTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
        try store.connectAlpine()
    }

    private func pending(at moment: Instant = Instant.now().advanced(bySeconds: 60)) throws -> PendingAtAlpine? {
        try store.tenant.pendingAtAlpine(of: [customer], at: moment)[customer]
    }

    @Test(
        "what Alpine cannot know is pending; what it computes itself, or said, is not",
        arguments: [
            (.redeem, true), (.redeemReversal, true), (.bonus, true), (.referral, true), (.adjustment, true),
            (.transfer, true), (.earn, false), (.clawback, false), (.alpineOverride, false),
        ] as [(EntryKind, Bool)])
    func kinds(kind: EntryKind, isTold: Bool) throws {
        try store.move(40, kind, key: "k", for: customer)
        #expect(try pending() == (isTold ? PendingAtAlpine(pending: 40) : nil))
    }

    @Test("a shop without Alpine tells nobody")
    func withoutAlpine() throws {
        let other = try TestStore()
        let customer = try other.importCustomers("1")[0]
        try other.move(40, key: "k", for: customer)
        #expect(try other.tenant.pendingAtAlpine(of: [customer], at: .now().advanced(bySeconds: 60)).isEmpty)
        #expect(try pending() == nil)
    }

    @Test("a movement after the moment is not pending then")
    func laterMovement() throws {
        let before = Instant.now().advanced(bySeconds: -60)
        try store.move(40, key: "k", for: customer)
        try store.move(-15, .redeem, key: "l", for: customer)
        #expect(try pending(at: before) == nil)
        #expect(try pending() == PendingAtAlpine(pending: 25))
    }

    @Test("a movement that is rolled back tells nobody")
    func rolledBack() throws {
        struct Undone: Error {}
        #expect(throws: Undone.self) {
            try store.tenant.transaction { tx in
                for var locked in try tx.lock([customer]) {
                    let movement = Movement(points: 5, kind: .bonus, key: "b", reason: "Test", settingsVersion: 1)
                    try tx.append([movement], to: &locked, at: .now())
                }
                throw Undone()
            }
        }
        #expect(try pending() == nil)
    }

    @Test("a correction of Alpine's figure is pending though nothing moves here, and none by zero is made")
    func correction() throws {
        try store.tenant.transaction { tx in
            for locked in try tx.lock([customer]) {
                try tx.correctAlpine(by: 0, of: locked, at: .now())
                try tx.correctAlpine(by: 30, of: locked, at: .now())
            }
        }
        #expect(try pending() == PendingAtAlpine(pending: 30))
        #expect(try store.told("1") == [30])
        #expect(try store.entries("1") == [])
    }

    @Test("the database itself refuses a second push of a customer that is under way")
    func oneInFlight() throws {
        for key in ["k", "l"] { try store.move(40, key: key, for: customer) }
        let code = try DatabaseError.code {
            try store.tenant.transaction { tx in
                _ = try tx.connection.execute(
                    """
                    UPDATE outbox SET state = 'sending', contact_id = 'c', attempts = 1, sent_at = UTC_TIMESTAMP(6)
                     WHERE tenant_id = \(store.id)
                    """)
            }
        }
        #expect(code == 1_062)
    }

    @Test("a movement that is asked for twice is told once")
    func onceForAKey() throws {
        try store.move(40, key: "k", for: customer)
        try store.move(40, key: "k", for: customer)
        #expect(try pending() == PendingAtAlpine(pending: 40))
    }
}

extension TestStore {
    /// As saving the integration does; nobody opens the seal here.
    func connectAlpine() throws { try tenant.saveCredentials(.alpine, sealed: "sealed", at: .now()) }
}
