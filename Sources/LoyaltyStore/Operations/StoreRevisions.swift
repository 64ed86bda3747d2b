import LoyaltyRules
import MariaDB

/// What storing revisions came to.
public struct StoredRevisions: Equatable, Sendable {
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

    /// Nothing yet.
    public init() {}
}

extension TenantTransaction {
    /// Stores each order's latest revision and marks what changed as due for posting. Nothing is written for an order
    /// that is as stored.
    ///
    /// - Parameters:
    ///   - ignoresOlder: whether a revision strictly older than the stored one is ignored, as for webhooks; the POS
    ///     feed has the last word whatever it says.
    ///   - owners: whose orders these are by their POS ids, where it is not the customer's POS id that says it.
    public func store(
        _ revisions: [OrderRevision], ignoresOlder: Bool, owners: [String: CustomerID?] = [:], at now: Instant
    ) throws -> StoredRevisions {
        var result = StoredRevisions()
        var newest: [String: OrderRevision] = [:]
        var (revisions, secondIDs) = try underStandingIDs(revisions.map(\.asStored))
        let erased = try underPseudonyms(&revisions)
        for revision in revisions { newest[revision.posOrderID] = revision }
        let named = try customers(.alleaves, outsideIDs: Set(newest.values.compactMap(\.posCustomerID)))
            .merging(erased) { $1 }
        try lockForReferences(Set(named.values))
        let owners = Dictionary(owners.map { (secondIDs.standing[$0.key] ?? $0.key, $0.value) }) { first, _ in first }
        var buyers = Buyers(named: named, owners: owners)
        var stored = try lockedOrders(posIDs: newest.keys.sorted())
        var refunded: Set<String> = []
        var undone: Set<String> = []
        let fresh = newest.values.filter { stored[$0.posOrderID] == nil }.sorted(by: Self.byPosID)
        let added = try insert(fresh.map { ($0, buyers.buyer(of: $0).customer) }, at: now)
        result.added = added.count
        for revision in fresh where added.contains(revision.posOrderID) {
            if let names = revision.namedSale { refunded.insert(names) }
            if revision.takesBack(nil) { undone.insert(revision.posOrderID) }
        }
        // Somebody else stored these between the two reads: they are compared like any other.
        let lost = fresh.map(\.posOrderID).filter { !added.contains($0) }
        stored.merge(try lockedOrders(posIDs: lost)) { _, late in late }
        try readToldBuyers(newest, over: stored.values, into: &buyers)
        var rows: [[Value]] = []
        var toldBuyers: [(OrderID, ToldBuyer)] = []
        for old in stored.values.sorted(by: { Self.byPosID($0.posted.revision, $1.posted.revision) }) {
            guard let told = newest[old.posted.revision.posOrderID] else { continue }
            var revision = told.over(old.posted.revision)
            if ignoresOlder, let new = revision.updatedAt, let kept = old.posted.revision.updatedAt, new < kept {
                result.stale += 1
                continue
            }
            let buyer = buyers.buyer(of: told, over: old)
            let customer = buyer.customer
            revision.posCustomerID = buyer.posID
            if let keeps = buyer.keeps { toldBuyers.append((old.posted.id, keeps)) }
            let isSame = revision == old.posted.revision && customer == old.customer
            if told.source == .api, old.posted.revision.source == .pos, isSame {
                result.stale += 1
                continue
            }
            if isSame {
                result.unchanged += 1
                continue
            }
            result.changed += 1
            rows.append(row(of: revision, id: old.posted.id, customer: customer, at: now))
            if revision.takesBack(old.posted.revision) { undone.insert(revision.posOrderID) }
            for names in [revision.namedSale, old.posted.revision.namedSale] {
                if let names { refunded.insert(names) }
            }
        }
        try update(rows)
        try keep(toldBuyers)
        try keep(secondIDs)
        // A negative order moves nothing itself: the order it names is posted anew.
        try markDue(posOrderIDs: refunded)
        try markUndone(undone, refunded: refunded)
        result.unmatchedRefunds = try unmatched(newest.values.filter { $0.total < .zero })
        return result
    }

    private static func byPosID(_ left: OrderRevision, _ right: OrderRevision) -> Bool {
        left.posOrderID < right.posOrderID
    }

    /// Customers are locked before orders, as everywhere: a new order's foreign key would lock its customer after
    /// other orders, and meet a posting that holds the customer and waits for one of those.
    private func lockForReferences(_ customers: Set<CustomerID>) throws {
        guard !customers.isEmpty else { return }
        _ = try connection.all(
            """
            SELECT id FROM customers FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers.sorted()))) ORDER BY id LOCK IN SHARE MODE
            """)
    }

