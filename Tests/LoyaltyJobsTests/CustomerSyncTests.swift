import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct CustomerSyncTests {
    @Test("the run of one customer walks no list")
    func noLists() throws {
        let shop = try Shop()
        try shop.sync()
        shop.script.forgetCalls()
        shop.script.world[person: "c1005"].points = "9999"
        let run = try shop.syncCustomer(1_005)
        #expect(run.state == .succeeded)
        #expect(shop.script.calls == [.person("c1005")])
        #expect(try shop.standing(1_005)?.outcome == .overridden)
        #expect(try run.outcome.compared == 1)
    }

    @Test("a persona that vanished is looked for by the customer's POS id")
    func vanished() throws {
        let shop = try Shop()
        try shop.sync()
        shop.script.forgetCalls()
        shop.script.world[person: "c1005"].contact = "merged"
        let run = try shop.syncCustomer(1_005)
        #expect(run.state == .succeeded)
        #expect(shop.script.calls == [.person("c1005"), .search("1005")])
        #expect(try shop.standing(1_005)?.contactID == "merged")
    }

    @Test("a customer without a persona is not compared")
    func nobody() throws {
        let shop = try Shop()
        shop.script.world.people.removeFirst()
        try shop.sync()
        let run = try shop.syncCustomer(1_000)
        #expect(run.state == .succeeded)
        #expect(try run.outcome.degraded == 1)
    }

    @Test("an unknown customer is a failure in words, and asks nobody")
    func unknown() throws {
        let shop = try Shop()
        let run = try shop.syncCustomer(424_242)
        #expect(run.state == .failed)
        #expect(run.error == "The customer is not known.")
        #expect(shop.script.calls.isEmpty)
    }

    @Test("Alpine IQ fails: degraded, and our figure stands", arguments: Failure.allCases)
    func alpineDown(failure: Failure) throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.checksums()
        shop.script.fault = { call, answer in call.isAlpine ? try failure.answer(instead: answer) : answer }
        let run = try shop.syncCustomer(1_005)
        #expect(run.state == .degraded)
        #expect(try run.outcome.alpineProblem?.hasSuffix(failure.words) == true)
        #expect(try shop.checksums() == before)
    }

    @Test("it goes before whole runs, and beside a running one")
    func priority() throws {
        let shop = try Shop()
        _ = try shop.tenant.requestSync(forced: false, trigger: .cron)
        let one = try shop.tenant.requestCustomerSync(posCustomerID: "1", trigger: .api)
        #expect(try shop.claim().id == one.id)
        #expect(try shop.claim().kind == .all)
        let two = try shop.tenant.requestCustomerSync(posCustomerID: "2", trigger: .api)
        #expect(try shop.claim().id == two.id)
    }
}
