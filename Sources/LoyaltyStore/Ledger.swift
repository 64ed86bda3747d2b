import LoyaltyRules
import MariaDB

/// Where a customer's chain of entries ends.
public struct LedgerHead: Equatable, Sendable {
    /// The last entry's number; nil before the first.
    public var sequence: Int64?
    /// The sum of the entries.
    public var balance: Int64
}

/// A movement of points to append.
public struct Movement: Equatable, Sendable {
    /// Signed, never zero.
    public var points: Int64
    /// What kind.
    public var kind: EntryKind
    /// Unique in the tenant, for ever: the same cause never posts twice.
    public var key: String
    /// The order that causes it.
    public var order: OrderID?
    /// The redemption that causes it.
    public var redemption: RedemptionID?
    /// The sync run that causes it.
    public var run: RunID?
    /// Who causes it.
    public var user: UserID?
    /// In words, at most 300 characters.
    public var reason: String
    /// The settings that computed it.
    public var settingsVersion: Int64
    /// The request that caused it.
    public var requestID: String?

    /// Makes a movement.
    public init(
        points: Int64, kind: EntryKind, key: String, order: OrderID? = nil, redemption: RedemptionID? = nil,
        run: RunID? = nil, user: UserID? = nil, reason: String, settingsVersion: Int64, requestID: String? = nil
    ) {
        self.points = points
        self.kind = kind
        self.key = key
        self.order = order
        self.redemption = redemption
        self.run = run
        self.user = user
        self.reason = reason
        self.settingsVersion = settingsVersion
        self.requestID = requestID
    }
}

/// A customer whose row this transaction has locked. Only `lock` makes one, so that posting without the lock does not
/// compile.
public struct LockedCustomer {
    /// Who.
    public let id: CustomerID
    /// The end of the chain, moved on by `append`.
    public fileprivate(set) var head: LedgerHead
    /// Reserved by open holds; moved on by `reserve`.
    public fileprivate(set) var held: Int64
    /// As kept.
    public let standing: CustomerStanding
    /// A tier given by hand.
    public let pin: TierPin?
    /// Consecutive days with activity.
    public let streak: Streak
    /// Whether the customer's data were erased.
    public let isErased: Bool
    /// Whose this customer's points and sales are, after the two were merged.
    public let mergedInto: CustomerID?

    /// What can be spent.
    public var available: Int64 { head.balance - held }
}

extension TenantTransaction {
    /// Locks customers in the order of their ids, which every transaction keeps; ids nobody has are left out. Holds
    /// whose time is over end here, so that what is available is what it says.
    public func lock(_ ids: some Collection<CustomerID>) throws -> [LockedCustomer] {
        var customers = try connection.all(
            """
            SELECT id, head_sequence, balance, held, lifetime_cents, qualifying_cents, order_count, first_order_at,
                   last_order_at, tier_id, segment, pin_tier_id, pin_until, pin_since, streak_current, streak_longest,
                   streak_day, erased_at, merged_into
              FROM customers FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND id IN (\(list: padded(ids))) ORDER BY id FOR UPDATE
            """, LockedCustomer.init(row:))
        try endLapsedHolds(of: &customers)
        return customers
    }

    /// Reserves points for a hold, or releases them for a number below zero.
    func reserve(_ points: Int64, of customer: inout LockedCustomer) throws {
        try connection.execute(
            "UPDATE customers SET held = held + \(points) WHERE tenant_id = \(tenant) AND id = \(customer.id)")
        customer.held += points
    }

    /// Appends movements in order, each once per key: one that is there already is left out.
    ///
    /// - Returns: what was appended.
    /// - Throws: `Refusal.conflict` when a key is there with other content; `Overflow` past 64 bits.
    @discardableResult
    public func append(_ movements: [Movement], to customer: inout LockedCustomer, at now: Instant) throws
        -> [LedgerEntry]
    {
        var entries: [LedgerEntry] = []
        for movement in movements {
            if try isPosted(movement, for: customer.id) { continue }
            entries.append(try customer.next(movement, at: now))
        }
        try insert(entries)
        return entries
    }

    /// Numbers movements whose keys this transaction made from a counter it holds the lock of, so that none can exist
    /// yet (the unique key still refuses a defect); `insert` writes them.
    func number(_ movements: [Movement], for customer: inout LockedCustomer, at now: Instant) throws -> [LedgerEntry] {
        try movements.map { try customer.next($0, at: now) }
    }

