public import LoyaltyRules
import MariaDB

/// A tier given by hand, or taken back.
public struct TierPinning: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// The tier; nil to go by spend again.
    public var tier: TierID?
    /// The last day; nil for good.
    public var until: Day?
    /// In words, 1 to 200 characters.
    public var reason: String
    /// Who.
    public var user: UserID
    /// The request.
    public var requestID: String?

    /// Makes a pinning.
    public init(
        customer: CustomerID, tier: TierID?, until: Day?, reason: String, user: UserID, requestID: String? = nil
    ) {
        self.customer = customer
        self.tier = tier
        self.until = until
        self.reason = reason
        self.user = user
        self.requestID = requestID
    }
}

extension TenantStore {
    /// Pins a tier, or ends that, and recomputes the tier at once.
    ///
    /// - Parameter audit: written with it.
    /// - Returns: the tier held now.
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    @discardableResult
    public func pin(_ pinning: TierPinning, audit: AuditRecord, at now: Instant) throws -> TierID {
        let history = try settingsHistory(asOf: now)
        return try transaction { tx in
            let before = try tx.lockForChange(pinning.customer)
            // The same tier given once more was held all along: sales since then keep earning by it.
            let since = pinning.tier == nil ? nil : before.pin?.tier == pinning.tier ? before.pin?.since ?? now : now
            try tx.connection.execute(
                """
                UPDATE customers SET pin_tier_id = \(pinning.tier), pin_until = \(pinning.until), pin_since = \(since)
                 WHERE tenant_id = \(tenant) AND id = \(pinning.customer)
                """)
            let cause = PostingCause(requestID: pinning.requestID, user: pinning.user, words: pinning.reason)
            _ = try tx.postOrders(of: [pinning.customer], under: history, cause: cause, at: now)
            let after = try tx.lockForChange(pinning.customer).standing.tier
            if after == before.standing.tier {
                // No change of tier, but somebody decided that there is to be none.
                let name = history.current.tiers.tiers.first { $0.id == after }?.name
                try tx.insert([
                    Activity(
                        customer: pinning.customer, kind: .tierChange, at: now, cause: pinning.reason, to: name,
                        user: pinning.user)
                ])
            }
            try tx.append(audit)
            return after
        }
    }

    /// Adds a note to a customer's timeline.
    ///
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    public func addNote(_ text: String, to customer: CustomerID, by user: UserID, at now: Instant) throws {
        try transaction { tx in
            let customer = try tx.lockForChange(customer)
            try tx.insert([Activity(customer: customer.id, kind: .note, at: now, cause: text, user: user)])
        }
    }
}

extension TenantTransaction {
    /// rules.md, "Tiers": "a tier with pinned members cannot be deleted".
    func requireNoPins(outside kept: TierSettings) throws {
        let saved = try settings()
        let removed = saved.tiers.tiers.map(\.id).filter { id in !kept.tiers.contains { $0.id == id } }
        guard !removed.isEmpty else { return }
        let today = saved.business.calendar.day(of: .now())
        let pinned = try connection.all(
            """
            SELECT pin_tier_id, COUNT(*) AS members FROM customers
             WHERE tenant_id = \(tenant) AND pin_tier_id IN (\(list: removed))
               AND (pin_until IS NULL OR pin_until >= \(today))
             GROUP BY pin_tier_id
            """
        ) { (try $0.get("pin_tier_id", as: TierID.self), try $0.get("members", as: Int64.self)) }
        guard let (tier, members) = pinned.first else { return }
        let name = saved.tiers.tiers.first { $0.id == tier }?.name ?? ""
        let who = members == 1 ? "One customer holds" : "\(members) customers hold"
        throw Refusal(.conflict, "\(who) “\(name)” by hand, so it cannot be removed. End that on their pages first.")
    }
}
