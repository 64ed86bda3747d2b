import LoyaltyRules
import LoyaltyStore
import MariaDB

/// Posts every order that is due, customer by customer in chunks. What is left after a crash is what is still due.
final class PostDue {
    /// Customers a transaction.
    static let chunkSize = 100
    /// Chunks at a time.
    static let laneCount = 3
    /// Customers from one telling of progress to the next.
    private static let roundSize = 600

    let store: TenantStore
    let cause: PostingCause
    let now: () -> Instant
    private var history: SettingsHistory?
    private var done: Int64 = 0
    /// What was posted since it was last told.
    var posted = PostedOrders()
    /// What was taken in since it was last told.
    var takenIn = StoredRevisions()
    /// Customers whose orders could not be posted.
    private(set) var failures: [RunResult.CustomerError] = []
    /// Post chunks beside this one.
    private(set) lazy var others = (1..<Self.laneCount).map { _ in
        PostDue(store: store.onAnotherConnection(), cause: cause, now: now)
    }

    init(store: TenantStore, cause: PostingCause, now: @escaping () -> Instant) {
        self.store = store
        self.cause = cause
        self.now = now
    }

    /// Posts all that is due. What was redeemed on orders that were undone is given back before, so that it is there
    /// for what they earned to be taken from.
    ///
    /// - Parameter progress: told after each chunk what it posted, how many customers are done, and of how many.
    func run(progress: (PostedOrders, Int64, Int64?) throws -> Void) throws {
        try store.reverseUndone(requestID: cause.requestID, at: now())
        // First, for orders whose customer has become known meanwhile are given to them here, and post below.
        try settleOrdersOfNobody()
        let expected = try store.countCustomersDue()
        // Before the first of several transactions: each would wait for the one that notes it.
        if expected > 0 { try store.noteFirstPosting(at: currentHistory(asOf: now()).firstPostingAt) }
        while case let losing = try store.customersLosingOrders(limit: Self.chunkSize), !losing.isEmpty {
            let before = failures.count
            try post(losing)
            try tell(expected, progress)
            // What cannot be released stays due; asking again would bring the same customers.
            if failures.count - before == losing.count { break }
        }
        var cursor: CustomerID?
        while case let due = try store.customersDue(after: cursor, limit: Self.roundSize), !due.isEmpty {
            try postSideBySide(due)
            cursor = due.last
            try tell(expected, progress)
        }
        // And those that were released to nobody.
        try settleOrdersOfNobody()
    }

    /// Each call looks at all of them again.
    private func settleOrdersOfNobody() throws {
        let limit = 20_000
        while try store.settleOrdersOfNobody(limit: limit) >= limit {}
    }

    private func tell(_ expected: Int64?, _ progress: (PostedOrders, Int64, Int64?) throws -> Void) throws {
        let chunk = posted
        posted = PostedOrders()
        done += Int64(chunk.customers)
        try progress(chunk, done, expected)
    }

    /// Posts for the customers whom these orders concern: those who lose one first, for their points go before the new
    /// owner earns.
    func post(orders told: [String]) throws {
        try store.reverseUndone(requestID: cause.requestID, at: now())
        let standing = try store.standingOrderIDs(of: told)
        let posOrderIDs = told.map { standing[$0] ?? $0 }
        _ = try store.settleOrdersOfNobody(limit: 1_000, only: posOrderIDs)
        let concerned = try store.customersToPost(posOrderIDs: posOrderIDs)
        if !concerned.losing.isEmpty { try post(concerned.losing) }
        if !concerned.owning.isEmpty { try post(concerned.owning) }
        // And what was released to nobody.
        if !concerned.losing.isEmpty { _ = try store.settleOrdersOfNobody(limit: 1_000, only: posOrderIDs) }
    }

    /// Posts for these customers, round by round.
    func postAll(_ customers: [CustomerID], afterEach: () throws -> Void) throws {
        for start in stride(from: 0, to: customers.count, by: Self.roundSize) {
            try postSideBySide(Array(customers[start..<min(start + Self.roundSize, customers.count)]))
            posted = PostedOrders()
            try afterEach()
        }
    }

    /// Posts for these customers in chunks, several at a time, each on a connection of its own: while one waits for the
    /// database, another plans.
    private func postSideBySide(_ customers: [CustomerID]) throws {
        let moment = now()
        let chunks = stride(from: 0, to: customers.count, by: Self.chunkSize).map {
            Array(customers[$0..<min($0 + Self.chunkSize, customers.count)])
        }
        if chunks.count <= 1 { return try post(customers, at: moment) }
        let turns = Turns(chunks.count)
        try sideBySide(Array(([self] + others).prefix(chunks.count))) { lane in
            do {
                while let number = turns.take() { try lane.post(chunks[number], at: moment) }
            } catch {
                // The others begin nothing more.
                turns.end()
                throw error
            }
        }
        for other in others {
            posted.add(other.posted)
            failures += other.failures
            other.posted = PostedOrders()
            other.failures = []
        }
    }

    /// Posts for these customers; when one of them makes the chunk fail, each alone, so that one never stops a batch.
    func post(_ customers: [CustomerID]) throws { try post(customers, at: now()) }

    private func post(_ customers: [CustomerID], at moment: Instant) throws {
        do {
            let history = try currentHistory(asOf: moment)
            posted.add(try store.postOrders(of: customers, under: history, cause: cause, at: moment))
        } catch let error as Overflow {
            if customers.count == 1 {
                failures.append(.init(customerId: "\(customers[0])", error: error.description))
                posted.customers += 1
            } else {
                for customer in customers { try post([customer], at: moment) }
            }
        }
    }

    /// The settings, read anew when somebody saved: the next sale after a save uses what was saved.
    func currentHistory(asOf moment: Instant) throws -> SettingsHistory {
        if let history, try store.settingsVersion() == history.current.version { return history }
        let read = try store.settingsHistory(asOf: moment)
        history = read
        return read
    }
}
