import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// rules.md, "Wave" and "First comparisons".
struct WaveTests {
    private func decide(_ decision: IncidentDecision, in shop: Shop) throws {
        let incident = try #require(try shop.openIncidents().first)
        let result = try shop.tenant.decide(
            incident.id, decision, reason: "Expiry", by: nil, audit: AuditRecord(actor: "t", action: "t"), at: .now())
        #expect(result == .decided)
    }

    @Test("300 of 1,000 known customers at zero: one incident, nothing overridden, by no path")
    func wave() throws {
        let shop = try Shop(.crowd(1_000))
        try shop.sync()
        for index in 0..<300 { shop.script.world.people[index].points = "0" }
        let result = try shop.sync().outcome
        #expect(result.leftToDecide == 300 && result.overridden == nil)
        #expect(result.compared == 1_000 && result.within == 700)
        let incident = try #require(try shop.openIncidents().first)
        #expect(try shop.openIncidents().count == 1)
        #expect(incident.group == .reconciled && incident.members == 300 && incident.compared == 1_000)
        #expect(incident.calculated == 30_000 && incident.alpine == 0 && incident.samples.count == 3)
        #expect(try shop.overrides() == 0 && shop.balance(1) == 100)
        #expect(try shop.tenant.syncStats().needsReview == 300)
        // No other path takes them, and the next run opens no second incident.
        try shop.syncCustomer(1)
        try shop.sync()
        #expect(try shop.overrides() == 0)
        #expect(try shop.openIncidents().map(\.members) == [300])
        // Others go on as usual.
        shop.script.world[person: "c900"].points = "150"
        #expect(try shop.sync().outcome.overridden == 1)
        #expect(try shop.balance(900) == 150 && shop.balance(1) == 100)

        try decide(.apply, in: shop)
        try shop.sync()
        #expect(try shop.balance(1) == 0 && shop.balance(300) == 0 && shop.balance(301) == 100)
        #expect(try shop.overrides() == 301)
        #expect(try shop.sync().outcome.within == 1_000)
        #expect(try shop.differences() == [])
    }

    @Test("a run that is cut short in the middle of a wave takes none of it when it goes on")
    func cutShort() throws {
        let shop = try Shop(.crowd(100))
        try shop.sync()
        for index in 0..<30 { shop.script.world.people[index].points = "0" }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        // As a run leaves it that died after its first chunk of members.
        let claimed = try shop.claim()
        let now = Instant.now()
        let part = try (1...20).map { id in
            let customer = try shop.customer(id)
            try shop.tenant.record(
                [
                    AlpineStanding(
                        customer: customer, contactID: "c\(id)", figure: .known(0), readAt: now,
                        outcome: .discrepancy, calculated: 100, difference: -100)
                ], run: run.id)
            return AlpineDifference(
                customer: customer, requestedAt: now, calculated: 100, alpine: 0, pending: 0, points: -100)
        }
        try shop.tenant.openIncident(.reconciled, run: run.id, compared: 100, part, at: now.advanced(bySeconds: 1))
        _ = try RunPerformer(parties: shop.parties, logger: .silent).perform(claimed, shop.tenant)
        #expect(try shop.openIncidents().map(\.members) == [30])
        #expect(try shop.overrides() == 0)
    }

    @Test("rejected, a number is not compared again until it changes; then it is one like any other")
    func rejected() throws {
        let shop = try Shop(.crowd(100))
        try shop.sync()
        for index in 0..<30 { shop.script.world.people[index].points = "0" }
        try shop.sync()
        try decide(.reject, in: shop)
        let result = try shop.sync().outcome
        #expect(result.compared == 70 && result.degraded == 30)
        #expect(try shop.openIncidents().isEmpty && shop.overrides() == 0)
        try shop.syncCustomer(1)
        #expect(try shop.standing(1)?.outcome == .notCompared)
        shop.script.world[person: "c1"].points = "40"
        #expect(try shop.sync().outcome.overridden == 1)
        #expect(try shop.balance(1) == 40 && shop.balance(2) == 100)
        // The rejected number again is another one by now.
        shop.script.world[person: "c1"].points = "0"
        try shop.sync()
        #expect(try shop.balance(1) == 0)
        #expect(try shop.differences() == [])
    }

    @Test("an incident whose numbers come back closes by itself")
    func healed() throws {
        let shop = try Shop(.crowd(100))
        try shop.sync()
        for index in 0..<30 { shop.script.world.people[index].points = "0" }
        try shop.sync()
        #expect(try shop.openIncidents().count == 1)
        shop.script.world.agree()
        try shop.sync()
        #expect(try shop.openIncidents().isEmpty && shop.overrides() == 0)
        #expect(try shop.tenant.incidents(isOpen: false, limit: 5, samples: 0).map(\.state) == [.agreed])
        #expect(try shop.sync().outcome.within == 100)
    }

