public import LoyaltyRules
import MariaDB

/// New sales cannot be taken in as they are: whose they are, or what is known of them, has changed since they were read.
/// Nothing was written; stored one by one they find their way.
public struct ChangedSinceRead: Error, CustomStringConvertible {
    public var description: String { "Orders changed while they were on their way." }
}

extension TenantStore {
    /// Stores new sales and posts their customers' books, in one transaction.
    ///
    /// - Parameter orders: by customer, as the POS's ids named them when this was asked.
    /// - Throws: `ChangedSinceRead`, and `Overflow` when a customer's sums pass 64 bits: nothing was written.
    public func takeIn(
        _ orders: [CustomerID: [OrderRevision]], under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        try transaction { tx in try tx.takeIn(orders, under: history, cause: cause, at: now) }
    }

    /// The customers whom these orders name by the POS's ids, with their orders; `unclaimed` are those that name nobody.
    public func grouped(
        _ orders: [OrderRevision]
    ) throws -> (owned: [CustomerID: [OrderRevision]], unclaimed: [OrderRevision]) {
        let named = try customers(.alleaves, outsideIDs: Set(orders.compactMap(\.posCustomerID)))
        var owned: [CustomerID: [OrderRevision]] = [:]
        var unclaimed: [OrderRevision] = []
        for order in orders {
            if let customer = order.posCustomerID.flatMap({ named[$0] }) {
                owned[customer, default: []].append(order)
            } else {
                unclaimed.append(order)
            }
        }
        return (owned, unclaimed)
    }
}

extension TenantTransaction {
    fileprivate func takeIn(
        _ orders: [CustomerID: [OrderRevision]], under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        let locked = try lock(orders.keys)
        try requireUnchanged(orders, locked)
        let ids = locked.map(\.id)
        let (due, losing) = try lockDue(ids)
        let stored = try self.orders(of: ids)
        let new = ids.flatMap { customer in
            (orders[customer] ?? []).sorted { $0.completedAt < $1.completedAt }.map { ($0, customer as CustomerID?) }
        }
        let added = try insert(new, at: now)
        guard added.count == new.count else { throw ChangedSinceRead() }
        let own =
            stored
            + new.compactMap { revision, customer in
                added[revision.posOrderID].map { StoredOrder(new: revision, id: $0, of: customer) }
            }
        return try post(locked, due: due, losing: losing, own: own, under: history, cause: cause, at: now)
    }

    /// Under the customers' locks nobody is merged, unmerged or erased, and whoever uses points on an order of theirs waits.
    private func requireUnchanged(
        _ orders: [CustomerID: [OrderRevision]], _ locked: [LockedCustomer]
    ) throws {
        guard locked.count == orders.count, locked.allSatisfy({ $0.mergedInto == nil && !$0.isErased }) else {
            throw ChangedSinceRead()
        }
        let named = try customers(
            .alleaves, outsideIDs: Set(orders.values.joined().compactMap(\.posCustomerID)))
        let isNamed = orders.allSatisfy { customer, orders in
            orders.allSatisfy { $0.posCustomerID.flatMap { named[$0] } == customer }
        }
        // What takes a sale back gives back what was used on it; storing it the long way sees to that.
        guard isNamed, try redeemedOn(orders.values.flatMap(\.self)).isEmpty else { throw ChangedSinceRead() }
    }
}

extension StoredOrder {
    /// An order that was just stored, and nothing posted for it.
    fileprivate init(new revision: OrderRevision, id: OrderID, of customer: CustomerID?) {
        posted = PostedOrder(
            id: id, revision: revision, terms: nil, postingCount: 0, pointsPosted: 0, pointsTold: 0, isCounted: false,
            reason: nil)
        self.customer = customer
        postedCustomer = nil
    }
}
