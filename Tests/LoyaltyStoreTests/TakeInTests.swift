import LoyaltyRules
import MariaDB
import TestSupport
import Testing

@testable import LoyaltyStore

/// New sales that a run read a while ago, taken in customer by customer: what has happened since counts.
struct TakeInTests {
    let store: TestStore
    private let noon = Instant(secondsSince1970: Instant.now().secondsSince1970 - 3_600)
    private let audit = AuditRecord(actor: "admin", action: "customer.merge")

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2", "3")
    }

    private func sale(_ id: String, of customer: String? = "1", _ total: Cents = 100_00, second: Int64 = 0)
        -> OrderRevision
    {
        .sale(id, of: customer, total, at: noon, updatedAt: noon.advanced(bySeconds: second))
    }

    /// What a reading leaves to be taken in.
    private func kept(_ orders: [OrderRevision], isFirst: Bool = false) throws -> [OrderRevision] {
        try store.tenant.transaction { tx in
            try tx.store(orders, ignoresOlder: false, setsAside: true, isFirst: isFirst, at: .now())
        }.setAside.map(\.revision)
    }

    @discardableResult
    private func takeIn(_ orders: [OrderRevision], at tenant: TenantStore? = nil) throws -> PostedOrders {
        let tenant = tenant ?? store.tenant
        return try tenant.takeIn(
            tenant.grouped(orders).owned, under: tenant.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now()
        )
    }

    /// The same, on a connection of its own.
    private func takingIn(_ orders: [OrderRevision]) -> Underway {
        let door = store.door
        return Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            _ = try tenant.takeIn(
                tenant.grouped(orders).owned, under: tenant.settingsHistory(asOf: .now()), cause: PostingCause(),
                at: .now())
        }
    }

    /// Customer 3 is locked until the connection rolls back: whoever wants them waits with what they did before.
    private func customerThreeHeld() throws -> (customer: CustomerID, holder: Connection) {
        let customer = try store.customer("3")
        let holder = store.root.another()
        try holder.executeText("START TRANSACTION")
        _ = try holder.all("SELECT id FROM customers WHERE tenant_id = \(store.id) AND id = \(customer) FOR UPDATE")
        return (customer, holder)
    }

    private func merging(_ merged: String, into survivor: String) throws -> CustomerMerging {
        CustomerMerging(
            survivor: try store.customer(survivor), merged: try store.customer(merged), reason: "One person",
            user: UserID(rawValue: 7))
    }

    private func expectNothingTaken(_ orders: [OrderRevision], stored: Int64) throws {
        #expect(throws: ChangedSinceRead.self) { try takeIn(orders) }
        #expect(try store.count("SELECT COUNT(*) AS number FROM orders WHERE tenant_id = \(store.id)") == stored)
        #expect(try store.differences() == [])
    }

    @Test("only new sales of known customers are left to be taken in; the rest is stored at once")
    func setAside() throws {
        try store.post(sale("old"))
        let refund = OrderRevision.sale("R", of: "1", -40_00, at: noon, refundOf: "new")
        var second = sale("shown")
        second.externalID = "web-1"
        let orders = [sale("old", 50_00), sale("new"), refund, sale("nobody's", of: nil), sale("s", of: "4"), second]
        #expect(try kept(orders).map(\.posOrderID) == ["new"])
        #expect(try store.count("SELECT COUNT(*) AS number FROM orders WHERE tenant_id = \(store.id)") == 5)
        // Not looked up, a stored sale is set aside too, and found when it is written.
        #expect(try kept([sale("old", 50_00)], isFirst: true).map(\.posOrderID) == ["old"])
    }

    @Test("sales taken in are posted with those stored before, and a refund that came before counts")
    func taken() throws {
        try store.post(sale("A", 50_00))
        let refund = OrderRevision.sale("R", of: nil, -40_00, at: noon, refundOf: "B")
        let waiting = try kept([refund, sale("B"), sale("C", of: "2", 10_00)])
        let posted = try takeIn(waiting)
        #expect(posted.customers == 2 && posted.entries == 2)
        #expect(try [store.balance("1"), store.balance("2")] == [110, 10])
        #expect(try store.account("1").orders == 2)
        #expect(try store.differences() == [])
        #expect(try store.tenant.postDue().entries == 0)
    }

    @Test("a sale that a webhook stored meanwhile is not stored twice")
    func storedMeanwhile() throws {
        let waiting = try kept([sale("A"), sale("B", of: "2")])
        try store.post(sale("B", of: "2", 70_00, second: 9))
        try expectNothingTaken(waiting, stored: 1)
        // The longer way: what came later stays.
        try store.tenant.store(waiting, ignoresOlder: true)
        try store.tenant.postDue()
        #expect(try [store.balance("1"), store.balance("2")] == [100, 70])
        #expect(try store.differences() == [])
    }

    @Test("a customer merged since the sales were grouped takes nothing in, and their sales are the survivor's")
    func merged() throws {
        let waiting = try kept([sale("A", of: "2")])
        let groups = try store.tenant.grouped(waiting).owned
        try store.tenant.merge(merging("2", into: "1"), audit: audit, at: .now())
        #expect(throws: ChangedSinceRead.self) {
            try store.tenant.takeIn(
                groups, under: store.tenant.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        }
        try takeIn(waiting)
        #expect(try store.balance("1") == 100)
        #expect(try store.differences() == [])
    }

    @Test("a POS id that names somebody else since the sales were grouped takes nothing in")
    func unmerged() throws {
        let both = try merging("2", into: "1")
        try store.tenant.merge(both, audit: audit, at: .now())
        let waiting = try kept([sale("A", of: "2")])
        let groups = try store.tenant.grouped(waiting).owned
        #expect(Array(groups.keys) == [both.survivor])
        try store.tenant.unmerge(both, audit: audit, at: .now())
        #expect(throws: ChangedSinceRead.self) {
            try store.tenant.takeIn(
                groups, under: store.tenant.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        }
        try takeIn(waiting)
        #expect(try store.account(both.merged).balance == 100)
        #expect(try store.differences() == [])
    }

    @Test("of somebody erased meanwhile nothing is taken in, and what is stored then is stored under the pseudonym")
    func erased() throws {
        let tenant = store.tenantWithTombstones
        let waiting = try kept([sale("A", of: "2")])
        let groups = try tenant.grouped(waiting).owned
        try tenant.erase(store.customer("2"), by: UserID(rawValue: 7), audit: audit, at: .now())
        #expect(throws: ChangedSinceRead.self) {
            try tenant.takeIn(groups, under: tenant.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        }
        #expect(try tenant.grouped(waiting).unclaimed == waiting)
        try tenant.store(waiting, ignoresOlder: true)
        try tenant.postDue()
        #expect(try store.reason("A") == .erased)
        // A sale that comes later is not kept at all.
        let later = try tenant.transaction { tx in
            try tx.store([sale("B", of: "2")], ignoresOlder: false, setsAside: true, at: .now())
        }
        #expect(later.setAside.isEmpty && later.added == 1)
        try tenant.postDue()
        #expect(try store.reason("B") == .erased)
        #expect(
            try store.count(
                "SELECT COUNT(*) AS number FROM orders WHERE tenant_id = \(store.id) AND pos_customer_id = X'32'") == 0)
    }

    @Test("a sale on which points were used is stored the longer way, which gives them back if it is taken back")
    func used() throws {
        try store.move(300, key: "start", for: store.customer("1"))
        _ = try store.redeem(.reward(1), of: store.customer("1"), 60_00, order: "A")
        try expectNothingTaken(kept([sale("A")]), stored: 0)
    }

    @Test("a refund that is being stored while its sale is taken in is waited for")
    func refundUnderway() throws {
        let waiting = try kept([sale("A")])
        let (other, holder) = try customerThreeHeld()
        let (door, noon) = (store.door, noon)
        // It has looked for its sale, and is not committed yet.
        let refunding = Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            try tenant.transaction { tx in
                let refund = OrderRevision.sale("R", of: nil, -40_00, at: noon, refundOf: "A")
                _ = try tx.store([refund], ignoresOlder: true, at: .now())
                _ = try tx.lock([other])
            }
        }
        #expect(try refunding.isBlocked(seenBy: store.root))
        let taking = takingIn(waiting)
        #expect(try taking.isBlocked(seenBy: store.root))
        try holder.executeText("ROLLBACK")
        try refunding.end()
        try taking.end()
        #expect(try store.balance("1") == 60)
        #expect(try store.differences() == [])
    }

    @Test("points that are being used on a sale while it is taken in are waited for, the shop's very first too")
    func useUnderway() throws {
        let waiting = try kept([sale("A")])
        let user = try store.customer("2")
        try store.move(300, key: "start", for: user)
        let (other, holder) = try customerThreeHeld()
        let door = store.door
        // Somebody else's points, so that no customer's lock is between the two; not committed yet.
        let using = Underway { tell in
            let tenant = door.open()
            try tell(tenant.connection)
            try tenant.transaction { tx in
                _ = try tx.redeem(
                    .points(100), of: user, on: RedemptionOrder(total: 60_00, posOrderID: "A"), isHold: false,
                    by: .till(UserID(rawValue: 7)), at: .now())
                _ = try tx.lock([other])
            }
        }
        #expect(try using.isBlocked(seenBy: store.root))
        let taking = takingIn(waiting)
        #expect(try taking.isBlocked(seenBy: store.root))
        try holder.executeText("ROLLBACK")
        try using.end()
        #expect(throws: ChangedSinceRead.self) { try taking.end() }
        #expect(try store.differences() == [])
    }

    @Test("a streak is counted from the sales at hand and from what happened on other days")
    func streak() throws {
        let day: Int64 = 86_400
        try store.post(sale("A"))
        let earlier = (1...3).map { number in
            OrderRevision.sale("\(number)", of: "1", 10_00, at: noon.advanced(bySeconds: -day * Int64(number)))
        }
        try takeIn(kept(earlier))
        let streak = try store.tenant.transaction { tx in try tx.lock([store.customer("1")])[0].streak }
        #expect(streak.current == 4 && streak.longest == 4)
    }
}

