import LoyaltyRules
import LoyaltyStore
import Synchronization

extension PostDue {
    /// Customers a transaction, and about how many orders at most.
    private static let (customersMax, ordersMax) = (200, 2_500)

    /// Takes in the new sales that a run keeps: stores them and posts their customers' books in one go, several ranges of
    /// customers at a time. What a crash leaves is still kept, and what of it was taken in is found as stored.
    ///
    /// - Parameter progress: told now and then what was stored and posted, how many orders are done, and of how many.
    func takeIn(
        _ run: RunID, progress: (StoredRevisions, PostedOrders, Int64, Int64?) throws -> Void
    ) throws {
        let ranges = try store.incomingRanges(of: run)
        if ranges.isEmpty { return }
        // Before points are taken for what they earned, what was redeemed on undone orders is given back.
        try store.reverseUndone(requestID: cause.requestID, at: now())
        try store.noteFirstPosting(at: currentHistory(asOf: now()).firstPostingAt)
        let expected = ranges.reduce(0) { $0 + $1.orderCount }
        let (turns, untold) = (Turns(ranges.count), Untold())
        var done: Int64 = 0
        // Only this lane speaks to whoever asked, of what the others did too.
        func tell() throws {
            let told = untold.take()
            done += told.orderCount
            try progress(told.stored, told.posted, done, expected)
        }
        do {
            try sideBySide(
                Array(others.prefix(ranges.count - 1)), { try $0.takeIn(turns, of: ranges, of: run, into: untold) },
                meanwhile: { try takeIn(turns, of: ranges, of: run, into: untold, afterEach: tell) })
        } catch {
            // What the lanes did before they ended counts all the same: nobody finds it new again.
            try? tell()
            throw error
        }
        try tell()
    }

    private func takeIn(
        _ turns: Turns, of ranges: [IncomingRanges], of run: RunID, into untold: Untold,
        afterEach: () throws -> Void = {}
    ) throws {
        func add(_ orderCount: Int64) {
            untold.add(TakenIn(stored: takenIn, posted: posted, orderCount: orderCount))
            (takenIn, posted) = (StoredRevisions(), PostedOrders())
        }
        do {
            while let number = turns.take() {
                try takeIn(ranges[number], of: run)
                add(ranges[number].orderCount)
                try afterEach()
            }
        } catch {
            // The others begin nothing more.
            turns.end()
            add(0)
            throw error
        }
    }

    private func takeIn(_ range: IncomingRanges, of run: RunID) throws {
        let (owned, unclaimed) = try store.grouped(store.incomingOrders(range, of: run))
        if !unclaimed.isEmpty { try storeOneByOne(unclaimed) }
        var chunk: [CustomerID: [OrderRevision]] = [:]
        var orderCount = 0
        for (customer, orders) in owned.sorted(by: { $0.key < $1.key }) {
            chunk[customer] = orders
            orderCount += orders.count
            if chunk.count == Self.customersMax || orderCount >= Self.ordersMax {
                try takeIn(chunk)
                (chunk, orderCount) = ([:], 0)
            }
        }
        if !chunk.isEmpty { try takeIn(chunk) }
        try store.forgetIncoming(range, of: run)
    }

    private func takeIn(_ orders: [CustomerID: [OrderRevision]]) throws {
        do {
            let moment = now()
            let history = try currentHistory(asOf: moment)
            posted.add(try store.takeIn(orders, under: history, cause: cause, at: moment))
            takenIn.added += orders.values.reduce(0) { $0 + $1.count }
        } catch is ChangedSinceRead {
            try storeOneByOne(orders.values.flatMap(\.self))
        } catch is Overflow {
            // Posting what is due finds out whose sums are too large.
            try storeOneByOne(orders.values.flatMap(\.self))
        }
    }

    /// What was stored since the pages were read is newer than they are.
    private func storeOneByOne(_ orders: [OrderRevision]) throws {
        let moment = now()
        takenIn.add(try store.transaction { tx in try tx.store(orders, ignoresOlder: true, at: moment) })
    }
}

/// What was stored and posted.
private struct TakenIn {
    var stored = StoredRevisions()
    var posted = PostedOrders()
    /// Orders that were kept.
    var orderCount: Int64 = 0
}

/// What several lanes took in and nobody was told of yet.
private final class Untold: Sendable {
    private let sum = Mutex(TakenIn())

    func add(_ more: TakenIn) {
        sum.withLock { sum in
            sum.stored.add(more.stored)
            sum.posted.add(more.posted)
            sum.orderCount += more.orderCount
        }
    }

    func take() -> TakenIn {
        sum.withLock { sum in
            defer { sum = TakenIn() }
            return sum
        }
    }
}
