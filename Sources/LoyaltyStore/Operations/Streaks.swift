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
    /// Counts new days of activity into the streaks of these customers; what happened on them is stored already.
    /// Switched off by the operator, nothing changes; the caller asks the shop's switch.
    func countDays(of customers: [ActiveCustomer], by calendar: LocalCalendar, at now: Instant) throws {
        let active = isGamificationEnabled ? customers.filter { !$0.days.isSubset(of: $0.customer.lastDays) } : []
        if active.isEmpty { return }
        var counted: [(customer: LockedCustomer, streak: Streak)] = []
        var uncertain: [ActiveCustomer] = []
        for one in active {
            if let streak = one.customer.streak.adding(one.days) {
                counted.append((one.customer, streak))
            } else {
                uncertain.append(one)
            }
        }
        let engaged = try engagedDays(of: uncertain.map(\.customer.id))
        let bought = try boughtDays(of: uncertain.filter { $0.allBought == nil }.map(\.customer.id), by: calendar)
        counted += uncertain.map { one in
            let days = one.allBought?() ?? bought[one.customer.id] ?? []
            return (one.customer, one.customer.streak.recounted(over: days.union(engaged[one.customer.id] ?? [])))
        }
        try write(counted, at: now)
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

    /// The rows exist and are locked: the columns that INSERT demands are as they were.
    private func write(_ streaks: [(customer: LockedCustomer, streak: Streak)], at now: Instant) throws {
        try connection.bulkInsert(
            """
            INSERT INTO customers (tenant_id, id, tier_id, segment, created_at, streak_current, streak_longest, streak_day)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE streak_current = VALUES(streak_current), streak_longest = VALUES(streak_longest),
              streak_day = VALUES(streak_day)
            """,
            rows: streaks.map { customer, streak in
                [
                    tenant.sqlValue, customer.id.sqlValue, customer.standing.tier.sqlValue,
                    customer.standing.segment.sqlValue, now.sqlValue, streak.current.sqlValue, streak.longest.sqlValue,
                    streak.lastDay.sqlValue,
                ]
            })
    }
}

extension LockedCustomer {
    fileprivate var lastDays: Set<Day> { streak.lastDay.map { [$0] } ?? [] }
}
