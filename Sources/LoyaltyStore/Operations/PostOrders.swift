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
    /// Brings the ledger, tier and segment of these customers to what their orders are now, in one transaction. Safe
    /// to repeat: what is posted already finds nothing left to post.
    @discardableResult
    public func postOrders(
        of customers: [CustomerID], under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        try transaction { tx in try tx.postOrders(of: customers, under: history, cause: cause, at: now) }
    }

    /// Keeps the moment of the tenant's first posting, unless one is kept: orders older than it earn under the settings of
    /// that moment.
    public func noteFirstPosting(at instant: Instant) throws {
        let isNoted: Bool = try connection.one(
            "SELECT first_posting_at IS NOT NULL AS is_noted FROM tenants WHERE id = \(tenant)"
        ) { try $0.get("is_noted") }
        if !isNoted { try transaction { tx in try tx.noteFirstPosting(at: instant) } }
    }

    /// Notes why orders of nobody earn nothing, at most `limit` at once. Those whose customer was imported while they
    /// were being stored are given to that customer instead, who becomes due.
    ///
    /// - Parameter only: the POS ids to look at; nil for all.
    /// - Returns: at least how many were noted: fewer than `limit` when none is left.
    public func settleOrdersOfNobody(limit: Int, only: [String]? = nil) throws -> Int {
        try transaction { tx in try tx.settleOrdersOfNobody(limit: limit, only: only) }
    }
}

extension TenantTransaction {
    /// See `TenantStore.postOrders`.
    func postOrders(
        of ids: [CustomerID], under known: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        let locked = try handingOnOrders(of: lock(ids))
        let (due, losing) = try lockDue(locked.map(\.id))
        let own = try orders(of: locked.map(\.id))
        return try post(locked, due: due, losing: losing, own: own, under: known, cause: cause, at: now)
    }

