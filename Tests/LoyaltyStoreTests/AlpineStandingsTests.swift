import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct AlpineStandingsTests {
    let store: TestStore
    let customer: CustomerID
    let noon = Instant(secondsSince1970: 1_700_000_000)

    init() throws {
        store = try TestStore()
        customer = try store.importCustomers("1")[0]
    }

    private func standing(
        _ figure: AlpineFigure, minute: Int64 = 0, _ outcome: ComparisonOutcome = .within
    ) -> AlpineStanding {
        AlpineStanding(
            customer: customer, contactID: "c-1", figure: figure, readAt: noon.advanced(bySeconds: minute * 60),
            outcome: outcome, calculated: 100, difference: 0)
    }

    private func record(_ standing: AlpineStanding) throws -> Int {
        try store.tenant.record([standing], run: .make())
    }

    private func readings() throws -> [Int64?] {
        try store.root.all(
            "SELECT points FROM alpine_readings WHERE tenant_id = \(store.id) ORDER BY requested_at"
        ) { try $0.get("points", as: Int64?.self) }
    }

    @Test("a reading is kept when figure or state changes, and only then")
    func changes() throws {
        #expect(try record(standing(.known(100))) == 1)
        let before = try store.everything()
        #expect(try record(standing(.known(100), minute: 1)) == 0)
        #expect(try store.everything() == before)
        #expect(try record(standing(.known(90), minute: 2)) == 1)
        #expect(try record(standing(.hidden, minute: 3, .notCompared)) == 1)
        #expect(try record(standing(.notAMember, minute: 4, .notCompared)) == 1)
        #expect(try record(standing(.known(90), minute: 5)) == 1)
        #expect(try readings() == [100, 90, nil, nil, 90])
    }

    @Test("another outcome with the same figure changes the standing without a reading")
    func outcome() throws {
        _ = try record(standing(.known(100)))
        #expect(try record(standing(.known(100), minute: 1, .awaiting)) == 1)
        #expect(try readings() == [100])
        let kept = try store.tenant.alpineStandings(of: [customer])[customer]
        #expect(kept == standing(.known(100), minute: 1, .awaiting))
        #expect(try store.tenant.customers(.alpine, outsideIDs: ["c-1"]) == ["c-1": customer])
    }

    @Test("a phone or an e-mail that one customer carries names that customer, and one that two carry names nobody")
    func soleCarriers() throws {
        func profile(_ posID: String, _ phone: String, _ email: String) -> CustomerProfile {
            CustomerProfile(posID: posID, firstName: "A", lastName: "B", email: email, phone: Phone(phone))
        }
        _ = try store.tenant.importCustomers(
            [
                profile("2", "2025550101", "two@example.com"), profile("3", "2025550102", "both@example.com"),
                profile("4", "2025550102", "both@example.com"),
            ], settings: try store.tenant.settings(), at: .now())
        let phones = Set(["2025550101", "2025550102", "2025550199"].compactMap { Phone($0) })
        let found = try store.tenant.soleCarriers(
            phones: phones, emails: ["two@example.com", "both@example.com", "no@example.com"])
        #expect(found.byPhone == ["+12025550101": try store.customer("2")])
        #expect(found.byEmail == ["two@example.com": try store.customer("2")])
        #expect(found.shared == ["+12025550102", "both@example.com"])
        let none = try TestStore().tenant.soleCarriers(phones: phones, emails: ["two@example.com"])
        #expect(none.byPhone.isEmpty && none.byEmail.isEmpty)
    }

    @Test("recent movements are those of orders completed or changed since, by entries made before Alpine was asked")
    func recent() throws {
        try store.importCustomers("2")
        let other = try store.customer("2")
        func sale(_ id: String, _ total: Cents, of customer: String, _ hour: Int64, updated: Int64? = nil)
            -> OrderRevision
        {
            .sale(
                id, of: customer, total, at: noon.advanced(bySeconds: hour * 3_600),
                updatedAt: updated.map { noon.advanced(bySeconds: $0 * 3_600) })
        }
        try store.post(
            sale("A", 100_00, of: "1", -40), sale("B", 50_00, of: "1", -1),
            sale("C", 30_00, of: "2", -50, updated: -50), at: noon)
        try store.post(sale("C", 10_00, of: "2", -50, updated: -2), at: noon.advanced(bySeconds: 5))
        func movements(_ hours: Int64, second: Int64) throws -> [CustomerID: RecentMovement] {
            try store.tenant.recentMovements(
                of: [customer, other], since: noon.advanced(bySeconds: -hours * 3_600),
                until: noon.advanced(bySeconds: second))
        }
        let later = try movements(36, second: 6)
        #expect(later.count == 2)
        #expect(later[customer]?.gained == 50 && later[customer]?.lost == 0)
        #expect(later[other]?.gained == 30 && later[other]?.lost == 20)
        #expect(try movements(36, second: 1)[other]?.lost == 0)
        #expect(try movements(0, second: 6).isEmpty)
        #expect(try store.tenant.balances(of: [customer]) == [customer: 150])
    }

    @Test("a sale that only our API knows may be missing at Alpine however old it is, until Alpine was told")
    func apiSale() throws {
        var sale = OrderRevision.sale("A", of: "1", 100_00, at: noon.advanced(bySeconds: -47 * 3_600))
        sale.source = .api
        try store.connectAlpine()
        try store.post(sale, at: noon)
        func gained() throws -> Int64? {
            try store.tenant.recentMovements(
                of: [customer], since: noon.advanced(bySeconds: -3_600), until: noon.advanced(bySeconds: 20 * 86_400)
            )[customer]?.gained
        }
        #expect(try gained() == 100)
        let aged = noon.advanced(bySeconds: 10 * 86_400)
        #expect(try store.tenant.markOrdersToTell(asOf: aged, limit: 9) == ["A"])
        try store.tenant.postDue(at: aged)
        #expect(try gained() == nil)
    }

    @Test("a balance is that of the moment: entries made later do not count, and erased customers have none")
    func balanceThen() throws {
        try store.post(.sale("A", of: "1", 100_00, at: noon), at: noon)
        try store.post(.sale("B", of: "1", 50_00, at: noon), at: noon.advanced(bySeconds: 10))
        func balance(_ second: Int64) throws -> Int64? {
            try store.tenant.balances(of: [customer], at: noon.advanced(bySeconds: second))[customer]
        }
        #expect(try [balance(-1), balance(0), balance(9), balance(10)] == [0, 100, 100, 150])
        try store.root.execute("UPDATE customers SET erased_at = \(noon) WHERE tenant_id = \(store.id)")
        #expect(try balance(10) == nil)
    }

    @Test("what an earlier question was answered never replaces what a later one was")
    func older() throws {
        _ = try record(standing(.known(100), minute: 5))
        #expect(try record(standing(.known(90), minute: 4)) == 0)
        #expect(try readings() == [100])
        #expect(try store.tenant.alpineStandings(of: [customer])[customer]?.figure == .known(100))
    }
}
