import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// rules.md, "Orders change": "An order that vanishes from the POS feed".
struct VanishedOrderTests {
    private static let id = 900

    /// A shop that has seen a sale of 50 dollars, which the point of sale then forgets.
    private func shop(_ cents: Int64 = 50_00, external: Int? = nil) throws -> (Shop, World.Sale) {
        var world = World.standard()
        var sale = World.Sale(Self.id, 1_005, cents, at: .now().advanced(bySeconds: -2 * 86_400))
        sale.external = external
        world.sales.append(sale)
        let shop = try Shop(world, connected: [.alleaves])
        try shop.sync()
        shop.script.world.sales.removeAll { $0.id == Self.id }
        return (shop, sale)
    }

    private func open(_ shop: Shop) throws -> [ExceptionCase] { try shop.tenant.openExceptions(limit: 100) }

    private func decide(
        _ decision: ExceptionDecision, _ id: ExceptionID, in shop: Shop
    ) throws -> (decision: ExceptionDecision, isNew: Bool) {
        try shop.tenant.decide(
            ExceptionRuling(exception: id, decision: decision, reason: "Asked the till", user: UserID.make()),
            audit: AuditRecord(actor: "admin", action: "sync.exception", subject: "\(id)"), at: .now())
    }

    /// The exception of the vanished sale, after the two readings that it takes.
    private func listed(_ shop: Shop) throws -> ExceptionCase {
        try shop.sync()
        try shop.sync()
        return try #require(try open(shop).first)
    }

    @Test("an order that two whole readings do not show and that is gone by its id keeps its points and is listed")
    func vanished() throws {
        let (shop, _) = try shop()
        let before = try shop.balance(1_005)
        shop.script.forgetCalls()
        try shop.sync()
        #expect(!shop.script.calls.contains(.order("900")))
        #expect(try open(shop) == [])
        let run = try shop.sync()
        #expect(shop.script.calls.contains(.order("900")))
        #expect(run.state == .succeeded)
        #expect(try run.outcome.exceptionCount == 1)
        #expect(try shop.tenant.exceptions(of: run.id).map(\.subject) == ["900"])
        #expect(try open(shop).map(\.subject) == ["900"])
        #expect(try shop.balance(1_005) == before)
        let checksums = try (shop.checksums(), shop.careChecksums())
        shop.script.forgetCalls()
        #expect(try shop.sync().outcome.exceptionCount == 0)
        #expect(!shop.script.calls.contains(.order("900")))
        #expect(try shop.checksums() == checksums.0)
        #expect(try shop.careChecksums() == checksums.1)
    }

