import LoyaltyRules
import MariaDB

/// A movement of points by hand: by somebody at the shop, or by a program of the shop's.
public struct Adjustment: Equatable, Sendable {
    /// Signed, never zero.
    public var points: Int64
    /// In words, 1 to 200 characters.
    public var reason: String
    /// Unique in the tenant, for ever.
    public var key: String
    /// Who, for the timeline: `API key Tills`; nil for a person, who is named by `user`.
    public var actor: String?
    /// Who, if a person.
    public var user: UserID?
    /// The request's id.
    public var requestID: String?

    /// Makes an adjustment.
    public init(
        points: Int64, reason: String, key: String, actor: String? = nil, user: UserID? = nil,
        requestID: String? = nil
    ) {
        self.points = points
        self.reason = reason
        self.key = key
        self.actor = actor
        self.user = user
        self.requestID = requestID
    }
}

/// More points are asked for than can be spent.
public struct InsufficientPoints: Error, Equatable, Sendable, CustomStringConvertible {
    /// What can be spent.
    public var available: Int64
    /// The sum of the ledger.
    public var balance: Int64
    /// What is asked for.
    public var required: Int64

    /// Makes a refusal.
    public init(available: Int64, balance: Int64, required: Int64) {
        self.available = available
        self.balance = balance
        self.required = required
    }

    /// How many are missing.
    public var shortBy: Int64 { required - available }
    public var description: String { "\(available) points are available, \(required) are needed." }
}

extension TenantTransaction {
    /// Moves points, settles with them what is owed, and adds to the timeline.
    ///
    /// - Throws: `InsufficientPoints` when more is taken than is available; `Refusal.notFound` for nobody's id, and
    ///   for that of somebody who was erased; `.conflict` when the key is taken.
    public func adjust(_ id: CustomerID, by adjustment: Adjustment, at now: Instant) throws -> LedgerEntry {
        guard var customer = try lock([id]).first, !customer.isErased else {
            throw Refusal(.notFound, "There is no such customer.")
        }
        guard adjustment.points >= -customer.available else {
            throw InsufficientPoints(
                available: customer.available, balance: customer.head.balance, required: -adjustment.points)
        }
        let version = try settingsVersion()
        let movement = Movement(
            points: adjustment.points, kind: .adjustment, key: adjustment.key, user: adjustment.user,
            reason: adjustment.reason, settingsVersion: version, requestID: adjustment.requestID)
        guard let entry = try append([movement], to: &customer, at: now).first else {
            throw Refusal(.conflict, "This adjustment was posted already.")
        }
        let cause = [adjustment.actor, adjustment.reason].compactMap { $0 }.joined(separator: ": ")
        try insert([
            Activity(
                customer: id, kind: .pointsAdjusted, at: now, cause: cause, points: adjustment.points,
                user: adjustment.user)
        ])
        if adjustment.points > 0 {
            try settleOwings(of: &customer, settingsVersion: version, requestID: adjustment.requestID, at: now)
        }
        return entry
    }

    /// Settles points owed from what is available: belongs after every movement by which `available` rises, but an
    /// `alpine_override`. Posting orders does it in its plan, by the same `Settlement`.
    @discardableResult
    public func settleOwings(
        of customer: inout LockedCustomer, settingsVersion: Int64, requestID: String?, at now: Instant
    ) throws -> [LedgerEntry] {
        let settlement = Settlement(
            of: try openOwings(of: customer.id), available: customer.available, settingsVersion: settingsVersion)
        if settlement.entries.isEmpty { return [] }
        let entries = try append(
            settlement.entries.map { entry in
                Movement(
                    points: entry.points, kind: entry.kind, key: entry.key, order: entry.order, reason: entry.reason,
                    settingsVersion: entry.settingsVersion, requestID: requestID)
            }, to: &customer, at: now)
        for owing in settlement.owings {
            try connection.execute(
                """
                UPDATE order_owings SET open = \(owing.open), settlements = \(owing.settlements)
                 WHERE tenant_id = \(tenant) AND customer_id = \(customer.id) AND order_id = \(owing.order)
                """)
        }
        try connection.execute(
            """
            UPDATE customers SET points_owed = points_owed - \(settlement.points)
             WHERE tenant_id = \(tenant) AND id = \(customer.id)
            """)
        try insert(
            entries.map { entry in
                Activity(
                    customer: customer.id, kind: .pointsAdjusted, at: now, cause: entry.movement.reason,
                    points: entry.movement.points, order: entry.movement.order)
            })
        return entries
    }

    /// What a customer still owes, oldest order first: by completion, then id.
    private func openOwings(of customer: CustomerID) throws -> [Owing] {
        try connection.all(
            """
            SELECT owing.order_id, owing.put, owing.open, owing.settlements FROM order_owings AS owing
              JOIN orders ON orders.tenant_id = owing.tenant_id AND orders.id = owing.order_id
             WHERE owing.tenant_id = \(tenant) AND owing.customer_id = \(customer) AND owing.open > 0
             ORDER BY orders.completed_at, owing.order_id
            """
        ) { row in
            Owing(
                order: try row.get("order_id"), put: try row.get("put"), open: try row.get("open"),
                settlements: try row.get("settlements"))
        }
    }
}
