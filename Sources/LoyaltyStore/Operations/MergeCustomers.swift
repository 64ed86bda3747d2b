public import LoyaltyRules
import MariaDB

// rules.md, "Customers": "Merging moves the balance by a pair of `transfer` entries and keeps both histories".

/// What a `MergeID` names.
public enum MergeEntity: Entity { public static let idPrefix = "mrg" }
/// One merging of two customers.
public typealias MergeID = ID<MergeEntity>

/// Two records of one person to make one of.
public struct CustomerMerging: Equatable, Sendable {
    /// Who stays.
    public var survivor: CustomerID
    /// Whose points, sales and outside ids become the survivor's.
    public var merged: CustomerID
    /// In words, 1 to 200 characters.
    public var reason: String
    /// Who decided.
    public var user: UserID
    /// The request.
    public var requestID: String?

    /// Makes a merging.
    public init(survivor: CustomerID, merged: CustomerID, reason: String, user: UserID, requestID: String? = nil) {
        self.survivor = survivor
        self.merged = merged
        self.reason = reason
        self.user = user
        self.requestID = requestID
    }
}

extension TenantStore {
    /// Makes one customer of two. The balance moves by a pair of `transfer` entries; sales, uses of points and outside
    /// ids are the survivor's from then on, and later changes of those sales are posted there. Both ledgers stay. Equity,
    /// a tier by hand, and particulars are the survivor's own.
    ///
    /// - Parameter audit: written with it.
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased or merged, while others
    ///   are merged into the one to be merged, and while that one has open holds.
    @discardableResult
    public func merge(_ merging: CustomerMerging, audit: AuditRecord, at now: Instant) throws -> MergeID {
        let history = try settingsHistory(asOf: now)
        return try transaction { tx in
            var (survivor, merged) = try tx.lockForMerging(merging)
            let id = MergeID.make(at: now)
            let points = merged.head.balance
            try tx.tellTransferred(of: merged, to: survivor, at: now)
            try tx.transfer(points, from: &merged, to: &survivor, merging, key: "merge:\(id)", at: now)
            try tx.connection.execute(
                """
                INSERT INTO customer_merges (tenant_id, id, survivor_id, merged_id, points, reason, user_id, merged_at)
                VALUES (\(tenant), \(id), \(survivor.id), \(merged.id), \(points), \(merging.reason), \(merging.user), \(now))
                """)
            try tx.moveOrders(merging, recordedAs: id)
            try tx.moveOwings(merging)
            try tx.moveIdentities(merging, recordedAs: id)
            try tx.connection.execute(
                """
                UPDATE redemptions SET customer_id = \(survivor.id)
                 WHERE tenant_id = \(tenant) AND customer_id = \(merged.id)
                """)
            try tx.connection.execute(
                """
                UPDATE customers SET merged_into = \(survivor.id) WHERE tenant_id = \(tenant) AND id = \(merged.id)
                """)
            let cause = PostingCause(requestID: merging.requestID, user: merging.user, words: merging.reason)
            _ = try tx.postOrders(of: [survivor.id, merged.id].sorted(), under: history, cause: cause, at: now)
            try tx.append(audit)
            return id
        }
    }
}

extension TenantQueries {
    /// Everybody into whom others are merged.
    public func survivors() throws -> Set<CustomerID> {
        Set(
            try connection.all(
                """
                SELECT DISTINCT merged_into FROM customers FORCE INDEX (by_survivor)
                 WHERE tenant_id = \(tenant) AND merged_into IS NOT NULL
                """
            ) { try $0.get("merged_into", as: CustomerID.self) })
    }

    /// The open merging of a merged customer: who survives, and its id; nil for one who is not merged.
    public func merging(of merged: CustomerID) throws -> (id: MergeID, survivor: CustomerID)? {
        try connection.optional(
            """
            SELECT id, survivor_id FROM customer_merges
             WHERE tenant_id = \(tenant) AND merged_id = \(merged) AND unmerged_at IS NULL
            """
        ) { (try $0.get("id"), try $0.get("survivor_id")) }
    }
}

