import LoyaltyRules
import MariaDB

/// What storing revisions came to.
public struct StoredRevisions: Sendable {
    /// Orders seen for the first time.
    public var added = 0
    /// Orders that differ from what was stored.
    public var changed = 0
    /// Orders that are what was stored.
    public var unchanged = 0
    /// Revisions older than what was stored, ignored.
    public var stale = 0
    /// Negative orders that name none that we know.
    public var unmatchedRefunds: [String] = []
    /// Redemptions to give back, for their sales were taken back.
    public var undone: UInt64 = 0
    /// New sales of known customers that were not stored, for the caller keeps them: see `TenantStore.takeIn`.
    public var setAside: [(customer: CustomerID, revision: OrderRevision)] = []

    /// Nothing yet.
    public init() {}

    /// Adds another batch's counts.
    public mutating func add(_ other: StoredRevisions) {
        added += other.added
        changed += other.changed
        unchanged += other.unchanged
        stale += other.stale
        unmatchedRefunds += other.unmatchedRefunds
        undone += other.undone
        setAside += other.setAside
    }
}

extension TenantTransaction {
    /// Stores each order's latest revision and marks what changed as due for posting. Nothing is written for an order
    /// that is as stored.
    ///
    /// - Parameters:
    ///   - ignoresOlder: whether a revision strictly older than the stored one is ignored, as for webhooks; the POS
    ///     feed has the last word whatever it says.
    ///   - owners: whose orders these are by their POS ids, where it is not the customer's POS id that says it.
    ///   - buyers: whom POS ids were found to name before. It may be out of date: what differs by it is looked at again
    ///     under the customers' locks, and a merging moves the orders itself.
    ///   - setsAside: whether new sales of known customers are left to the caller.
    ///   - isFirst: whether hardly any of these can be stored: then they are not looked up, and what is found to be stored
    ///     when it is written takes the longer way.
    public func store(
        _ revisions: [OrderRevision], ignoresOlder: Bool, owners: [String: CustomerID?] = [:],
        buyers: KnownBuyers = KnownBuyers(), setsAside: Bool = false, isFirst: Bool = false, at now: Instant
    ) throws -> StoredRevisions {
        var (revisions, secondIDs) = try underStandingIDs(revisions.map(\.asStored))
        let erased = try underPseudonyms(&revisions)
        var newest: [String: OrderRevision] = [:]
        for revision in revisions { newest[revision.posOrderID] = revision }
        let owners = Dictionary(owners.map { (secondIDs.standing[$0.key] ?? $0.key, $0.value) }) { first, _ in first }
        var arrival = Arrival(
            ignoresOlder: ignoresOlder, owners: owners,
            named: try buyers.named(Set(newest.values.compactMap(\.posCustomerID)), by: self).merging(erased) { $1 })
        // Nearly all of a feed is as it is stored: that is found out without a lock.
        let inOrder = newest.keys.sorted()
        let known = isFirst ? [:] : try knownOrders(posIDs: inOrder)
        try readToldBuyers(newest.values, over: known, into: &arrival)
        var result = StoredRevisions()
        var touched: [OrderRevision] = []
        for revision in inOrder.compactMap({ newest[$0] }) {
            if let old = known[revision.posOrderID] {
                let change = arrival.change(to: revision, from: old)
                // As stored, and yet not known by what it was read from: that is kept, once.
                let isRecognisable = old.wireDigest != nil || revision.wireDigest == nil
                if !change.isSame || isRecognisable, !result.count(change) { continue }
            } else if setsAside, let buyer = arrival.buyerOfPlainSale(revision),
                erased[revision.posCustomerID ?? ""] == nil
            {
                result.setAside.append((buyer, revision))
                continue
            }
            touched.append(revision)
        }
        if !touched.isEmpty {
            let seen = touched.map(\.posOrderID).filter { known[$0] != nil }
            try write(touched, seen: seen, arrival, into: &result, at: now)
        }
        try keep(secondIDs)
        // A run looks for them once all its sales are stored.
        if !setsAside { result.unmatchedRefunds = try unmatched(newest.values.filter { $0.total < .zero }) }
        return result
    }

