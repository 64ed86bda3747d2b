import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

@testable import LoyaltyJobs

/// rules.md, "What Alpine cannot know, we tell it".
struct PusherTests {
    let outbox: OutboxShop
    let shop: Shop
    private var desk: AlpineDesk { outbox.desk }

    init() throws { (outbox, shop) = try OutboxShop.open() }

    private func run(_ pusher: Pusher? = nil) throws {
        let pusher = pusher ?? outbox.pusher()
        while try pusher.tick() > 0 {}
    }

    @Test("a movement is told once, in its own words; then nothing is pending, and its lag passes")
    func told() throws {
        try shop.adjust(1, by: 50)
        #expect(try shop.pending(1) == PendingAtAlpine(pending: 50))
        try run()
        try run()
        let entry = try #require(try shop.lastEntry(1))
        #expect(desk.asked == [.init(contact: "c1", value: 50, note: "Loyalty points \(entry)")])
        #expect(try shop.pushes(1) == [.acknowledged])
        #expect(try shop.pending(1) == PendingAtAlpine(recentGain: 50))
        #expect(try shop.pending(1, secondsFromNow: 16 * 60) == nil)
        // A figure that was asked for before may hold it already, beside what was pending then.
        #expect(try shop.pending(1, secondsFromNow: -60) == PendingAtAlpine(recentLoss: 50))
    }

    @Test("a loss is pending, then may be missing from Alpine's figure, then is nothing")
    func loss() throws {
        try shop.adjust(1, by: -250)
        #expect(try shop.pending(1) == PendingAtAlpine(pending: -250))
        try run()
        #expect(try shop.pending(1) == PendingAtAlpine(recentLoss: 250))
    }

    @Test("a figure asked for between a movement and its acknowledgement has it pending, and may hold it already")
    func between() throws {
        try shop.adjust(1, by: 50)
        let moment = Instant.now()
        outbox.pass(seconds: 5)
        try run()
        let customer = try shop.customer(1)
        let pending = try shop.tenant.pendingAtAlpine(of: [customer], at: moment)[customer]
        #expect(pending == PendingAtAlpine(pending: 50, recentLoss: 50))
    }

    @Test("pushes of one customer go out in the order of the movements")
    func order() throws {
        for points in [5, -3, 7, -1, 9] as [Int64] { try shop.adjust(1, by: points) }
        try shop.adjust(2, by: 11)
        try run()
        #expect(desk.taken(by: "c1") == [5, -3, 7, -1, 9])
        #expect(desk.taken(by: "c2") == [11])
    }

