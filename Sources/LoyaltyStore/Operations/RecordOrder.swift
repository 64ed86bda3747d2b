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
    /// What was used on the sale and given back because nothing is left of it.
    public var pointsGivenBack: Int64 = 0
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
        // The order, and the sale that a refund names, may stand under another id.
        guard let standing = try underStandingIDs([told.revision]).0.first else { preconditionFailure("one for one") }
        let buyer = try buyer(of: told)
        let books = try lockAll(concernedBy: standing, buyer: buyer)
        let stored = books.orders[standing.posOrderID]
        let isShown = stored?.posted.revision.source == .pos
        var owner = owner(of: told, buyer: buyer, standing: standing, books: books)
        let revision = told.revision(over: stored?.posted.revision, isUnknown: buyer == nil, at: now)
        let owners = isShown && told.buyer == .unsaid ? [:] : [revision.posOrderID: owner]
        let result = try store([revision], ignoresOlder: true, owners: owners, at: now)
        let isChanged = result.added + result.changed > 0
        if isShown { owner = try orders(posIDs: [standing.posOrderID]).first?.customer }
        if try isChanged || stored.map(isDue) == true {
            try post(
                standing, owner: owner, was: stored, isNew: result.added > 0 && result.undone == 0, under: history,
                cause: cause, at: now)
            if owner == nil { try noteNobody(standing.posOrderID, told.buyer) }
        }
        var recorded = try outcome(
            of: standing, books, isNew: result.added > 0, isChanged: isChanged)
        let isByPOS = recorded.order.revision.source == .pos
        recorded.isStale = result.stale > 0 && !isByPOS || !recorded.order.revision.says(standing)
        return recorded
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
    private func lockAll(concernedBy standing: OrderRevision, buyer: CustomerID?) throws -> ConcernedBooks {
        var books = ConcernedBooks()
        let ids = [standing.posOrderID] + [standing.refundOf].compactMap { $0 }
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

    private func owner(
        of told: ToldOrder, buyer: CustomerID?, standing: OrderRevision, books: ConcernedBooks
    ) -> CustomerID? {
        let stored = books.orders[standing.posOrderID]
        switch told.buyer {
        case .named: return buyer
        case .nobody: return nil
        case .unsaid:
            if let stored { return stored.customer }
            return standing.refundOf.flatMap { books.orders[$0]?.customer }
        }
    }

    /// What was redeemed on an order undone comes back first, so that it is there for what the order earned to be taken
    /// from. Whoever loses the order goes before its new owner earns.
    private func post(
        _ standing: OrderRevision, owner: CustomerID?, was stored: StoredOrder?, isNew: Bool,
        under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws {
        let sales = [standing.refundOf, stored?.posted.revision.refundOf].compactMap { $0 }
        var concerned = (losing: [CustomerID](), owning: [owner].compactMap { $0 })
        // A sale seen for the first time takes nothing from anybody: nobody but its owner is looked for.
        if !isNew || standing.takesBack(nil) || !sales.isEmpty {
            let ids = [standing.posOrderID] + sales
            try reverseUndone(posOrderIDs: ids, requestID: cause.requestID, at: now)
            concerned = try customersToPost(posOrderIDs: ids)
        }
        if !concerned.losing.isEmpty {
            _ = try postOrders(of: concerned.losing, under: history, cause: cause, at: now)
        }
        if owner == nil { _ = try settleOrdersOfNobody(limit: 1, only: [standing.posOrderID]) }
        if !concerned.owning.isEmpty {
            _ = try postOrders(of: concerned.owning, under: history, cause: cause, at: now)
        }
    }

    /// An order that names somebody whom we do not know has no POS id to say so by, if it names them otherwise.
    private func noteNobody(_ posOrderID: String, _ buyer: ToldOrder.Buyer) throws {
        guard case .named = buyer else { return }
        try connection.execute(
            """
            UPDATE order_postings AS posting
              JOIN orders ON orders.tenant_id = posting.tenant_id AND orders.id = posting.order_id
               SET no_points_reason = 'unknown_customer'
             WHERE posting.tenant_id = \(tenant) AND pos_order_id = \(Array(posOrderID.utf8))
               AND no_points_reason = 'no_member'
            """)
    }

    private func outcome(
        of standing: OrderRevision, _ books: ConcernedBooks, isNew: Bool, isChanged: Bool
    ) throws -> RecordedOrder {
        guard let order = try orders(posIDs: [standing.posOrderID]).first else {
            throw Refusal(.notFound, "There is no such order.")
        }
        var recorded = RecordedOrder(
            order: order.posted, points: order.posted.pointsPosted, reason: order.posted.reason, isStale: false)
        var customer = order.customer
        if order.posted.revision.total < .zero {
            customer = try weigh(&recorded) ?? customer
        } else if recorded.points == 0 {
            recorded.pointsGivenBack = try pointsGivenBack(onOrder: order.posted.id)
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
        recorded.pointsGivenBack = try pointsGivenBack(onOrder: sale.order.id)
        if recorded.points == 0 {
            recorded.reason = refund.isCompleted ? sale.order.reason ?? .belowOnePoint : .notCompleted
        }
        return sale.customer
    }

    private func pointsGivenBack(onOrder id: OrderID) throws -> Int64 {
        try connection.one(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS points FROM redemptions FORCE INDEX (by_undone_order)
             WHERE tenant_id = \(tenant) AND status = 'reversed' AND undone_order_id = \(id)
            """
        ) { try $0.get("points") }
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
    /// What is to be stored. A sale dated ahead of our clock, which may be a day off, counts as now, and as then if it
    /// was told so before.
    fileprivate func revision(over stored: OrderRevision?, isUnknown: Bool, at now: Instant) -> OrderRevision {
        var revision = revision
        if case .named(.posID(let posID)) = buyer, isUnknown { revision.posCustomerID = posID }
        if case .unsaid = buyer, let stored, stored.source == .api { revision.posCustomerID = stored.posCustomerID }
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
