import LoyaltyRules
import MariaDB

/// A customer whose row is locked, with new days of activity.
struct ActiveCustomer {
    let customer: LockedCustomer
    let days: Set<Day>
    /// The days of all sales, where they are at hand.
    fileprivate let allBought: (() -> Set<Day>)?

    init(_ customer: LockedCustomer, days: Set<Day>) {
        self.customer = customer
        self.days = days
        allBought = nil
    }

    /// With the days of orders that count as sales now; `all` gives these and the earlier ones.
    init(
        _ customer: LockedCustomer, bought orders: [PostedOrder], by calendar: LocalCalendar,
        all: @escaping () -> [PostedOrder]
    ) {
        self.customer = customer
        days = orders.days(by: calendar)
        allBought = { all().days(by: calendar) }
    }
}

extension [PostedOrder] {
    fileprivate func days(by calendar: LocalCalendar) -> Set<Day> {
        Set(map { calendar.day(of: $0.revision.completedAt) })
    }
}

extension TenantTransaction {
    /// The streaks of these customers with their new days of activity, of those whom that changes; what happened on the
    /// days is stored already, or at hand. Switched off by the operator, nothing changes; the caller asks the shop's
    /// switch.
    func streaks(of customers: [ActiveCustomer], by calendar: LocalCalendar) throws -> [CustomerID: Streak] {
        let active = isGamificationEnabled ? customers.filter { !$0.days.isSubset(of: $0.customer.lastDays) } : []
        if active.isEmpty { return [:] }
        var counted: [CustomerID: Streak] = [:]
        var uncertain: [ActiveCustomer] = []
        for one in active {
            if let streak = one.customer.streak.adding(one.days) {
                counted[one.customer.id] = streak
            } else {
                uncertain.append(one)
            }
        }
        let engaged = try engagedDays(of: uncertain.map(\.customer.id))
        let bought = try boughtDays(of: uncertain.filter { $0.allBought == nil }.map(\.customer.id), by: calendar)
        for one in uncertain {
            let id = one.customer.id
            let days = one.allBought?() ?? bought[id] ?? []
            counted[id] = one.customer.streak.recounted(over: days.union(engaged[id] ?? []))
        }
        return counted
    }

    /// Counts a new day of a customer's activity, which is stored already.
    func count(_ day: Day, of customer: LockedCustomer, by calendar: LocalCalendar) throws {
        guard let streak = try streaks(of: [ActiveCustomer(customer, days: [day])], by: calendar)[customer.id] else {
            return
        }
        try connection.execute(
            """
            UPDATE customers SET streak_current = \(streak.current), streak_longest = \(streak.longest),
                   streak_day = \(streak.lastDay)
             WHERE tenant_id = \(tenant) AND id = \(customer.id)
            """)
    }

    /// All days ever on which these customers bought something.
    private func boughtDays(
        of customers: [CustomerID], by calendar: LocalCalendar
    ) throws -> [CustomerID: Set<Day>] {
        if customers.isEmpty { return [:] }
        var days: [CustomerID: Set<Day>] = [:]
        try connection.forEach(
            """
            SELECT customer_id, completed_at FROM orders FORCE INDEX (by_customer) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND is_counted = 1
            """
        ) { row in
            days[try row.get("customer_id"), default: []].insert(calendar.day(of: try row.get("completed_at")))
        }
        return days
    }

    /// All days ever on which these customers did what counts, besides buying.
    private func engagedDays(of customers: [CustomerID]) throws -> [CustomerID: Set<Day>] {
        if customers.isEmpty { return [:] }
        var days: [CustomerID: Set<Day>] = [:]
        try connection.forEach(
            """
            SELECT DISTINCT customer_id, day FROM engagement_events FORCE INDEX (by_day)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
               AND type IN (\(list: padded(EngagementType.allCases.filter(\.countsForStreak))))
            """
        ) { row in days[try row.get("customer_id"), default: []].insert(try row.get("day")) }
        return days
    }
}

extension LockedCustomer {
    fileprivate var lastDays: Set<Day> { streak.lastDay.map { [$0] } ?? [] }
}
