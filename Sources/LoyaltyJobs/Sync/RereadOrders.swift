import Connectors
import LoyaltyRules
import LoyaltyStore

/// Reads orders that webhooks named from the point of sale again, each by its id, and stores what it says: the sync has
/// the last word. rules.md, "Sync".
struct RereadOrders {
    /// Of one run; more wait for the next.
    static let countMax = 1_000

    let store: TenantStore
    let client: AlleavesClient
    let now: () -> Instant
    private(set) var exceptions: [RunException] = []
    /// The POS ids of the orders that were stored.
    private(set) var read: [String] = []

    init(store: TenantStore, client: AlleavesClient, now: @escaping () -> Instant) {
        self.store = store
        self.client = client
        self.now = now
    }

    /// Reads one and forgets its mark.
    ///
    /// - Parameter ask: makes the request, and decides what is lost with it: a `SourceFailure` that concerns one answer
    ///   costs this order alone.
    mutating func read(
        _ reread: OrderReread, ask: (() throws -> OrderRevision?) throws -> OrderRevision?
    ) throws {
        let id = reread.posOrderID
        var revision: OrderRevision?
        do {
            revision = try ask { try client.order(id: id) }
            if revision == nil { note(id, "The point of sale no longer has this order. Its points stay.") }
        } catch let unreadable as UnreadableRow {
            note(id, "Order: \(unreadable.reason)")
        } catch let failure as SourceFailure where failure.concernsOneAnswer {
            note(id, "The order could not be read again. \(failure.description)")
        }
        let moment = now()
        if let completedAt = revision?.completedAt, completedAt > moment {
            // rules.md, "Completion": less than 24 h ahead counts as now.
            revision?.completedAt = moment
            if completedAt > moment.advanced(bySeconds: 86_400) {
                note(id, "The sale is dated more than a day ahead of our clock.")
                revision = nil
            }
        }
        try store.transaction { tx in
            if let revision { _ = try tx.store([revision], ignoresOlder: false, at: moment) }
            try tx.clear([reread])
        }
        if revision != nil { read.append(id) }
    }

    private mutating func note(_ id: String, _ reason: String) {
        exceptions.append(RunException(subject: id, reason: reason))
    }
}