/// What a run keeps between reading and taking in.
struct IncomingOrdersTests {
    let store: TestStore
    private let noon = Instant(secondsSince1970: Instant.now().secondsSince1970 - 3_600)

    init() throws { store = try TestStore() }

    private func run() throws -> RunID { try store.tenant.requestSync(forced: false, trigger: .user).id }

    private func keep(_ orders: [OrderRevision], of run: RunID, number: Int) throws {
        let owned = try store.tenant.grouped(orders).owned.flatMap { customer, orders in
            orders.map { (customer: customer, revision: $0) }
        }
        let ranges = try store.tenant.customerRanges()
        try store.tenant.transaction { tx in try tx.keepIncoming(owned, by: ranges, of: run, number: number) }
    }

    private func incoming(_ run: RunID) throws -> [OrderRevision] {
        try store.tenant.incomingRanges(of: run).flatMap { try store.tenant.incomingOrders($0, of: run) }
            .sorted { $0.posOrderID < $1.posOrderID }
    }

    @Test("what is kept comes back as it was, of an order kept twice the later revision")
    func kept() throws {
        try store.importCustomers("1", "2")
        let run = try run()
        let orders = ["1", "2"].map { (name: String) in OrderRevision.sale("of \(name)", of: name, 10_00, at: noon) }
        try keep(orders, of: run, number: 2)
        try keep([.sale("of 1", of: "1", 99_00, at: noon)], of: run, number: 3)
        #expect(try incoming(run).map(\.total) == [99_00, 10_00])
        // The same pages, read again after a stop.
        try keep(orders, of: run, number: 2)
        #expect(try incoming(run).map(\.total) == [99_00, 10_00])
        for ranges in try store.tenant.incomingRanges(of: run) { try store.tenant.forgetIncoming(ranges, of: run) }
        #expect(try incoming(run) == [])
    }

