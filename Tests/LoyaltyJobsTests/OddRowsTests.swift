import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct OddRowsTests {
    @Test(
        "one odd order is an exception of the run and stops nothing",
        arguments: [
            (#"{"id_order":77,"id_customer":1000,"total":"abc","date_created":"2026-01-02T00:00:00Z"}"#, "77"),
            (#"{"id_order":77,"id_customer":1000,"date_created":"2026-01-02T00:00:00Z"}"#, "77"),
            (#"{"id_customer":1000,"total":"5.00","date_created":"2026-01-02T00:00:00Z"}"#, nil),
            (#"{"id_order":77,"id_customer":1000,"total":"5.00","complete":true}"#, "77"),
            (#"{"id_order":77,"id_customer":1000,"total":"5.00","date_created":"yesterday"}"#, "77"),
            (#"{"id_order":77,"total":"5.00","complete":true,"date_created":"2199-01-02T00:00:00Z"}"#, "77"),
            (
                #"{"id_order":77,"id_customer":1000,"total":"99999999999999999999","date_created":"2026-01-02T00:00:00Z"}"#,
                "77"
            ),
            ("17", nil),
            ("null", nil),
        ] as [(String, String?)])
    func oddOrder(row: String, subject: String?) throws {
        var world = World.standard()
        world.sales.insert(World.Sale(77_000, nil, 0), at: 3)
        world.sales[3].raw = row
        let shop = try Shop(world)
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.exceptionCount == 1)
        let exceptions = try shop.tenant.exceptions(of: run.id)
        #expect(exceptions.map(\.subject) == [subject])
        #expect(exceptions.first?.reason.isEmpty == false)
        #expect(try run.outcome.ordersProcessed == 251)
        #expect(try shop.orderRows() == 250)
        for buyer in world.buyers { #expect(try shop.balance(buyer.id) == world.points(of: buyer.id)) }
    }

    @Test("an unknown word is reported once a page, and the flag decides")
    func unknownWord() throws {
        var world = World.standard()
        world.sales[3].status = "curing"
        let shop = try Shop(world)
        let run = try shop.sync()
        let exceptions = try shop.tenant.exceptions(of: run.id)
        #expect(exceptions.map(\.reason) == ["Orders carry a status that is not known: “curing”."])
        #expect(try shop.balance(1_003) == world.points(of: 1_003))
    }

    @Test(
        "an odd customer is counted as failed and stops nobody",
        arguments: [#"{"name_first":"No"}"#, #"{"id_customer":0}"#, "[]"])
    func oddCustomer(row: String) throws {
        var world = World.standard()
        world.buyers.insert(World.Buyer(id: 0, raw: row), at: 1)
        let shop = try Shop(world)
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.failed == 1)
        #expect(try run.outcome.errors.count == 1)
        #expect(try run.outcome.successful == 149)
        #expect(try shop.customerRows() == 150)
    }

    @Test("a refund that names no sale moves nothing and is listed", arguments: [nil, 555_555])
    func lostRefund(names: Int?) throws {
        var world = World.standard()
        world.sales.append(World.Sale(90_001, 1_000, -1_000))
        world.sales[250].external = names
        let shop = try Shop(world)
        let run = try shop.sync()
        #expect(try shop.tenant.exceptions(of: run.id).map(\.subject) == ["90001"])
        #expect(try shop.balance(1_000) == world.points(of: 1_000))
    }

    @Test("a refund takes its points back, wherever it stands in the list", arguments: [0, 250])
    func refund(position: Int) throws {
        var world = World.standard()
        var refund = World.Sale(90_001, 1_000, -10_00, at: .now().advanced(bySeconds: -3_600))
        refund.external = 151
        world.sales.insert(refund, at: position)
        let shop = try Shop(world)
        let run = try shop.sync()
        // $1.50 and $151.50, of which $10.00 came back.
        #expect(try shop.balance(1_000) == 1 + 141)
        let exceptions = try shop.tenant.exceptions(of: run.id)
        #expect(exceptions.isEmpty)
        #expect(try shop.sync().outcome.entriesPosted == 0)
        #expect(try shop.differences() == [])
    }

    @Test("a sale of nobody earns nothing, and earns once the POS names the customer")
    func anonymous() throws {
        var world = World.standard()
        world.sales.append(World.Sale(90_001, nil, 40_00, at: .now().advanced(bySeconds: -3_600)))
        let shop = try Shop(world)
        try shop.sync()
        let before = try shop.balance(1_000)
        let reason = try shop.count(
            """
            SELECT COUNT(*) AS number FROM orders
              JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE pos_order_id = '90001' AND no_points_reason = 'no_member' AND orders.tenant_id = \(shop.tenant.tenant)
            """
        )
        #expect(reason == 1)
        shop.script.world[sale: 90_001].buyer = 1_000
        try shop.sync()
        #expect(try shop.balance(1_000) == before + 40)
    }

    @Test("a sale that the POS takes from its customer loses its points, and is settled in the same run")
    func becomesAnonymous() throws {
        let shop = try Shop()
        try shop.sync()
        shop.script.world[sale: 1].buyer = nil
        try shop.sync(forced: true)
        #expect(try shop.balance(1_000) == 151)
        let before = try shop.checksums()
        try shop.sync(forced: true)
        #expect(try shop.checksums() == before)
    }

    @Test("a sale of an unknown customer earns when the customer is first seen")
    func unknownCustomer() throws {
        var world = World.standard()
        world.sales.append(World.Sale(90_001, 7_777, 40_00, at: .now().advanced(bySeconds: -3_600)))
        let shop = try Shop(world)
        try shop.sync()
        shop.script.world.buyers.append(World.Buyer(id: 7_777))
        try shop.sync()
        #expect(try shop.balance(7_777) == 40)
    }

    @Test("the first hundred exceptions are kept, and all are counted")
    func many() throws {
        var world = World.standard()
        for index in 0..<130 {
            world.sales[index].raw = #"{"id_order":\#(index + 1),"total":"?","date_created":"2026-01-02T00:00:00Z"}"#
        }
        let shop = try Shop(world)
        let run = try shop.sync()
        #expect(try run.outcome.exceptionCount == 130)
        #expect(try shop.tenant.exceptions(of: run.id).count == 100)
    }

    @Test("a list of stores that cannot be read holds up no points", arguments: [#"{"unknown":1}"#, "{}"])
    func storesUnreadable(body: String) throws {
        let shop = try Shop()
        shop.script.fault = { call, answer in
            call == .locations ? .json(body, status: body == "{}" ? 404 : 200) : answer
        }
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try shop.entryRows() == 250)
        let reasons = try shop.tenant.exceptions(of: run.id).map(\.reason)
        #expect(reasons.contains { $0.hasPrefix("The list of stores could not be read.") })
    }
}