    /// Stores revisions, in the order of their ids, that are new or differ from what is stored; `seen` are the ids of the latter.
    private func write(
        _ revisions: [OrderRevision], seen: [String], _ arrival: Arrival, into result: inout StoredRevisions,
        at now: Instant
    ) throws {
        var (news, arrival) = (News(), arrival)
        let known = try storedOrders(posIDs: seen, isLocked: false)
        let sales = try orders(posIDs: revisions.flatMap { $0.sales(over: known[$0.posOrderID]) })
        var locked = MarkableCustomers()
        try lockConcerned(by: revisions, over: known, and: sales.compactMap(\.customer), &locked, &arrival)
        let fresh = revisions.filter { known[$0.posOrderID] == nil }
        let added = Set(try insert(fresh.map { ($0, arrival.buyer(of: $0).customer) }, at: now).keys)
        result.added = added.count
        for revision in fresh where added.contains(revision.posOrderID) {
            news.note(revision, over: nil, owner: arrival.buyer(of: revision).customer)
        }
        // Those known to differ, and those that somebody else stored between the two reads.
        let others = revisions.map(\.posOrderID).filter { !added.contains($0) }
        var stored = try storedOrders(posIDs: others, isLocked: true)
        // Of those, also whose they have become since.
        try readToldBuyers(revisions, over: stored.mapValues(\.known), into: &arrival)
        if try lockConcerned(by: revisions, over: stored, and: [], &locked, &arrival) {
            // While that waited for a customer, an order of theirs may have been posted for the first time.
            stored = try storedOrders(posIDs: others, isLocked: true)
        }
        var rows: [[Value]] = []
        var ofNobody: [OrderID] = []
        var recognisable: [(KnownOrder, WireDigest)] = []
        var toldBuyers: [(OrderID, ToldBuyer)] = []
        for told in revisions {
            guard let old = stored[told.posOrderID] else { continue }
            let change = arrival.change(to: told, from: old.known)
            guard result.count(change) else {
                if change.isSame, let digest = told.wireDigest { recognisable.append((old.known, digest)) }
                continue
            }
            if let keeps = arrival.buyer(of: told, over: old.known).keeps { toldBuyers.append((old.posted.id, keeps)) }
            guard case .differs(let revision, let customer) = change else {
                result.stale += 1
                continue
            }
            result.changed += 1
            rows.append(row(of: revision, id: old.posted.id, customer: customer, at: now))
            if customer == nil { ofNobody.append(old.posted.id) }
            news.note(revision, over: old, owner: customer)
        }
        try update(rows)
        try keepDigests(recognisable, at: now)
        try keep(toldBuyers)
        try forgetReasons(of: ofNobody)
        try markDue(news.customers, losing: news.losing, known: locked.due)
        // A negative order moves nothing itself: the order it names is posted anew.
        try markDue(posOrderIDs: news.refunded)
        // What takes a new sale back may have come before it.
        let used = try redeemedOn(fresh.filter { added.contains($0.posOrderID) })
        result.undone = try markUndone(news.undone, refunded: news.refunded.union(used))
    }

    /// Locks the customers whose ledgers storing these revisions may change, besides those locked before. Under the locks
    /// nobody is merged or unmerged: whom the POS ids name then, they name.
    ///
    /// - Returns: whether there were any.
    @discardableResult
    private func lockConcerned(
        by revisions: [OrderRevision], over stored: [String: StoredOrder], and sellers: [CustomerID],
        _ locked: inout MarkableCustomers, _ arrival: inout Arrival
    ) throws -> Bool {
        let before = locked.all.count
        let posIDs = Set(revisions.compactMap(\.posCustomerID))
        while case let all = Set(revisions.flatMap { arrival.customers(of: $0, over: stored[$0.posOrderID]) } + sellers),
            !all.isSubset(of: locked.all)
        {
            locked.all.formUnion(all)
            locked.due = try lockForMarking(locked.all)
            arrival.named.merge(try customers(.alleaves, outsideIDs: posIDs)) { _, now in now }
            try readToldBuyers(revisions, over: stored.mapValues(\.known), into: &arrival)
        }
        return locked.all.count > before
    }