    @Test("what another run kept is another's")
    func anotherRun() throws {
        try store.importCustomers("1")
        let run = try run()
        try keep([.sale("A", of: "1", 10_00, at: noon)], of: run, number: 1)
        #expect(try incoming(RunID.make()) == [])
        #expect(try store.tenant.runsWithIncoming() == [run])
        for ranges in try store.tenant.incomingRanges(of: run) { try store.tenant.forgetIncoming(ranges, of: run) }
        #expect(try store.tenant.runsWithIncoming() == [])
    }

    @Test("customers are divided into ranges of about as many each, in order, and everybody is in one")
    func ranges() throws {
        #expect(try store.tenant.customerRanges().range(of: .make()) == 0)
        let names = (1...450).map { "\($0)" }
        let profiles = names.map { CustomerProfile(posID: $0, firstName: "Ada", lastName: $0) }
        _ = try store.tenant.importCustomers(profiles, settings: store.tenant.settings(), at: .now())
        let customers = try store.tenant.customers(.alleaves, outsideIDs: Set(names)).values.sorted()
        let ranges = try store.tenant.customerRanges()
        let numbers = customers.map(ranges.range)
        #expect(numbers == numbers.sorted())
        let sizes = Dictionary(grouping: numbers) { $0 }.mapValues(\.count)
        #expect(sizes == [0: 99, 1: 100, 2: 100, 3: 100, 4: 51])
    }

