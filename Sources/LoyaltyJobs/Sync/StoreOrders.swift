import LoyaltyRules
import LoyaltyStore

/// Stores what a list of the point of sale shows, half of it on a connection of its own: while the database works on
/// one half, the other is prepared. Each half is a transaction; stored again, an order is found as stored. New sales of
/// known customers are left to the caller (`TakeIn`).
final class StoreOrders {
    private final class Lane {
        let store: TenantStore
        let buyers = KnownBuyers()
        var revisions: [OrderRevision] = []
        var stored = StoredRevisions()

        init(_ store: TenantStore) { self.store = store }
    }

    /// Fewer are stored at once: a second transaction costs more than it spares.
    private static let countWorthDividing = 200

    private let lanes: [Lane]
    private let isFirst: Bool

    init(_ store: TenantStore) throws {
        lanes = [Lane(store), Lane(store.onAnotherConnection())]
        isFirst = try !store.hasOrders()
    }

    /// Stores each order's last revision, or sets it aside.
    func store(_ revisions: [OrderRevision], at moment: Instant) throws -> StoredRevisions {
        var result = StoredRevisions()
        if revisions.isEmpty { return result }
        let halves = Self.divided(revisions)
        for (lane, half) in zip(lanes, halves) { lane.revisions = half }
        let isFirst = isFirst
        try sideBySide(Array(lanes.prefix(halves.count))) { lane in
            lane.stored = try lane.store.transaction { tx in
                try tx.store(
                    lane.revisions, ignoresOlder: false, buyers: lane.buyers, setsAside: true, isFirst: isFirst,
                    at: moment)
            }
        }
        for lane in lanes.prefix(halves.count) { result.add(lane.stored) }
        return result
    }

    /// The orders of one customer are in one half, so that the two seldom want the same locks, and what takes a sale back
    /// is where the sale is. Orders that may be one another's second face, by the ids of our API, stay together.
    static func divided(_ revisions: [OrderRevision]) -> [[OrderRevision]] {
        guard revisions.count >= countWorthDividing else { return [revisions] }
        let newest = Dictionary(revisions.map { ($0.posOrderID, $0) }) { _, last in last }
        let named = newest.values.compactMap(\.externalID)
        guard Set(named).count == named.count, named.allSatisfy({ newest[$0] == nil }) else { return [revisions] }
        var halves: [[OrderRevision]] = [[], []]
        for revision in newest.values {
            let sale = revision.refundOf.flatMap { newest[$0] } ?? revision
            let key = sale.posCustomerID ?? sale.posOrderID
            halves[Int(key.utf8.reduce(UInt8(0), &+) & 1)].append(revision)
        }
        return halves.filter { !$0.isEmpty }
    }
}