    @Test("several workers send each push once, and one at a time for a customer")
    func severalWorkers() throws {
        let points = (1...12).map(Int64.init)
        for number in points { for customer in 1...3 { try shop.adjust(customer, by: number) } }
        let outbox = outbox
        let meeting = MeetingPoint(4)
        try inParallel(
            (0..<4).map { _ in
                {
                    let pusher = outbox.pusher()
                    meeting.meet()
                    while try pusher.tick() > 0 {}
                }
            })
        // A worker that found all others at work has ended early.
        try run()
        #expect(desk.overlaps == 0)
        for customer in 1...3 { #expect(desk.taken(by: "c\(customer)") == points) }
    }

    @Test(
        "a lost answer of a push that was taken is found by its note: one effect", arguments: 0..<AlpineDesk.lost.count)
    func lostAnswer(number: Int) throws {
        desk.next(.takesThen(AlpineDesk.lost[number]))
        try shop.adjust(1, by: 50)
        try run()
        #expect(try shop.pushes(1) == [.unclear])
        #expect(try shop.pending(1) == PendingAtAlpine(pending: 50, isUnsettled: true))
        outbox.pass(minutes: 1)
        try run()
        #expect(try shop.pushes(1) == [.acknowledged])
        #expect(try shop.pending(1, secondsFromNow: 120) == PendingAtAlpine(recentGain: 50))
        outbox.pass(minutes: 600)
        try run()
        #expect(desk.asked.count == 1 && desk.taken(by: "c1") == [50])
    }

    @Test(
        "a lost answer of a push that was not taken: it is sent again, once, when half an hour has not brought it up",
        arguments: 0..<AlpineDesk.lost.count)
    func lostPush(number: Int) throws {
        desk.next(.refuses(AlpineDesk.lost[number]))
        try shop.adjust(1, by: 50)
        try run()
        for _ in 0..<5 {
            outbox.pass(minutes: 5)
            try run()
        }
        #expect(desk.asked.count == 1 && desk.looks >= 5)
        #expect(try shop.pushes(1) == [.unclear])
        outbox.pass(minutes: 6)
        try run()
        outbox.pass(minutes: 600)
        try run()
        #expect(desk.asked.count == 2 && desk.taken(by: "c1") == [50])
        #expect(Set(desk.asked.map(\.note)).count == 1)
        #expect(try shop.pushes(1) == [.acknowledged])
    }

    @Test("while an answer is missing, the same customer's next pushes wait and others' do not")
    func blocked() throws {
        desk.next(.takesThen { throw ConnectorError.timedOut })
        try shop.adjust(1, by: 50)
        try shop.adjust(1, by: 7)
        let pusher = outbox.pusher()
        try run(pusher)
        try shop.adjust(2, by: 9)
        outbox.pass(seconds: 31)
        desk.answerLists(with: .json("", status: 500))
        try run(pusher)
        outbox.pass(minutes: 1)
        try run(pusher)
        #expect(desk.taken(by: "c1") == [50] && desk.taken(by: "c2") == [9])
        desk.answerLists(with: nil)
        outbox.pass(minutes: 30)
        try run(pusher)
        #expect(desk.taken(by: "c1") == [50, 7])
    }

    @Test("a worker that dies after marking and before sending: nothing was taken, and it is sent once")
    func diedBeforeSending() throws {
        try shop.adjust(1, by: 50)
        let now = try shop.store.databaseTime()
        let id = try #require(try shop.tenant.pushesDue(at: now, limit: 9).first)
        #expect(try shop.tenant.claimPush(id, at: now) != nil)
        try run()
        #expect(desk.asked.isEmpty)
        #expect(try shop.pending(1) == PendingAtAlpine(pending: 50, isUnsettled: true))
        for _ in 0..<10 {
            outbox.pass(minutes: 6)
            try run()
        }
        #expect(desk.asked.count == 1 && desk.taken(by: "c1") == [50])
    }

    @Test("a worker that dies after sending: the push is found, and not sent again")
    func diedAfterSending() throws {
        struct Died: Error {}
        desk.next(.takesThen { throw Died() })
        try shop.adjust(1, by: 50)
        try run()
        #expect(try shop.pushes(1) == [.sending])
        for _ in 0..<10 {
            outbox.pass(minutes: 6)
            try run()
        }
        #expect(try shop.pushes(1) == [.acknowledged])
        #expect(desk.asked.count == 1 && desk.taken(by: "c1") == [50])
    }

    @Test("a worker that is told to end in the middle leaves a push to be looked for")
    func stopped() throws {
        desk.next(.takesThen { throw Stopped() })
        try shop.adjust(1, by: 50)
        #expect(throws: Stopped.self) { try run() }
        #expect(try shop.pushes(1) == [.unclear])
        outbox.pass(minutes: 1)
        try run()
        #expect(try shop.pushes(1) == [.acknowledged] && desk.asked.count == 1)
    }

    @Test("a worker that was thought dead and has an answer after all keeps it; one whose push was sent again does not")
    func lateAnswer() throws {
        try shop.adjust(1, by: 50)
        let now = try shop.store.databaseTime()
        let id = try #require(try shop.tenant.pushesDue(at: now, limit: 9).first)
        let first = try #require(try shop.tenant.claimPush(id, at: now))
        let later = now.advanced(bySeconds: 11 * 60)
        let second = try #require(try shop.tenant.claimPush(id, at: later))
        #expect(second.unclearSince == later && second.attempt == first.attempt)
        try shop.tenant.record(.again("Not there.", next: later), of: second, at: later)
        let third = try #require(try shop.tenant.claimPush(id, at: later))
        #expect(third.attempt == 2 && third.unclearSince == nil)
        try shop.tenant.record(.refused("Late."), of: first, at: later)
        #expect(try shop.pushes(1) == [.sending])
        try shop.tenant.record(.acknowledged, of: third, at: later)
        #expect(try shop.pushes(1) == [.acknowledged])
    }
}
