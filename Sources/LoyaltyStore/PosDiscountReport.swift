public import LoyaltyRules
import MariaDB

/// How the discounts of some days' redemptions came out at the point of sale.
public struct PosDiscountReport: Equatable, Sendable {
    /// A discount that somebody has to look at.
    public struct Problem: Equatable, Sendable {
        /// Of which redemption.
        public var redemption: RedemptionID
        /// Whose points.
        public var customer: CustomerID
        /// The POS's id of the order.
        public var posOrderID: String
        /// What was to be taken off.
        public var value: Cents
        /// What is the matter, and what to do.
        public var words: String

        /// Makes one.
        public init(redemption: RedemptionID, customer: CustomerID, posOrderID: String, value: Cents, words: String) {
            self.redemption = redemption
            self.customer = customer
            self.posOrderID = posOrderID
            self.value = value
            self.words = words
        }
    }

    /// On the order, of redemptions that stand.
    public var applied: Int64 = 0
    /// On their way, likewise.
    public var queued: Int64 = 0
    /// Neither, likewise.
    public var failed: Int64 = 0
    /// The newest that failed, or are still on an order though the points were given back; at most 20.
    public var problems: [Problem] = []

    /// Makes one of nothing.
    public init() {}
}

extension TenantQueries {
    /// Of redemptions captured from the first through the last local day.
    public func posDiscountReport(
        from first: Day, through last: Day, calendar: LocalCalendar
    ) throws -> PosDiscountReport {
        let (start, end) = (calendar.start(of: first), calendar.start(of: last.advanced(by: 1)))
        var report = try connection.one(
            """
            SELECT CAST(COALESCE(SUM(status = 'captured' AND pos_discount = 'applied'), 0) AS SIGNED) AS applied,
                   CAST(COALESCE(SUM(status = 'captured' AND pos_discount = 'queued'), 0) AS SIGNED) AS queued,
                   CAST(COALESCE(SUM(status = 'captured' AND pos_discount = 'failed'), 0) AS SIGNED) AS failed
              FROM redemptions FORCE INDEX (by_capture)
             WHERE tenant_id = \(tenant) AND captured_at >= \(start) AND captured_at < \(end)
            """
        ) { row in
            var report = PosDiscountReport()
            report.applied = try row.get("applied")
            report.queued = try row.get("queued")
            report.failed = try row.get("failed")
            return report
        }
        report.problems = try connection.all(
            """
            SELECT id, customer_id, pos_order_id, value_cents, pos_discount_words FROM redemptions FORCE INDEX (by_capture)
             WHERE tenant_id = \(tenant) AND captured_at >= \(start) AND captured_at < \(end)
               AND pos_discount_words IS NOT NULL AND pos_order_id IS NOT NULL
             ORDER BY captured_at DESC, id DESC LIMIT 20
            """
        ) { row in
            PosDiscountReport.Problem(
                redemption: try row.get("id"), customer: try row.get("customer_id"),
                posOrderID: try row.get("pos_order_id"), value: try row.get("value_cents"),
                words: try row.get("pos_discount_words"))
        }
        return report
    }
}
