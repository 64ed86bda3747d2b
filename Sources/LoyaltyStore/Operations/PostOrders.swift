import LoyaltyRules
import MariaDB

/// What posting came to.
public struct PostedOrders: Equatable, Sendable {
    /// Customers whose orders were looked at.
    public var customers = 0
    /// Orders brought up to date.
    public var orders = 0
    /// Ledger entries appended.
    public var entries = 0
    /// Orders that cannot earn as they stand.
    public var exceptions: [PostingException] = []

    /// Nothing yet.
    public init() {}

    /// Adds another chunk's.
    public mutating func add(_ other: PostedOrders) {
        customers += other.customers
        orders += other.orders
        entries += other.entries
        exceptions += other.exceptions
    }
}

/// Who and what a posting is on behalf of.
public struct PostingCause: Equatable, Sendable {
    /// The sync run.
    public var run: RunID?
    /// The request.
    public var requestID: String?
    /// Who did what changes tier or segment, where it is not orders that do.
    public var user: UserID?
    /// Why tier or segment change; nil: because of orders.
    public var words: String?

    /// Makes a cause.
    public init(run: RunID? = nil, requestID: String? = nil, user: UserID? = nil, words: String? = nil) {
        self.run = run
        self.requestID = requestID
        self.user = user
        self.words = words
    }
}

extension TenantStore {
    /// Customers that have orders of their own due for posting, from `cursor` on, at most `limit`.
    public func customersDue(after cursor: CustomerID?, limit: Int) throws -> [CustomerID] {
        try connection.all(
            """
            SELECT customer_id AS id FROM orders
             WHERE tenant_id = \(tenant) AND posting_due = 1 AND customer_id > \(cursor ?? CustomerID(rawValue: 0))
             GROUP BY customer_id ORDER BY customer_id LIMIT \(limit)
            """
        ) { try $0.get("id") }
    }

    /// Customers in whose ledger an order stands that belongs to somebody else now, at most `limit`. They are posted
    /// first, so that the new owner finds the order released.
    public func customersLosingOrders(limit: Int) throws -> [CustomerID] {
        try connection.all(
            """
            SELECT posted_customer_id AS id FROM orders
             WHERE tenant_id = \(tenant) AND posting_due = 1 AND posted_customer_id IS NOT NULL
               AND NOT (customer_id <=> posted_customer_id)
             GROUP BY posted_customer_id ORDER BY posted_customer_id LIMIT \(limit)
            """
        ) { try $0.get("id") }
    }

    /// Brings the ledger, tier and segment of these customers to what their orders are now, in one transaction. Safe
    /// to repeat: what is posted already finds nothing left to post.
    @discardableResult
    public func postOrders(
        of customers: [CustomerID], under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        try transaction { tx in try tx.postOrders(of: customers, under: history, cause: cause, at: now) }
    }

    /// Notes why due orders of nobody earn nothing, at most `limit` at once. Those whose customer was imported while
    /// they were being stored are given to that customer instead, and stay due.
    ///
    /// - Parameter only: the POS ids to look at; nil for all.
    /// - Returns: how many were noted.
    public func settleOrdersOfNobody(limit: Int, only: [String]? = nil) throws -> Int {
        try transaction { tx in try tx.settleOrdersOfNobody(limit: limit, only: only) }
    }
}

extension TenantTransaction {
    /// See `TenantStore.postOrders`.
    func postOrders(
        of ids: [CustomerID], under known: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        try noteFirstPosting(at: known.firstPostingAt)
        let locked = try handingOnOrders(of: lock(ids))
        let books = try LoadedBooks(self, locked.map(\.id))
        let history = try inForce(known, asOf: now)
        var writes = PostingWrites(tenant: tenant, history: history, cause: cause, now: now)
        var active: [ActiveCustomer] = []
        let calendar = history.current.business.calendar
        for var customer in locked {
            let own = books.books(of: customer)
            let posting = try own.plan(under: history, asOf: now)
            active.append(ActiveCustomer(customer, bought: posting.newlyCounted, by: calendar))
            let entries = try number(writes.movements(posting), for: &customer, at: now)
            writes.add(posting, entries: entries, for: customer, books: books)
        }
        let result = try writes.write(self)
        if history.current.program.gamificationEnabled { try countDays(of: active, by: calendar, at: now) }
        return result
    }

