import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

@testable import LoyaltyJobs

struct RecalculationTests {
    @Test(
        "days alone move tier and segment, up to the day before and from the day on",
        arguments: [  // days since the last order, tier from the lowest, segment
            (1, 3, "vip"), (29, 3, "vip"), (30, 3, "slipping"), (60, 3, "at_risk"), (90, 3, "churned"),
            (179, 3, "churned"), (180, 2, "churned"), (400, 1, "churned"), (2_000, 0, "churned"),
        ])
    func days(since days: Int64, tier: Int, segment: String) throws {
        var world = World()
        let last = Instant.now().advanced(bySeconds: -86_400)
        world.buyers = [World.Buyer(id: 1), World.Buyer(id: 2)]
        world.sales = [
            World.Sale(1, 1, 600_00, at: last.advanced(bySeconds: -40 * 86_400)), World.Sale(2, 1, 400_00, at: last),
        ]
        let shop = try Shop(world)
        try shop.sync()
        let entries = try shop.entryRows()
        let recalculation = Recalculation(store: shop.tenant, asOf: last.advanced(bySeconds: days * 86_400))
        #expect(try recalculation.perform() == 2)
        #expect(try shop.classes(1) == (tier, segment))
        #expect(try shop.classes(2) == (0, "new"))
        let after = try shop.checksums()
        try recalculation.perform()
        #expect(try shop.checksums() == after)
        #expect(try shop.entryRows() == entries)
        #expect(try shop.balance(1) == 1_000)
    }

