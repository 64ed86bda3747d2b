import LoyaltyRules
import MariaDB

/// Everything a chunk of postings writes, gathered so that each table is written once, in bulk.
struct PostingWrites {
    let tenant: TenantID
    let history: SettingsHistory
    let cause: PostingCause
    let now: Instant
    private var entries: [LedgerEntry] = []
    private var orders: [StoredOrder] = []
    private var owings: [(customer: CustomerID, owing: Owing)] = []
    private var customers: [(customer: LockedCustomer, posting: Posting)] = []
    private var activities: [Activity] = []
    private var pushes: [Push] = []
    private var result = PostedOrders()

    init(tenant: TenantID, history: SettingsHistory, cause: PostingCause, now: Instant) {
        self.tenant = tenant
        self.history = history
        self.cause = cause
        self.now = now
    }

    func movements(_ posting: Posting) -> [Movement] {
        posting.entries.map { entry in
            Movement(
                points: entry.points, kind: entry.kind, key: entry.key, order: entry.order, run: cause.run,
                reason: entry.reason, settingsVersion: entry.settingsVersion, requestID: cause.requestID)
        }
    }

    mutating func add(_ posting: Posting, entries: [LedgerEntry], for customer: LockedCustomer, books: LoadedBooks) {
        self.entries += entries
        let rows = books.settled(posting, for: customer.id)
        orders += rows
        owings += posting.changedOwings.map { (customer.id, $0) }
        customers.append((customer, posting))
        activities += Activity.of(posting, customer: customer, settings: history.current, cause: cause, at: now)
        pushes += posting.tellings.enumerated().map { Push(of: $1, number: $0, customer: customer, at: now) }
        result.customers += 1
        result.orders += rows.count
        result.entries += entries.count
        result.exceptions += posting.exceptions
    }

    /// Customers are locked already; then orders, then what hangs on them.
    ///
    /// - Parameter streaks: those that change.
    func write(_ tx: TenantTransaction, streaks: [CustomerID: Streak]) throws -> PostedOrders {
        try writePostings(tx)
        try tx.insert(entries)
        try writeOwings(tx)
        try writeCustomers(tx, streaks)
        try tx.insert(activities)
        try tx.queueForAlpine(pushes)
        return result
    }

    private func writePostings(_ tx: TenantTransaction) throws {
        try tx.connection.bulkInsert(
            """
            INSERT INTO order_postings (tenant_id, order_id, points_per_dollar, equity_multiplier, tier_multiplier, rounding,
              earn_on, settings_version, posting_count, posted_customer_id, points_posted, points_told, is_counted,
              no_points_reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE points_per_dollar = VALUES(points_per_dollar),
              equity_multiplier = VALUES(equity_multiplier), tier_multiplier = VALUES(tier_multiplier),
              rounding = VALUES(rounding), earn_on = VALUES(earn_on), settings_version = VALUES(settings_version),
              posting_count = VALUES(posting_count), posted_customer_id = VALUES(posted_customer_id),
              points_posted = VALUES(points_posted), points_told = VALUES(points_told),
              is_counted = VALUES(is_counted), no_points_reason = VALUES(no_points_reason)
            """,
            rows: orders.lazy.map { order in
                let posted = order.posted
                return [
                    tenant.sqlValue, posted.id.sqlValue, (posted.terms?.pointsPerDollar).sqlValue,
                    (posted.terms?.equityMultiplier).sqlValue, (posted.terms?.tierMultiplier).sqlValue,
                    (posted.terms?.rounding).sqlValue, (posted.terms?.earnOn).sqlValue,
                    (posted.terms?.settingsVersion).sqlValue, posted.postingCount.sqlValue,
                    order.postedCustomer.sqlValue, posted.pointsPosted.sqlValue, posted.pointsTold.sqlValue,
                    posted.isCounted.sqlValue, posted.reason.sqlValue,
                ]
            })
    }

    private func writeOwings(_ tx: TenantTransaction) throws {
        try tx.connection.bulkInsert(
            """
            INSERT INTO order_owings (tenant_id, customer_id, order_id, put, open, settlements) VALUES (?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE put = VALUES(put), open = VALUES(open), settlements = VALUES(settlements)
            """,
            rows: owings.lazy.map { customer, owing in
                [
                    tenant.sqlValue, customer.sqlValue, owing.order.sqlValue, owing.put.sqlValue, owing.open.sqlValue,
                    owing.settlements.sqlValue,
                ]
            })
    }

    private func writeCustomers(_ tx: TenantTransaction, _ streaks: [CustomerID: Streak]) throws {
        let changed = customers.filter { customer, posting in
            posting.standing != customer.standing || !posting.changedOwings.isEmpty || streaks[customer.id] != nil
        }
        try tx.connection.bulkInsert(
            """
            INSERT INTO customers (tenant_id, id, points_owed, lifetime_cents, qualifying_cents, order_count,
              first_order_at, last_order_at, tier_id, segment, streak_current, streak_longest, streak_day, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE points_owed = VALUES(points_owed), lifetime_cents = VALUES(lifetime_cents),
              qualifying_cents = VALUES(qualifying_cents), order_count = VALUES(order_count),
              first_order_at = VALUES(first_order_at), last_order_at = VALUES(last_order_at), tier_id = VALUES(tier_id),
              segment = VALUES(segment), streak_current = VALUES(streak_current),
              streak_longest = VALUES(streak_longest), streak_day = VALUES(streak_day)
            """,
            rows: changed.lazy.map { customer, posting in
                let (standing, streak) = (posting.standing, streaks[customer.id] ?? customer.streak)
                return [
                    tenant.sqlValue, customer.id.sqlValue, posting.pointsOwed.sqlValue, standing.lifetime.sqlValue,
                    standing.qualifying.sqlValue, standing.orderCount.sqlValue, standing.firstOrderAt.sqlValue,
                    standing.lastOrderAt.sqlValue, standing.tier.sqlValue, standing.segment.sqlValue,
                    streak.current.sqlValue, streak.longest.sqlValue, streak.lastDay.sqlValue, now.sqlValue,
                ]
            })
    }
}
