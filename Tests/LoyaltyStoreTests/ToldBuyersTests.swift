import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// Whose a sale is that our API and the point of sale both tell: whom the point of sale names; while it names nobody,
/// whom our API named. Whatever comes first.
struct ToldBuyersTests {
    let store: TestStore
    private let noon = Instant.now().advanced(bySeconds: -3_600)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
    }

    private func shown(_ customer: String?, second: Int64) -> OrderRevision {
        .sale("A", of: customer, 100_00, at: noon, updatedAt: noon.advanced(bySeconds: second))
    }

    /// As a program tells it.
    private func tell(_ buyer: ToldOrder.Buyer, second: Int64 = 0) throws {
        var revision = shown(nil, second: second)
        revision.source = .api
        let history = try store.tenant.settingsHistory(asOf: .now())
        _ = try store.tenant.transaction { tx in
            try tx.record(
                ToldOrder(revision, buyer: buyer), under: history, cause: PostingCause(), at: .now()
            ).points
        }
    }

    private func named(_ posID: String) throws -> ToldOrder.Buyer { .named(.id(try store.customer(posID))) }

    /// What customers 1 and 2 have for it.
    private func points() throws -> [Int64] {
        try store.tenant.postDue()
        #expect(try store.differences() == [])
        return try [store.balance("1"), store.balance("2")]
    }

    @Test("whom our API named stays when the point of sale names nobody", arguments: [true, false])
    func anonymous(isToldFirst: Bool) throws {
        if isToldFirst { try tell(named("1")) }
        try store.post(shown(nil, second: 1))
        if !isToldFirst { try tell(named("1")) }
        try store.post(shown(nil, second: 2))
        #expect(try points() == [100, 0])
    }

    @Test(
        "and comes back when it named another for a while, whenever our API told",
        arguments: 0...2)
    func another(toldAt place: Int) throws {
        for step in 0...2 {
            if step == place { try tell(named("1")) }
            if step == 0 { try store.post(shown("2", second: 1)) }
            if step == 1 { #expect(try points() == [0, 100]) }
        }
        try store.post(shown(nil, second: 2))
        #expect(try points() == [100, 0])
        try store.post(shown("2", second: 3))
        #expect(try points() == [0, 100])
    }

    @Test("a name that nobody bears yet is kept for who will bear it", arguments: [true, false])
    func stranger(isToldFirst: Bool) throws {
        if isToldFirst { try tell(.named(.posID("9"))) }
        try store.post(shown(nil, second: 1))
        if !isToldFirst { try tell(.named(.posID("9"))) }
        try store.tenant.postDue()
        #expect(try store.reason("A") == .unknownCustomer)
        try store.importCustomers("9")
        #expect(try points() == [0, 0])
        #expect(try store.balance("9") == 100)
    }

    @Test("null of our API takes the sale from whom it named, not from whom the point of sale names")
    func nobody() throws {
        try tell(named("1"))
        try store.post(shown(nil, second: 1))
        try tell(.nobody)
        #expect(try points() == [0, 0])
        try store.post(shown("2", second: 2))
        try tell(.nobody)
        #expect(try points() == [0, 100])
        try store.post(shown(nil, second: 3))
        #expect(try points() == [0, 0])
    }

    @Test("left out, the buyer stays, on either side")
    func unsaid() throws {
        try tell(named("1"))
        try store.post(shown(nil, second: 1))
        try tell(.unsaid)
        try store.post(shown(nil, second: 2))
        #expect(try points() == [100, 0])
    }

    @Test("somebody who was merged since is the survivor, and is themselves again after")
    func merged() throws {
        try tell(named("1"))
        try store.post(shown("2", second: 1))
        try store.importCustomers("3")
        let merging = CustomerMerging(
            survivor: try store.customer("3"), merged: try store.customer("1"), reason: "One", user: UserID(rawValue: 7)
        )
        let audit = AuditRecord(actor: "admin", action: "customer.merge")
        try store.tenant.merge(merging, audit: audit, at: .now())
        try store.post(shown(nil, second: 2))
        #expect(try store.balance("3") == 100)
        try store.tenant.unmerge(merging, audit: audit, at: .now())
        try store.post(shown(nil, second: 3))
        #expect(try points() == [100, 0])
    }

    @Test("the card that a program named while two were one has the sale after, though another had it meanwhile")
    func named() throws {
        try store.importCustomers("3")
        try store.post(shown("2", second: 1))
        let merging = CustomerMerging(
            survivor: try store.customer("3"), merged: try store.customer("1"), reason: "One", user: UserID(rawValue: 7)
        )
        let audit = AuditRecord(actor: "admin", action: "customer.merge")
        try store.tenant.merge(merging, audit: audit, at: .now())
        var told = shown("1", second: 1)
        told.source = .api
        try store.tenant.store([told], ignoresOlder: true)
        try store.tenant.unmerge(merging, audit: audit, at: .now())
        try store.post(shown(nil, second: 2))
        #expect(try points() == [100, 0])
        #expect(try store.balance("3") == 0)
    }
}
