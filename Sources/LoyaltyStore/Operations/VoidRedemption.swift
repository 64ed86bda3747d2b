public import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// Takes a redemption back: a hold gives its points free, a captured one gives them back. Works during a pause.
    ///
    /// - Parameter mayBeLate: whether a captured one may be taken back after 24 hours: by the scope `adjustments`, and
    ///   on pages by a manager.
    /// - Throws: `Refusal.notFound`; `.redemptionNotOpen` for one that has ended; `.forbidden` for one that was
    ///   captured more than 24 hours ago; `.conflict` for a customer who was erased.
    public func void(
        _ id: RedemptionID, mayBeLate: Bool, by actor: RedemptionActor, at now: Instant
    ) throws -> Redemption {
        var (redemption, customer) = try lockForChange(id)
        switch redemption.status {
        case .held: break
        case .captured:
            guard try mayBeLate || capturedToday(id) else {
                throw Refusal(
                    .forbidden, "The points were used more than 24 hours ago: a manager has to give them back.")
            }
        case .voided, .expired, .reversed: throw Refusal.notOpen(redemption)
        }
        try connection.execute(
            """
            UPDATE redemptions SET status = 'voided', voided_at = UTC_TIMESTAMP(6)
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        if redemption.status == .held {
            try release(
                redemption, of: &customer, as: .voided, "Releases \(redemption.words)", by: actor, at: now)
        } else {
            try giveBack(redemption, to: &customer, "Gives back \(redemption.words)", by: actor, at: now)
        }
        return try one(id)
    }

    /// Posts what was captured back, once for each redemption, and settles with it what is owed.
    func giveBack(
        _ redemption: Redemption, to customer: inout LockedCustomer, _ reason: String, by actor: RedemptionActor,
        at now: Instant
    ) throws {
        let version = try settingsVersion()
        let entries = try append(
            [
                Movement(
                    points: redemption.price.points, kind: .redeemReversal, key: "reversal:\(redemption.id)",
                    redemption: redemption.id, user: actor.user, reason: reason, settingsVersion: version,
                    requestID: actor.requestID)
            ], to: &customer, at: now)
        try insert([
            Activity(
                customer: customer.id, kind: .pointsRedeemed, at: now, cause: actor.cause(reason),
                points: redemption.price.points, user: actor.user)
        ])
        if let entry = entries.first { try takeOffAtPos(redemption, givenBackBy: entry, at: now) }
        try settleOwings(of: &customer, settingsVersion: version, requestID: actor.requestID, at: now)
    }

    private func capturedToday(_ id: RedemptionID) throws -> Bool {
        try connection.one(
            """
            SELECT captured_at > UTC_TIMESTAMP(6) - INTERVAL 24 HOUR AS is_recent FROM redemptions
             WHERE tenant_id = \(tenant) AND id = \(id)
            """
        ) { try $0.get("is_recent") }
    }
}
