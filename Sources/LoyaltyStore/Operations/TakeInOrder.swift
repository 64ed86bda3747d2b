public import LoyaltyRules
import MariaDB

/// What became of an order that a program told.
public struct TakenOrder: Equatable, Sendable {
    /// The order as it is now.
    public var order: OrderDetail
    /// Whose points it concerns: the order's customer, or for a refund the sale's; nil for nobody.
    public var customer: CustomerID?
    /// The tier they held before.
    public var previousTier: TierID?
    /// Whether it was older than what is stored, so that nothing changed.
    public var isStale: Bool
}

extension TenantTransaction {
    /// Stores an order as a program tells it and brings the ledger to it, in this transaction. Safe to repeat. An order
    /// that the POS feed has shown stays as that told it.
    ///
    /// - Parameter name: the customer; nil for none, and one whom nobody knows earns later, once the POS names them.
    /// - Throws: `Refusal.ambiguousCustomer` when several customers have that name.
    public func takeIn(
        _ told: OrderRevision, of name: CustomerName?, requestID: String?, at now: Instant
    ) throws -> TakenOrder {
        var revision = told
        let owner = try owner(name, of: &revision)
        // All at once and before the orders: whoever gains, loses, or is owed a refund's clawback.
        let known = try orders(posIDs: standingIDs(of: revision))
        let concerned = known.flatMap { [$0.customer, $0.postedCustomer] } + [owner]
        let locked = try lock(Set(concerned.compactMap { $0 }).sorted())
        let owners = owner.map { [revision.posOrderID: $0] } ?? [:]
        let result = try store([revision], ignoresOlder: true, owners: owners, at: now)
        if result.stale == 0 { try post(revision, isUnknown: name != nil, requestID: requestID, at: now) }
        guard let order = try order(.posID(revision.posOrderID)) else {
            throw Refusal(.notFound, "There is no such order.")
        }
        let sale = try order.revision.refundOf.flatMap { try self.order(.posID($0)) }
        let customer = order.customer ?? sale?.customer
        return TakenOrder(
            order: order, customer: customer, previousTier: locked.first { $0.id == customer }?.standing.tier,
            isStale: result.stale > 0)
    }

    /// The ids that the order, and the sale that it takes back, stand under.
    private func standingIDs(of revision: OrderRevision) throws -> [String] {
        let told = [revision.posOrderID] + (revision.refundOf.map { [$0] } ?? [])
        let standing = try standingOrderIDs(of: told)
        return told.map { standing[$0] ?? $0 }
    }

    /// The customer meant, whose POS id the revision gets, so that the POS's own telling is the same.
    private func owner(_ name: CustomerName?, of revision: inout OrderRevision) throws -> CustomerID? {
        guard let name else { return nil }
        if case .posID(let posID) = name { revision.posCustomerID = posID }
        do {
            let owner = try customerID(of: name)
            if revision.posCustomerID == nil {
                revision.posCustomerID = try records(of: .id(owner), limit: 1).first?.posID
            }
            return owner
        } catch let refusal as Refusal where refusal.code == .notFound {
            return nil
        }
    }

    private func post(_ revision: OrderRevision, isUnknown: Bool, requestID: String?, at now: Instant) throws {
        let names = try standingIDs(of: revision)
        // First, so that what was redeemed is there for what the order earned to be taken from.
        try reverseUndone(posOrderIDs: names, requestID: requestID, at: now)
        let due = try customersToPost(posOrderIDs: names)
        let history = try settingsHistory(asOf: now)
        let cause = PostingCause(requestID: requestID)
        if !due.losing.isEmpty { _ = try postOrders(of: due.losing, under: history, cause: cause, at: now) }
        if !due.owning.isEmpty { _ = try postOrders(of: due.owning, under: history, cause: cause, at: now) }
        try connection.execute(
            """
            UPDATE orders SET posting_due = 0,
                   no_points_reason = IF(is_completed = 0, 'not_completed',
                     \(isUnknown ? NoPointsReason.unknownCustomer : .noMember))
             WHERE tenant_id = \(tenant) AND pos_order_id = \(Array(names[0].utf8)) AND posting_due = 1
               AND customer_id IS NULL AND posted_customer_id IS NULL
            """)
    }
}