    @Test("while an incident is open, newer figures of its customers are those that are applied")
    func newer() throws {
        let shop = try Shop(.crowd(20))
        try shop.sync()
        for index in 0..<12 { shop.script.world.people[index].points = "0" }
        try shop.sync()
        shop.script.world[person: "c1"].points = "30"
        try shop.sync()
        try decide(.apply, in: shop)
        while try shop.tenant.postDecidedIncidents(limit: 5, at: .now()) > 0 {}
        #expect(try shop.balance(1) == 30 && shop.balance(2) == 0)
    }

    @Test("on day one many differences are an incident of first comparisons, few are taken")
    func dayOne() throws {
        var world = World.crowd(40)
        for index in 0..<21 { world.people[index].points = "0" }
        let shop = try Shop(world)
        try shop.sync()
        #expect(try shop.openIncidents().map(\.group) == [.first])
        #expect(try shop.openIncidents().map(\.members) == [21])
        #expect(try shop.overrides() == 0)
        var fewer = World.crowd(40)
        for index in 0..<20 { fewer.people[index].points = "0" }
        let other = try Shop(fewer, beside: shop)
        try other.sync()
        #expect(try other.openIncidents().isEmpty && other.overrides() == 20)
    }

    @Test("each group is counted by itself: many new customers who differ keep nobody else from being overridden")
    func groups() throws {
        let shop = try Shop(.crowd(50))
        try shop.sync()
        for number in 51...60 {
            shop.script.world.buyers.append(World.Buyer(id: number))
            let lately = Instant.now().advanced(bySeconds: -3 * 86_400)
            shop.script.world.sales.append(World.Sale(number, number, 100_00, at: lately))
        }
        shop.script.world.agree()
        for index in 50..<60 { shop.script.world.people[index].points = "5" }
        for index in 0..<10 { shop.script.world.people[index].points = "50" }
        let result = try shop.sync().outcome
        #expect(result.overridden == 10 && result.leftToDecide == 10)
        #expect(try shop.openIncidents().map(\.group) == [.first])
        #expect(try shop.balance(1) == 50 && shop.balance(51) == 100)
    }

    @Test("the first comparison after a pause counts as a first one")
    func afterPause() throws {
        let shop = try Shop(.crowd(40))
        try shop.sync()
        try shop.saveProgram { $0.paused = true }
        try shop.saveProgram { $0.paused = false }
        for index in 0..<21 { shop.script.world.people[index].points = "0" }
        try shop.sync()
        #expect(try shop.openIncidents().map(\.group) == [.first])
        // Those who agreed are known again.
        #expect(try shop.sync().outcome.within == 19)
        for index in 21..<40 { shop.script.world.people[index].points = "0" }
        try shop.sync()
        #expect(try Set(shop.openIncidents().map(\.group)) == [.first, .reconciled])
        #expect(try shop.overrides() == 0)
    }

    @Test("a member whom Alpine lost is listed, and nobody who rose by that number is overridden upwards")
    func lostMatch() throws {
        let shop = try Shop(.crowd(30))
        try shop.sync()
        // Alpine merged person 1 into person 2, and 3 rose by something else.
        shop.script.world.people.removeFirst()
        shop.script.world[person: "c2"].points = "200"
        shop.script.world[person: "c3"].points = "150"
        let run = try shop.sync()
        #expect(try run.outcome.overridden == 1)
        #expect(try shop.balance(2) == 100 && shop.balance(3) == 150)
        #expect(try shop.records(2).map(\.untakenReason) == [.lostMatch])
        #expect(try shop.tenant.exceptions(of: run.id).compactMap(\.subject).sorted() == ["1", "2"])
        #expect(try shop.standing(1)?.outcome == .notCompared && shop.standing(1)?.figure == .unknown)
        #expect(try run.outcome.degraded == 1)
        // Nor by the runs after it, which list the loss no more.
        let next = try shop.sync()
        #expect(try shop.balance(2) == 100)
        #expect(try shop.tenant.exceptions(of: next.id).map(\.subject) == ["2"])
        try shop.syncCustomer(2)
        #expect(try shop.balance(2) == 100)
        // Downwards is taken.
        shop.script.world[person: "c2"].points = "70"
        try shop.sync()
        #expect(try shop.balance(2) == 70)
        #expect(try shop.differences() == [])
    }

    @Test("a person who comes back is compared again")
    func comesBack() throws {
        let shop = try Shop(.crowd(30))
        try shop.sync()
        let person = shop.script.world.people.removeFirst()
        try shop.sync()
        #expect(try shop.standing(1)?.figure == .unknown)
        shop.script.world.people.append(person)
        #expect(try shop.sync().outcome.compared == 30)
        #expect(try shop.standing(1)?.outcome == .within)
        #expect(try shop.tenant.lostMatches(besides: []).filter { !$0.isNew }.isEmpty)
    }
}
