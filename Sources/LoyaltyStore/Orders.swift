import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// The stored orders of these POS ids.
    func orders(posIDs: some Collection<String>) throws -> [StoredOrder] {
        try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(posIDs).map { Array($0.utf8) }))
            """, StoredOrder.init(row:))
    }

    /// Completed negative orders that name one of these orders, whoever they name as customer.
    func refunds(of posOrderIDs: [String]) throws -> [String: [OrderRevision]] {
        var refunds: [OrderRevision] = []
        for start in stride(from: 0, to: posOrderIDs.count, by: 1_000) {
            let names = padded(posOrderIDs[start..<min(start + 1_000, posOrderIDs.count)]).map { Array($0.utf8) }
            // Left to itself the optimizer reads all orders of the tenant for a long list.
            refunds += try connection.all(
                """
                SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_refund)
                 WHERE tenant_id = \(tenant) AND refund_of IN (\(list: names)) AND is_completed = 1 AND total_cents < 0
                """
            ) { try StoredOrder(row: $0).posted.revision }
        }
        return Dictionary(grouping: refunds) { $0.refundOf ?? "" }
    }
}

extension TenantTransaction {
    /// The stored orders of these customers, locked: a revision stored meanwhile would otherwise be marked as posted
    /// without having been.
    func lockOrders(of customers: some Collection<CustomerID>) throws -> [StoredOrder] {
        try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders FORCE INDEX (by_customer)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) FOR UPDATE
            """, StoredOrder.init(row:))
    }

    /// Due orders that are posted for these customers and belong to others now, locked.
    func lockOrdersLeaving(_ customers: some Collection<CustomerID>) throws -> [StoredOrder] {
        try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders
             WHERE tenant_id = \(tenant) AND posted_customer_id IN (\(list: padded(customers))) AND posting_due = 1
               AND NOT (customer_id <=> posted_customer_id) FOR UPDATE
            """, StoredOrder.init(row:))
    }
}

extension TenantQueries {
    /// The POS ids of negative orders completed since `start` that name none that we know.
    public func refundsOfNothing(since start: Instant) throws -> [String] {
        try connection.all(
            """
            SELECT pos_order_id FROM orders
             WHERE tenant_id = \(tenant) AND completed_at >= \(start) AND total_cents < 0 AND NOT EXISTS
               (SELECT 1 FROM orders AS sale WHERE sale.tenant_id = orders.tenant_id
                   AND sale.pos_order_id = orders.refund_of)
             ORDER BY pos_order_id
            """
        ) { try $0.get("pos_order_id") }
    }
}

/// A row of `orders`.
struct StoredOrder: Equatable {
    var posted: PostedOrder
    var customer: CustomerID?
    var postedCustomer: CustomerID?
    var isDue: Bool

    static let columns: SQL = """
        id, pos_order_id, source, customer_id, pos_customer_id, pos_location_id, status, is_completed, total_cents,
        tax_cents, subtotal_cents, discount_cents, points_tender_cents, refund_of, external_id, completed_at, updated_at, posting_due,
        points_per_dollar, equity_multiplier, tier_multiplier, rounding, earn_on, settings_version, posting_count,
        posted_customer_id, points_posted, points_told, is_counted, no_points_reason
        """

    init(posted: PostedOrder, customer: CustomerID?, postedCustomer: CustomerID?, isDue: Bool) {
        self.posted = posted
        self.customer = customer
        self.postedCustomer = postedCustomer
        self.isDue = isDue
    }

    init(row: Row) throws {
        let revision = OrderRevision(
            source: try row.get("source"), posOrderID: try row.get("pos_order_id"),
            posCustomerID: try row.get("pos_customer_id"), posLocationID: try row.get("pos_location_id"),
            status: try row.get("status"), isCompleted: try row.get("is_completed"), total: try row.get("total_cents"),
            tax: try row.get("tax_cents"), subtotal: try row.get("subtotal_cents"),
            discount: try row.get("discount_cents"), pointsTender: try row.get("points_tender_cents"),
            refundOf: try row.get("refund_of"), externalID: try row.get("external_id"),
            completedAt: try row.get("completed_at"),
            updatedAt: try row.get("updated_at"))
        posted = PostedOrder(
            id: try row.get("id"), revision: revision, terms: try Self.terms(row),
            postingCount: try row.get("posting_count"), pointsPosted: try row.get("points_posted"),
            pointsTold: try row.get("points_told"), isCounted: try row.get("is_counted"),
            reason: try row.get("no_points_reason"))
        customer = try row.get("customer_id")
        postedCustomer = try row.get("posted_customer_id")
        isDue = try row.get("posting_due")
    }

    private static func terms(_ row: Row) throws -> EarningTerms? {
        guard let version: Int64 = try row.get("settings_version", as: Int64?.self) else { return nil }
        return EarningTerms(
            pointsPerDollar: try row.get("points_per_dollar"), equityMultiplier: try row.get("equity_multiplier"),
            tierMultiplier: try row.get("tier_multiplier"), rounding: try row.get("rounding"),
            earnOn: try row.get("earn_on"), settingsVersion: version)
    }
}
