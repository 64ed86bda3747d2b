public import LoyaltyRules
import MariaDB

/// The order that points are used on.
public struct RedemptionOrder: Equatable, Sendable {
    /// What it comes to before this redemption.
    public var total: Cents
    /// The POS's id, by which redemptions of one order know each other; nil when it has none yet. At most 64 bytes.
    public var posOrderID: String?
    /// The POS's id of the store. At most 64 bytes.
    public var posLocationID: String?

    /// Makes an order.
    public init(total: Cents, posOrderID: String? = nil, posLocationID: String? = nil) {
        self.total = total
        self.posOrderID = posOrderID
        self.posLocationID = posLocationID
    }
}

/// Who uses points, or takes that back.
public struct RedemptionActor: Equatable, Sendable {
    /// Who, at the till.
    public var user: UserID?
    /// Whose API key.
    public var apiKey: String?
    /// Who, for the timeline: `API key Tills`; nil for a person, who is named by `user`.
    public var words: String?
    /// The request's id.
    public var requestID: String?

    /// Somebody at the till.
    public static func till(_ user: UserID, requestID: String? = nil) -> RedemptionActor {
        RedemptionActor(user: user, requestID: requestID)
    }

    /// A program of the shop's.
    public static func api(key: String, words: String, requestID: String? = nil) -> RedemptionActor {
        RedemptionActor(apiKey: key, words: words, requestID: requestID)
    }

    /// A line of the timeline.
    func cause(_ what: String) -> String { [words, what].compactMap { $0 }.joined(separator: ": ") }
}

/// What a customer could redeem on an order.
public struct RedemptionQuote: Equatable, Sendable {
    /// What can be spent.
    public var available: Int64
    /// Every redemption tier, in order of cost.
    public var options: [RedemptionOption]
    /// The most points that the order can take.
    public var bestPartial: RedemptionPrice?
}

extension TenantQueries {
    /// What a customer could redeem on an order now.
    ///
    /// - Throws: `Refusal.notFound` for an unknown customer, `.conflict` for an order that was undone.
    public func redemptionQuote(of customer: CustomerID, on order: RedemptionOrder) throws -> RedemptionQuote {
        try redemptionQuote(of: .id(customer), on: order, under: settings())
    }

    /// As above, of whoever is named, under the settings of now.
    ///
    /// - Throws: `Refusal.ambiguousCustomer`, too.
    public func redemptionQuote(
        of customer: CustomerName, on order: RedemptionOrder, under settings: Settings
    ) throws -> RedemptionQuote {
        let desk = try redemptionDesk(of: customer, on: order, under: settings)
        return RedemptionQuote(available: desk.available, options: desk.options, bestPartial: desk.bestPartial)
    }

    /// What open and captured redemptions take off an order, and the largest total it was told to have.
    func taken(onOrderOf names: [String], except own: RedemptionID?) throws -> (value: Cents, total: Cents) {
        if names.isEmpty { return (.zero, .zero) }
        return try connection.one(
            """
            SELECT CAST(COALESCE(SUM(value_cents), 0) AS SIGNED) AS value,
                   COALESCE(MAX(order_total_cents), 0) AS total
              FROM redemptions FORCE INDEX (by_order)
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(names).map { Array($0.utf8) }))
               AND NOT (id <=> \(own)) AND (status = 'captured' OR (status = 'held' AND expires_at > UTC_TIMESTAMP(6)))
            """
        ) { (value: try $0.get("value"), total: try $0.get("total")) }
    }
}

extension TenantTransaction {
    /// Uses points on an order, at once or reserved for the minutes of the settings.
    ///
    /// - Throws: `InsufficientPoints`; `Refusal` with the codes of contract.md; `.notFound` for an unknown customer or
    ///   redemption tier, `.conflict` for a customer who was erased and an order that was undone.
    public func redeem(
        _ request: RedemptionRequest, of id: CustomerID, on order: RedemptionOrder, isHold: Bool,
        by actor: RedemptionActor, at now: Instant
    ) throws -> Redemption {
        var customer = try lockForChange(id)
        let settings = try settings()
        let names = try lockForRedemptions(order)
        let desk = try RedemptionDesk(
            settings, available: customer.available, on: order, taken: taken(onOrderOf: names, except: nil).value)
        let price = try customer.allowing { () throws(RedemptionProblem) in try desk.price(of: request) }
        var redemption = try insert(price, of: id, on: order, isHold: isHold, by: actor, under: settings, at: now)
        if isHold {
            try reserve(price.points, of: &customer)
            try insert([.hold(redemption, actor.cause("Reserves \(redemption.words)"), by: actor.user, at: now)])
        } else {
            redemption.posDiscount = try spend(redemption, of: &customer, by: actor, at: now)
        }
        return redemption
    }