    @Test(
        "every value of an order, there or not, comes back from its bytes; bytes cut short do not pass for fewer orders"
    )
    func bytes() throws {
        var random = SeededRandom(7)
        func maybe<T>(_ value: T) -> T? { Bool.random(using: &random) ? value : nil }
        func number() -> Int64 {
            [0, -1, 1, 63, 64, -64, -65, 8_192, .max, .min].randomElement(using: &random) ?? 0
        }
        func text() -> String {
            ["", "7", "Käufer 🌿", String(repeating: "x", count: 300)].randomElement(using: &random) ?? ""
        }
        let orders = (0..<400).map { _ in
            var order = OrderRevision(
                source: maybe(.pos) ?? .api, posOrderID: text(), posCustomerID: maybe(text()),
                posLocationID: maybe(text()), status: maybe(text()), isCompleted: .random(using: &random),
                total: Cents(rawValue: number()), tax: maybe(Cents(rawValue: number())),
                subtotal: maybe(Cents(rawValue: number())), discount: maybe(Cents(rawValue: number())),
                pointsTender: Cents(rawValue: number()), refundOf: maybe(text()), externalID: maybe(text()),
                completedAt: Instant(microsecondsSince1970: number()),
                updatedAt: maybe(Instant(microsecondsSince1970: number())))
            order.wireDigest = maybe(WireDigest(rawValue: .random(in: 0 ... .max, using: &random)))
            return order
        }
        let value = OrderBytes(orders).sqlValue
        let read = try OrderBytes(sqlValue: value).orders
        #expect(read == orders)
        #expect(read.map(\.wireDigest) == orders.map(\.wireDigest))
        var one = orders[0]
        one.wireDigest = WireDigest(rawValue: 1)
        let whole = try [UInt8](sqlValue: OrderBytes([one]).sqlValue)
        for count in whole.indices where count != 1 {
            #expect(throws: UnexpectedValue.self) { try OrderBytes(sqlValue: .bytes(Array(whole.prefix(count)))) }
        }
        #expect(throws: UnexpectedValue.self) { try OrderBytes(sqlValue: .bytes([1] + whole.dropFirst())) }
    }
}
