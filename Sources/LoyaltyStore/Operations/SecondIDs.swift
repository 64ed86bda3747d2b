import LoyaltyRules
import MariaDB

// rules.md, "Orders change": a sale known by two ids, that of our API and the point of sale's own.

/// The other ids that a batch of revisions came under, and those that became known with it.
struct SecondIDs {
    /// The id an order stands under, by its other id.
    fileprivate(set) var standing: [String: String] = [:]
    /// Of them, those not stored yet.
    fileprivate var new: [(other: String, source: OrderSource)] = []
}

extension TenantQueries {
    /// The ids that orders stand under, by ids they are also known by; ids that are nobody's second are left out.
    public func standingOrderIDs(of ids: some Collection<String>) throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT other_id, orders.pos_order_id FROM order_aliases AS alias
              JOIN orders ON orders.tenant_id = alias.tenant_id AND orders.id = alias.order_id
             WHERE alias.tenant_id = \(tenant) AND other_id IN (\(list: padded(ids.sorted()).map { Array($0.utf8) }))
            """
        ) { (try $0.get("other_id", as: String.self), try $0.get("pos_order_id", as: String.self)) }
        return Dictionary(rows) { first, _ in first }
    }
}

extension TenantTransaction {
    /// Names every revision, and the sale that a refund names, by the id that the order stands under.
    func underStandingIDs(_ revisions: [OrderRevision]) throws -> ([OrderRevision], SecondIDs) {
        var ids = SecondIDs()
        // Most shops have none: then nothing is looked up by every id of a page.
        let has = try secondIDs()
        if has.known {
            try forgetIDsThatAreOrdersOfTheirOwn(revisions)
            ids.standing = try standingOrderIDs(of: Set(revisions.map(\.posOrderID) + revisions.compactMap(\.refundOf)))
        }
        let unknown = revisions.filter { $0.total >= .zero && ids.standing[$0.posOrderID] == nil }
        for (other, standing) in try ordersOfAPI(shownAs: unknown.filter { $0.source == .pos }) {
            ids.standing[other] = standing
            ids.new.append((other, .pos))
        }
        for (other, standing) in has.shown ? try ordersOfPOS(toldAs: unknown.filter { $0.source == .api }) : [] {
            ids.standing[other] = standing
            ids.new.append((other, .api))
        }
        let named = revisions.map { revision in
            var revision = revision
            if let standing = ids.standing[revision.posOrderID] {
                revision.posOrderID = standing
                // Another text may say something of the same order.
                revision.wireDigest = nil
            }
            revision.refundOf = revision.refundOf.map { ids.standing[$0] ?? $0 }
            return revision
        }
        return (named, ids)
    }

    /// Keeps what became known, and mends what two deliveries at once, or an id told late, have left: a row of the
    /// other id counts no more, and refunds name the order by the id it stands under. Belongs after the orders.
    func keep(_ ids: SecondIDs) throws {
        for (other, source) in ids.new {
            guard let standing = ids.standing[other] else { continue }
            try connection.execute(
                """
                INSERT INTO order_aliases (tenant_id, other_id, order_id, source)
                SELECT \(tenant), \(Array(other.utf8)), id, \(source) FROM orders
                 WHERE tenant_id = \(tenant) AND pos_order_id = \(Array(standing.utf8))
                ON DUPLICATE KEY UPDATE order_id = VALUES(order_id), source = VALUES(source)
                """)
        }
        guard !ids.standing.isEmpty else { return }
        let others = padded(ids.standing.keys.sorted()).map { Array($0.utf8) }
        let ended = try connection.execute(
            """
            UPDATE orders SET is_completed = 0, status = 'known by another id'
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: others)) AND is_completed = 1
            """)
        if ended > 0 { try markDue(posOrderIDs: Set(ids.standing.keys)) }
        let refunds: [String] = try connection.all(
            "SELECT DISTINCT refund_of FROM orders WHERE tenant_id = \(tenant) AND refund_of IN (\(list: others))"
        ) { try $0.get("refund_of") }
        for other in refunds {
            guard let standing = ids.standing[other] else { continue }
            try connection.execute(
                """
                UPDATE orders SET refund_of = \(Array(standing.utf8))
                 WHERE tenant_id = \(tenant) AND refund_of = \(Array(other.utf8))
                """)
            try markDue(posOrderIDs: [standing])
        }
    }

    /// Whether any order is known by two ids, and whether the point of sale names other systems' ids at all.
    private func secondIDs() throws -> (known: Bool, shown: Bool) {
        try connection.one(
            """
            SELECT EXISTS (SELECT 1 FROM order_aliases WHERE tenant_id = \(tenant)) AS has_known,
                   EXISTS (SELECT 1 FROM orders FORCE INDEX (by_named_order)
                            WHERE tenant_id = \(tenant) AND refund_of IS NULL AND external_id IS NOT NULL) AS has_shown
            """
        ) { (known: try $0.get("has_known"), shown: try $0.get("has_shown")) }
    }

    /// An order of the API that the point of sale shows under that very id is no other order's second face.
    private func forgetIDsThatAreOrdersOfTheirOwn(_ revisions: [OrderRevision]) throws {
        let shown = revisions.filter { $0.source == .pos }.map(\.posOrderID)
        guard !shown.isEmpty else { return }
        let wrong: [String] = try connection.all(
            """
            SELECT other_id FROM order_aliases AS alias
              JOIN orders ON orders.tenant_id = alias.tenant_id AND orders.id = alias.order_id
             WHERE alias.tenant_id = \(tenant) AND alias.source = 'pos'
               AND orders.pos_order_id IN (\(list: padded(shown).map { Array($0.utf8) }))
            """
        ) { try $0.get("other_id") }
        for other in wrong {
            try connection.execute(
                "DELETE FROM order_aliases WHERE tenant_id = \(tenant) AND other_id = \(Array(other.utf8))")
        }
    }

    /// The stored orders of our API that these orders of the point of sale are, by the latter's ids. An id under which
    /// the point of sale shows an order of its own is that order's.
    private func ordersOfAPI(shownAs revisions: [OrderRevision]) throws -> [(other: String, standing: String)] {
        let shown = Set(revisions.map(\.posOrderID))
        let candidates = revisions.filter { $0.externalID.map { !shown.contains($0) } ?? false }
        guard !candidates.isEmpty else { return [] }
        var known = Set(
            try connection.all(
                """
                SELECT pos_order_id FROM orders WHERE tenant_id = \(tenant) AND source = 'api' AND total_cents >= 0
                   AND pos_order_id IN (\(list: padded(candidates.compactMap(\.externalID)).map { Array($0.utf8) }))
                """
            ) { try $0.get("pos_order_id", as: String.self) })
        // Of several orders that name one, only one can be it.
        return candidates.sorted { $0.posOrderID < $1.posOrderID }.compactMap { revision in
            revision.externalID.flatMap { known.remove($0) }.map { (revision.posOrderID, $0) }
        }
    }

    /// The stored orders of the point of sale that these orders of our API are, by the latter's ids.
    private func ordersOfPOS(toldAs revisions: [OrderRevision]) throws -> [(other: String, standing: String)] {
        guard !revisions.isEmpty else { return [] }
        return try connection.all(
            """
            SELECT shown.external_id, MIN(shown.pos_order_id) AS pos_order_id
              FROM orders AS shown FORCE INDEX (by_named_order)
              LEFT JOIN orders AS own ON own.tenant_id = shown.tenant_id AND own.pos_order_id = shown.external_id
             WHERE shown.tenant_id = \(tenant) AND shown.source = 'pos' AND shown.total_cents >= 0 AND own.id IS NULL
               AND shown.refund_of IS NULL
               AND shown.external_id IN (\(list: padded(revisions.map(\.posOrderID)).map { Array($0.utf8) }))
             GROUP BY shown.external_id
            """
        ) { (try $0.get("external_id", as: String.self), try $0.get("pos_order_id", as: String.self)) }
    }
}

extension OrderRevision {
    /// This revision as it is stored over `stored`: between sources the point of sale has the last word, which it does
    /// not have on what it cannot know, the points that paid for a part.
    func over(_ stored: OrderRevision) -> OrderRevision {
        guard source != stored.source else {
            var revision = self
            if source == .pos, pointsTender == .zero { revision.pointsTender = stored.pointsTender }
            return revision
        }
        var revision = source == .pos ? self : stored
        revision.pointsTender = source == .pos ? stored.pointsTender : pointsTender
        return revision
    }
}
