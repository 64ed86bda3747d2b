import LoyaltyRules
import LoyaltyStore
import MariaDB

/// What Alpine says in a test, recorded as a sync run does.
extension TestStore {
    /// Records that Alpine says `points` of a customer, asked a second before `now`.
    func alpineSays(_ points: Int64, of customer: CustomerID, at now: Instant) throws -> AlpineDifference {
        let requestedAt = now.advanced(bySeconds: -1)
        let inputs = try tenant.comparisonInputs(of: [customer], at: requestedAt)
        let calculated = inputs.balances[customer] ?? 0
        let pending = inputs.pending[customer]?.pending ?? 0
        let distance = max(0, points + pending) - calculated
        try tenant.record(
            [
                AlpineStanding(
                    customer: customer, contactID: "c-\(customer)", figure: .known(points), readAt: requestedAt,
                    outcome: distance == 0 ? .within : .discrepancy, calculated: calculated, difference: distance)
            ], run: run)
        return AlpineDifference(
            customer: customer, requestedAt: requestedAt, calculated: calculated, alpine: points, pending: pending,
            points: distance)
    }

    /// Alpine says so, and its number is taken or recorded.
    @discardableResult
    func takeAlpine(
        _ points: Int64, of customer: CustomerID, isEnabled: Bool = true, bar: UntakenReason? = nil, at now: Instant
    ) throws -> TakenNumber? {
        var difference = try alpineSays(points, of: customer, at: now)
        difference.bar = bar
        return try tenant.takeAlpine([difference], run: run, isEnabled: isEnabled, at: now).first
    }

    /// Any run.
    var run: RunID { RunID(rawValue: 7) }

    /// The customer's records, oldest first.
    func records(of customer: CustomerID) throws -> [Discrepancy] {
        let both = try [true, false].flatMap { isOpen in
            try tenant.discrepancies(isOpen: isOpen, .first, limit: 50).rows
        }
        return both.map(\.record).filter { $0.customer == customer }.sorted { $0.id < $1.id }
    }

    /// Reserves points, as a held redemption does; 0 ends all holds.
    func hold(_ points: Int64, of customer: CustomerID) throws {
        try root.execute(
            "UPDATE redemptions SET status = 'expired' WHERE tenant_id = \(id) AND customer_id = \(customer)")
        if points > 0 {
            try root.execute(
                """
                INSERT INTO redemptions (tenant_id, id, customer_id, status, points, value_cents, created_at)
                VALUES (\(id), \(RedemptionID.make()), \(customer), 'held', \(points), 100, UTC_TIMESTAMP(6))
                """)
        }
        try root.execute("UPDATE customers SET held = \(points) WHERE tenant_id = \(id) AND id = \(customer)")
    }

    /// What Alpine IQ is told to correct, in order.
    func corrections(of customer: CustomerID) throws -> [Int64] {
        try root.all(
            """
            SELECT points FROM outbox WHERE tenant_id = \(id) AND customer_id = \(customer) AND entry_sequence IS NULL
               AND order_id IS NULL ORDER BY id
            """
        ) { try $0.get("points") }
    }
}