    /// Posts what a captured redemption costs.
    ///
    /// - Returns: its discount at the point of sale, if it is carried there.
    func spend(
        _ redemption: Redemption, of customer: inout LockedCustomer, by actor: RedemptionActor, at now: Instant
    ) throws -> PosDiscount? {
        let points = -redemption.price.points
        let entries = try append(
            [
                Movement(
                    points: points, kind: .redeem, key: "redeem:\(redemption.id)", redemption: redemption.id,
                    user: actor.user, reason: redemption.words, settingsVersion: redemption.settingsVersion,
                    requestID: actor.requestID)
            ], to: &customer, at: now)
        try insert([
            Activity(
                customer: customer.id, kind: .pointsRedeemed, at: now, cause: actor.cause(redemption.words),
                points: points, user: actor.user)
        ])
        return try entries.first.flatMap { try carryToPos(redemption, spentBy: $0, at: now) }
    }

    /// Makes redemptions of one order follow each other, whoever's points they use. Belongs after the customer's lock.
    ///
    /// - Returns: the ids that redemptions may name the order by.
    /// - Throws: `Refusal.conflict` for an order that was undone.
    func lockForRedemptions(_ order: RedemptionOrder) throws -> [String] {
        let names = try names(of: order)
        if names.isEmpty { return [] }
        for name in names.sorted() {
            try connection.execute(
                """
                INSERT INTO redeemed_orders (tenant_id, pos_order_id, lock_count)
                VALUES (\(tenant), \(Array(name.utf8)), 1)
                ON DUPLICATE KEY UPDATE lock_count = lock_count + 1
                """)
        }
        // Nobody undoes the order until this redemption is there to be given back.
        _ = try connection.all(
            """
            SELECT id FROM orders FORCE INDEX (by_pos_id)
             WHERE tenant_id = \(tenant) AND pos_order_id IN (\(list: padded(names).map { Array($0.utf8) }))
              LOCK IN SHARE MODE
            """)
        try requireStanding(names)
        return names
    }

    private func insert(
        _ price: RedemptionPrice, of customer: CustomerID, on order: RedemptionOrder, isHold: Bool,
        by actor: RedemptionActor, under settings: Settings, at now: Instant
    ) throws -> Redemption {
        let id = RedemptionID.make(at: now)
        let reward = settings.redemptions.rewards.first { $0.id == price.reward }
        let source: RedemptionSource = actor.user == nil ? .api : .till
        try connection.execute(
            """
            INSERT INTO redemptions (tenant_id, id, customer_id, pos_order_id, redemption_tier_id, label, status, points,
              value_cents, full_points, full_value_cents, shrinks, max_percent, order_total_cents, settings_version,
              source, user_id, api_key_id, pos_location_id, created_at, expires_at, captured_at)
            VALUES (\(tenant), \(id), \(customer), \(order.posOrderID.map { Array($0.utf8) }), \(price.reward),
              \(reward?.label ?? pointsText(price.fullPoints)), \(isHold ? RedemptionStatus.held : .captured),
              \(price.points), \(price.value), \(price.fullPoints), \(price.fullValue), \(price.shrinks),
              \(settings.redemptions.maxOrderPercent), \(order.total), \(settings.version), \(source), \(actor.user),
              \(actor.apiKey.map { Array($0.utf8) }), \(order.posLocationID.map { Array($0.utf8) }), UTC_TIMESTAMP(6),
              IF(\(isHold), UTC_TIMESTAMP(6) + INTERVAL \(settings.redemptions.holdMinutes) MINUTE, NULL),
              IF(\(isHold), NULL, UTC_TIMESTAMP(6)))
            """)
        guard let redemption = try redemption(id) else { throw Refusal(.notFound, "There is no such redemption.") }
        return redemption
    }
}

extension RedemptionDesk {
    init(_ settings: Settings, available: Int64, on order: RedemptionOrder, taken: Cents) {
        self.init(
            settings: settings.redemptions, isPaused: settings.program.paused, available: available,
            orderTotal: order.total, taken: taken)
    }
}

extension LockedCustomer {
    /// What `pricing` comes to, its problem told as a refusal.
    func allowing<Value>(_ pricing: () throws(RedemptionProblem) -> Value) throws -> Value {
        do {
            return try pricing()
        } catch {
            let code: Refusal.Code =
                switch error {
                case .insufficientPoints(let required, _):
                    throw InsufficientPoints(available: available, balance: head.balance, required: required)
                case .programPaused: .programPaused
                case .unknownReward: .notFound
                case .rewardExceedsOrder: .rewardExceedsOrder
                case .belowMinimumOrder: .belowMinimumOrder
                case .notRedeemable: .notRedeemable
                }
            throw Refusal(code, error.description)
        }
    }
}

extension Activity {
    /// A step of a hold, which moves no points.
    static func hold(
        _ redemption: Redemption, _ cause: String, from: RedemptionStatus? = nil, to: RedemptionStatus = .held,
        by user: UserID? = nil, at now: Instant
    ) -> Activity {
        Activity(
            customer: redemption.customer, kind: .hold, at: now, cause: cause, from: from?.rawValue, to: to.rawValue,
            user: user)
    }
}
