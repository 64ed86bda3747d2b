import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import Testing

@testable import LoyaltyJobs

struct InterruptionTests {
    struct Killed: Error {}

    /// The standard shop with a few odd rows, whose exceptions must survive a stop.
    private static func oddWorld() -> World {
        var world = World.standard(now: Instant(secondsSince1970: Instant.now().secondsSince1970))
        world.sales[7].raw = #"{"id_order":8,"total":"?","date_created":"2026-01-02T00:00:00Z"}"#
        world.buyers.append(World.Buyer(id: 0, raw: "{\"id_customer\":0}"))
        return world
    }

    @Test(
        "a run that is stopped at any request goes on and ends as one that was not",
        arguments: (0..<9).map { ($0, true) } + (0..<7).map { ($0, false) })
    func stoppedAt(request: Int, isLimited: Bool) throws {
        let world = Self.oddWorld()
        let whole = try Shop(world)
        let expected = try whole.sync()
        let shop = try Shop(world, isLimited: isLimited)
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        shop.script.fault = { [script = shop.script] _, answer in
            if script.calls.count == request + 1 { throw Stopped() }
            return answer
        }
        let first = try shop.claim()
        #expect(throws: Stopped.self) {
            try RunPerformer(parties: shop.parties, logger: .silent).perform(first, shop.tenant)
        }
        try shop.tenant.release(first)
        let stopped = shop.script.calls
        shop.script.healAll()
        shop.script.forgetCalls()
        let ended = try shop.perform(run.id)

