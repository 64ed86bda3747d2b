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
}

extension TenantTransaction {
    /// Stores each order's latest revision and marks what changed as due for posting. Nothing is written for an order
    /// that is as stored.
    ///
    /// - Parameter ignoresOlder: whether a revision strictly older than the stored one is ignored, as for webhooks; the
    ///   POS feed has the last word whatever it says.
    public func store(_ revisions: [OrderRevision], ignoresOlder: Bool, at now: Instant) throws -> StoredRevisions {
        var result = StoredRevisions()
        var newest: [String: OrderRevision] = [:]
        for revision in revisions { newest[revision.posOrderID] = revision }
        let stored = Dictionary(
            try orders(posIDs: newest.keys.sorted()).map { ($0.posted.revision.posOrderID, $0) }
        ) { first, _ in first }
        let customers = try customers(.alleaves, outsideIDs: Set(newest.values.compactMap(\.posCustomerID)))
        var rows: [[Value]] = []
        var refunded: Set<String> = []
        for revision in newest.values.sorted(by: { $0.posOrderID < $1.posOrderID }) {
            let old = stored[revision.posOrderID]
            if ignoresOlder, let new = revision.updatedAt, let kept = old?.posted.revision.updatedAt, new < kept {
                result.stale += 1
                continue
            }
            let customer = revision.posCustomerID.flatMap { customers[$0] }
            if let old, old.posted.revision == revision, old.customer == customer {
                result.unchanged += 1
                continue
            }
            if old == nil { result.added += 1 } else { result.changed += 1 }
            rows.append(row(of: revision, id: old?.posted.id ?? .make(at: now), customer: customer, at: now))
            // A negative order moves nothing itself: the order it names is posted anew.
            for names in [revision.total < .zero ? revision.refundOf : nil, old?.posted.revision.refundOf] {
                if let names { refunded.insert(names) }
            }
        }
        try upsert(rows)
        try markDue(posOrderIDs: refunded)
        result.unmatchedRefunds = try unmatched(newest.values.filter { $0.total < .zero })
        return result
    }

    private func upsert(_ rows: [[Value]]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status,
              is_completed, total_cents, tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of, external_id,
              completed_at, updated_at, posting_due, stored_at)
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

    private func markDue(posOrderIDs: Set<String>) throws {
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
