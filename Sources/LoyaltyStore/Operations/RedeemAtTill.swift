public import LoyaltyRules
import MariaDB

/// A till took points of the customer shortly before, and this may be the same press once more: whoever pressed has to
/// say which it is.
public struct TakenBefore: Error, Equatable, Sendable {
    /// Makes it.
    public init() {}
}

extension TenantQueries {
    /// What tills took of a customer in the last two hours and a use of points on `order` could be a repetition of:
    /// what was not given back, but for what was taken for an order of another number. Newest first, at most 50.
    ///
    /// Two hours are longer than a line is away or somebody stands at the counter. Who means it presses once more.
    public func tillTakes(of customer: CustomerID, before order: RedemptionOrder) throws -> [Redemption] {
        let names = try names(of: order)
        let taken = try connection.all(
            """
            SELECT \(Redemption.columns) FROM redemptions FORCE INDEX (by_customer)
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND status = 'captured' AND source = 'till'
               AND captured_at > UTC_TIMESTAMP(6) - INTERVAL 2 HOUR
             ORDER BY captured_at DESC, id DESC LIMIT 50
            """, Redemption.init(row:))
        return taken.filter { redemption in
            guard let other = redemption.posOrderID, !names.isEmpty else { return true }
            return names.contains(other)
        }
    }

    /// What a use of points on this order would cost and be worth now.
    ///
    /// - Throws: what `redemptionQuote` does.
    public func redemptionDesk(
        of customer: CustomerName, on order: RedemptionOrder, under settings: Settings
    ) throws -> RedemptionDesk {
        let available = try member(customer).available
        let names = try names(of: order)
        try requireStanding(names)
        let taken = try taken(onOrderOf: names, except: nil).value
        return RedemptionDesk(settings, available: available, on: order, taken: taken)
    }
}

extension TenantTransaction {
    /// Uses points at a till, where a page found anew has a key of its own, so that a press whose answer was lost does
    /// not know itself again. Under the customer's lock, so of two lanes at once one is asked.
    ///
    /// - Parameter seen: what whoever presses was shown as taken, and wants more than.
    /// - Throws: `TakenBefore` when anything else was taken; and what `redeem` does.
    public func redeemAtTill(
        _ request: RedemptionRequest, of id: CustomerID, on order: RedemptionOrder, seen: Set<RedemptionID>,
        by actor: RedemptionActor, at now: Instant
    ) throws -> Redemption {
        _ = try lockForChange(id)
        guard try tillTakes(of: id, before: order).allSatisfy({ seen.contains($0.id) }) else { throw TakenBefore() }
        return try redeem(request, of: id, on: order, isHold: false, by: actor, at: now)
    }
}
