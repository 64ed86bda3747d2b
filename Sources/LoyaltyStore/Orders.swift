import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// Whether any order is stored.
    public func hasOrders() throws -> Bool {
        try connection.one("SELECT EXISTS (SELECT 1 FROM orders WHERE tenant_id = \(tenant)) AS has_orders") {
            try $0.get("has_orders")
        }
    }

    /// The stored orders of these POS ids.
    func orders(posIDs: some Collection<String>) throws -> [StoredOrder] {
        if posIDs.isEmpty { return [] }
        return try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_pos_id) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(posIDs).map { Array($0.utf8) }))
            """, StoredOrder.init(row:))
    }

    /// Completed negative orders that name one of these orders, whoever they name as customer.
    ///
    /// - Parameter isLocked: whether somebody who stores one just now, and may have looked for its sale before that was
    ///   there, is waited for.
    func refunds(of posOrderIDs: [String], isLocked: Bool = false) throws -> [String: [OrderRevision]] {
        let lock: SQL = isLocked ? "LOCK IN SHARE MODE" : ""
        var refunds: [OrderRevision] = []
        for start in stride(from: 0, to: posOrderIDs.count, by: 1_000) {
            let names = padded(posOrderIDs[start..<min(start + 1_000, posOrderIDs.count)]).map { Array($0.utf8) }
            // Left to itself the optimizer reads all orders of the tenant for a long list.
            refunds += try connection.all(
                """
                SELECT \(StoredOrder.revisionColumns) FROM orders FORCE INDEX (by_named_order)
                 WHERE tenant_id = \(tenant) AND refund_of IN (\(list: names)) AND is_completed = 1 AND total_cents < 0
                 \(lock)
                """
            ) { try OrderRevision(row: $0) }
        }
        return Dictionary(grouping: refunds) { $0.refundOf ?? "" }
    }
}

extension TenantQueries {
    /// The stored orders of these customers. Under the customers' locks nobody changes what they come to without a mark.
    func orders(of customers: some Collection<CustomerID>) throws -> [StoredOrder] {
        try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_customer) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """, StoredOrder.init(row:))
    }

    /// The orders that are posted for these customers and belong to others now.
    func ordersLeaving(_ customers: some Collection<CustomerID>) throws -> [StoredOrder] {
        guard !customers.isEmpty else { return [] }
        return try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM order_postings AS posting
              JOIN orders ON orders.tenant_id = posting.tenant_id AND orders.id = posting.order_id
             WHERE posting.tenant_id = \(tenant) AND posted_customer_id IN (\(list: padded(customers)))
               AND NOT (customer_id <=> posted_customer_id)
            """, StoredOrder.init(row:))
    }
}

extension TenantQueries {
    /// The POS ids of negative orders completed since `start` that name none that we know.
    ///
    /// - Parameter unnamed: those that may name no order at all; nil to look for them among all.
    public func refundsOfNothing(since start: Instant, unnamed: [String]?) throws -> [String] {
        var found = try refundsOfNothing("FORCE INDEX (by_named_order)", "refund_of IS NOT NULL", since: start)
        guard let unnamed else {
            found += try refundsOfNothing("FORCE INDEX (by_completion)", "refund_of IS NULL", since: start)
            return found.sorted()
        }
        for first in stride(from: 0, to: unnamed.count, by: 1_000) {
            let some = padded(unnamed[first..<min(first + 1_000, unnamed.count)]).map { Array($0.utf8) }
            found += try refundsOfNothing(
                "FORCE INDEX (by_pos_id)", "refund_of IS NULL AND pos_order_id IN (\(list: some))", since: start)
        }
        return found.sorted()
    }

    private func refundsOfNothing(_ index: SQL, _ chosen: SQL, since start: Instant) throws -> [String] {
        try connection.all(
            """
            SELECT pos_order_id FROM orders \(index)
             WHERE tenant_id = \(tenant) AND \(chosen) AND completed_at >= \(start) AND total_cents < 0 AND NOT EXISTS
               (SELECT 1 FROM orders AS sale WHERE sale.tenant_id = orders.tenant_id
                   AND sale.pos_order_id = orders.refund_of)
            """
        ) { try $0.get("pos_order_id") }
    }
}

/// A row of `orders`, and of `order_postings` if there is one.
struct StoredOrder: Equatable {
    var posted: PostedOrder
    var customer: CustomerID?
    var postedCustomer: CustomerID?

    /// In whose ledger it stands though it belongs to somebody else.
    var losing: CustomerID? { postedCustomer == customer ? nil : postedCustomer }

    static let revisionColumns: SQL = """
        pos_order_id, source, pos_customer_id, pos_location_id, status, is_completed, total_cents, tax_cents,
        subtotal_cents, discount_cents, points_tender_cents, refund_of, external_id, completed_at, updated_at
        """

    static let columns: SQL = """
        orders.id, customer_id, \(revisionColumns), points_per_dollar, equity_multiplier, tier_multiplier, rounding,
        earn_on, settings_version, posting_count, posted_customer_id, points_posted, points_told, is_counted,
        no_points_reason
        """

    static let postings: SQL =
        "LEFT JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id"

    init(row: Row) throws {
        posted = PostedOrder(
            id: try row.get("id"), revision: try OrderRevision(row: row), terms: try Self.terms(row),
            postingCount: try row.get("posting_count", as: Int64?.self) ?? 0,
            pointsPosted: try row.get("points_posted", as: Int64?.self) ?? 0,
            pointsTold: try row.get("points_told", as: Int64?.self) ?? 0,
            isCounted: try row.get("is_counted", as: Bool?.self) ?? false, reason: try row.get("no_points_reason"))
        customer = try row.get("customer_id")
        postedCustomer = try row.get("posted_customer_id")
    }

    private static func terms(_ row: Row) throws -> EarningTerms? {
        guard let version: Int64 = try row.get("settings_version", as: Int64?.self) else { return nil }
        return EarningTerms(
            pointsPerDollar: try row.get("points_per_dollar"), equityMultiplier: try row.get("equity_multiplier"),
            tierMultiplier: try row.get("tier_multiplier"), rounding: try row.get("rounding"),
            earnOn: try row.get("earn_on"), settingsVersion: version)
    }
}

extension OrderRevision {
    /// The revision that a row of `orders` holds.
    init(row: Row) throws {
        self.init(
            source: try row.get("source"), posOrderID: try row.get("pos_order_id"),
            posCustomerID: try row.get("pos_customer_id"), posLocationID: try row.get("pos_location_id"),
            status: try row.get("status"), isCompleted: try row.get("is_completed"), total: try row.get("total_cents"),
            tax: try row.get("tax_cents"), subtotal: try row.get("subtotal_cents"),
            discount: try row.get("discount_cents"), pointsTender: try row.get("points_tender_cents"),
            refundOf: try row.get("refund_of"), externalID: try row.get("external_id"),
            completedAt: try row.get("completed_at"), updatedAt: try row.get("updated_at"))
    }
}
