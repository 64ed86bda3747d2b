import LoyaltyRules
import MariaDB

// What a recalculation needs to know so that it reads the orders of few: the standing of everybody at once, and whose
// orders a day may have moved.

/// A customer as kept, without orders.
public struct StandingSummary: Equatable, Sendable {
    /// Who.
    public let id: CustomerID
    /// As of the last posting.
    public let standing: CustomerStanding
    /// A tier given by hand.
    public let pin: TierPin?
    /// Whether orders wait to be posted.
    public fileprivate(set) var isDue = false
}

/// The local days between which everybody's standing was worked out last. Every posting since was as of a later day.
public struct StandingsSpan: Equatable, Sendable {
    /// The first.
    public var from: Day
    /// The last.
    public var until: Day

    /// Makes a span.
    public init(from: Day, until: Day) {
        self.from = from
        self.until = until
    }
}

extension TenantQueries {
    /// Within which days everybody's standing was worked out last; nil when nobody knows.
    public func standingsSpan() throws -> StandingsSpan? {
        try connection.optional(
            "SELECT standings_from, standings_until FROM sync_watermarks WHERE tenant_id = \(tenant)"
        ) { row -> StandingsSpan? in
            guard let from: Day = try row.get("standings_from"), let until: Day = try row.get("standings_until") else {
                return nil
            }
            return StandingsSpan(from: from, until: until)
        } ?? nil
    }

    /// Customers with a sale completed in `range`, the end not included.
    public func customers(buyingFrom start: Instant, until end: Instant) throws -> Set<CustomerID> {
        Set(
            try connection.all(
                """
                SELECT DISTINCT customer_id FROM orders FORCE INDEX (by_completion)
                 WHERE tenant_id = \(tenant) AND completed_at >= \(start) AND completed_at < \(end)
                   AND customer_id IS NOT NULL
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
    }

    /// Customers with a sale completed in the range that only our API knows and of which Alpine IQ was not told all. Both
    /// ends count: a sale is told from the moment on in which it comes of age.
    public func customersToTell(from start: Instant, through end: Instant) throws -> Set<CustomerID> {
        Set(
            try connection.all(
                """
                SELECT DISTINCT customer_id FROM orders FORCE INDEX (by_completion)
                  JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
                 WHERE orders.tenant_id = \(tenant) AND completed_at >= \(start) AND completed_at <= \(end)
                   AND source = 'api' AND points_told <> points_posted AND customer_id IS NOT NULL
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
    }
}

extension TenantStore {
    /// Customers from `cursor` on, in order of their ids, as they stand once nobody who posts for them is under way.
    public func standings(after cursor: CustomerID?, limit: Int) throws -> [StandingSummary] {
        let first = cursor ?? CustomerID(rawValue: 0)
        return try transaction { tx in
            let customers = try tx.connection.all(
                """
                SELECT id, lifetime_cents, qualifying_cents, order_count, first_order_at, last_order_at, tier_id, segment,
                       pin_tier_id, pin_until, pin_since
                  FROM customers FORCE INDEX (PRIMARY) WHERE tenant_id = \(tenant) AND id > \(first)
                 ORDER BY id LIMIT \(limit) LOCK IN SHARE MODE
                """, StandingSummary.init(row:))
            guard let last = customers.last else { return [] }
            let due: [CustomerID] = try tx.connection.all(
                """
                SELECT customer_id FROM customers_due
                 WHERE tenant_id = \(tenant) AND customer_id > \(first) AND customer_id <= \(last.id)
                """
            ) { try $0.get("customer_id") }
            let isDue = Set(due)
            return customers.map { customer in
                var customer = customer
                customer.isDue = isDue.contains(customer.id)
                return customer
            }
        }
    }

    /// A recalculation begins: what it writes is as of one of these days.
    ///
    /// - Returns: within which days everybody stands until it ends; nil when nobody knows.
    public func beginStandings(_ asOf: Day, _ present: Day, token: RunID) throws -> StandingsSpan? {
        try transaction { tx in
            try tx.connection.execute(
                """
                INSERT INTO sync_watermarks (tenant_id, standings_token) VALUES (\(tenant), \(token))
                ON DUPLICATE KEY UPDATE standings_token = VALUES(standings_token)
                """)
            // The row is this transaction's now: a save that takes the span away comes before or after.
            try tx.connection.execute(
                """
                UPDATE sync_watermarks SET standings_from = LEAST(standings_from, \(asOf), \(present)),
                       standings_until = GREATEST(standings_until, \(asOf), \(present)) WHERE tenant_id = \(tenant)
                """)
            return try tx.standingsSpan()
        }
    }

    /// A recalculation has ended: everybody stands as of a day in `span`, unless another one began or a save moved the
    /// window meanwhile; then what those wrote stays.
    public func endStandings(_ span: StandingsSpan, token: RunID) throws {
        try transaction { tx in
            try tx.connection.execute(
                """
                UPDATE sync_watermarks SET standings_from = \(span.from), standings_until = \(span.until),
                       standings_token = NULL
                 WHERE tenant_id = \(tenant) AND standings_token = \(token)
                """)
        }
    }
}

extension TenantTransaction {
    /// A tenant without customers: all there will be are posted on this day or later.
    func noteStandings(asOf day: Day) throws {
        try connection.execute(
            """
            INSERT INTO sync_watermarks (tenant_id, standings_from, standings_until)
            VALUES (\(tenant), \(day), \(day))
            """)
    }

    /// A save moved the window of qualifying spend, or the days: the sums as kept say nothing any more.
    func forgetStandings() throws {
        try connection.execute(
            """
            UPDATE sync_watermarks SET standings_from = NULL, standings_until = NULL, standings_token = NULL
             WHERE tenant_id = \(tenant)
            """)
    }
}

extension StandingSummary {
    fileprivate init(row: Row) throws {
        let pinned: TierID? = try row.get("pin_tier_id")
        self.init(
            id: try row.get("id"),
            standing: CustomerStanding(
                lifetime: try row.get("lifetime_cents"), qualifying: try row.get("qualifying_cents"),
                orderCount: try row.get("order_count"), firstOrderAt: try row.get("first_order_at"),
                lastOrderAt: try row.get("last_order_at"), tier: try row.get("tier_id"), segment: try row.get("segment")
            ),
            pin: try pinned.map {
                TierPin(tier: $0, until: try row.get("pin_until"), since: try row.get("pin_since"))
            })
    }
}
