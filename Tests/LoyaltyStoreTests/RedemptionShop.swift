import LoyaltyRules
import LoyaltyStore
import MariaDB

/// What redemption tests ask for, as a till does.
extension TestStore {
    /// A redemption tier of the default settings, 1 to 3; or a number of points.
    enum Use {
        case reward(UInt128)
        case points(Int64)

        var request: RedemptionRequest {
            switch self {
            case .reward(let number): .reward(RewardID(rawValue: number))
            case .points(let points): .points(points)
            }
        }
    }

    static let cashier = UserID(rawValue: 77)

    @discardableResult
    func redeem(
        _ use: Use, of customer: CustomerID, _ total: Cents, order: String? = nil, isHold: Bool = false
    ) throws -> Redemption {
        try tenant.redeem(use, of: customer, total, order: order, isHold: isHold)
    }

    @discardableResult
    func capture(_ redemption: Redemption, total: Cents? = nil) throws -> Redemption {
        try tenant.capture(redemption, total: total)
    }

    @discardableResult
    func void(_ redemption: Redemption, mayBeLate: Bool = false) throws -> Redemption {
        try tenant.void(redemption, mayBeLate: mayBeLate)
    }

    /// A member with so many points.
    func member(_ posID: String = "1", points: Int64) throws -> CustomerID {
        let customer = try importCustomers(posID)[0]
        if points > 0 { try move(points, key: "start:\(customer)", for: customer) }
        return customer
    }

    /// Lets so many minutes go by for a redemption: its deadlines move into the past.
    func age(_ redemption: Redemption, minutes: Int64) throws {
        try root.execute(
            """
            UPDATE redemptions SET expires_at = expires_at - INTERVAL \(minutes) MINUTE,
                   captured_at = captured_at - INTERVAL \(minutes) MINUTE
             WHERE tenant_id = \(id) AND id = \(redemption.id)
            """)
    }

    func stored(_ redemption: Redemption) throws -> Redemption? { try tenant.redemption(redemption.id) }

    /// Balance and reserved points as kept.
    func kept(_ customer: CustomerID) throws -> [Int64] {
        try root.one("SELECT balance, held FROM customers WHERE tenant_id = \(id) AND id = \(customer)") {
            [try $0.get("balance"), try $0.get("held")]
        }
    }

    /// The timeline's causes, oldest first.
    func causes(_ customer: CustomerID, _ kind: ActivityKind) throws -> [String] {
        try tenant.activities(of: customer, .first, limit: 1_000).rows.reversed().filter { $0.kind == kind }.map(
            \.cause)
    }
}

extension TenantStore {
    @discardableResult
    func redeem(
        _ use: TestStore.Use, of customer: CustomerID, _ total: Cents, order: String? = nil, isHold: Bool = false
    ) throws -> Redemption {
        try transaction { tx in
            try tx.redeem(
                use.request, of: customer, on: RedemptionOrder(total: total, posOrderID: order), isHold: isHold,
                by: .till(TestStore.cashier, requestID: "req-1"), at: .now())
        }
    }

    @discardableResult
    func capture(_ redemption: Redemption, total: Cents? = nil) throws -> Redemption {
        try transaction { tx in
            try tx.capture(redemption.id, orderTotal: total, by: .till(TestStore.cashier), at: .now())
        }
    }

    @discardableResult
    func void(_ redemption: Redemption, mayBeLate: Bool = false) throws -> Redemption {
        try transaction { tx in
            try tx.void(redemption.id, mayBeLate: mayBeLate, by: .till(TestStore.cashier), at: .now())
        }
    }
}

/// The code that `body` is refused with; nil when it is not.
func refusal(_ body: () throws -> Void) throws -> Refusal.Code? {
    do {
        try body()
        return nil
    } catch let refusal as Refusal {
        return refusal.code
    }
}

/// What `body` says of missing points; nil when it is not refused for them.
func shortage(_ body: () throws -> Void) throws -> InsufficientPoints? {
    do {
        try body()
        return nil
    } catch let short as InsufficientPoints {
        return short
    }
}