    /// Brings the ledger, tier and segment of locked customers to what their orders are.
    ///
    /// - Parameters:
    ///   - due: those of them that are marked as due.
    ///   - losing: those in whose ledger an order stands that belongs to somebody else.
    ///   - own: all their orders.
    func post(
        _ locked: [LockedCustomer], due: Set<CustomerID>, losing: Set<CustomerID>, own: [StoredOrder],
        under known: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> PostedOrders {
        let books = try LoadedBooks(self, locked.map(\.id), own: own, losing: losing)
        let history = try inForce(known, asOf: now)
        var writes = PostingWrites(tenant: tenant, history: history, cause: cause, now: now)
        var active: [ActiveCustomer] = []
        let calendar = history.current.business.calendar
        for var customer in locked {
            let own = books.books(of: customer)
            let posting = try own.plan(under: history, asOf: now)
            active.append(
                ActiveCustomer(customer, bought: posting.newlyCounted, by: calendar) { [customer] in
                    books.sales(after: posting, of: customer.id)
                })
            let entries = try number(writes.movements(posting), for: &customer, at: now)
            writes.add(posting, entries: entries, for: customer, books: books)
        }
        let isCounting = history.current.program.gamificationEnabled
        let result = try writes.write(self, streaks: isCounting ? streaks(of: active, by: calendar) : [:])
        try clearDue(locked.map(\.id).filter { due.contains($0) && !books.isWaiting($0) })
        return result
    }

    /// See `TenantStore.settleOrdersOfNobody`.
    func settleOrdersOfNobody(limit: Int, only: [String]?) throws -> Int {
        let chosen: SQL = only.map { "orders.pos_order_id IN (\(list: padded($0).map { Array($0.utf8) }))" } ?? "TRUE"
        // Left to itself the optimizer reads all orders of the tenant.
        let index: SQL = only == nil ? "FORCE INDEX (by_customer)" : "FORCE INDEX (by_pos_id)"
        try giveOrdersOfNobody(chosen, by: index)
        // With a lock: what another delivery changes just now is noted as it then is.
        let count = try connection.execute(
            """
            INSERT INTO order_postings (tenant_id, order_id, posting_count, points_posted, points_told, is_counted,
              no_points_reason)
            SELECT orders.tenant_id, orders.id, 0, 0, 0, 0,
                   IF(orders.is_completed = 0, 'not_completed',
                     IF(orders.pos_customer_id IS NULL, 'no_member', 'unknown_customer'))
              FROM orders \(index) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND orders.customer_id IS NULL AND posted_customer_id IS NULL
               AND no_points_reason IS NULL AND \(chosen)
             LIMIT \(limit) LOCK IN SHARE MODE
            ON DUPLICATE KEY UPDATE order_postings.no_points_reason = VALUES(no_points_reason)
            """)
        return Int(count)
    }

    /// Gives orders of nobody to customers who have become known by the POS's id meanwhile.
    private func giveOrdersOfNobody(_ chosen: SQL, by index: SQL) throws {
        let known: [CustomerID] = try connection.all(
            """
            SELECT DISTINCT identity.customer_id FROM orders \(index)
              JOIN customer_identities AS identity ON identity.tenant_id = orders.tenant_id
               AND identity.source = 'alleaves' AND identity.outside_id = orders.waiting_for
             WHERE orders.tenant_id = \(tenant) AND orders.customer_id IS NULL AND orders.waiting_for IS NOT NULL
               AND \(chosen)
            """
        ) { try $0.get("customer_id") }
        if known.isEmpty { return }
        let due = try lockForMarking(Set(known))
        try connection.execute(
            """
            UPDATE orders JOIN customer_identities AS identity ON identity.tenant_id = orders.tenant_id
               AND identity.source = 'alleaves' AND identity.outside_id = orders.waiting_for
               SET orders.customer_id = identity.customer_id
             WHERE orders.tenant_id = \(tenant) AND orders.customer_id IS NULL
               AND identity.customer_id IN (\(list: padded(known))) AND \(chosen)
            """)
        try markDue(Set(known), known: due)
    }

    /// The settings now that the orders are read: among these may be one made after somebody saved, and posted by
    /// somebody who had read the settings before. Orders older than the tenant's first posting earn under the settings
    /// of that moment, so it is kept.
    private func inForce(_ known: SettingsHistory, asOf now: Instant) throws -> SettingsHistory {
        var (isNoted, isCurrent) = try compare(known)
        if !isNoted {
            // Only now: an UPDATE that finds nothing to do would still wait for everybody who inserts an order.
            try noteFirstPosting(at: known.firstPostingAt)
            (isNoted, isCurrent) = try compare(known)
        }
        return isCurrent ? known : try settingsHistory(asOf: now)
    }

    fileprivate func noteFirstPosting(at instant: Instant) throws {
        try connection.execute(
            "UPDATE tenants SET first_posting_at = \(instant) WHERE id = \(tenant) AND first_posting_at IS NULL")
    }

    private func compare(_ known: SettingsHistory) throws -> (isNoted: Bool, isCurrent: Bool) {
        try connection.one(
            """
            SELECT first_posting_at IS NOT NULL AS is_noted,
                   settings_version = \(known.current.version) AND first_posting_at <=> \(known.firstPostingAt) AS is_current
              FROM tenants WHERE id = \(tenant)
            """
        ) { (try $0.get("is_noted"), try $0.get("is_current")) }
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

    /// Orders that still stand in somebody else's ledger.
    private let waiting: [CustomerID: [PostedOrder]]

    init(
        _ tx: TenantTransaction, _ customers: [CustomerID], own: [StoredOrder], losing: Set<CustomerID>
    ) throws {
        let lost = try tx.ordersLeaving(losing.sorted())
        orders = Dictionary((own + lost).map { ($0.posted.id, $0) }) { first, _ in first }
        // Such an order waits until it has been taken back there; its customer stays due.
        owned = Self.grouped(own.filter { $0.losing == nil }) { $0.customer }
        waiting = Self.grouped(own.filter { $0.losing != nil }) { $0.customer }
        leaving = Self.grouped(lost) { $0.postedCustomer }
        refunds = try tx.refunds(of: own.map(\.posted.revision.posOrderID), isLocked: true)
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

    /// Whether not all of a customer's orders could be posted.
    func isWaiting(_ customer: CustomerID) -> Bool { waiting[customer] != nil }

    /// A customer's sales as `posting` leaves them.
    func sales(after posting: Posting, of customer: CustomerID) -> [PostedOrder] {
        let changed = Dictionary(posting.changedOrders.map { ($0.id, $0) }) { _, last in last }
        let own = (owned[customer] ?? []).map { changed[$0.id] ?? $0 } + (waiting[customer] ?? [])
        return own.filter(\.isCounted)
    }

    /// The rows to write after `posting`.
    func settled(_ posting: Posting, for customer: CustomerID) -> [StoredOrder] {
        let changed = Dictionary(posting.changedOrders.map { ($0.id, $0) }) { _, last in last }
        let own = (owned[customer] ?? []).compactMap { orders[$0.id] }.compactMap { row -> StoredOrder? in
            var settled = row
            settled.posted = changed[row.posted.id] ?? row.posted
            settled.postedCustomer = customer
            return settled == row ? nil : settled
        }
        let released = (leaving[customer] ?? []).compactMap { orders[$0.id] }.map { row in
            var released = row
            released.posted = changed[row.posted.id] ?? row.posted
            released.postedCustomer = nil
            return released
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
