public import LoyaltyRules
import MariaDB

/// What became of a use of points. contract.md, "API v1".
public enum RedemptionStatus: String, CaseIterable, Sendable {
    /// The points are reserved.
    case held
    /// The points are spent.
    case captured
    /// Taken back by somebody.
    case voided
    /// The hold's time is over.
    case expired
    /// Taken back because its order was undone.
    case reversed
}

/// Where points are used.
public enum RedemptionSource: String, CaseIterable, Sendable {
    case api
    case till
}

/// One use of points.
public struct Redemption: Equatable, Sendable {
    /// Its public id.
    public var id: RedemptionID
    /// Whose points.
    public var customer: CustomerID
    /// The POS's id of the order; nil when none was named.
    public var posOrderID: String?
    /// What it is called on receipts.
    public var label: String
    /// What is charged and taken off, as of when it was made or captured.
    public var price: RedemptionPrice
    /// The largest share of an order, 1 to 100, as of when it was made.
    public var maxPercent: Int64
    /// The order's total as told last.
    public var orderTotal: Cents
    /// The settings that priced it.
    public var settingsVersion: Int64
    /// What became of it.
    public var status: RedemptionStatus
    /// Where.
    public var source: RedemptionSource
    /// Who, at the till.
    public var user: UserID?
    /// Whose API key.
    public var apiKey: String?
    /// The POS's id of the store, if it was told.
    public var posLocationID: String?
    /// When it was made.
    public var createdAt: Instant
    /// When a hold ends, or ended; nil for one that was captured directly.
    public var expiresAt: Instant?
    /// Whole seconds until then, by the database's clock; nil for what is not held.
    public var secondsLeft: Int64?
    /// When the points were spent.
    public var capturedAt: Instant?
    /// Whether that was after the hold had lapsed.
    public var isLate: Bool
    /// When somebody took it back.
    public var voidedAt: Instant?
    /// When it was taken back because its order was undone.
    public var reversedAt: Instant?
    /// Its discount at the point of sale; nil when none is there or on its way.
    public var posDiscount: PosDiscount?
    /// Whether a discount was ever to be carried there.
    public var isCarriedToPos = false

    /// Makes one that was captured directly at the till by hand, for samples and tests.
    public init(
        id: RedemptionID, customer: CustomerID, label: String, price: RedemptionPrice, orderTotal: Cents,
        status: RedemptionStatus, user: UserID, capturedAt: Instant, voidedAt: Instant? = nil
    ) {
        (self.id, self.customer, self.label, self.price) = (id, customer, label, price)
        (self.orderTotal, self.status, self.user, self.voidedAt) = (orderTotal, status, user, voidedAt)
        (self.capturedAt, createdAt) = (capturedAt, capturedAt)
        (maxPercent, settingsVersion, source, isLate) = (100, 1, .till, false)
    }

    /// `167 points for $10.00 off order 1001`.
    public var words: String {
        "\(pointsText(price.points)) for \(price.value.formatted()) off\(posOrderID.map { " order \($0)" } ?? "")"
    }
}

extension TenantQueries {
    /// One redemption; nil when this tenant has none of that id.
    public func redemption(_ id: RedemptionID) throws -> Redemption? {
        try connection.optional(
            "SELECT \(Redemption.columns) FROM redemptions WHERE tenant_id = \(tenant) AND id = \(id)",
            Redemption.init(row:))
    }

    /// A customer's redemptions, newest first.
    public func redemptions(of customer: CustomerID, limit: Int) throws -> [Redemption] {
        try connection.all(
            """
            SELECT \(Redemption.columns) FROM redemptions WHERE tenant_id = \(tenant) AND customer_id = \(customer)
             ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """, Redemption.init(row:))
    }

    /// An order's redemptions, by whatever id of it they name, oldest first, at most 100.
    public func redemptions(posOrderID: String) throws -> [Redemption] {
        let names = try names(of: RedemptionOrder(total: .zero, posOrderID: posOrderID))
        return try connection.all(
            """
            SELECT \(Redemption.columns) FROM redemptions
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(names).map { Array($0.utf8) }))
             ORDER BY created_at, id LIMIT 100
            """, Redemption.init(row:))
    }

    /// A customer's open holds with the time left, those that end first coming first, at most 100.
    public func openHolds(of customer: CustomerID) throws -> [Redemption] {
        try connection.all(
            """
            SELECT \(Redemption.columns) FROM redemptions
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND status = 'held'
               AND expires_at > UTC_TIMESTAMP(6)
             ORDER BY expires_at, id LIMIT 100
            """, Redemption.init(row:))
    }

    /// What a member can spend now.
    ///
    /// - Throws: `Refusal.notFound` for an unknown customer.
    public func availablePoints(of customer: CustomerID) throws -> Int64 {
        let available: Int64? = try connection.optional(
            """
            SELECT balance - \(CustomerCard.heldNow) AS available FROM customers
             WHERE tenant_id = \(tenant) AND id = \(customer)
            """
        ) { try $0.get("available") }
        guard let available else { throw Refusal(.notFound, "There is no such customer.") }
        return available
    }
}

extension Redemption {
    /// As it is now: a hold whose time is over has expired, also before somebody has ended it.
    static let columns = columns(
        status: "IF(status = 'held' AND expires_at <= UTC_TIMESTAMP(6), 'expired', status) AS status")

    /// As stored, for those who hold the customer's lock.
    static let storedColumns = columns(status: "status")

    private static func columns(status: SQL) -> SQL {
        """
        id, customer_id, pos_order_id, redemption_tier_id, label, points, value_cents, full_points, full_value_cents,
        shrinks, max_percent, order_total_cents, settings_version, \(status), source, user_id, api_key_id,
        pos_location_id, created_at, expires_at, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at) AS seconds_left,
        captured_at, is_late, voided_at, reversed_at, pos_discount, pos_discount_words,
        pos_discount_name IS NOT NULL AS is_carried
        """
    }

    init(row: Row) throws {
        status = try row.get("status")
        id = try row.get("id")
        customer = try row.get("customer_id")
        posOrderID = try row.get("pos_order_id")
        label = try row.get("label")
        price = RedemptionPrice(
            reward: try row.get("redemption_tier_id"), points: try row.get("points"), value: try row.get("value_cents"),
            fullPoints: try row.get("full_points"), fullValue: try row.get("full_value_cents"),
            shrinks: try row.get("shrinks"))
        maxPercent = try row.get("max_percent")
        orderTotal = try row.get("order_total_cents")
        settingsVersion = try row.get("settings_version")
        source = try row.get("source")
        user = try row.get("user_id")
        apiKey = try row.get("api_key_id")
        posLocationID = try row.get("pos_location_id")
        createdAt = try row.get("created_at")
        expiresAt = try row.get("expires_at")
        secondsLeft = status == .held ? try row.get("seconds_left") : nil
        capturedAt = try row.get("captured_at")
        isLate = try row.get("is_late")
        voidedAt = try row.get("voided_at")
        reversedAt = try row.get("reversed_at")
        isCarriedToPos = try row.get("is_carried")
        if let state: PosDiscountState = try row.get("pos_discount") {
            posDiscount = PosDiscount(state: state, words: try row.get("pos_discount_words"))
        }
    }
}
