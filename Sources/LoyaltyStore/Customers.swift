import LoyaltyRules
import MariaDB

/// A customer in a list.
public struct CustomerCard: Equatable, Sendable {
    /// Who.
    public var id: CustomerID
    /// As the POS says; may be empty.
    public var firstName: String
    /// As the POS says; may be empty.
    public var lastName: String
    /// How to call.
    public var phone: Phone?
    /// How to write.
    public var email: String?
    /// The sum of the ledger.
    public var balance: Int64
    /// Reserved by open holds.
    public var held: Int64
    /// What later earnings will settle first.
    public var pointsOwed: Int64
    /// The tier held.
    public var tier: TierID
    /// The segment.
    public var segment: Segment
    /// Completed orders.
    public var orderCount: Int64
    /// Paid minus refunded over all of them.
    public var lifetimeValue: Cents
    /// When they last bought; nil for never.
    public var lastOrderAt: Instant?

    /// Makes one by hand, for samples and tests.
    public init(
        id: CustomerID, firstName: String, lastName: String, phone: Phone? = nil, email: String? = nil, balance: Int64,
        held: Int64, pointsOwed: Int64, tier: TierID, segment: Segment, orderCount: Int64, lifetimeValue: Cents,
        lastOrderAt: Instant? = nil
    ) {
        self.id = id
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.email = email
        self.balance = balance
        self.held = held
        self.pointsOwed = pointsOwed
        self.tier = tier
        self.segment = segment
        self.orderCount = orderCount
        self.lifetimeValue = lifetimeValue
        self.lastOrderAt = lastOrderAt
    }

    /// What can be redeemed now.
    public var available: Int64 { balance - held }
}

/// Where a page of customers begins: the last visit and id of a customer on the page before or after.
public struct CustomerKey: Equatable, Sendable {
    /// When they last bought; nil for never, which is the end of the list.
    public var lastOrderAt: Instant?
    /// Who.
    public var id: CustomerID

    /// Makes a key.
    public init(lastOrderAt: Instant?, id: CustomerID) {
        self.lastOrderAt = lastOrderAt
        self.id = id
    }
}

/// Which part of a list, newest first.
public enum PageRange<Key: Equatable & Sendable>: Equatable, Sendable {
    /// The newest.
    case first
    /// Those that come after the key, so older.
    case older(than: Key)
    /// Those that come before the key, so newer.
    case newer(than: Key)
}

/// Rows of a list, newest first, and whether there are more on either side.
public struct PageOf<Element: Sendable>: Sendable {
    /// At most as many as asked for.
    public var rows: [Element]
    /// Whether there are older rows.
    public var hasOlder: Bool
    /// Whether there are newer rows.
    public var hasNewer: Bool

    /// All there is, for samples.
    public init(all rows: [Element]) {
        self.rows = rows
        hasOlder = false
        hasNewer = false
    }

    /// Cuts off the row that was read only to know whether there is one.
    init<Key>(_ fetched: [Element], limit: Int, range: PageRange<Key>) {
        let hasMore = fetched.count > limit
        let kept = Array(fetched.prefix(limit))
        switch range {
        case .first: (rows, hasOlder, hasNewer) = (kept, hasMore, false)
        case .older: (rows, hasOlder, hasNewer) = (kept, hasMore, true)
        case .newer: (rows, hasOlder, hasNewer) = (kept.reversed(), true, hasMore)
        }
    }
}

extension TenantQueries {
    /// Members by their last visit, newest first, those who never came last.
    public func customers(_ range: PageRange<CustomerKey>, limit: Int) throws -> PageOf<CustomerCard> {
        let rows = try connection.all(
            """
            SELECT \(CustomerCard.columns) FROM customers FORCE INDEX (by_recency)
             WHERE tenant_id = \(tenant) AND erased_at IS NULL AND \(Self.condition(range))
             ORDER BY \(Self.order(range)) LIMIT \(limit + 1)
            """, CustomerCard.init(row:))
        return PageOf(rows, limit: limit, range: range)
    }

    private static func condition(_ range: PageRange<CustomerKey>) -> SQL {
        switch range {
        case .first: "TRUE"
        case .older(let key):
            if let at = key.lastOrderAt {
                "(last_order_at < \(at) OR (last_order_at = \(at) AND id < \(key.id)) OR last_order_at IS NULL)"
            } else {
                "last_order_at IS NULL AND id < \(key.id)"
            }
        case .newer(let key):
            if let at = key.lastOrderAt {
                "(last_order_at > \(at) OR (last_order_at = \(at) AND id > \(key.id)))"
            } else {
                "(last_order_at IS NOT NULL OR (last_order_at IS NULL AND id > \(key.id)))"
            }
        }
    }

    private static func order(_ range: PageRange<CustomerKey>) -> SQL {
        if case .newer = range { "last_order_at, id" } else { "last_order_at DESC, id DESC" }
    }
}

extension CustomerCard {
    /// What open holds reserve now: those whose time is over count no more, also before somebody has ended them.
    static let heldNow: SQL = """
        IF(customers.held = 0, 0, customers.held -
           (SELECT CAST(COALESCE(SUM(lapsed.points), 0) AS SIGNED) FROM redemptions AS lapsed
             WHERE lapsed.tenant_id = customers.tenant_id AND lapsed.customer_id = customers.id
               AND lapsed.status = 'held' AND lapsed.expires_at <= UTC_TIMESTAMP(6)))
        """

    static let columns: SQL = """
        id, first_name, last_name, phone, email, balance, \(CustomerCard.heldNow) AS held, points_owed, tier_id, segment, order_count,
        lifetime_cents, last_order_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("id"), firstName: try row.get("first_name"), lastName: try row.get("last_name"),
            phone: try row.get("phone", as: String?.self).flatMap { Phone($0) }, email: try row.get("email"),
            balance: try row.get("balance"), held: try row.get("held"), pointsOwed: try row.get("points_owed"),
            tier: try row.get("tier_id"), segment: try row.get("segment"), orderCount: try row.get("order_count"),
            lifetimeValue: try row.get("lifetime_cents"), lastOrderAt: try row.get("last_order_at"))
    }

    /// What a page after or before this customer begins with.
    public var key: CustomerKey { CustomerKey(lastOrderAt: lastOrderAt, id: id) }
}