    private func knownOrders(posIDs: [String]) throws -> [String: KnownOrder] {
        guard !posIDs.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT id, customer_id, wire_digest, \(StoredOrder.revisionColumns) FROM orders FORCE INDEX (by_pos_id)
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(posIDs).map { Array($0.utf8) }))
            """
        ) { row in
            KnownOrder(
                id: try row.get("id"), revision: try OrderRevision(row: row), customer: try row.get("customer_id"),
                wireDigest: try row.get("wire_digest"))
        }
        return Dictionary(rows.map { ($0.revision.posOrderID, $0) }) { first, _ in first }
    }

    /// Under a lock, so that no other revision comes between what is compared and what is written.
    func storedOrders(posIDs: [String], isLocked: Bool) throws -> [String: StoredOrder] {
        guard !posIDs.isEmpty else { return [:] }
        let lock: SQL = isLocked ? "FOR UPDATE" : ""
        let rows = try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_pos_id) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant)
               AND pos_order_id IN (\(list: padded(posIDs).map { Array($0.utf8) })) \(lock)
            """, StoredOrder.init(row:))
        return Dictionary(rows.map { ($0.posted.revision.posOrderID, $0) }) { first, _ in first }
    }

    /// Inserts orders not seen before.
    ///
    /// - Returns: those that nobody else inserted meanwhile, by their POS ids.
    func insert(
        _ orders: [(revision: OrderRevision, customer: CustomerID?)], at now: Instant
    ) throws -> [String: OrderID] {
        guard !orders.isEmpty else { return [:] }
        // Ascending, so that the rows are laid down one after the other.
        let ids = orders.map { _ in OrderID.make(at: now) }.sorted()
        // A row that is there is changed, so that it counts twice and is noticed.
        let count = try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of,
              external_id, completed_at, updated_at, wire_digest, stored_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE stored_at = GREATEST(VALUES(stored_at), stored_at + INTERVAL 1 MICROSECOND)
            """,
            rows: zip(ids, orders).lazy.map { row(of: $1.revision, id: $0, customer: $1.customer, at: now) })
        if count == ids.count { return Dictionary(uniqueKeysWithValues: zip(orders.map(\.revision.posOrderID), ids)) }
        let inserted = try connection.all(
            "SELECT id, pos_order_id FROM orders WHERE tenant_id = \(tenant) AND id IN (\(list: padded(ids)))"
        ) { (try $0.get("pos_order_id", as: String.self), try $0.get("id", as: OrderID.self)) }
        return Dictionary(inserted) { first, _ in first }
    }

    private func update(_ rows: [[Value]]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of,
              external_id, completed_at, updated_at, wire_digest, stored_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE source = VALUES(source), customer_id = VALUES(customer_id),
              pos_customer_id = VALUES(pos_customer_id), pos_location_id = VALUES(pos_location_id),
              status = VALUES(status), is_completed = VALUES(is_completed), total_cents = VALUES(total_cents),
              tax_cents = VALUES(tax_cents), subtotal_cents = VALUES(subtotal_cents),
              discount_cents = VALUES(discount_cents), points_tender_cents = VALUES(points_tender_cents),
              refund_of = VALUES(refund_of), external_id = VALUES(external_id),
              completed_at = VALUES(completed_at), updated_at = VALUES(updated_at),
              wire_digest = VALUES(wire_digest), stored_at = VALUES(stored_at)
            """, rows: rows)
    }

    /// Keeps what orders were read from that are stored as that says; the rows are there, and locked.
    private func keepDigests(_ orders: [(KnownOrder, WireDigest)], at now: Instant) throws {
        try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of,
              external_id, completed_at, updated_at, wire_digest, stored_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE wire_digest = VALUES(wire_digest)
            """,
            rows: orders.map { order, digest in
                var revision = order.revision
                revision.wireDigest = digest
                return row(of: revision, id: order.id, customer: order.customer, at: now)
            })
    }

    /// Why orders of nobody earn nothing may be another reason now: it is noted anew.
    private func forgetReasons(of orders: [OrderID]) throws {
        guard !orders.isEmpty else { return }
        try connection.execute(
            """
            UPDATE order_postings SET no_points_reason = NULL
             WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(orders)))
            """)
    }

    private func row(of revision: OrderRevision, id: OrderID, customer: CustomerID?, at now: Instant) -> [Value] {
        [
            tenant.sqlValue, id.sqlValue, revision.posOrderID.sqlValue, revision.source.sqlValue, customer.sqlValue,
            revision.posCustomerID.sqlValue, revision.posLocationID.sqlValue, revision.status.sqlValue,
            revision.isCompleted.sqlValue,
            revision.total.sqlValue, revision.tax.sqlValue, revision.subtotal.sqlValue, revision.discount.sqlValue,
            revision.pointsTender.sqlValue, revision.refundOf.sqlValue, revision.externalID.sqlValue,
            revision.completedAt.sqlValue, revision.updatedAt.sqlValue, revision.wireDigest.sqlValue, now.sqlValue,
        ]
    }

    private func unmatched(_ refunds: [OrderRevision]) throws -> [String] {
        guard !refunds.isEmpty else { return [] }
        let named = Set(refunds.compactMap(\.refundOf))
        let known = Set(try orders(posIDs: named.sorted()).map(\.posted.revision.posOrderID))
        return refunds.filter { $0.refundOf.map { !known.contains($0) } ?? true }.map(\.posOrderID).sorted()
    }
}

/// Customers whom nobody posts meanwhile, and those of them who are due already.
private struct MarkableCustomers {
    var all: Set<CustomerID> = []
    var due: Set<CustomerID> = []
}

extension OrderRevision {
    /// As the columns hold it, so that a revision that was stored is found unchanged.
    fileprivate var asStored: OrderRevision {
        var revision = self
        revision.status = status.map { String($0.prefix(40)) }
        return revision
    }

    /// The sales that a negative order takes back now, and took back as it was stored.
    fileprivate func sales(over old: StoredOrder?) -> [String] {
        [namedSale, old?.posted.revision.namedSale].compactMap { $0 }
    }
}
