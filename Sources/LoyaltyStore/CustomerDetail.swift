import LoyaltyRules
import MariaDB

/// One customer as their page shows them.
public struct CustomerDetail: Equatable, Sendable {
    /// What lists show too.
    public var card: CustomerCard
    /// As the POS says.
    public var birthDate: Day?
    /// The spend that counts for the tier.
    public var qualifyingSpend: Cents
    /// When they first bought.
    public var firstOrderAt: Instant?
    /// The tier given by hand.
    public var pin: TierPin?
    /// When they became a member.
    public var createdAt: Instant
    /// When they were erased.
    public var erasedAt: Instant?
    /// How they are known elsewhere.
    public var identities: [CustomerIdentity]
    /// What Alpine says; nil when it was never asked or does not know them.
    public var alpine: AlpineStanding?
    /// Whether somebody was merged into them whom the point of sale or Alpine knew: Alpine may have several persons for
    /// them, and is not compared.
    public var isSeveralAtAlpine = false
    /// The newest step of verifying their equity; nil before the first.
    public var equity: EquityRecord?

    /// Makes one by hand, for samples and tests.
    public init(
        card: CustomerCard, birthDate: Day? = nil, qualifyingSpend: Cents, firstOrderAt: Instant? = nil,
        pin: TierPin? = nil, createdAt: Instant, erasedAt: Instant? = nil, identities: [CustomerIdentity],
        alpine: AlpineStanding? = nil, equity: EquityRecord? = nil
    ) {
        self.card = card
        self.birthDate = birthDate
        self.qualifyingSpend = qualifyingSpend
        self.firstOrderAt = firstOrderAt
        self.pin = pin
        self.createdAt = createdAt
        self.erasedAt = erasedAt
        self.identities = identities
        self.alpine = alpine
        self.equity = equity
    }

    /// The POS's id, by which the sync API names customers.
    public var posID: String? { identities.first { $0.source == .alleaves }?.outsideID }
}

/// An id that is not ours.
public struct CustomerIdentity: Equatable, Sendable {
    /// Whose id it is.
    public var source: IdentitySource
    /// The id.
    public var outsideID: String

    /// Makes one by hand, for samples and tests.
    public init(source: IdentitySource, outsideID: String) {
        self.source = source
        self.outsideID = outsideID
    }
}

/// A ledger entry as it is read.
public struct LedgerLine: Equatable, Sendable {
    /// Its id.
    public var id: EntryID
    /// Its place in the customer's ledger, from 1.
    public var sequence: Int64
    /// Signed.
    public var points: Int64
    /// The balance after it.
    public var balance: Int64
    /// What kind.
    public var kind: EntryKind
    /// Why, in words.
    public var reason: String
    /// The POS's id of the order that caused it.
    public var posOrderID: String?
    /// The e-mail of who caused it.
    public var user: String?
    /// When.
    public var createdAt: Instant

    /// Makes one by hand, for samples and tests.
    public init(
        id: EntryID, sequence: Int64, points: Int64, balance: Int64, kind: EntryKind, reason: String,
        posOrderID: String? = nil, user: String? = nil, createdAt: Instant
    ) {
        self.id = id
        self.sequence = sequence
        self.points = points
        self.balance = balance
        self.kind = kind
        self.reason = reason
        self.posOrderID = posOrderID
        self.user = user
        self.createdAt = createdAt
    }
}

extension TenantQueries {
    /// One customer; nil when there is none of that id at this tenant.
    public func customer(_ id: CustomerID) throws -> CustomerDetail? {
        let found = try connection.optional(
            """
            SELECT \(CustomerCard.columns), birth_date, qualifying_cents, first_order_at, pin_tier_id, pin_until,
                   pin_since, created_at, erased_at
              FROM customers WHERE tenant_id = \(tenant) AND id = \(id)
            """
        ) { row in
            CustomerDetail(
                card: try CustomerCard(row: row), birthDate: try row.get("birth_date"),
                qualifyingSpend: try row.get("qualifying_cents"), firstOrderAt: try row.get("first_order_at"),
                pin: try Self.pin(row), createdAt: try row.get("created_at"), erasedAt: try row.get("erased_at"),
                identities: [])
        }
        guard var detail = found else { return nil }
        detail.identities = try connection.all(
            """
            SELECT source, outside_id FROM customer_identities
             WHERE tenant_id = \(tenant) AND customer_id = \(id) ORDER BY source, is_merged, outside_id LIMIT 20
            """
        ) { CustomerIdentity(source: try $0.get("source"), outsideID: try $0.get("outside_id")) }
        detail.alpine = try alpineStandings(of: [id])[id]
        detail.isSeveralAtAlpine = try connection.one(
            """
            SELECT EXISTS (SELECT 1 FROM customer_identities
                            WHERE tenant_id = \(tenant) AND customer_id = \(id) AND is_merged = 1) AS is_several
            """
        ) { try $0.get("is_several") }
        detail.equity = try equityRecord(of: id)?.record
        return detail
    }

    private static func pin(_ row: Row) throws -> TierPin? {
        guard let tier: TierID = try row.get("pin_tier_id", as: TierID?.self) else { return nil }
        return TierPin(tier: tier, until: try row.get("pin_until"), since: try row.get("pin_since"))
    }

    /// A customer's ledger, newest first; keys are sequences.
    public func ledger(of customer: CustomerID, _ range: PageRange<Int64>, limit: Int) throws -> PageOf<LedgerLine> {
        let (condition, order): (SQL, SQL) =
            switch range {
            case .first: ("TRUE", "DESC")
            case .older(let sequence): ("sequence < \(sequence)", "DESC")
            case .newer(let sequence): ("sequence > \(sequence)", "ASC")
            }
        let rows = try connection.all(
            """
            SELECT entry.id, entry.sequence, entry.points, entry.balance, entry.kind, entry.reason,
                   COALESCE(orders.pos_order_id, redemptions.pos_order_id) AS pos_order_id, users.email,
                   entry.created_at
              FROM (SELECT tenant_id, id, sequence, points, balance, kind, reason, order_id, redemption_id, user_id,
                           created_at
                      FROM ledger_entries
                     WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND \(condition)
                     ORDER BY sequence \(order) LIMIT \(limit + 1)) AS entry
              LEFT JOIN orders ON orders.tenant_id = entry.tenant_id AND orders.id = entry.order_id
              LEFT JOIN redemptions
                ON redemptions.tenant_id = entry.tenant_id AND redemptions.id = entry.redemption_id
              LEFT JOIN users ON users.id = entry.user_id
             ORDER BY entry.sequence \(order)
            """
        ) { row in
            LedgerLine(
                id: try row.get("id"), sequence: try row.get("sequence"), points: try row.get("points"),
                balance: try row.get("balance"), kind: try row.get("kind"), reason: try row.get("reason"),
                posOrderID: try row.get("pos_order_id"), user: try row.get("email"),
                createdAt: try row.get("created_at"))
        }
        return PageOf(rows, limit: limit, range: range)
    }
}