    /// See `TenantStore.settleOrdersOfNobody`.
    func settleOrdersOfNobody(limit: Int, only: [String]?) throws -> Int {
        let chosen: SQL = only.map { "pos_order_id IN (\(list: padded($0).map { Array($0.utf8) }))" } ?? "TRUE"
        try connection.execute(
            """
            UPDATE orders SET customer_id =
                   (SELECT identity.customer_id FROM customer_identities AS identity
                     WHERE identity.tenant_id = orders.tenant_id AND source = 'alleaves'
                       AND outside_id = pos_customer_id)
             WHERE tenant_id = \(tenant) AND posting_due = 1 AND customer_id IS NULL AND \(chosen)
               AND pos_customer_id IN (SELECT outside_id FROM customer_identities AS known
                     WHERE known.tenant_id = \(tenant) AND known.source = 'alleaves')
            """)
        let count = try connection.execute(
            """
            UPDATE orders SET posting_due = 0,
                   no_points_reason = IF(is_completed = 0, 'not_completed',
                     IF(pos_customer_id IS NULL, 'no_member', 'unknown_customer'))
             WHERE tenant_id = \(tenant) AND posting_due = 1 AND customer_id IS NULL AND posted_customer_id IS NULL
               AND \(chosen)
             LIMIT \(limit)
            """)
        return Int(count)
    }

    /// Orders older than the tenant's first posting earn under the settings of that moment, so it is kept.
    private func noteFirstPosting(at instant: Instant) throws {
        // Read first: an UPDATE that finds nothing to do would still wait for everybody who inserts an order.
        let isNoted: Bool = try connection.one(
            "SELECT first_posting_at IS NOT NULL AS is_noted FROM tenants WHERE id = \(tenant)"
        ) { try $0.get("is_noted") }
        if isNoted { return }
        try connection.execute(
            "UPDATE tenants SET first_posting_at = \(instant) WHERE id = \(tenant) AND first_posting_at IS NULL")
    }

    /// The settings now that the orders are read: among these may be one made after somebody saved, and posted by
    /// somebody who had read the settings before.
    private func inForce(_ known: SettingsHistory, asOf now: Instant) throws -> SettingsHistory {
        let isCurrent: Bool = try connection.one(
            """
            SELECT settings_version = \(known.current.version) AND first_posting_at <=> \(known.firstPostingAt) AS is_current
              FROM tenants WHERE id = \(tenant)
            """
        ) { try $0.get("is_current") }
        return isCurrent ? known : try settingsHistory(asOf: now)
    }

    fileprivate func owings(of customers: [CustomerID]) throws -> [(customer: CustomerID, owing: Owing)] {
        try connection.all(
            """
            SELECT customer_id, order_id, put, open, settlements FROM order_owings
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """
        ) { row in
            (
                try row.get("customer_id"),
                Owing(
                    order: try row.get("order_id"), put: try row.get("put"), open: try row.get("open"),
                    settlements: try row.get("settlements"))
            )
        }
    }

    fileprivate func equityPeriods(of customers: [CustomerID]) throws -> [(customer: CustomerID, period: EquityPeriod)]
    {
        try connection.all(
            """
            SELECT customer_id, starts_at, ends_at FROM equity_periods
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """
        ) { row in
            (
                try row.get("customer_id"),
                EquityPeriod(start: try row.get("starts_at"), end: try row.get("ends_at"))
            )
        }
    }
}

