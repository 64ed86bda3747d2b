import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// rules.md, "What Alpine cannot know, we tell it": what cannot be told, or not now.
struct PusherFailureTests {
    let outbox: OutboxShop
    let shop: Shop
    private var desk: AlpineDesk { outbox.desk }

    init() throws { (outbox, shop) = try OutboxShop.open() }

    private func run(_ pusher: Pusher? = nil) throws {
        let pusher = pusher ?? outbox.pusher()
        while try pusher.tick() > 0 {}
    }

    @Test("what certainly was not taken is sent again by itself, later each time", arguments: [0, 1, 2])
    func again(number: Int) throws {
        let failures: [@Sendable () throws -> OutboundAnswer] = [
            { throw ConnectorError.unreachable }, { .json("{}", status: 429) }, { .json("{}", status: 403) },
        ]
        let failure = failures[number]
        desk.next(.refuses(failure), .refuses(failure))
        try shop.adjust(1, by: 50)
        for (seconds, asked) in [(0, 1), (20, 1), (11, 2), (45, 2), (16, 3)] as [(Int64, Int)] {
            outbox.pass(seconds: seconds)
            try run()
            #expect(desk.asked.count == asked)
        }
        #expect(desk.looks == 0 && desk.taken(by: "c1") == [50])
        #expect(try shop.tenant.outboxProblems(limit: 9) == [])
    }

    @Test("an Alpine that does not answer is asked once in a while, not once for each customer")
    func outage() throws {
        for customer in 1...3 { try shop.adjust(customer, by: 5) }
        desk.before { throw ConnectorError.unreachable }
        let pusher = outbox.pusher()
        for _ in 0..<10 {
            outbox.pass(seconds: 2)
            try run(pusher)
        }
        #expect(desk.asked.count == 1)
        for _ in 0..<30 {
            outbox.pass(minutes: 10)
            try run(pusher)
        }
        #expect(desk.asked.count <= 31)
        desk.before {}
        for _ in 0..<10 {
            outbox.pass(minutes: 60)
            try run(pusher)
        }
        #expect(Set(desk.taken.map(\.contact)) == ["c1", "c2", "c3"] && desk.taken.count == 3)
    }

