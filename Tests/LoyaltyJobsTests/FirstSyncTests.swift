import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct FirstSyncTests {
    @Test("the first run reads all history, posts every sale and compares everybody")
    func first() throws {
        let shop = try Shop()
        let run = try shop.sync()
        let world = shop.script.world
        #expect(run.state == .succeeded)
        #expect(run.error == nil)
        let result = try run.outcome
        #expect(result.customersAdded == 150)
        #expect(result.ordersProcessed == 250)
        #expect(result.ordersAdded == 250)
        #expect(result.entriesPosted == 250)
        #expect(result.totalProcessed == 150)
        #expect(result.successful == 150)
        #expect(result.compared == 150)
        #expect(result.within == 150)
        #expect(result.degraded == 0)
        for buyer in world.buyers { #expect(try shop.balance(buyer.id) == world.points(of: buyer.id)) }
        #expect(try shop.differences() == [])
        #expect(try shop.tenant.locations().map(\.name) == ["Main Street"])
    }

    @Test("the first run asks each page once, orders from 2010 on, to their ends")
    func asked() throws {
        let shop = try Shop()
        try shop.sync()
        let lists = shop.script.calls.filter(\.isList)
        let tomorrow = LocalCalendar(timeZone: .gmt).day(of: .now()).advanced(by: 1).description
        #expect(
            lists == [
                .customers(page: 1), .customers(page: 2),
                .orders(page: 1, from: "2009-12-31", to: tomorrow), .orders(page: 2, from: "2009-12-31", to: tomorrow),
                .orders(page: 3, from: "2009-12-31", to: tomorrow), .people(start: 0), .people(start: 100),
            ])
        #expect(shop.script.calls.count { $0 == .signIn } == 1)
    }

    @Test("spend and days set tier and segment")
    func classes() throws {
        var world = World.standard()
        // One bought seven times, the last time 40 days ago; one never.
        for number in 0..<7 {
            let at = Instant.now().advanced(bySeconds: -Int64(40 + number) * 86_400)
            world.sales.append(World.Sale(8_000 + number, 2_000, 80_00, at: at))
        }
        world.buyers += [World.Buyer(id: 2_000), World.Buyer(id: 2_001)]
        let shop = try Shop(world)
        try shop.sync()
        #expect(try shop.classes(1_000) == (0, "new"))
        #expect(try shop.classes(1_049) == (1, "new"))
        #expect(try shop.classes(2_000) == (2, "slipping"))
        #expect(try shop.classes(2_001) == (0, "new"))
    }

    @Test("a second run changes nothing and writes nothing but its own record")
    func second() throws {
        var world = World.standard()
        world.sales.append(World.Sale(9_001, 1_000, -500))
        world.sales[250].external = 1
        world[sale: 5].external = 77_005
        world[sale: 6].status = "a word of more than forty characters, of which only the first are kept"
        world.agree()
        let shop = try Shop(world)
        try shop.sync()
        let before = try (shop.checksums(), shop.picture())
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.entriesPosted == 0)
        #expect(try run.outcome.customersChanged + run.outcome.ordersAdded + run.outcome.ordersChanged == 0)
        #expect(try shop.checksums() == before.0)
        #expect(try shop.picture() == before.1)
    }

    @Test("a forced run over the same data changes nothing either")
    func forced() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.checksums()
        let run = try shop.sync(forced: true)
        #expect(run.isForced)
        #expect(try run.outcome.ordersProcessed == 250)
        #expect(try shop.checksums() == before)
    }

    enum History: CaseIterable { case never, before, today }

    @Test(
        "how far back a run reads depends on what was read before",
        arguments: [
            (.never, false, nil), (.before, false, 46), (.today, false, 8), (.today, true, nil), (.before, true, nil),
        ] as [(History, Bool, Int64?)])
    func windows(history: History, forced: Bool, daysBack: Int64?) throws {
        let shop = try Shop(World())
        if history != .never { try shop.sync() }
        if history == .before {
            try shop.root.execute(
                "UPDATE sync_watermarks SET long_window_day = long_window_day - INTERVAL 1 DAY WHERE tenant_id = \(shop.tenant.tenant)"
            )
        }
        shop.script.forgetCalls()
        try shop.sync(forced: forced)
        let today = LocalCalendar(timeZone: .gmt).day(of: .now())
        let from = daysBack.map { today.advanced(by: -$0).description } ?? "2009-12-31"
        let to = today.advanced(by: 1).description
        #expect(shop.script.calls.contains(.orders(page: 1, from: from, to: to)))
    }

    @Test("a void inside the window takes its points back, and the next run finds nothing to do")
    func voided() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.balance(1_020)
        shop.script.world[sale: 21].status = "voided"
        shop.script.world[sale: 21].updated = .now()
        try shop.root.execute("UPDATE sync_watermarks SET long_window_day = NULL")
        try shop.sync()
        #expect(try shop.balance(1_020) == before - 21)
        let picture = try shop.picture()
        try shop.sync()
        #expect(try shop.picture() == picture)
        #expect(try shop.differences() == [])
    }

    @Test("the next sale after a save earns under what was saved")
    func saved() throws {
        let shop = try Shop()
        try shop.sync()
        var settings = try shop.tenant.settings()
        settings.points.pointsPerDollar = 2_000
        try shop.tenant.save(settings.points, ifVersion: settings.version(of: .points), by: nil, requestID: nil)
        let before = try shop.balance(1_000)
        // The wire carries milliseconds: a sale of this very moment, cut to them, may stand before the save.
        shop.script.world.sales.append(World.Sale(9_000, 1_000, 1_000, at: .now().advanced(bySeconds: 1)))
        try shop.sync()
        #expect(try shop.balance(1_000) == before + 20)
    }

    @Test("without Alpine IQ everybody keeps our own figure, and the run succeeds")
    func noAlpine() throws {
        let shop = try Shop(connected: [.alleaves])
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.degraded == 150)
        #expect(!shop.script.calls.contains { $0.isAlpine })
    }

    @Test("two tenants that sync at the same time do not mix")
    func twoTenants() throws {
        let one = try Shop()
        var world = World.standard()
        for index in world.sales.indices { world.sales[index].cents *= 2 }
        world.agree()
        let two = try Shop(world, beside: one)
        _ = try one.tenant.requestSync(forced: false, trigger: .user)
        _ = try two.tenant.requestSync(forced: false, trigger: .user)
        for shop in [one, two] {
            let claimed = try one.claim()
            #expect(claimed.tenant == shop.tenant.tenant)
            // Each of the runs in turn, page by page, would be the same: they share nothing but the tables.
            try shop.performInBackground(claimed)
        }
        one.waitForBackground()
        two.waitForBackground()
        for shop in [one, two] {
            let world = shop.script.world
            for buyer in world.buyers { #expect(try shop.balance(buyer.id) == world.points(of: buyer.id)) }
            #expect(try shop.customerRows() == 150)
            #expect(try shop.orderRows() == 250)
            #expect(try shop.standingRows() == 150)
            #expect(try shop.differences() == [])
            #expect(try shop.tenant.latestRuns(limit: 9).map(\.state) == [.succeeded])
        }
    }
}
