public import LoyaltyRules
import MariaDB

/// An order as a program tells it over the API.
public struct ToldOrder: Equatable, Sendable {
    /// Whom it names as buyer.
    public enum Buyer: Equatable, Sendable {
        /// Nothing is said: whoever it is stored with, and for a refund the buyer of its sale.
        case unsaid
        /// Nobody.
        case nobody
        /// Somebody, whether we know them or not.
        case named(CustomerName)
    }

    /// As told, from `api` and without a buyer. Completed at most 24 hours from now.
    public var revision: OrderRevision
    /// Who bought.
    public var buyer: Buyer

    /// Tells of an order.
    public init(_ revision: OrderRevision, buyer: Buyer) {
        self.revision = revision
        self.buyer = buyer
    }
}

/// What became of an order that was told.
public struct RecordedOrder {
    /// As it stands now.
    public var order: PostedOrder
    /// Whose points it concerns, after it: the buyer, for a refund that of its sale; nil for nobody we know.
    public var customer: LockedCustomer?
    /// The tier that this order changed, else the tier held.
    public var previousTier: TierID?
    /// What it is worth; for a refund what it took of its sale, so zero or less.
    public var points: Int64
    /// Why it moves nothing; nil when it does, and for a refund of nothing we know.
    public var reason: NoPointsReason?
    /// Whether it takes back a sale that we do not know.
    public var refundsNothing = false
    /// Whether what was told is not what counts: something newer, or the point of sale's word, is stored.
    public var isStale: Bool
}

