import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

struct CustomerImportTests {
    let store: TestStore

    init() throws { store = try TestStore() }

    private func profile(_ posID: String, last: String = "Byron", code: String? = nil) -> CustomerProfile {
        CustomerProfile(
            posID: posID, firstName: "Ada", lastName: last, email: "ada\(posID)@example.com",
            phone: Phone("(202) 555-0123"), birthDate: Day(year: 1990, month: 2, day: 28), alpineCode: code)
    }

    private func imported(_ profiles: CustomerProfile..., isFirst: Bool) throws -> ImportedCustomers {
        try store.tenant.importCustomers(profiles, settings: store.tenant.settings(), isFirst: isFirst, at: .now())
    }

    private func result(added: Int = 0, changed: Int = 0, unchanged: Int = 0) -> ImportedCustomers {
        var result = ImportedCustomers()
        (result.added, result.changed, result.unchanged) = (added, changed, unchanged)
        return result
    }

    @Test("a new customer becomes a member of the lowest tier, a changed one is updated", arguments: [false, true])
    func addedAndChanged(isFirst: Bool) throws {
        #expect(try imported(profile("1"), profile("2", code: "c2"), isFirst: isFirst) == result(added: 2))
        let again = try imported(profile("1", last: "King"), profile("2", code: "c2"), isFirst: isFirst)
        #expect(again == result(changed: 1, unchanged: 1))
        let customer = try store.customer("1")
        let name: String = try store.root.one(
            "SELECT last_name FROM customers WHERE tenant_id = \(store.id) AND id = \(customer)"
        ) { try $0.get("last_name") }
        #expect(name == "King")
        #expect(try store.tenant.customers(.alpineCode, outsideIDs: ["c2"])["c2"] == store.customer("2"))
    }

    @Test(
        "a profile that is as stored writes nothing, also with a code that is missing, changed back or somebody's",
        arguments: [false, true])
    func unchanged(isFirst: Bool) throws {
        _ = try imported(profile("1", code: "c1"), profile("2"), isFirst: isFirst)
        #expect(try imported(profile("1", code: "c9"), isFirst: isFirst) == result(changed: 1))
        let before = try store.everything()
        for code in [nil, "c1", "c9"] {
            #expect(try imported(profile("1", code: code), isFirst: isFirst) == result(unchanged: 1))
        }
        #expect(try imported(profile("2", code: "c1"), isFirst: isFirst) == result(unchanged: 1))
        #expect(try store.everything() == before)
        #expect(try store.tenant.customers(.alpineCode, outsideIDs: ["c1"])["c1"] == store.customer("1"))
    }

    @Test("two imports of one new customer at once make one member", arguments: [false, true])
    func twoAtOnce(isFirst: Bool) throws {
        let door = store.door
        for round in 1...10 {
            let meeting = MeetingPoint(3)
            let once: @Sendable () throws -> Void = {
                let tenant = door.open()
                let settings = try tenant.settings()
                meeting.meet()
                let profiles = [
                    CustomerProfile(posID: "a\(round)", firstName: "A", lastName: "B"),
                    CustomerProfile(posID: "b\(round)", firstName: "A", lastName: "B"),
                ]
                _ = try tenant.importCustomers(profiles, settings: settings, isFirst: isFirst, at: .now())
            }
            try inParallel([once, once, once])
        }
        #expect(try store.count("SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(store.id)") == 20)
    }

    @Test("two tenants with the same POS ids share nothing")
    func isolated() throws {
        let other = try TestStore()
        try store.importCustomers("1")
        try other.importCustomers("1")
        try store.post(.sale("A", of: "1", 100_00))
        #expect(try other.balance("1") == 0)
        try other.post(.sale("A", of: "1", 7_00), .sale("R", of: "1", -2_00, refundOf: "A"))
        #expect(try store.balance("1") == 100)
        #expect(try other.balance("1") == 5)
        #expect(try store.customer("1") != other.customer("1"))
        #expect(try other.tenant.balances(of: [store.customer("1")]) == [:])
        #expect(try other.tenant.alpineStandings(of: [store.customer("1")]) == [:])
    }
}