    @Test("the nightly run recalculates and says of how many")
    func nightly() throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.checksums()
        guard let run = try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .schedule) else {
            throw Shop.Missing(what: "a nightly run")
        }
        let ended = try shop.perform(run.id)
        #expect(ended.state == .succeeded)
        #expect(try ended.outcome.totalProcessed == 150)
        #expect(try shop.checksums() == before)
        #expect(try shop.tenant.requestNightly(of: Day(daysSince1970: 20_000), trigger: .schedule) == nil)
    }

    @Test("a threshold lowered and saved brings the customers up without a sync, once however often it is performed")
    func afterSave() throws {
        var world = World()
        world.buyers = [World.Buyer(id: 1), World.Buyer(id: 2)]
        let day = Instant.now().advanced(bySeconds: -86_400)
        world.sales = [World.Sale(1, 1, 150_00, at: day), World.Sale(2, 2, 20_00, at: day)]
        let shop = try Shop(world)
        try shop.sync()
        #expect(try shop.classes(1) == (0, "new"))
        let calls = shop.script.calls.count
        var settings = try shop.tenant.settings()
        settings.tiers.tiers[1].threshold = 150_00
        try shop.tenant.save(settings.tiers, ifVersion: settings.version(of: .tiers), by: nil, requestID: nil)
        settings = try shop.tenant.settings()
        settings.segments.vipMinLifetimeValue = 150_00
        settings.segments.newMaxDays = 0
        try shop.tenant.save(settings.segments, ifVersion: settings.version(of: .segments), by: nil, requestID: nil)
        let run = try #require(try shop.tenant.latestRuns(.recalculation, limit: 9).first)
        let ended = try shop.perform(run.id, kinds: [.recalculation])
        #expect(ended.state == .succeeded)
        #expect(try ended.outcome.totalProcessed == 2)
        #expect(try shop.classes(1) == (1, "vip"))
        #expect(try shop.classes(2) == (0, "new"))
        #expect(shop.script.calls.count == calls)
        #expect(throws: (any Error).self) { try shop.claim(kinds: [.recalculation]) }
    }

    @Test("a posting that read the settings before a save and comes to a customer after the recalculation uses the new")
    func lateToACustomer() throws {
        var world = World()
        world.buyers = [World.Buyer(id: 1)]
        world.sales = [World.Sale(1, 1, 150_00, at: Instant.now().advanced(bySeconds: -86_400))]
        let shop = try Shop(world)
        try shop.sync()
        let (history, customer) = (try shop.tenant.settingsHistory(asOf: .now()), try shop.customer(1))
        var settings = try shop.tenant.settings()
        settings.tiers.tiers[1].threshold = 150_00
        try shop.tenant.save(settings.tiers, ifVersion: settings.version(of: .tiers), by: nil, requestID: nil)
        #expect(try Recalculation(store: shop.tenant, asOf: .now()).perform() == 1)
        #expect(try shop.classes(1).0 == 1)
        try shop.tenant.postOrders(of: [customer], under: history, cause: PostingCause(), at: .now())
        #expect(try shop.classes(1).0 == 1)
    }

    @Test("a recalculation waits for a posting that is under way by the settings of before, and corrects it")
    func waiting() throws {
        var world = World()
        world.buyers = [World.Buyer(id: 1)]
        world.sales = [World.Sale(1, 1, 150_00, at: Instant.now().advanced(bySeconds: -86_400))]
        let shop = try Shop(world)
        try shop.sync()
        // By the settings of before the tier is the second, and such a posting is about to be committed.
        let customer = try shop.customer(1)
        let root = shop.database.root.another()
        try root.executeText("START TRANSACTION")
        let tiers = try shop.tenant.settings().tiers.tiers
        try root.execute("UPDATE customers SET tier_id = \(tiers[1].id) WHERE id = \(customer)")
        let (options, id, now) = (shop.database.options, shop.tenant.tenant, Instant.now())
        let recalculation = Underway { tell in
            let tenant = Store(Connection(options)).tenant(id)
            try tell(tenant.connection)
            try Recalculation(store: tenant, asOf: now).perform()
        }
        #expect(try recalculation.isBlocked(seenBy: shop.database.root))
        try root.executeText("COMMIT")
        try recalculation.end()
        #expect(try shop.classes(1).0 == 0)
    }

    @Test("with nothing changed no orders are read, and a day later only of those whose sale has left the window")
    func fewAreRead() throws {
        var world = World()
        world.buyers = (1...4).map { World.Buyer(id: $0) }
        let noon = LocalCalendar(timeZone: .gmt).start(of: Day(daysSince1970: Instant.now().secondsSince1970 / 86_400))
            .advanced(bySeconds: 43_200)
        world.sales = (1...3).map {
            World.Sale($0, $0, 300_00, at: noon.advanced(bySeconds: -($0 == 1 ? 364 : 40) * 86_400))
        }
        let shop = try Shop(world)
        var tiers = try shop.tenant.settings().tiers
        (tiers.qualifyingWindow, tiers.demotionEnabled) = (.twelveMonths, false)
        try shop.tenant.save(tiers, ifVersion: 1, by: nil, requestID: nil)
        try shop.sync()
        // A save of the window leaves nobody's sum known; the first recalculation reads all.
        #expect(try shop.tenant.standingsSpan() == nil)
        try Recalculation(store: shop.tenant, asOf: noon, present: { noon }).perform()
        let day = LocalCalendar(timeZone: .gmt).day(of: noon)
        #expect(try shop.tenant.standingsSpan() == StandingsSpan(from: day, until: day))
        // What no writer of ours does: whoever is posted again shows it.
        try shop.root.execute("UPDATE customers SET lifetime_cents = 1 WHERE tenant_id = \(shop.tenant.tenant)")
        func untouched() throws -> Int64 {
            try shop.count(
                "SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(shop.tenant.tenant) AND lifetime_cents = 1"
            )
        }
        try Recalculation(store: shop.tenant, asOf: noon, present: { noon }).perform()
        #expect(try untouched() == 4)
        #expect(try shop.classes(1).tier == 1)
        let later = noon.advanced(bySeconds: 3 * 86_400)
        try Recalculation(store: shop.tenant, asOf: later, present: { later }).perform()
        #expect(try untouched() == 3)
        #expect(try shop.classes(1).tier == 0 && shop.classes(2).tier == 1)
    }

    @Test(
        "a sale that only our API knows is told to Alpine by the recalculation of the moment in which it is 48 hours old"
    )
    func tells() throws {
        let shop = try Shop(.crowd(3))
        try shop.sync()
        let sold = Instant.now().advanced(bySeconds: -3_600)
        for (id, customer) in [("web-1", "1"), ("web-2", nil)] as [(String, String?)] {
            let sale = OrderRevision(
                source: .api, posOrderID: id, posCustomerID: customer, posLocationID: nil, status: "completed",
                isCompleted: true, total: 80_00, completedAt: sold, updatedAt: nil)
            _ = try shop.tenant.transaction { tx in try tx.store([sale], ignoresOlder: true, at: .now()) }
            try PostDue(store: shop.tenant, cause: PostingCause(), now: { .now() }).post(orders: [id])
        }
        // From here on it is known as of which day everybody stands.
        try Recalculation(store: shop.tenant, asOf: .now()).perform()
        let ofAge = sold.advanced(bySeconds: 48 * 3_600)
        let range = (sold.advanced(bySeconds: -1), sold.advanced(bySeconds: 1))
        #expect(try shop.tenant.customersToTell(from: range.0, through: range.1) == [shop.customer(1)])
        for (seconds, told) in [(-1, 0), (0, 1), (3_600, 1)] as [(Int64, Int)] {
            let now = ofAge.advanced(bySeconds: seconds)
            try Recalculation(store: shop.tenant, asOf: now, present: { now }).perform()
            #expect(try shop.pushes(1).count == told, "\(seconds)")
        }
        #expect(try shop.pending(1, secondsFromNow: 3 * 86_400) == PendingAtAlpine(pending: 80))
        #expect(try shop.tenant.customersToTell(from: range.0, through: range.1) == [])
        #expect(try shop.differences() == [])
    }

    @Test("a save of the window while a recalculation works leaves nobody's sum known")
    func savedMeanwhile() throws {
        let shop = try Shop()
        try shop.sync()
        let settings = try shop.tenant.settings()
        var isSaved = false
        try Recalculation(store: shop.tenant, asOf: .now()).perform { _ in
            if isSaved { return }
            isSaved = true
            var tiers = settings.tiers
            tiers.qualifyingWindow = .twelveMonths
            try shop.tenant.save(tiers, ifVersion: settings.version(of: .tiers), by: nil, requestID: nil)
            #expect(try shop.tenant.standingsSpan() == nil)
        }
        #expect(isSaved)
        #expect(try shop.tenant.standingsSpan() == nil)
        try Recalculation(store: shop.tenant, asOf: .now()).perform()
        #expect(try shop.tenant.standingsSpan() != nil)
    }

    @Test("a recalculation that is stopped is given back, and begins anew")
    func stopped() throws {
        let shop = try Shop()
        try shop.sync()
        let settings = try shop.tenant.settings()
        var tiers = settings.tiers
        tiers.tiers[1].threshold = 1_00
        try shop.tenant.save(tiers, ifVersion: settings.version(of: .tiers), by: nil, requestID: nil)
        let run = try shop.claim(kinds: [.recalculation])
        let clock = ConnectorClock.live(isStopping: { true })
        let stopping = ThirdParties(shop.configuration, transport: shop.script, clock: clock)
        #expect(throws: Stopped.self) {
            try RunPerformer(parties: stopping, logger: .silent).perform(run, shop.tenant)
        }
        try shop.tenant.release(run)
        #expect(try shop.perform(run.id, kinds: [.recalculation]).state == .succeeded)
        #expect(try shop.tenant.verifyLedger().differences.isEmpty)
    }

    @Test("on Sundays the nightly run proves the ledger, and says what does not add up", arguments: [20_772, 20_771])
    func proof(day: Int64) throws {
        let shop = try Shop()
        try shop.sync()
        // What no writer of ours can do.
        try shop.root.execute(
            "UPDATE customers SET points_owed = 7 WHERE tenant_id = \(shop.tenant.tenant) AND balance > 0 LIMIT 1")
        _ = try shop.tenant.requestNightly(of: Day(daysSince1970: day), trigger: .schedule)
        let run = try shop.claim()
        let noon = Instant(secondsSince1970: day * 86_400 + 43_200)
        let state = try NightlyRun(
            run: run, store: shop.tenant, parties: shop.parties, logger: .silent, now: noon
        ).perform()
        let isSunday = day == 20_772
        #expect(state == (isSunday ? .degraded : .succeeded))
        #expect(
            try shop.tenant.exceptions(of: run.id).map(\.reason).contains { $0.contains("the points owed are 7") }
                == isSunday)
    }

    @Test("the nightly run removes sessions that have ended, and no others")
    func sessions() throws {
        let shop = try Shop()
        let email = "\(UserID.make())@example.com"
        let id = try shop.store.createUser(
            email: email, passwordHash: "none", role: .manager, at: shop.tenant.tenant)
        let user = try #require(try shop.store.user(email: email))
        let ended: [UInt8] = UserID.make().bytes + UserID.make().bytes
        let running: [UInt8] = UserID.make().bytes + UserID.make().bytes
        for hash in [ended, running] { try shop.store.createSession(tokenHash: hash, for: user, csrfToken: "c") }
        try shop.root.execute("UPDATE sessions SET ends_at = '2020-01-01' WHERE token_hash = \(ended)")
        let run = try #require(try shop.tenant.requestNightly(of: Day(daysSince1970: 20_001), trigger: .schedule))
        _ = try shop.perform(run.id)
        let left: [[UInt8]] = try shop.root.all("SELECT token_hash FROM sessions WHERE user_id = \(id)") {
            try $0.get("token_hash")
        }
        #expect(left == [running])
    }
}