    @Test("a run in which nothing is missing writes nothing of it")
    func nothing() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let before = try shop.careChecksums()
        try shop.sync()
        try shop.sync(forced: true)
        #expect(try shop.careChecksums() == before)
    }

    @Test("taken back, it counts as not completed until the feed shows it again")
    func takenBack() throws {
        let (shop, sale) = try shop()
        let before = try shop.balance(1_005)
        let found = try listed(shop)
        #expect(try decide(.takeBack, found.id, in: shop) == (.takeBack, true))
        #expect(try shop.balance(1_005) == before - 50)
        #expect(try open(shop) == [])
        try shop.sync()
        #expect(try shop.balance(1_005) == before - 50)
        shop.script.world.sales.append(sale)
        try shop.sync()
        #expect(try shop.balance(1_005) == before)
        #expect(try shop.tenant.absentOrders(limit: 9) == [])
        #expect(try shop.differences() == [])
    }

    @Test("kept, its points stay and no run lists it again; pressed twice, and the other way after, it stays kept")
    func kept() throws {
        let (shop, _) = try shop()
        let before = try shop.balance(1_005)
        let found = try listed(shop)
        #expect(try decide(.keep, found.id, in: shop) == (.keep, true))
        #expect(try decide(.keep, found.id, in: shop) == (.keep, false))
        #expect(try decide(.takeBack, found.id, in: shop) == (.keep, false))
        try shop.sync()
        try shop.sync()
        #expect(try open(shop) == [])
        #expect(try shop.balance(1_005) == before)
        let audits = try shop.count(
            "SELECT COUNT(*) AS number FROM audit_log WHERE action = 'sync.exception' AND tenant_id = \(shop.tenant.tenant)"
        )
        #expect(audits == 1)
    }

    @Test("a refund that vanishes gives its points back to the sale when it is taken back")
    func refund() throws {
        let (shop, _) = try shop(-3_00, external: 6)
        let before = try shop.balance(1_005)
        let found = try listed(shop)
        _ = try decide(.takeBack, found.id, in: shop)
        #expect(try shop.balance(1_005) == before + 3)
        #expect(try shop.differences() == [])
    }

    @Test("shown again before anybody decided, it is no longer listed; vanished once more, it is listed once more")
    func again() throws {
        let (shop, sale) = try shop()
        let first = try listed(shop)
        shop.script.world.sales.append(sale)
        try shop.sync()
        #expect(try open(shop) == [])
        #expect(try shop.tenant.exceptionCase(first.id)?.decision == .shownAgain)
        shop.script.world.sales.removeAll { $0.id == Self.id }
        let second = try listed(shop)
        #expect(second.id != first.id && second.order == first.order)
    }

    @Test(
        "an order that the list leaves out but that is there by its id is no exception, and each run asks without writing"
    )
    func leftOut() throws {
        let (shop, sale) = try shop()
        shop.script.world.sales.append(sale)
        shop.script.fault = { [script = shop.script] call, answer in
            guard case .orders = call else { return answer }
            var world = script.world
            world.sales.removeAll { $0.id == Self.id }
            return world.answer(to: call)
        }
        try shop.sync()
        try shop.sync()
        #expect(try open(shop) == [])
        let before = try (shop.checksums(), shop.careChecksums())
        shop.script.forgetCalls()
        try shop.sync()
        #expect(shop.script.calls.contains(.order("900")))
        #expect(try shop.checksums() == before.0)
        #expect(try shop.careChecksums() == before.1)
    }

    @Test("a reading that broke off proves no absence")
    func notWhole() throws {
        let (shop, _) = try shop()
        shop.script.fault = { call, answer in
            if case .orders(let page, _, _) = call, page > 1 { return try Failure.serverFault.answer(instead: answer) }
            return answer
        }
        for _ in 1...3 { #expect(try shop.sync(forced: true).state == .degraded) }
        #expect(try shop.tenant.absentOrders(limit: 9) == [])
        #expect(try open(shop) == [])
    }

    @Test("an order outside the days that were read is not missed")
    func outside() throws {
        var world = World.standard()
        world.sales.append(World.Sale(Self.id, 1_005, 50_00, at: .now().advanced(bySeconds: -90 * 86_400)))
        let shop = try Shop(world, connected: [.alleaves])
        try shop.sync()
        shop.script.world.sales.removeAll { $0.id == Self.id }
        for _ in 1...3 { try shop.sync() }
        #expect(try open(shop) == [])
        for _ in 1...2 { try shop.sync(forced: true) }
        #expect(try open(shop).map(\.subject) == ["900"])
    }

    @Test("what every run lists again is to be looked at once: a refund that names no sale")
    func notices() throws {
        var world = World.standard()
        world.sales.append(World.Sale(Self.id, 1_005, -5_00))
        let shop = try Shop(world, connected: [.alleaves])
        for _ in 1...3 { try shop.sync(forced: true) }
        let found = try open(shop)
        #expect(found.map(\.subject) == ["900"])
        let id = try #require(found.first).id
        #expect(throws: Refusal.self) { try decide(.takeBack, id, in: shop) }
        #expect(try decide(.keep, id, in: shop).isNew)
        try shop.sync(forced: true)
        #expect(try open(shop) == [])
    }
}

extension Shop {
    /// Of what runs keep about orders that are missing.
    fileprivate func careChecksums() throws -> [String] {
        try root.all("CHECKSUM TABLE order_absences, exception_cases, order_aliases") { row in
            "\(try row.get("Table", as: String.self)): \(try row.get("Checksum", as: Int64.self))"
        }
    }
}