    @Test("a refused push is listed, stays pending, is not sent again by itself, and holds nobody up")
    func refused() throws {
        desk.next(.refuses { .json(#"{"errors":[{"message":"bad"}]}"#, status: 400) })
        try shop.adjust(1, by: 50)
        try shop.adjust(1, by: 7)
        try run()
        outbox.pass(minutes: 6_000)
        try run()
        #expect(desk.asked.map(\.value) == [50, 7])
        #expect(try shop.pushes(1) == [.refused, .acknowledged])
        let problem = try #require(try shop.tenant.outboxProblems(limit: 9).first)
        #expect(problem.points == 50 && problem.state == .refused && problem.attempts == 1)
        #expect(problem.words == "Alpine IQ refused these points (status 400).")
        #expect(try shop.pending(1) == PendingAtAlpine(pending: 50, recentGain: 7))
    }

    @Test("a push that Alpine never takes is sent five times, looked for each time, and then listed")
    func neverTaken() throws {
        desk.before { throw ConnectorError.timedOut }
        try shop.adjust(1, by: 50)
        for _ in 0..<100 {
            outbox.pass(minutes: 15)
            try run()
        }
        #expect(desk.asked.count == 5)
        #expect(try shop.pushes(1) == [.refused])
        #expect(
            try shop.tenant.outboxProblems(limit: 9).map(\.words) == [
                "Alpine IQ did not take these points, though they were sent 5 times."
            ])
    }

    @Test(
        "what the list of adjustments cannot settle is never sent again, and listed after three days",
        arguments: [
            .json(#"{"data":[{"cntID":"c1","value":50}]}"#), .json(#"{"data":{}}"#), .json("", status: 500),
            .json("", status: 404),
        ] as [OutboundAnswer])
    func unsettled(list: OutboundAnswer) throws {
        desk.next(.refuses { throw ConnectorError.timedOut })
        desk.answerLists(with: list)
        try shop.adjust(1, by: 50)
        try shop.adjust(1, by: 7)
        for _ in 0..<100 {
            outbox.pass(minutes: 60)
            try run()
        }
        #expect(desk.asked.map(\.value) == [50, 7])
        #expect(try shop.pushes(1) == [.unsettled, .acknowledged])
        #expect(try shop.tenant.outboxProblems(limit: 9).map(\.state) == [.unsettled])
        #expect(try shop.pending(1)?.isUnsettled == true)
    }

    @Test("somebody who found out says what became of a listed push, once", arguments: PushResolution.allCases)
    func resolved(resolution: PushResolution) throws {
        desk.next(.refuses { .json("{}", status: 400) })
        try shop.adjust(1, by: 50)
        try run()
        let problem = try #require(try shop.tenant.outboxProblems(limit: 9).first)
        let now = try shop.store.databaseTime()
        try shop.tenant.transaction { try $0.resolve(problem.id, as: resolution, at: now) }
        #expect(throws: Refusal.self) {
            try shop.tenant.transaction { try $0.resolve(problem.id, as: resolution, at: now) }
        }
        try run()
        #expect(try shop.pushes(1) == [.acknowledged])
        #expect(desk.asked.count == (resolution == .taken ? 1 : 2))
        #expect(try shop.tenant.outboxProblems(limit: 9) == [])
    }

    @Test("a customer without a persona waits, is not asked for, and is told in order once Alpine shows one")
    func waiting() throws {
        try shop.adjust(4, by: 50)
        try run()
        try shop.adjust(4, by: -20)
        let pusher = outbox.pusher()
        for _ in 0..<10 {
            outbox.pass(minutes: 500)
            try run(pusher)
        }
        #expect(desk.asked.isEmpty)
        #expect(try shop.pushes(4) == [.waiting, .waiting])
        #expect(try shop.pending(4) == PendingAtAlpine(pending: 30))
        shop.script.world.people.append(World.Person(contact: "c4", srcID: 4, points: "1000"))
        try shop.sync()
        try shop.adjust(4, by: 3)
        outbox.pass(minutes: 2)
        try run(pusher)
        #expect(desk.taken(by: "c4") == [50, -20, 3])
        #expect(try shop.tenant.outboxProblems(limit: 9) == [])
    }

    @Test("a persona that vanished is waited for: what comes next goes to the one it was merged into")
    func merged() throws {
        desk.forget("c1")
        try shop.adjust(1, by: 50)
        try shop.adjust(1, by: 7)
        let pusher = outbox.pusher()
        try run(pusher)
        outbox.pass(minutes: 120)
        try run(pusher)
        #expect(try shop.pushes(1) == [.waiting, .waiting])
        #expect(desk.asked.count == 1)
        shop.script.world[person: "c1"].contact = "merged"
        try shop.sync()
        outbox.pass(minutes: 2)
        try run(pusher)
        #expect(desk.taken(by: "merged") == [50, 7] && desk.asked.count == 3)
    }

    @Test("a persona that Alpine denied and still lists is tried again a day later, not before")
    func denied() throws {
        desk.next(.refuses { .json("{}", status: 404) })
        try shop.adjust(1, by: 50)
        let pusher = outbox.pusher()
        for _ in 0..<20 {
            try run(pusher)
            outbox.pass(minutes: 60)
        }
        #expect(desk.asked.count == 1)
        outbox.pass(minutes: 300)
        try run(pusher)
        #expect(desk.taken(by: "c1") == [50])
    }

    @Test("switched off, by the shop or for the installation, pushes stay queued and pending; on again, they go")
    func switchedOff() throws {
        func switchOutbound(_ isOn: Bool) throws {
            var settings = try shop.tenant.settings()
            settings.program.outboundEnabled = isOn
            try shop.tenant.save(
                settings.program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
        }
        try shop.adjust(1, by: 50)
        try run(outbox.pusher(isEnabled: false))
        try switchOutbound(false)
        try run()
        #expect(desk.asked.isEmpty)
        #expect(try shop.pushes(1) == [.queued])
        #expect(try shop.pending(1) == PendingAtAlpine(pending: 50))
        try switchOutbound(true)
        try run()
        #expect(desk.taken(by: "c1") == [50])
    }

    @Test("one shop whose Alpine fails does not hold another up")
    func otherShop() throws {
        var world = World()
        world.buyers = [World.Buyer(id: 9)]
        world.agree()
        let other = try Shop(world, beside: shop)
        try other.sync()
        try shop.adjust(1, by: 50)
        try other.adjust(9, by: 5)
        try shop.root.execute("UPDATE integrations SET sealed = 'broken' WHERE tenant_id = \(shop.tenant.tenant)")
        try run()
        #expect(try shop.pushes(1) == [.queued])
        #expect(desk.taken.map(\.contact) == ["c9"])
    }

    @Test("a sale that only our API knows is told by the worker when it comes of age")
    func api() throws {
        let now = Instant.now()
        try shop.tenant.transaction { tx in
            var sale = OrderRevision(
                source: .api, posOrderID: "web-1", posCustomerID: "1", posLocationID: nil, status: nil,
                isCompleted: true, total: 80_00, completedAt: now.advanced(bySeconds: -3_600), updatedAt: nil)
            sale.status = "completed"
            _ = try tx.store([sale], ignoresOlder: true, at: now)
        }
        try PostDue(store: shop.tenant, cause: PostingCause(), now: { now }).post(orders: ["web-1"])
        #expect(try shop.balance(1) == 1_080)
        let pusher = outbox.pusher()
        try run(pusher)
        #expect(desk.asked.isEmpty)
        outbox.pass(minutes: 48 * 60)
        try run(pusher)
        try run(pusher)
        #expect(desk.taken(by: "c1") == [80])
        #expect(try shop.balance(1) == 1_080)
    }
}
