import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// What goes on while customers are merged, and who is found by what the merged one carried.
struct MergeUnderwayTests {
    let store: TestStore
    let (kept, second): (CustomerID, CustomerID)
    let noon = Instant.now().advanced(bySeconds: -3_600)
    private let phone = "202-555-0143"

    init() throws {
        store = try TestStore()
        let customers = try store.importCustomers("1", "2")
        (kept, second) = (customers[0], customers[1])
    }

    private static let audit = AuditRecord(actor: "admin", action: "customer.merge")

    private static func merging(_ merged: CustomerID, into survivor: CustomerID) -> CustomerMerging {
        CustomerMerging(survivor: survivor, merged: merged, reason: "One person", user: UserID(rawValue: 77))
    }

    private func merge() throws {
        try store.tenant.merge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
    }

    private func tell(_ posID: String) throws {
        let profile = CustomerProfile(
            posID: posID, firstName: "Ada", lastName: "Other", email: "ada@example.com", phone: Phone(phone))
        _ = try store.tenant.importCustomers([profile], settings: try store.tenant.settings(), at: .now())
    }

    private func join(_ joining: JoiningCustomer) throws -> (customer: CustomerID, isNew: Bool) {
        let history = try store.tenant.settingsHistory(asOf: .now())
        return try store.tenant.transaction { tx in
            try tx.join(joining, under: history, cause: PostingCause(), at: .now())
        }
    }

    private func joining(posID: String? = nil, code: ReferralCode? = nil) -> JoiningCustomer {
        JoiningCustomer(
            posID: posID, phone: code == nil ? Phone(phone) : nil, referralCode: code,
            consent: ConsentStatement(isGiven: [:], place: "Test"))
    }

    @Test("sales that arrive for both cards while they are merged are posted once, for the survivor", arguments: 1...5)
    func selling(round: Int) throws {
        let door = store.door
        let (kept, second, noon) = (kept, second, noon)
        let meeting = MeetingPoint(3)
        let sell: @Sendable (String) throws -> Void = { posID in
            let tenant = door.open()
            meeting.meet()
            for number in 1...30 as ClosedRange<Int64> {
                try tenant.store([.sale("\(posID)-\(number)", of: posID, 10_00, at: noon)], ignoresOlder: true)
                if number % 3 == 0 { try tenant.postDue() }
            }
        }
        try inParallel([
            { try sell("1") }, { try sell("2") },
            {
                let tenant = door.open()
                meeting.meet()
                try tenant.merge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
            },
        ])
        try store.tenant.postDue()
        #expect(try store.account(kept).balance == 600)
        #expect(try store.account(second).balance == 0)
        #expect(try store.differences() == [])
    }

    @Test("while two cards are merged and unmerged again, every sale is posted once, and ends with its own card")
    func mergingAndUnmerging() throws {
        let door = store.door
        let (kept, second, noon) = (kept, second, noon)
        let meeting = MeetingPoint(2)
        try inParallel([
            {
                let tenant = door.open()
                meeting.meet()
                for number in 1...40 as ClosedRange<Int64> {
                    let sale = OrderRevision.sale("\(number)", of: "2", 10_00, at: noon)
                    try tenant.store([sale], ignoresOlder: true)
                    if number % 3 == 0 { try tenant.postDue() }
                }
            },
            {
                let tenant = door.open()
                meeting.meet()
                for _ in 1...4 {
                    try tenant.merge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
                    try tenant.unmerge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
                }
            },
        ])
        // The next reading has the last word on whose each is.
        try store.tenant.store((1...40).map { .sale("\($0)", of: "2", 10_00, at: noon) })
        try store.tenant.postDue()
        #expect(try store.account(kept).balance == 0)
        #expect(try store.account(second).balance == 400)
        #expect(try store.differences() == [])
    }

    @Test("orders that move to and from somebody else are posted once while two cards are merged and unmerged")
    func movingMeanwhile() throws {
        try store.importCustomers("3")
        // What came with a merging can always go back.
        try store.move(1_000, key: "start", for: kept)
        let door = store.door
        let (kept, second, noon) = (kept, second, noon)
        let meeting = MeetingPoint(4)
        let post: @Sendable () throws -> Void = {
            let tenant = door.open()
            meeting.meet()
            for _ in 1...150 { try tenant.postDue() }
        }
        try inParallel([
            {
                let tenant = door.open()
                meeting.meet()
                for round in 1...150 as ClosedRange<Int64> {
                    let sales = (1...5 as ClosedRange<Int64>).map { number in
                        OrderRevision.sale(
                            "\(number)", of: (number + round) % 3 == 0 ? "3" : "2",
                            Cents(rawValue: 10_00 + round * 100),
                            at: noon)
                    }
                    try tenant.store(sales)
                }
            },
            post, post,
            {
                let tenant = door.open()
                meeting.meet()
                for _ in 1...20 {
                    try tenant.postDue()
                    try tenant.merge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
                    for _ in 1...3 { try tenant.postDue() }
                    try tenant.unmerge(Self.merging(second, into: kept), audit: Self.audit, at: .now())
                }
            },
        ])
        try store.tenant.store((1...5).map { .sale("\($0)", of: "2", 10_00, at: noon) })
        try store.tenant.postDue()
        #expect(try store.account(second).balance == 50)
        #expect(try store.account(kept).balance == 1_000 && store.account("3").balance == 0)
        #expect(try store.differences() == [])
    }

