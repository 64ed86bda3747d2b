import LoyaltyRules
import LoyaltyStore

extension PostDue {
    /// Ranges of customers from one telling of progress to the next.
    private static let roundSize = 6
    /// Customers a transaction, and about how many orders at most.
    private static let (customersMax, ordersMax) = (200, 2_500)

    /// Takes in the new sales that a run keeps: stores them and posts their customers' books in one go, several ranges of
    /// customers at a time. What a crash leaves is still kept, and what of it was taken in is found as stored.
    ///
    /// - Parameter progress: told after each round what was stored and posted, how many orders are done, and of how many.
    func takeIn(
        _ run: RunID, progress: (StoredRevisions, PostedOrders, Int64, Int64?) throws -> Void
    ) throws {
        let ranges = try store.incomingRanges(of: run)
        if ranges.isEmpty { return }
        // Before points are taken for what they earned, what was redeemed on undone orders is given back.
        try store.reverseUndone(requestID: cause.requestID, at: now())
        try store.noteFirstPosting(at: currentHistory(asOf: now()).firstPostingAt)
        let expected = ranges.reduce(0) { $0 + $1.orderCount }
        var done: Int64 = 0
        for start in stride(from: 0, to: ranges.count, by: Self.roundSize) {
            let round = Array(ranges[start..<min(start + Self.roundSize, ranges.count)])
            try takeInSideBySide(round, of: run)
            done += round.reduce(0) { $0 + $1.orderCount }
            let (stored, posted) = (takenIn, posted)
            (takenIn, self.posted) = (StoredRevisions(), PostedOrders())
            try progress(stored, posted, done, expected)
        }
    }

    private func takeInSideBySide(_ ranges: [IncomingRanges], of run: RunID) throws {
        let turns = Turns(ranges.count)
        try sideBySide(Array(([self] + others).prefix(ranges.count))) { lane in
            do {
                while let number = turns.take() { try lane.takeIn(ranges[number], of: run) }
            } catch {
                // The others begin nothing more.
                turns.end()
                throw error
            }
        }
        for other in others {
            posted.add(other.posted)
            takenIn.add(other.takenIn)
            (other.posted, other.takenIn) = (PostedOrders(), StoredRevisions())
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