    /// Under a lock, so that neither another revision nor a posting comes between what is compared and what is written.
    private func lockedOrders(posIDs: [String]) throws -> [String: StoredOrder] {
        guard !posIDs.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_pos_id)
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(posIDs).map { Array($0.utf8) })) FOR UPDATE
            """, StoredOrder.init(row:))
        return Dictionary(rows.map { ($0.posted.revision.posOrderID, $0) }) { first, _ in first }
    }

    /// Inserts orders not seen before.
    ///
    /// - Returns: the POS ids of those that nobody else inserted meanwhile.
    private func insert(
        _ orders: [(revision: OrderRevision, customer: CustomerID?)], at now: Instant
    ) throws -> Set<String> {
        guard !orders.isEmpty else { return [] }
        let ids = orders.map { _ in OrderID.make(at: now) }
        try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of,
              external_id, completed_at, updated_at, posting_due, stored_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE pos_order_id = orders.pos_order_id
            """,
            rows: zip(ids, orders).map { row(of: $1.revision, id: $0, customer: $1.customer, at: now) })
        let posIDs = padded(orders.map(\.revision.posOrderID)).map { Array($0.utf8) }
        let stored = try connection.all(
            "SELECT id, pos_order_id FROM orders WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: posIDs))"
        ) { row in (try row.get("id", as: OrderID.self), try row.get("pos_order_id", as: String.self)) }
        let ours = Set(ids)
        return Set(stored.filter { ours.contains($0.0) }.map(\.1))
    }

    private func update(_ rows: [[Value]]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of,
              external_id, completed_at, updated_at, posting_due, stored_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE source = VALUES(source), customer_id = VALUES(customer_id),
              pos_customer_id = VALUES(pos_customer_id), pos_location_id = VALUES(pos_location_id),
              status = VALUES(status), is_completed = VALUES(is_completed), total_cents = VALUES(total_cents),
              tax_cents = VALUES(tax_cents), subtotal_cents = VALUES(subtotal_cents),
              discount_cents = VALUES(discount_cents), points_tender_cents = VALUES(points_tender_cents),
              refund_of = VALUES(refund_of), external_id = VALUES(external_id),
              completed_at = VALUES(completed_at), updated_at = VALUES(updated_at),
              posting_due = 1, stored_at = VALUES(stored_at)
            """, rows: rows)
    }

    private func row(of revision: OrderRevision, id: OrderID, customer: CustomerID?, at now: Instant) -> [Value] {
        func bytes(_ text: String?) -> Value { text.map { .bytes(Array($0.utf8)) } ?? .null }
        return [
            tenant.sqlValue, id.sqlValue, bytes(revision.posOrderID), revision.source.sqlValue, customer.sqlValue,
            bytes(revision.posCustomerID), bytes(revision.posLocationID),
            revision.status.map { String($0.prefix(40)) }.sqlValue, revision.isCompleted.sqlValue,
            revision.total.sqlValue, revision.tax.sqlValue, revision.subtotal.sqlValue, revision.discount.sqlValue,
            revision.pointsTender.sqlValue, bytes(revision.refundOf), bytes(revision.externalID),
            revision.completedAt.sqlValue,
            revision.updatedAt.sqlValue, true.sqlValue, now.sqlValue,
        ]
    }

    func markDue(posOrderIDs: Set<String>) throws {
        guard !posOrderIDs.isEmpty else { return }
        try connection.execute(
            """
            UPDATE orders SET posting_due = 1 WHERE tenant_id = \(tenant)
               AND pos_order_id IN (\(list: padded(posOrderIDs.sorted()).map { Array($0.utf8) }))
            """)
    }

    private func unmatched(_ refunds: [OrderRevision]) throws -> [String] {
        guard !refunds.isEmpty else { return [] }
        let named = Set(refunds.compactMap(\.refundOf))
        let known = Set(try orders(posIDs: named.sorted()).map(\.posted.revision.posOrderID))
        return refunds.filter { $0.refundOf.map { !known.contains($0) } ?? true }.map(\.posOrderID).sorted()
    }
}

extension OrderRevision {
    /// As the columns hold it, so that a revision that was stored is found unchanged.
    fileprivate var asStored: OrderRevision {
        var revision = self
        revision.status = status.map { String($0.prefix(40)) }
        return revision
    }

    /// The sale that a negative order takes back.
    fileprivate var namedSale: String? { total < .zero ? refundOf : nil }
}