        #expect(ended.state == .succeeded)
        #expect(try shop.picture() == whole.picture())
        #expect(try shop.tenant.exceptions(of: run.id) == whole.tenant.exceptions(of: expected.id))
        var result = try ended.outcome
        let reference = try expected.outcome
        (result.duration, result.alpineReadAt) = (reference.duration, reference.alpineReadAt)
        #expect(result == reference)
        // What was stored whole is not read again; nor, without a limit, anything but a page that is beyond the end.
        let lists = (stopped.dropLast() + shop.script.calls).filter { $0.isList && !$0.isAlpine }
        #expect(lists.count - Set(lists).count <= (isLimited ? 0 : 1))
    }

    @Test("a run that dies between two chunks of postings posts the rest, once")
    func diesWhilePosting() throws {
        let world = Self.oddWorld()
        let whole = try Shop(world)
        try whole.sync()
        let shop = try Shop(world)
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        let first = try shop.claim()
        // The end of the process, noticed after the first chunk is stored.
        let chunks = Mutex(0)
        var sync = SyncRun(
            first, store: shop.tenant, parties: shop.parties, logger: .silent,
            onProgress: { [script = shop.script] progress in
                if progress.stage == "Posting points",
                    chunks.withLock({
                        $0 += 1; return $0
                    }) == 1
                {
                    script.isStopping = true
                }
            })
        #expect(throws: Stopped.self) { try sync.perform() }
        let posted = try shop.entryRows()
        #expect(posted > 0)
        shop.script.isStopping = false
        try shop.tenant.release(first)
        let ended = try shop.perform(run.id)
        #expect(ended.state == .succeeded)
        #expect(try ended.outcome.entriesPosted == 249)
        #expect(try shop.picture() == whole.picture())
        #expect(try shop.differences() == [])
    }

    @Test("a worker that was silent and wakes up writes nothing more", arguments: [2, 3, 4, 6, 7])
    func silentWorker(request: Int) throws {
        let shop = try Shop()
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        let late = try shop.claim()
        // Another worker, on its own connection, takes the run over and ends it while the first waits for an answer.
        let options = shop.database.options
        // A process of its own: one in flight is a limit of each.
        let parties = shop.otherParties()
        let before = Mutex<[String]>([])
        let checksums = { @Sendable in
            let root = Shop.root(of: options)
            return try Shop.checksums(root)
        }
        shop.script.fault = { [script = shop.script] _, answer in
            guard script.calls.count == request + 1 else { return answer }
            script.healAll()
            let store = Store(Connection(options))
            // Not while the first is storing what it read before.
            var claimed: ClaimedRun?
            for _ in 0..<10_000 where claimed == nil {
                claimed = try store.claimRun([.all], worker: "two", silenceSeconds: -1)
            }
            guard let taken = claimed else { throw Killed() }
            script.world.sales[0].cents = 777_00
            // Its number stays ours where the sale was read before it changed.
            if request <= 4 { script.world.agree() }
            _ = try RunPerformer(parties: parties, logger: .silent).perform(taken, store.tenant(taken.tenant))
            let sums = try checksums()
            before.withLock { $0 = sums }
            return answer
        }
        #expect(throws: RunLost.self) {
            try RunPerformer(parties: shop.parties, logger: .silent).perform(late, shop.tenant)
        }
        #expect(try shop.summary(run.id).state == .succeeded)
        let (after, then) = (try checksums(), before.withLock { $0 })
        #expect(after == then)
        // Nor does its successor read again what it had stored.
        #expect(try shop.balance(1_000) == (request > 4 ? 1 : 777) + 151)
    }

    @Test("one claim at a time: a run that is held is not claimed again before its worker counts as dead")
    func oneClaim() throws {
        let shop = try Shop()
        _ = try shop.tenant.requestSync(forced: false, trigger: .user)
        let held = try shop.claim()
        #expect(try shop.store.claimRun([.all], worker: "two", silenceSeconds: 30) == nil)
        // A follower waits for the running one.
        let follower = try shop.tenant.requestSync(forced: true, trigger: .cron)
        #expect(follower.id != held.id)
        #expect(try shop.store.claimRun([.all], worker: "two", silenceSeconds: 30) == nil)
        try shop.tenant.release(held)
        // A sign of life does not take back what was given back.
        try shop.tenant.beat(held)
        #expect(try shop.claim(worker: "two").id == held.id)
    }

    @Test(
        "what a run that failed has kept is taken in by the next, though it is not shown again; a run of one waits for that"
    )
    func keptByAnother() throws {
        let shop = try Shop()
        let failed = try shop.sync()
        let before = try shop.balance(1_005)
        let sale = OrderRevision(
            source: .pos, posOrderID: "90001", posCustomerID: "1005", posLocationID: nil, status: "completed",
            isCompleted: true, total: Cents(rawValue: 40_00), completedAt: .now().advanced(bySeconds: -400 * 86_400),
            updatedAt: nil)
        let customer = try shop.customer(1_005)
        try shop.tenant.transaction { tx in
            try tx.keepIncoming(
                [(customer, sale)], by: try shop.tenant.customerRanges(), of: failed.id, number: 1)
        }
        // Alpine counts it already.
        shop.script.world[person: "c1005"].points = "\(before + 40)"
        let alone = try shop.syncCustomer(1_005)
        #expect(try alone.outcome.degraded == 1)
        #expect(try shop.balance(1_005) == before)
        try shop.sync()
        #expect(try shop.balance(1_005) == before + 40)
        #expect(try shop.tenant.runsWithIncoming() == [])
        #expect(try shop.differences() == [])
    }

    @Test("stopped while several lanes take in, a run tells what all of them have done, and going on does the rest")
    func stoppedTakingIn() throws {
        let shop = try Shop()
        let names = (1...400).map { "b\($0)" }
        _ = try shop.tenant.importCustomers(
            names.map { CustomerProfile(posID: $0, firstName: "Ada", lastName: $0) }, settings: shop.tenant.settings(),
            at: .now())
        let customers = try shop.tenant.customers(.alleaves, outsideIDs: Set(names))
        // More orders than two neighbouring ranges may have together: each range is a turn of its own.
        let sales = names.flatMap { name in
            (1...13).map { number in
                OrderRevision(
                    source: .pos, posOrderID: "\(name)-\(number)", posCustomerID: name, posLocationID: nil,
                    status: "completed", isCompleted: true, total: Cents(rawValue: 10_00), completedAt: .now(),
                    updatedAt: nil)
            }
        }
        let run = try shop.tenant.requestSync(forced: false, trigger: .user)
        try shop.tenant.transaction { tx in
            try tx.keepIncoming(
                sales.compactMap { sale in
                    sale.posCustomerID.flatMap { customers[$0] }.map { (customer: $0, revision: sale) }
                }, by: shop.tenant.customerRanges(), of: run.id, number: 1)
        }
        #expect(try shop.tenant.incomingRanges(of: run.id).count == 4)
        let posting = PostDue(store: shop.tenant, cause: PostingCause(run: run.id), now: Instant.now)
        var (added, entries, tellings) = (0, 0, 0)
        func count(_ stored: StoredRevisions, _ posted: PostedOrders) {
            added += stored.added
            entries += posted.entries
            tellings += 1
        }
        #expect(throws: Stopped.self) {
            try posting.takeIn(run.id) { stored, posted, _, _ in
                count(stored, posted)
                if tellings > 1 { return }
                // The others get on meanwhile.
                usleep(300_000)
                throw Stopped()
            }
        }
        let taken = try shop.count("SELECT COUNT(*) AS number FROM orders WHERE tenant_id = \(shop.tenant.tenant)")
        #expect(added == taken && entries == taken)
        #expect(taken > 1_300 && tellings == 2)
        try posting.takeIn(run.id) { stored, posted, _, _ in count(stored, posted) }
        #expect(added == sales.count && entries == sales.count)
        #expect(try shop.tenant.runsWithIncoming() == [])
        #expect(try shop.differences() == [])
    }
}
