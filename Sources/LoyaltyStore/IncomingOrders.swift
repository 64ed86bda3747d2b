public import LoyaltyRules
import MariaDB

// New sales that a run has read lie in `incoming_orders` until they are taken in, customer by customer: what is read in
// the order of time is then written where it belongs, once, with what it earned.

/// The ranges of customers' ids by which a run keeps new sales.
public struct CustomerRanges: Equatable, Sendable {
    /// As many as make one range's orders of a large shop fit well into memory.
    static let countMax = 64
    /// Fewer customers are not divided.
    static let customersMin = 100

    /// Where each range but the first begins, ascending.
    private let bounds: [CustomerID]

    init(bounds: [CustomerID]) { self.bounds = bounds }

    /// The number of the range that `customer` is in, from 0.
    func range(of customer: CustomerID) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= customer { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Neighbouring ranges that are taken in together.
public struct IncomingRanges: Equatable, Sendable {
    /// The numbers of the ranges.
    public internal(set) var numbers: ClosedRange<Int>
    /// Orders kept for them, some perhaps twice.
    public internal(set) var orderCount: Int64
}

extension TenantQueries {
    /// Ranges of about as many customers each.
    public func customerRanges() throws -> CustomerRanges {
        let step = max(CustomerRanges.customersMin, Int(try customerCount()) / CustomerRanges.countMax + 1)
        return CustomerRanges(
            bounds: try connection.all(
                """
                SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM customers
                                 WHERE tenant_id = \(tenant)) AS placed
                 WHERE place % \(step) = 0 ORDER BY id
                """
            ) { try $0.get("id") })
    }

    /// The runs that keep something.
    public func runsWithIncoming() throws -> [RunID] {
        try connection.all("SELECT DISTINCT run_id FROM incoming_orders WHERE tenant_id = \(tenant) ORDER BY run_id") {
            try $0.get("run_id")
        }
    }

    /// What a run keeps, small neighbours together, ascending.
    public func incomingRanges(of run: RunID) throws -> [IncomingRanges] {
        let kept = try connection.all(
            """
            SELECT customer_range, CAST(SUM(order_count) AS SIGNED) AS orders FROM incoming_orders
             WHERE tenant_id = \(tenant) AND run_id = \(run) GROUP BY customer_range ORDER BY customer_range
            """
        ) { row in (number: try row.get("customer_range", as: Int.self), orders: try row.get("orders", as: Int64.self))
        }
        var ranges: [IncomingRanges] = []
        for (number, orders) in kept {
            if let last = ranges.last, last.orderCount + orders <= IncomingRanges.orderCountMax {
                ranges[ranges.count - 1].numbers = last.numbers.lowerBound...number
                ranges[ranges.count - 1].orderCount += orders
            } else {
                ranges.append(IncomingRanges(numbers: number...number, orderCount: orders))
            }
        }
        return ranges
    }

    /// The new sales that a run keeps for `ranges`, each once: the last revision of each.
    public func incomingOrders(_ ranges: IncomingRanges, of run: RunID) throws -> [OrderRevision] {
        let kept = try connection.all(
            """
            SELECT orders FROM incoming_orders
             WHERE tenant_id = \(tenant) AND run_id = \(run)
               AND customer_range BETWEEN \(ranges.numbers.lowerBound) AND \(ranges.numbers.upperBound)
             ORDER BY number
            """
        ) { try $0.get("orders", as: OrderBytes.self).orders }
        return Array(
            Dictionary(kept.joined().lazy.map { ($0.posOrderID, $0) }) { _, last in last }.values)
    }
}

extension IncomingRanges {
    /// Small neighbours make no more orders than this together.
    fileprivate static let orderCountMax: Int64 = 2_500
}

extension TenantStore {
    /// Forgets what a run keeps for `ranges`: it was taken in.
    public func forgetIncoming(_ ranges: IncomingRanges, of run: RunID) throws {
        try transaction { tx in
            try tx.connection.execute(
                """
                DELETE FROM incoming_orders WHERE tenant_id = \(tenant) AND run_id = \(run)
                   AND customer_range BETWEEN \(ranges.numbers.lowerBound) AND \(ranges.numbers.upperBound)
                """)
        }
    }
}

extension TenantTransaction {
    /// Keeps new sales of known customers until they are taken in.
    ///
    /// - Parameter number: rises with what is read; what was kept under it before is replaced.
    public func keepIncoming(
        _ orders: [(customer: CustomerID, revision: OrderRevision)], by ranges: CustomerRanges, of run: RunID,
        number: Int
    ) throws {
        let parts = Dictionary(grouping: orders) { ranges.range(of: $0.customer) }
        try connection.bulkInsert(
            """
            INSERT INTO incoming_orders (tenant_id, run_id, customer_range, number, order_count, orders)
            VALUES (?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE order_count = VALUES(order_count), orders = VALUES(orders)
            """,
            rows: parts.sorted { $0.key < $1.key }.map { range, orders in
                [
                    tenant.sqlValue, run.sqlValue, range.sqlValue, number.sqlValue, orders.count.sqlValue,
                    OrderBytes(orders.map(\.revision)).sqlValue,
                ]
            })
    }
}