extension TenantTransaction {
    /// Takes in an order and brings the ledger to it. Told again it finds nothing to do and says the same: `posOrderId`
    /// is its natural key, for ever. What the point of sale has told stays; only a buyer it does not name is added.
    ///
    /// - Throws: `Refusal.ambiguousCustomer` when several are named; `Overflow` past 64 bits.
    public func record(
        _ told: ToldOrder, under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> RecordedOrder {
        let id = told.revision.posOrderID
        let named = try buyer(of: told)
        var books = try lockAll(concernedBy: told, buyer: named)
        let stored = books.orders[id]
        let owner = owner(of: told, named: named, books: books)
        let isPOS = stored?.posted.revision.source == .pos
        let revision = told.revision(over: stored?.posted.revision, isUnknown: named == nil, at: now)
        let result = try store([revision], owners: [id: owner], ignoresOlder: !isPOS, at: now)
        let isChanged = result.added + result.changed > 0
        if isChanged || stored?.isDue == true {
            try post(id, owner: owner, was: stored, under: history, cause: cause, at: now)
            if owner == nil { try noteNobody(told) }
        }
        return try outcome(of: told, &books, isNew: result.added > 0, isChanged: isChanged, wasStale: result.stale > 0)
    }

    private func buyer(of told: ToldOrder) throws -> CustomerID? {
        guard case .named(let name) = told.buyer else { return nil }
        do {
            return try customerID(of: name)
        } catch let refusal as Refusal where refusal.code == .notFound {
            return nil
        }
    }

    /// Locks everybody whose points the order may move, and reads it and its sale under these locks: customers come
    /// before orders, as everywhere.
    private func lockAll(concernedBy told: ToldOrder, buyer: CustomerID?) throws -> ConcernedBooks {
        var books = ConcernedBooks()
        let ids = [told.revision.posOrderID] + [told.revision.refundOf].compactMap { $0 }
        var missing = Set([buyer].compactMap { $0 })
        repeat {
            for customer in missing.isEmpty ? [] : try lock(missing.sorted()) {
                books.customers[customer.id] = customer
            }
            books.orders = Dictionary(try orders(posIDs: ids).map { ($0.posted.revision.posOrderID, $0) }) { $1 }
            let owners = books.orders.values.flatMap { [$0.customer, $0.postedCustomer] }.compactMap { $0 }
            missing = Set(owners).subtracting(books.customers.keys)
        } while !missing.isEmpty
        return books
    }

    private func owner(of told: ToldOrder, named: CustomerID?, books: ConcernedBooks) -> CustomerID? {
        let stored = books.orders[told.revision.posOrderID]
        if let stored, stored.posted.revision.source == .pos {
            return stored.posted.revision.posCustomerID == nil ? named ?? stored.customer : stored.customer
        }
        switch told.buyer {
        case .named: return named
        case .nobody: return nil
        case .unsaid:
            if let stored { return stored.customer }
            return told.revision.refundOf.flatMap { books.orders[$0]?.customer }
        }
    }

    /// Whoever loses the order goes first, so that its points are gone before the new owner earns.
    private func post(
        _ id: String, owner: CustomerID?, was stored: StoredOrder?, under history: SettingsHistory,
        cause: PostingCause, at now: Instant
    ) throws {
        let loser = stored?.postedCustomer.flatMap { $0 == owner ? nil : $0 }
        if let loser { _ = try postOrders(of: [loser], under: history, cause: cause, at: now) }
        if owner == nil { _ = try settleOrdersOfNobody(limit: 1, only: [id]) }
        let sales = [stored?.posted.revision.refundOf].compactMap { $0 }
        var due = Set(try customersToPost(posOrderIDs: [id] + sales).owning)
        if let owner { due.insert(owner) }
        if !due.isEmpty { _ = try postOrders(of: due.sorted(), under: history, cause: cause, at: now) }
    }

    /// An order that names somebody whom we do not know has no POS id to say so by, if it names them otherwise.
    private func noteNobody(_ told: ToldOrder) throws {
        guard case .named = told.buyer else { return }
        try connection.execute(
            """
            UPDATE orders SET no_points_reason = 'unknown_customer'
             WHERE tenant_id = \(tenant) AND pos_order_id = \(Array(told.revision.posOrderID.utf8))
               AND no_points_reason = 'no_member'
            """)
    }

    private func outcome(
        of told: ToldOrder, _ books: inout ConcernedBooks, isNew: Bool, isChanged: Bool, wasStale: Bool
    ) throws -> RecordedOrder {
        let id = told.revision.posOrderID
        guard let order = try orders(posIDs: [id]).first else { throw Refusal(.notFound, "There is no such order.") }
        var recorded = RecordedOrder(
            order: order.posted, points: order.posted.pointsPosted, reason: order.posted.reason,
            isStale: wasStale || !order.posted.revision.says(told.revision))
        var customer = order.customer
        if order.posted.revision.total < .zero {
            customer = try weigh(&recorded) ?? customer
        }
        if let customer, let after = try lock([customer]).first {
            recorded.customer = after
            recorded.previousTier = try previousTier(
                of: order.posted.id, before: books.customers[customer]?.standing.tier ?? after.standing.tier,
                after: after.standing.tier, isNew: isNew, isChanged: isChanged)
        }
        return recorded
    }

    /// What a refund took of its sale.
    ///
    /// - Returns: whose sale it is.
    private func weigh(_ recorded: inout RecordedOrder) throws -> CustomerID? {
        let refund = recorded.order.revision
        recorded.points = 0
        recorded.reason = nil
        guard let name = refund.refundOf, let sale = try account(ofOrder: name) else {
            recorded.refundsNothing = true
            return nil
        }
        recorded.points = try sale.points(takenBy: refund.posOrderID)
        if recorded.points == 0 {
            recorded.reason = refund.isCompleted ? sale.order.reason ?? .belowOnePoint : .notCompleted
        }
        return sale.customer
    }

    /// Kept for an order that changed the tier, which is rare, so that telling it again answers the same.
    private func previousTier(
        of order: OrderID, before: TierID, after: TierID, isNew: Bool, isChanged: Bool
    ) throws -> TierID {
        guard isChanged else {
            return try connection.optional(
                """
                SELECT previous_tier_id FROM order_tier_changes WHERE tenant_id = \(tenant) AND order_id = \(order)
                """
            ) { try $0.get("previous_tier_id") } ?? after
        }
        if before != after {
            try connection.execute(
                """
                INSERT INTO order_tier_changes (tenant_id, order_id, previous_tier_id)
                VALUES (\(tenant), \(order), \(before))
                ON DUPLICATE KEY UPDATE previous_tier_id = VALUES(previous_tier_id)
                """)
        } else if !isNew {
            try connection.execute(
                "DELETE FROM order_tier_changes WHERE tenant_id = \(tenant) AND order_id = \(order)")
        }
        return before
    }
}

/// Customers before the order, locked, and the order and its sale by POS id.
private struct ConcernedBooks {
    var customers: [CustomerID: LockedCustomer] = [:]
    var orders: [String: StoredOrder] = [:]
}

extension ToldOrder {
    /// What is stored: the point of sale's own revision if there is one. A sale dated ahead of our clock, which may be
    /// a day off, counts as now, and as then if it was told so before.
    fileprivate func revision(over stored: OrderRevision?, isUnknown: Bool, at now: Instant) -> OrderRevision {
        if let stored, stored.source == .pos { return stored }
        var revision = revision
        if case .named(.posID(let posID)) = buyer, isUnknown { revision.posCustomerID = posID }
        if case .unsaid = buyer { revision.posCustomerID = stored?.posCustomerID }
        if revision.completedAt > now { revision.completedAt = min(stored?.completedAt ?? now, now) }
        return revision
    }
}

extension OrderRevision {
    /// Whether the points follow from the same facts as those of `told`.
    fileprivate func says(_ told: OrderRevision) -> Bool {
        isCompleted == told.isCompleted && total == told.total && refundOf == told.refundOf
    }
}