/// The books of a chunk of customers, read with one query a table under their locks.
struct LoadedBooks {
    /// The rows as read.
    let orders: [OrderID: StoredOrder]
    private let owned: [CustomerID: [PostedOrder]]
    private let leaving: [CustomerID: [PostedOrder]]
    private let refunds: [String: [OrderRevision]]
    private let owings: [CustomerID: [Owing]]
    private let equity: [CustomerID: [EquityPeriod]]

    init(_ tx: TenantTransaction, _ customers: [CustomerID]) throws {
        let own = try tx.lockOrders(of: customers)
        let lost = try tx.lockOrdersLeaving(customers)
        orders = Dictionary((own + lost).map { ($0.posted.id, $0) }) { first, _ in first }
        // An order that still stands in somebody else's ledger waits until that has been taken back; it stays due.
        let free = own.filter { $0.postedCustomer == nil || $0.postedCustomer == $0.customer }
        owned = Self.grouped(free) { $0.customer }
        leaving = Self.grouped(lost) { $0.postedCustomer }
        refunds = try tx.refunds(of: own.map(\.posted.revision.posOrderID))
        owings = Dictionary(grouping: try tx.owings(of: customers), by: \.customer).mapValues { $0.map(\.owing) }
        equity = Dictionary(grouping: try tx.equityPeriods(of: customers), by: \.customer)
            .mapValues { $0.map(\.period) }
    }

    func books(of customer: LockedCustomer) -> CustomerBooks {
        CustomerBooks(
            balance: customer.head.balance, held: customer.held, owings: owings[customer.id] ?? [],
            standing: customer.standing, pin: customer.pin, isErased: customer.isErased,
            equity: equity[customer.id] ?? [], orders: owned[customer.id] ?? [], leaving: leaving[customer.id] ?? [],
            refunds: refunds)
    }

    /// The rows to write after `posting`: what it changed, and what was due and is settled by it.
    func settled(_ posting: Posting, for customer: CustomerID) -> [StoredOrder] {
        let changed = Dictionary(posting.changedOrders.map { ($0.id, $0) }) { _, last in last }
        let own = (owned[customer] ?? []).compactMap { orders[$0.id] }.compactMap { row -> StoredOrder? in
            let posted = changed[row.posted.id] ?? row.posted
            let settled = StoredOrder(posted: posted, customer: customer, postedCustomer: customer, isDue: false)
            return settled == row ? nil : settled
        }
        let released = (leaving[customer] ?? []).compactMap { orders[$0.id] }.map { row in
            StoredOrder(
                posted: changed[row.posted.id] ?? row.posted, customer: row.customer, postedCustomer: nil, isDue: true)
        }
        return own + released
    }

    private static func grouped(
        _ rows: [StoredOrder], by key: (StoredOrder) -> CustomerID?
    ) -> [CustomerID: [PostedOrder]] {
        var groups: [CustomerID: [PostedOrder]] = [:]
        for row in rows { if let owner = key(row) { groups[owner, default: []].append(row.posted) } }
        return groups
    }
}

extension TenantQueries {
    /// How many customers have orders due for posting.
    public func countCustomersDue() throws -> Int64 {
        try connection.one(
            """
            SELECT COUNT(DISTINCT customer_id) AS due FROM orders
             WHERE tenant_id = \(tenant) AND posting_due = 1 AND customer_id IS NOT NULL
            """
        ) { try $0.get("due") }
    }

    /// How many customers the tenant has.
    public func customerCount() throws -> Int64 {
        try connection.one("SELECT COUNT(*) AS customers FROM customers WHERE tenant_id = \(tenant)") {
            try $0.get("customers")
        }
    }

    /// Customers from `cursor` on, in order of their ids.
    public func customers(after cursor: CustomerID?, limit: Int) throws -> [CustomerID] {
        try connection.all(
            """
            SELECT id FROM customers WHERE tenant_id = \(tenant) AND id > \(cursor ?? CustomerID(rawValue: 0))
             ORDER BY id LIMIT \(limit)
            """
        ) { try $0.get("id") }
    }
}
