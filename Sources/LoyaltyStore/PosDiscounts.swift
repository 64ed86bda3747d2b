import Foundation
import LoyaltyRules
import MariaDB

/// How far a reward is carried to the point of sale as a discount. contract.md, "API v1".
public enum PosDiscountState: String, CaseIterable, Sendable {
    /// On its way.
    case queued
    /// On the order.
    case applied
    /// Not on the order, and not going there by itself.
    case failed
}

/// The discount of a redemption at the point of sale.
public struct PosDiscount: Equatable, Sendable {
    /// How far it is.
    public var state: PosDiscountState
    /// Why it failed, or what is still to be done by hand; nil when there is nothing to say.
    public var words: String?

    /// Makes one.
    public init(state: PosDiscountState, words: String? = nil) {
        self.state = state
        self.words = words
    }
}

extension TenantTransaction {
    /// Queues the discount of a redemption just captured, where the shop wants that and the redemption names an order.
    ///
    /// - Parameter entry: what spent the points.
    func carryToPos(_ redemption: Redemption, spentBy entry: LedgerEntry, at now: Instant) throws -> PosDiscount? {
        guard let order = redemption.posOrderID else { return nil }
        let settings = try settings()
        guard settings.program.posDiscountEnabled, try integrations().contains(.alleaves) else { return nil }
        let price = redemption.price
        let reward = settings.redemptions.rewards.first { $0.id == price.reward }
        // The shop's discount is for the whole reward: a smaller charge needs another.
        let name = price.value == reward?.value ? reward?.posDiscountID ?? "" : ""
        try connection.execute(
            """
            UPDATE redemptions SET pos_discount = 'queued', pos_discount_name = \(Array(name.utf8))
             WHERE tenant_id = \(tenant) AND id = \(redemption.id)
            """)
        try queueForPos(redemption.id, order: order, entry, isRemoval: false, at: now)
        return PosDiscount(state: .queued)
    }

    /// Takes the discount of a redemption just given back off again: what was not sent yet is not sent; else, what may be
    /// on the order is looked for there.
    ///
    /// - Parameter entry: what gave the points back.
    func takeOffAtPos(_ redemption: Redemption, givenBackBy entry: LedgerEntry, at now: Instant) throws {
        guard redemption.posDiscount != nil, let order = redemption.posOrderID else { return }
        let note = Array(posDiscountNote(redemption.id, isRemoval: false).utf8)
        let isUnsent =
            try connection.execute(
                """
                UPDATE outbox SET state = 'refused', problem = 'The points were given back before it was sent.'
                 WHERE tenant_id = \(tenant) AND destination = 'alleaves' AND note = \(note) AND state = 'queued'
                """) == 1
        let hasPlan = try connection.one(
            """
            SELECT pos_discount_plan IS NOT NULL AS has_plan FROM redemptions
             WHERE tenant_id = \(tenant) AND id = \(redemption.id)
            """
        ) { try $0.get("has_plan", as: Bool.self) }
        if !hasPlan, isUnsent || redemption.posDiscount?.state == .failed {
            return try show(nil, of: redemption.id)
        }
        try queueForPos(redemption.id, order: order, entry, isRemoval: true, at: now)
        // What may be on the order counts as on it until it was looked at.
        let state: PosDiscountState = redemption.posDiscount?.state == .failed ? .failed : .applied
        try show(
            PosDiscount(state: state, words: "The discount is being taken off the order again."), of: redemption.id)
    }

    /// What pages and the API say of a redemption's discount.
    func show(_ discount: PosDiscount?, of redemption: RedemptionID) throws {
        try connection.execute(
            """
            UPDATE redemptions SET pos_discount = \(discount?.state), pos_discount_words = \(discount?.words)
             WHERE tenant_id = \(tenant) AND id = \(redemption)
            """)
    }

    private func queueForPos(
        _ redemption: RedemptionID, order: String, _ entry: LedgerEntry, isRemoval: Bool, at now: Instant
    ) throws {
        try connection.execute(
            """
            INSERT INTO outbox (tenant_id, id, destination, customer_id, position, entry_sequence, points, note, state,
              contact_id, next_attempt_at, created_at)
            VALUES (\(tenant), \(PushID.make(at: now)), 'alleaves', \(entry.customer), \(entry.sequence),
              \(entry.sequence), \(entry.movement.points),
              \(Array(posDiscountNote(redemption, isRemoval: isRemoval).utf8)), 'queued', \(Array(order.utf8)),
              UTC_TIMESTAMP(6), \(now))
            """)
    }
}

/// What tells a discount's two rows of the outbox apart, and makes each unique.
private func posDiscountNote(_ redemption: RedemptionID, isRemoval: Bool) -> String {
    "Loyalty reward \(redemption)\(isRemoval ? " taken off" : "")"
}
