public import LoyaltyRules
import MariaDB

// A captured redemption is given back by itself, once, when its order is voided, cancelled, or wholly refunded or
// returned. Storing a revision marks it, in the same transaction; it is given back right after, and by the worker's
// clock if that was cut short.

extension TenantStore {
    /// Gives back what was redeemed on orders that were undone, each in a transaction of its own.
    ///
    /// - Returns: how many redemptions were given back.
    @discardableResult
    public func reverseUndone(requestID: String? = nil, at now: Instant) throws -> Int {
        var count = 0
        var cursor = RedemptionID(rawValue: 0)
        while true {
            let marked: [RedemptionID] = try connection.all(
                """
                SELECT id FROM redemptions FORCE INDEX (by_undone_order)
                 WHERE tenant_id = \(tenant) AND status = 'captured' AND undone_order_id IS NOT NULL AND id > \(cursor)
                 ORDER BY id LIMIT 100
                """
            ) { try $0.get("id") }
            guard let last = marked.last else { return count }
            for id in marked where try transaction({ try $0.reverse(id, requestID: requestID, at: now) }) { count += 1 }
            cursor = last
        }
    }
}

extension TenantTransaction {
    /// Marks captured redemptions of sales that were taken back, under the locks of those sales.
    ///
    /// - Parameters:
    ///   - undone: the POS ids of sales that the revisions just stored take back as a whole.
    ///   - refunded: of those that negative orders lower, wholly or in part.
    ///
    /// - Returns: how many are marked.
    func markUndone(_ undone: Set<String>, refunded: Set<String>) throws -> UInt64 {
        if undone.isEmpty && refunded.isEmpty { return 0 }
        let sales = try orders(posIDs: undone.union(refunded).sorted())
        let aliases = try otherIDs(of: sales.map(\.posted.id))
        func ids(of sale: PostedOrder) -> [String] { sale.revision.names + (aliases[sale.id] ?? []) }
        let names = Set(sales.flatMap { ids(of: $0.posted) }).sorted()
        let redeemed = try lockRedeemed(names)
        if redeemed.isEmpty { return 0 }
        var marked: UInt64 = 0
        let refunds = try refunds(of: sales.map(\.posted.revision.posOrderID))
        for sale in sales.map(\.posted) {
            let id = sale.revision.posOrderID
            guard undone.contains(id) || sale.revision.isUndone(by: refunds[id] ?? []) else { continue }
            for name in ids(of: sale) where redeemed.contains(name) {
                marked += try connection.execute(
                    """
                    UPDATE redemptions SET undone_order_id = \(sale.id)
                     WHERE tenant_id = \(tenant) AND pos_order_id = \(Array(name.utf8)) AND status = 'captured'
                    """)
            }
        }
        return marked
    }

    /// The ids of those of these orders on which points were used. Whoever redeems on one of these locks its row first and
    /// reads the order then: either they see the order as it is now, or their redemption is seen here.
    func redeemedOn(_ orders: [OrderRevision]) throws -> Set<String> {
        guard !orders.isEmpty, try haveAnyRedeemed() else { return [] }
        let redeemed = try lockRedeemed(orders.flatMap(\.names))
        return Set(orders.filter { !redeemed.isDisjoint(with: $0.names) }.map(\.posOrderID))
    }

    /// Whether points were used on any order. In a shop that begins none were: then no order is looked up by its ids.
    private func haveAnyRedeemed() throws -> Bool {
        func any(_ lock: SQL) throws -> Bool {
            try !connection.all(
                "SELECT 1 FROM redeemed_orders FORCE INDEX (PRIMARY) WHERE tenant_id = \(tenant) LIMIT 1 \(lock)"
            ) { _ in true }.isEmpty
        }
        // With a lock only where there are none: whoever is just using points, the first ones, is waited for.
        return try any("") || any("LOCK IN SHARE MODE")
    }

    private func lockRedeemed(_ names: [String]) throws -> Set<String> {
        guard !names.isEmpty else { return [] }
        return Set(
            try connection.all(
                """
                SELECT pos_order_id FROM redeemed_orders FORCE INDEX (PRIMARY)
                 WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(names).map { Array($0.utf8) })) FOR UPDATE
                """
            ) { try $0.get("pos_order_id") })
    }

    /// Gives back what was redeemed on these orders, in this transaction, where they were undone.
    func reverseUndone(posOrderIDs: [String], requestID: String?, at now: Instant) throws {
        let marked: [RedemptionID] = try connection.all(
            """
            SELECT redemptions.id FROM orders
              JOIN redemptions FORCE INDEX (by_undone_order)
                ON redemptions.tenant_id = orders.tenant_id AND redemptions.undone_order_id = orders.id
               AND redemptions.status = 'captured'
             WHERE orders.tenant_id = \(tenant)
               AND orders.pos_order_id IN (\(list: padded(posOrderIDs).map { Array($0.utf8) }))
             ORDER BY redemptions.customer_id, redemptions.id
            """
        ) { try $0.get("id") }
        for id in marked { _ = try reverse(id, requestID: requestID, at: now) }
    }