    /// Whether the movement's key is there. Under the customer's lock nobody else can use a key of this customer.
    ///
    /// - Throws: `Refusal.conflict` when it is there with other content.
    func isPosted(_ movement: Movement, for customer: CustomerID) throws -> Bool {
        let earlier = try connection.optional(
            """
            SELECT customer_id, points, kind FROM ledger_entries
             WHERE tenant_id = \(tenant) AND entry_key = \(Array(movement.key.utf8))
            """
        ) { row in
            (
                customer: try row.get("customer_id", as: CustomerID.self),
                points: try row.get("points", as: Int64.self),
                kind: try row.get("kind", as: EntryKind.self)
            )
        }
        guard let earlier else { return false }
        guard earlier.customer == customer, earlier.points == movement.points, earlier.kind == movement.kind else {
            throw Refusal(.conflict, "The same key was used for another movement of points.")
        }
        return true
    }

    /// Inserts entries of one or many customers, each customer's in order, and puts those that Alpine IQ cannot know
    /// into the outbox.
    func insert(_ entries: [LedgerEntry]) throws {
        guard !entries.isEmpty else { return }
        // The head moves once, with the last: moving it costs four times what an entry does.
        let last = Dictionary(entries.map { ($0.customer, $0.sequence) }) { max($0, $1) }
        try connection.bulkInsert(
            """
            INSERT INTO ledger_entries (tenant_id, customer_id, sequence, id, points, previous_balance, balance,
              previous_sequence, kind, entry_key, order_id, redemption_id, run_id, user_id, reason, settings_version,
              request_id, created_at, moves_head)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows: entries.lazy.map { entry in
                [
                    tenant.sqlValue, entry.customer.sqlValue, entry.sequence.sqlValue, entry.id.sqlValue,
                    entry.movement.points.sqlValue, (entry.balance - entry.movement.points).sqlValue,
                    entry.balance.sqlValue, entry.sequence == 1 ? .null : (entry.sequence - 1).sqlValue,
                    entry.movement.kind.sqlValue, entry.movement.key.sqlValue, entry.movement.order.sqlValue,
                    entry.movement.redemption.sqlValue, entry.movement.run.sqlValue, entry.movement.user.sqlValue,
                    entry.movement.reason.sqlValue,
                    entry.movement.settingsVersion.sqlValue, entry.movement.requestID.sqlValue,
                    entry.createdAt.sqlValue, (last[entry.customer] == entry.sequence).sqlValue,
                ]
            })
        try queueForAlpine(entries.filter(\.movement.kind.isToldToAlpine).map(Push.init(of:)))
    }
}

/// An entry of the ledger.
public struct LedgerEntry: Equatable, Sendable {
    /// Its public id.
    public let id: EntryID
    /// Whose.
    public let customer: CustomerID
    /// Its place in the customer's chain, from 1.
    public let sequence: Int64
    /// The balance after it.
    public let balance: Int64
    /// What moved and why.
    public let movement: Movement
    /// When it was posted.
    public let createdAt: Instant
}

extension LockedCustomer {
    /// The entry that `movement` makes at the end of the chain, which moves on.
    fileprivate mutating func next(_ movement: Movement, at now: Instant) throws -> LedgerEntry {
        let entry = LedgerEntry(
            id: .make(at: now), customer: id, sequence: (head.sequence ?? 0) + 1,
            balance: try addingExactly(head.balance, movement.points), movement: movement, createdAt: now)
        head = LedgerHead(sequence: entry.sequence, balance: entry.balance)
        return entry
    }

    fileprivate init(row: Row) throws {
        let pinned: TierID? = try row.get("pin_tier_id")
        self.init(
            id: try row.get("id"),
            head: LedgerHead(sequence: try row.get("head_sequence"), balance: try row.get("balance")),
            held: try row.get("held"),
            standing: CustomerStanding(
                lifetime: try row.get("lifetime_cents"), qualifying: try row.get("qualifying_cents"),
                orderCount: try row.get("order_count"), firstOrderAt: try row.get("first_order_at"),
                lastOrderAt: try row.get("last_order_at"), tier: try row.get("tier_id"), segment: try row.get("segment")
            ),
            pin: try pinned.map {
                TierPin(tier: $0, until: try row.get("pin_until"), since: try row.get("pin_since"))
            },
            streak: Streak(
                current: try row.get("streak_current"), longest: try row.get("streak_longest"),
                lastDay: try row.get("streak_day")),
            isErased: try row.get("erased_at", as: Instant?.self) != nil, mergedInto: try row.get("merged_into"))
    }
}

/// `values` filled up to one of a few lengths by repeating one of them, so that lists in `IN (…)` make a few prepared
/// statements instead of one per length.
func padded<Value>(_ values: some Collection<Value>) -> [Value] {
    guard let first = values.first else { return [] }
    let length = [1, 8, 64, 256, 1_000].first { values.count <= $0 } ?? values.count
    return Array(values) + Array(repeating: first, count: length - values.count)
}