extension TenantTransaction {
    fileprivate func lockForMerging(
        _ merging: CustomerMerging
    ) throws -> (survivor: LockedCustomer, merged: LockedCustomer) {
        guard merging.survivor != merging.merged else { throw Refusal(.conflict, "A customer is merged with another.") }
        let locked = try lock([merging.survivor, merging.merged].sorted())
        guard let survivor = locked.first(where: { $0.id == merging.survivor }),
            let merged = locked.first(where: { $0.id == merging.merged })
        else { throw Refusal(.notFound, "There is no such customer.") }
        for customer in locked { try requireChangeable(customer) }
        let others: Int64 = try connection.one(
            "SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(tenant) AND merged_into = \(merged.id)"
        ) { try $0.get("number") }
        if others > 0 {
            throw Refusal(
                .conflict, "\(others) customers were merged into this one. Merge the other one into it instead.")
        }
        if merged.held > 0 {
            let holds: Int64 = try connection.one(
                """
                SELECT COUNT(*) AS number FROM redemptions
                 WHERE tenant_id = \(tenant) AND customer_id = \(merged.id) AND status = 'held'
                """
            ) { try $0.get("number") }
            throw Refusal(
                .conflict,
                "\(merged.held) points of \(merged.head.balance) are reserved by \(holds) open \(holds == 1 ? "hold" : "holds"). Capture or void them first."
            )
        }
        return (survivor, merged)
    }

    /// Moves points between two records of one person, told on both timelines.
    func transfer(
        _ points: Int64, from giver: inout LockedCustomer, to taker: inout LockedCustomer, _ merging: CustomerMerging,
        key: String, at now: Instant
    ) throws {
        func words(_ other: CustomerID) -> String { "Merged with \(other): \(merging.reason)" }
        let (out, into) = (words(taker.id), words(giver.id))
        if points != 0 {
            let version = try settingsVersion()
            func movement(_ points: Int64, _ side: String, _ reason: String) -> Movement {
                Movement(
                    points: points, kind: .transfer, key: "\(key):\(side)", user: merging.user,
                    reason: String(reason.prefix(300)), settingsVersion: version, requestID: merging.requestID)
            }
            try append([movement(-points, "out", out)], to: &giver, at: now)
            try append([movement(points, "in", into)], to: &taker, at: now)
        }
        let kind: ActivityKind = points == 0 ? .note : .pointsAdjusted
        try insert([
            Activity(
                customer: giver.id, kind: kind, at: now, cause: out, points: points == 0 ? nil : -points,
                user: merging.user),
            Activity(
                customer: taker.id, kind: kind, at: now, cause: into, points: points == 0 ? nil : points,
                user: merging.user),
        ])
    }

    /// Points posted stay posted: the transfer moved them.
    fileprivate func moveOrders(_ merging: CustomerMerging, recordedAs id: MergeID) throws {
        let (merged, survivor) = (merging.merged, merging.survivor)
        try connection.execute(
            """
            INSERT INTO customer_merge_orders (tenant_id, merge_id, order_id)
            SELECT \(tenant), \(id), id FROM orders WHERE tenant_id = \(tenant) AND customer_id = \(merged)
            """)
        try connection.execute(
            "UPDATE orders SET customer_id = \(survivor) WHERE tenant_id = \(tenant) AND customer_id = \(merged)")
        try connection.execute(
            """
            UPDATE order_postings SET posted_customer_id = \(survivor)
             WHERE tenant_id = \(tenant) AND posted_customer_id = \(merged)
            """)
        // Among these may be one that belongs to somebody else since: the survivor loses it now.
        try markDue([merged, survivor], losing: [merged, survivor])
    }

    /// What is owed is owed by the survivor; what was settled stays told where it was.
    fileprivate func moveOwings(_ merging: CustomerMerging) throws {
        try connection.execute(
            """
            INSERT INTO order_owings (tenant_id, customer_id, order_id, put, open, settlements)
            SELECT tenant_id, \(merging.survivor), order_id, open, open, settlements FROM order_owings AS owed
             WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged) AND open > 0
            ON DUPLICATE KEY UPDATE put = order_owings.put + VALUES(put), open = order_owings.open + VALUES(open),
              settlements = GREATEST(order_owings.settlements, VALUES(settlements))
            """)
        try connection.execute(
            """
            UPDATE order_owings SET put = put - open, open = 0
             WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged) AND open > 0
            """)
        for customer in [merging.merged, merging.survivor].sorted() {
            try connection.execute(
                """
                UPDATE customers SET points_owed = (SELECT COALESCE(SUM(open), 0) FROM order_owings AS owed
                         WHERE owed.tenant_id = \(tenant) AND owed.customer_id = \(customer))
                 WHERE tenant_id = \(tenant) AND id = \(customer)
                """)
        }
    }

    fileprivate func moveIdentities(_ merging: CustomerMerging, recordedAs id: MergeID) throws {
        try connection.execute(
            """
            INSERT INTO customer_merge_identities (tenant_id, merge_id, source, outside_id)
            SELECT \(tenant), \(id), source, outside_id FROM customer_identities
             WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged)
            """)
        try connection.execute(
            """
            UPDATE customer_identities SET customer_id = \(merging.survivor), is_merged = 1
             WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged)
            """)
    }
}