    /// Gives a marked redemption back, unless its order stands again.
    fileprivate func reverse(_ id: RedemptionID, requestID: String?, at now: Instant) throws -> Bool {
        // Also for a customer who was erased: the ledger stays right under the pseudonym.
        guard var customer = try lockHolder(of: id) else { return false }
        let redemption = try locked(id, of: customer)
        guard redemption.status == .captured, let sale = try undoneSale(of: id) else { return false }
        let refunds = try refunds(of: [sale.posOrderID])[sale.posOrderID] ?? []
        if sale.total > .zero, !sale.isUndone(by: refunds) {
            try connection.execute(
                "UPDATE redemptions SET undone_order_id = NULL WHERE tenant_id = \(tenant) AND id = \(id)")
            return false
        }
        try connection.execute(
            """
            UPDATE redemptions SET status = 'reversed', reversed_at = UTC_TIMESTAMP(6)
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        let what = sale.isEnded ? (sale.status ?? "").lowercased() : "refunded"
        try giveBack(
            redemption, to: &customer, "Gives back \(redemption.words), which was \(what)",
            by: RedemptionActor(requestID: requestID), at: now)
        return true
    }

    /// Locks whose redemption it is: a merging may move it while its customer is waited for.
    private func lockHolder(of id: RedemptionID) throws -> LockedCustomer? {
        while let customer = try lock([one(id).customer]).first {
            if try one(id).customer == customer.id { return customer }
        }
        return nil
    }

    private func undoneSale(of id: RedemptionID) throws -> OrderRevision? {
        try connection.optional(
            """
            SELECT \(StoredOrder.revisionColumns) FROM orders WHERE tenant_id = \(tenant) AND id =
              (SELECT undone_order_id FROM redemptions WHERE tenant_id = \(tenant) AND id = \(id))
            """
        ) { try OrderRevision(row: $0) }
    }
}

extension TenantQueries {
    /// The POS ids of orders completed since `start` that stand again after what was redeemed on them was given back:
    /// it is not taken a second time.
    public func reopenedOrders(since start: Instant) throws -> [String] {
        try connection.all(
            """
            SELECT DISTINCT orders.pos_order_id
              FROM redemptions FORCE INDEX (by_undone_order)
              JOIN orders ON orders.tenant_id = redemptions.tenant_id AND orders.id = redemptions.undone_order_id
             WHERE redemptions.tenant_id = \(tenant) AND redemptions.status = 'reversed'
               AND redemptions.undone_order_id IS NOT NULL AND orders.completed_at >= \(start)
               AND orders.is_completed = 1 AND orders.total_cents +
                 COALESCE((SELECT SUM(total_cents) FROM orders AS refund FORCE INDEX (by_named_order)
                            WHERE refund.tenant_id = orders.tenant_id AND refund.refund_of = orders.pos_order_id
                              AND refund.is_completed = 1 AND refund.total_cents < 0), 0) > 0
             ORDER BY orders.pos_order_id
            """
        ) { try $0.get("pos_order_id") }
    }

    /// The ids that redemptions may name an order by, beginning with the one it stands under; none for no order.
    func names(of order: RedemptionOrder) throws -> [String] {
        guard let told = order.posOrderID else { return [] }
        let standing = try standingOrderIDs(of: [told])[told] ?? told
        guard let sale = try orders(posIDs: [standing]).first?.posted else { return [told] }
        let others = sale.revision.names + (try otherIDs(of: [sale.id])[sale.id] ?? []) + [told]
        return [standing] + Set(others).subtracting([standing]).sorted()
    }

    /// Refuses an order that is known to have been voided, cancelled, or wholly refunded or returned.
    func requireStanding(_ names: [String]) throws {
        guard let id = names.first, let sale = try orders(posIDs: [id]).first?.posted.revision else { return }
        if sale.isUndone(by: try refunds(of: [id])[id] ?? []) {
            throw Refusal(.conflict, "Order \(id) was voided or given back: no points can be used on it.")
        }
    }

    /// The ids by which orders are known beside the one they stand under.
    fileprivate func otherIDs(of orders: [OrderID]) throws -> [OrderID: [String]] {
        guard !orders.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT order_id, other_id FROM order_aliases
             WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(orders)))
            """
        ) { (try $0.get("order_id", as: OrderID.self), try $0.get("other_id", as: String.self)) }
        return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
    }
}

extension OrderRevision {
    /// The ids under which a source names this sale.
    fileprivate var names: [String] { [posOrderID] + (externalID.map { [$0] } ?? []) }
}