    @Test("the phone and the e-mail of the merged one find the survivor: for programs, at the till and on the list")
    func contacts() throws {
        try tell("2")
        try merge()
        let phone = try #require(Phone(phone))
        for name in [CustomerName.phone(phone), .email("ada@example.com"), .posID("2"), .id(second)] {
            #expect(try store.tenant.records(of: name, limit: 5).map(\.card.id) == [kept], "\(name)")
            #expect(try store.tenant.customerID(of: name) == kept, "\(name)")
        }
        for typed in ["(202) 555-0143", "ada@", "2"] {
            let search = try #require(CustomerSearch(typed))
            #expect(try store.tenant.customers(search, limit: 5).found.map(\.id) == [kept], "\(typed)")
        }
        let sole = try store.tenant.soleCarriers(phones: [phone], emails: ["ada@example.com"])
        #expect(sole.byPhone[phone.e164] == kept && sole.byEmail["ada@example.com"] == kept)
    }

    @Test("a phone and an e-mail that both cards carry name the survivor alone")
    func shared() throws {
        try tell("1")
        try tell("2")
        let phone = try #require(Phone(phone))
        #expect(throws: Refusal.self) { try join(joining()) }
        try merge()
        let joined = try join(joining())
        #expect(joined.customer == kept && !joined.isNew)
        #expect(try store.tenant.customerID(of: .phone(phone)) == kept)
        #expect(try store.tenant.customerID(of: .email("ada@example.com")) == kept)
        let sole = try store.tenant.soleCarriers(phones: [phone], emails: ["ada@example.com"])
        #expect(sole.byPhone[phone.e164] == kept && sole.byEmail["ada@example.com"] == kept)
    }

    @Test("who joins with the merged one's phone, or was brought by their code, meets the survivor")
    func joins() throws {
        try tell("2")
        let code = try #require(try store.tenant.records(of: .id(second), limit: 1).first?.referralCode)
        try merge()
        let joined = try join(joining())
        #expect(joined.customer == kept && !joined.isNew)
        let brought = try join(joining(code: ReferralCode(code)))
        let referrer: CustomerID = try store.root.one(
            "SELECT referrer_id FROM referrals WHERE tenant_id = \(store.id) AND customer_id = \(brought.customer)"
        ) { try $0.get("referrer_id") }
        #expect(referrer == kept)
    }

    @Test("a new profile of the point of sale with the merged one's phone is the survivor, who had no POS id")
    func profiles() throws {
        let members = try ["202-555-0150", "202-555-0151"].map { typed in
            try join(
                JoiningCustomer(phone: Phone(typed), consent: ConsentStatement(isGiven: [:], place: "Test"))
            ).customer
        }
        try store.tenant.merge(Self.merging(members[1], into: members[0]), audit: Self.audit, at: .now())
        let profile = CustomerProfile(posID: "9", firstName: "Ada", lastName: "B.", phone: Phone("202-555-0151"))
        _ = try store.tenant.importCustomers([profile], settings: try store.tenant.settings(), at: .now())
        #expect(try store.customer("9") == members[0])
        try store.post(.sale("A", of: "9", 100_00, at: noon))
        #expect(try store.account(members[0]).balance == 100)
        #expect(try store.differences() == [])
    }

    @Test("the survivor's own POS id stands for them, whichever sorts first")
    func ownID() throws {
        try store.tenant.merge(Self.merging(kept, into: second), audit: Self.audit, at: .now())
        #expect(try store.tenant.records(of: .id(second), limit: 1).map(\.posID) == ["2"])
        #expect(try store.tenant.customer(second)?.posID == "2")
        #expect(try store.tenant.posIDs(of: [second])[second] == "2")
    }

    @Test("nobody who was merged is compared with Alpine, or missed there")
    func compared() throws {
        for customer in [kept, second] { _ = try store.alpineSays(0, of: customer, at: .now()) }
        try merge()
        let inputs = try store.tenant.comparisonInputs(of: [kept, second], at: .now())
        #expect(inputs.balances[second] == nil)
        #expect(try store.tenant.lostMatches(besides: []).map(\.customer) == [kept])
    }
}
