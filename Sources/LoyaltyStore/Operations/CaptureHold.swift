public import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// Spends the points of a hold, for the order as it came out: a smaller one shrinks the charge, a larger one
    /// changes nothing. A hold that lapsed less than 24 hours ago is captured late if its points are still there, for
    /// the till had already promised. A pause changes nothing, nor do later edits of the tiers.
    ///
    /// - Parameter orderTotal: what the order came to; nil when it is as it was.
    /// - Throws: `Refusal.notFound`; `.redemptionNotOpen` for what is neither held nor lapsed just now;
    ///   `.rewardExceedsOrder`, and the hold stays; `.conflict` for a customer who was erased and an order that was
    ///   undone; `InsufficientPoints` for a late one.
    public func capture(
        _ id: RedemptionID, orderTotal: Cents?, by actor: RedemptionActor, at now: Instant
    ) throws -> Redemption {
        var (redemption, customer) = try lockForChange(id)
        let isLate = redemption.status == .expired
        guard redemption.status == .held || isLate, try !isLate || lapsedToday(id) else {
            throw Refusal.notOpen(redemption)
        }
        let order = RedemptionOrder(total: orderTotal ?? redemption.orderTotal, posOrderID: redemption.posOrderID)
        let names = try lockForRedemptions(order)
        let heldPoints = redemption.price.points
        if orderTotal != nil || isLate {
            let others = try taken(onOrderOf: names, except: id)
            redemption.price = try price(of: redemption, told: orderTotal, others: others, customer)
        }
        if isLate {
            guard redemption.price.points <= customer.available else {
                throw InsufficientPoints(
                    available: customer.available, balance: customer.head.balance, required: redemption.price.points)
            }
        } else {
            try reserve(-heldPoints, of: &customer)
        }
        try connection.execute(
            """
            UPDATE redemptions SET status = 'captured', points = \(redemption.price.points),
                   value_cents = \(redemption.price.value), order_total_cents = \(order.total),
                   captured_at = UTC_TIMESTAMP(6), is_late = \(isLate)
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        _ = try spend(redemption, of: &customer, by: actor, at: now)
        if redemption.price.points < heldPoints {
            try settleOwings(
                of: &customer, settingsVersion: settingsVersion(), requestID: actor.requestID, at: now)
        }
        return try one(id)
    }

    /// What is charged for the order as it came out. A lapsed hold had given up its share of the order, so that others
    /// may have taken it meanwhile: without a total told, the largest that was told for the order counts.
    private func price(
        of redemption: Redemption, told orderTotal: Cents?, others: (value: Cents, total: Cents),
        _ customer: LockedCustomer
    ) throws -> RedemptionPrice {
        let cap = OrderCap(
            total: orderTotal ?? max(redemption.orderTotal, others.total), maxPercent: redemption.maxPercent,
            taken: others.value)
        return try customer.allowing { () throws(RedemptionProblem) in try redemption.price.capped(at: cap.limit) }
    }

    /// Whether a lapsed hold may still be captured.
    private func lapsedToday(_ id: RedemptionID) throws -> Bool {
        try connection.one(
            """
            SELECT expires_at > UTC_TIMESTAMP(6) - INTERVAL 24 HOUR AS is_recent FROM redemptions
             WHERE tenant_id = \(tenant) AND id = \(id)
            """
        ) { try $0.get("is_recent") }
    }

    /// Locks a redemption and, before it, the customer.
    ///
    /// - Throws: `Refusal.notFound`; `.conflict` for a customer who was erased.
    func lockForChange(_ id: RedemptionID) throws -> (Redemption, LockedCustomer) {
        let customer = try lockForChange(one(id).customer)
        return (try locked(id, of: customer), customer)
    }

    /// A redemption of a customer whose lock is held.
    func locked(_ id: RedemptionID, of customer: LockedCustomer) throws -> Redemption {
        let redemption = try connection.one(
            "SELECT \(Redemption.storedColumns) FROM redemptions WHERE tenant_id = \(tenant) AND id = \(id) FOR UPDATE",
            Redemption.init(row:))
        guard redemption.customer == customer.id else {
            throw Refusal(.conflict, "The redemption went to another customer meanwhile. Try again.")
        }
        return redemption
    }

    func one(_ id: RedemptionID) throws -> Redemption {
        guard let redemption = try redemption(id) else { throw Refusal(.notFound, "There is no such redemption.") }
        return redemption
    }
}

extension Refusal {
    /// For a redemption that cannot be captured or voided any more.
    static func notOpen(_ redemption: Redemption) -> Refusal {
        let state =
            switch redemption.status {
            case .held: "is held"
            case .captured: "was captured already"
            case .voided: "was voided"
            case .expired: "has lapsed"
            case .reversed: "was given back, since its order was undone"
            }
        return Refusal(.redemptionNotOpen, "The redemption \(state).")
    }
}
