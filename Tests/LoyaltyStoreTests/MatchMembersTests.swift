import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Customers": a customer of the point of sale who is a member already.
struct MatchMembersTests {
    let store: TestStore
    let phone = Phone("(202) 555-0123")

    init() throws { store = try TestStore() }

    private func profile(_ posID: String, phone: Phone?) -> CustomerProfile {
        CustomerProfile(posID: posID, firstName: "Ada", lastName: "Byron", phone: phone)
    }

    @discardableResult
    private func imported(_ profiles: CustomerProfile...) throws -> ImportedCustomers {
        try store.tenant.importCustomers(profiles, settings: try store.tenant.settings(), at: .now())
    }

    /// A member without a POS id, as one who joins at the till or through our API.
    private func member(phone: Phone?) throws -> CustomerID {
        let id = CustomerID.make()
        let tier = try store.tenant.settings().tiers.tiers[0].id
        try store.connection.execute(
            """
            INSERT INTO customers (tenant_id, id, first_name, last_name, phone, tier_id, segment, created_at)
            VALUES (\(store.id), \(id), 'Ada', 'B.', \(phone.map { Array($0.e164.utf8) }), \(tier), 'new', \(Instant.now()))
            """)
        return id
    }

    private func customers() throws -> Int64 {
        try store.count("SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(store.id)")
    }

    @Test("a customer whose phone one member without a POS id carries becomes that member, with points and sales")
    func matched() throws {
        let id = try member(phone: phone)
        try store.move(30, key: "welcome", for: id)
        try store.post(.sale("A", of: "1", 100_00))
        var expected = ImportedCustomers()
        expected.changed = 1
        #expect(try imported(profile("1", phone: phone)) == expected)
        try store.tenant.postDue()
        #expect(try store.customer("1") == id)
        #expect(try store.balance("1") == 130)
        #expect(try customers() == 1)
        let before = try store.everything()
        #expect(try imported(profile("1", phone: phone)).unchanged == 1)
        #expect(try store.everything() == before)
    }

    @Test("two members with the phone: nobody can say which, so the customer is new")
    func ambiguous() throws {
        let both = try [member(phone: phone), member(phone: phone)]
        #expect(try imported(profile("1", phone: phone)).added == 1)
        #expect(try !both.contains(store.customer("1")))
    }

    @Test("a phone that another customer of the point of sale shares matches nobody", arguments: [true, false])
    func shared(isOneImport: Bool) throws {
        if !isOneImport { try imported(profile("2", phone: phone)) }
        let id = try member(phone: phone)
        if isOneImport {
            #expect(try imported(profile("1", phone: phone), profile("2", phone: phone)).added == 2)
        } else {
            #expect(try imported(profile("1", phone: phone)).added == 1)
        }
        #expect(try store.customer("1") != id)
        #expect(try customers() == 3)
    }

    @Test("without a phone, or with another, the customer is new", arguments: [nil, "(202) 555-0199"])
    func other(typed: String?) throws {
        let id = try member(phone: phone)
        #expect(try imported(profile("1", phone: typed.flatMap { Phone($0) })).added == 1)
        #expect(try store.customer("1") != id)
    }

    @Test("another tenant's member is nobody here")
    func tenants() throws {
        let other = try TestStore()
        let id = try member(phone: phone)
        _ = try other.tenant.importCustomers(
            [profile("1", phone: phone)], settings: try other.tenant.settings(), at: .now())
        #expect(try other.customer("1") != id)
    }

    @Test("two first purchases at once make one member, and two customers with one phone never become the same")
    func atOnce() throws {
        let door = store.door
        for round in 1...10 {
            let number = Phone("(202) 555-01\(round + 20)")
            let id = try member(phone: number)
            let meeting = MeetingPoint(3)
            let profiles = ["a\(round)", "a\(round)", "b\(round)"].map { profile($0, phone: number) }
            try inParallel(
                profiles.map { profile in
                    {
                        let tenant = door.open()
                        let settings = try tenant.settings()
                        meeting.meet()
                        _ = try tenant.importCustomers([profile], settings: settings, at: .now())
                    }
                })
            let (a, b) = try (store.customer("a\(round)"), store.customer("b\(round)"))
            #expect(a != b && (a == id || b == id))
        }
        #expect(try customers() == 20)
    }
}
