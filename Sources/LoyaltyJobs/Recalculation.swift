import LoyaltyRules
import LoyaltyStore

/// Tiers and segments of all customers anew, as of a moment. rules.md, "Tiers": it can run any number of times.
public struct Recalculation {
    private let store: TenantStore
    private let now: Instant

    /// - Parameter now: the moment that decides which day it is.
    public init(store: TenantStore, asOf now: Instant) {
        self.store = store
        self.now = now
    }

    /// Runs over all customers in chunks that commit whole.
    ///
    /// - Returns: how many customers were looked at.
    @discardableResult
    public func perform(progress: (Int64) throws -> Void = { _ in }) throws -> Int64 {
        let posting = PostDue(store: store, cause: PostingCause(), now: { now })
        var cursor: CustomerID?
        var count: Int64 = 0
        while case let chunk = try store.customers(after: cursor, limit: PostDue.chunkSize), !chunk.isEmpty {
            // A posting with nothing due changes what the day has changed: window, inactivity, segment.
            try posting.post(chunk)
            count += Int64(chunk.count)
            cursor = chunk.last
            try progress(count)
        }
        return count
    }
}
