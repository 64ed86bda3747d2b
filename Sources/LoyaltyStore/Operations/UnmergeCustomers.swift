public import LoyaltyRules
import MariaDB

extension TenantStore {
    /// Makes two customers of one again: the points that the merging moved go back by another pair of `transfer`
    /// entries, and so do the outside ids, the sales of before and those that came for them since. What was spent in
    /// between was the survivor's.
    ///
    /// - Parameters:
    ///   - merging: names both as they were merged, with who decided and why now.
    ///   - audit: written with it.
    /// - Throws: `Refusal.notFound` when the two are not merged, `.conflict` when the survivor has fewer points to spend
    ///   than go back, with figures.
    public func unmerge(_ merging: CustomerMerging, audit: AuditRecord, at now: Instant) throws {
        let history = try settingsHistory(asOf: now)
        try transaction { tx in
            let locked = try tx.lockForUnmerging(merging)
            guard var survivor = locked.first(where: { $0.id == merging.survivor }),
                var merged = locked.first(where: { $0.id == merging.merged }), merged.mergedInto == survivor.id,
                let open = try tx.merging(of: merged.id)
            else { throw Refusal(.notFound, "These two customers are not merged.") }
            let points: Int64 = try tx.connection.one(
                "SELECT points FROM customer_merges WHERE tenant_id = \(tenant) AND id = \(open.id)"
            ) { try $0.get("points") }
            guard survivor.available >= points else {
                throw Refusal(
                    .conflict,
                    "\(points) points came with the merging, and only \(survivor.available) of \(survivor.head.balance) can be used now."
                )
            }
            try tx.connection.execute(
                "UPDATE customers SET merged_into = NULL WHERE tenant_id = \(tenant) AND id = \(merged.id)")
            try tx.transfer(points, from: &survivor, to: &merged, merging, key: "unmerge:\(open.id)", at: now)
            try tx.takeBackTold(open.id, of: survivor, from: merged, at: now)
            try tx.moveBack(open.id, from: survivor.id, to: merged.id)
            try tx.splitOrders(open.id, survivor: &survivor, merged: &merged, at: now)
            // Whose an order is that the point of sale shows for nobody may be told by who was merged, not by its text.
            try tx.connection.execute(
                """
                UPDATE orders SET wire_digest = NULL
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(survivor.id), \(merged.id))
                """)
            try tx.connection.execute(
                """
                UPDATE customer_merges SET unmerged_by = \(merging.user), unmerged_at = \(now)
                 WHERE tenant_id = \(tenant) AND id = \(open.id)
                """)
            try tx.markDue([survivor.id, merged.id], losing: [survivor.id, merged.id])
            let cause = PostingCause(requestID: merging.requestID, user: merging.user, words: merging.reason)
            // One after the other: what the one releases the other may earn.
            _ = try tx.postOrders(of: [survivor.id], under: history, cause: cause, at: now)
            _ = try tx.postOrders(of: [merged.id], under: history, cause: cause, at: now)
            try tx.append(audit)
        }
    }
}

/// What an order has in the ledgers of two people who were one for a while.
private struct SplitOrder {
    var order: StoredOrder
    /// Entries less what they put into points owed.
    var points: [CustomerID: Int64]
    /// In whose ledger it stands from now on; nil for in neither.
    var holder: CustomerID?
}

extension TenantTransaction {
    /// Locks the two, and everybody else in whose ledger one of their orders stands or will: what is posted of it is
    /// numbered.
    fileprivate func lockForUnmerging(_ merging: CustomerMerging) throws -> [LockedCustomer] {
        var (locked, sought): ([LockedCustomer], Set<CustomerID>) = ([], [merging.survivor, merging.merged])
        while locked.count < sought.count {
            locked = try lock(sought.sorted())
            guard locked.count == sought.count else { return locked }
            try connection.forEach(
                """
                SELECT orders.customer_id, posting.posted_customer_id FROM (
                  SELECT order_id FROM ledger_entries
                   WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged) AND order_id IS NOT NULL
                  UNION SELECT order_id FROM order_owings
                   WHERE tenant_id = \(tenant) AND customer_id = \(merging.merged)
                  UNION SELECT id FROM orders WHERE tenant_id = \(tenant) AND customer_id = \(merging.survivor)) AS theirs
                  JOIN orders ON orders.tenant_id = \(tenant) AND orders.id = theirs.order_id
                  LEFT JOIN order_postings AS posting
                    ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
                """
            ) { row in
                let concerned: [CustomerID?] = [try row.get("customer_id"), try row.get("posted_customer_id")]
                sought.formUnion(concerned.compactMap { $0 })
            }
        }
        return locked
    }

    /// Gives outside ids and uses of points back.
    fileprivate func moveBack(_ merge: MergeID, from survivor: CustomerID, to merged: CustomerID) throws {
        try connection.execute(
            """
            UPDATE customer_identities AS identity
              JOIN customer_merge_identities AS was ON was.tenant_id = identity.tenant_id AND was.source = identity.source
               AND was.outside_id = identity.outside_id
               SET identity.customer_id = \(merged), identity.is_merged = 0
             WHERE was.tenant_id = \(tenant) AND was.merge_id = \(merge) AND identity.customer_id = \(survivor)
            """)
        try connection.execute(
            """
            UPDATE redemptions SET customer_id = \(merged)
             WHERE tenant_id = \(tenant) AND customer_id = \(survivor) AND id IN
               (SELECT redemption_id FROM ledger_entries WHERE tenant_id = \(tenant) AND customer_id = \(merged)
                   AND redemption_id IS NOT NULL)
            """)
    }

    /// Gives the orders back. Each stands in one ledger from now on, with what it has there; what it has in the other
    /// is released, and the posting that follows brings it to what it is worth.
    fileprivate func splitOrders(
        _ merge: MergeID, survivor: inout LockedCustomer, merged: inout LockedCustomer, at now: Instant
    ) throws {
        try forgetTermsOfNewOrders(merge, survivor: survivor.id)
        let splits = try splitOrders(merge, survivor: survivor.id, merged: merged.id)
        try tellWhoHolds(splits, survivor: survivor, merged: merged, at: now)
        for var split in splits {
            // No order stands with less than nothing: such a part is released too, and posted anew.
            func stays(_ customer: CustomerID) -> Bool { split.holder == customer && split.points[customer] ?? 0 >= 0 }
            let (survivorKeeps, mergedKeeps) = (stays(survivor.id), stays(merged.id))
            if !survivorKeeps { try release(&split, from: &survivor, at: now) }
            if !mergedKeeps { try release(&split, from: &merged, at: now) }
            split.order.posted.postingCount += 1
            let posted = split.order.posted
            let standing = split.holder.map { split.points[$0] ?? 0 } ?? posted.pointsPosted
            try connection.execute(
                """
                UPDATE orders SET customer_id = \(split.order.customer)
                 WHERE tenant_id = \(tenant) AND id = \(posted.id)
                """)
            try connection.execute(
                """
                UPDATE order_postings SET posted_customer_id = \(split.holder ?? split.order.postedCustomer),
                       points_posted = \(standing), posting_count = \(posted.postingCount)
                 WHERE tenant_id = \(tenant) AND order_id = \(posted.id)
                """)
            if split.holder == merged.id {
                // Whom our API named while they were one.
                try connection.execute(
                    """
                    UPDATE order_told_buyers SET customer_id = \(merged.id)
                     WHERE tenant_id = \(tenant) AND order_id = \(posted.id) AND customer_id = \(survivor.id)
                    """)
            }
            // Each goes on with numbers of its own for what it settles.
            try connection.execute(
                """
                UPDATE order_owings SET settlements = GREATEST(settlements, \(Owing(of: posted).settlements))
                 WHERE tenant_id = \(tenant) AND customer_id = \(merged.id) AND order_id = \(posted.id)
                """)
        }
    }

    /// What Alpine IQ was told of an order is told of the one whose it is from now on. The base points of the point of
    /// sale's orders it counted for each card all the time.
    private func tellWhoHolds(
        _ splits: [SplitOrder], survivor: LockedCustomer, merged: LockedCustomer, at now: Instant
    ) throws {
        let others: [CustomerID] = try connection.all(
            "SELECT id FROM customers WHERE tenant_id = \(tenant) AND merged_into = \(survivor.id)"
        ) { try $0.get("id") }
        let told = try told(of: splits.map(\.order.posted.id), to: [survivor.id, merged.id] + others)
        var pushes: [Push] = []
        for (number, split) in splits.enumerated() {
            let order = split.order.posted.id
            let toMerged = told[order]?[merged.id] ?? 0
            let toSurvivor = (told[order] ?? [:]).values.reduce(0, +) - toMerged
            if split.holder == merged.id {
                pushes += Push.moving(toSurvivor, of: order, from: survivor, to: merged, number: number, at: now)
            } else {
                // Of one that is neither's the next posting takes back what was told of the survivor.
                pushes += Push.moving(toMerged, of: order, from: merged, to: survivor, number: number, at: now)
            }
        }
        try queueForAlpine(pushes)
    }

    /// Sales that came since earn under the returning customer's own equity and tier.
    private func forgetTermsOfNewOrders(_ merge: MergeID, survivor: CustomerID) throws {
        try connection.execute(
            """
            UPDATE order_postings AS posting
              JOIN orders ON orders.tenant_id = posting.tenant_id AND orders.id = posting.order_id
              JOIN customer_merge_identities AS own ON own.tenant_id = orders.tenant_id AND own.merge_id = \(merge)
               AND own.source = 'alleaves' AND own.outside_id = orders.pos_customer_id
              LEFT JOIN customer_merge_orders AS was ON was.tenant_id = orders.tenant_id
               AND was.merge_id = \(merge) AND was.order_id = orders.id
               SET points_per_dollar = NULL, equity_multiplier = NULL, tier_multiplier = NULL, rounding = NULL,
                   earn_on = NULL, settings_version = NULL
             WHERE posting.tenant_id = \(tenant) AND orders.customer_id = \(survivor) AND was.order_id IS NULL
            """)
    }

    private func splitOrders(
        _ merge: MergeID, survivor: CustomerID, merged: CustomerID
    ) throws -> [SplitOrder] {
        let returning = try ordersReturning(merge, survivor: survivor)
        let touched: [OrderID] = try connection.all(
            """
            SELECT order_id FROM ledger_entries
             WHERE tenant_id = \(tenant) AND customer_id = \(merged) AND order_id IS NOT NULL
             UNION SELECT order_id FROM order_owings WHERE tenant_id = \(tenant) AND customer_id = \(merged)
            """
        ) { try $0.get("order_id") }
        let ids = Set(touched).union(returning).sorted()
        guard !ids.isEmpty else { return [] }
        // What others who are merged into the survivor have posted counts as the survivor's.
        var points: [OrderID: [CustomerID: Int64]] = [:]
        try connection.forEach(
            """
            SELECT order_id, COALESCE(other.merged_into, parts.customer_id) AS customer_id,
                   CAST(SUM(points) AS SIGNED) AS points FROM (
              SELECT order_id, customer_id, points FROM ledger_entries
               WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(ids))) AND entry_key LIKE 'order:%'
              UNION ALL SELECT order_id, customer_id, -put FROM order_owings
               WHERE tenant_id = \(tenant) AND order_id IN (\(list: padded(ids)))) AS parts
              LEFT JOIN customers AS other ON other.tenant_id = \(tenant) AND other.id = parts.customer_id
               AND other.merged_into = \(survivor)
             WHERE parts.customer_id IN (\(survivor), \(merged)) OR other.id IS NOT NULL
             GROUP BY order_id, COALESCE(other.merged_into, parts.customer_id)
            """
        ) { row in
            points[try row.get("order_id"), default: [:]][try row.get("customer_id")] = try row.get("points")
        }
        let rows = try connection.all(
            """
            SELECT \(StoredOrder.columns) FROM orders \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND orders.id IN (\(list: padded(ids))) ORDER BY orders.id FOR UPDATE
            """, StoredOrder.init(row:))
        // Among them may be an order of nobody that was just given to somebody, whose posting would number it too. After
        // orders, so out of the order of locks: who meets somebody here is tried again.
        _ = try lock(Set(rows.flatMap { [$0.customer, $0.postedCustomer] }.compactMap { $0 }).sorted())
        return rows.compactMap { row in
            let isReturning = returning.contains(row.posted.id)
            if !isReturning, points[row.posted.id]?[merged] ?? 0 == 0 { return nil }
            var row = row
            if isReturning { row.customer = merged }
            // One that still stands in somebody else's ledger is released there first, as ever.
            let isHere = row.postedCustomer.map { $0 == survivor } ?? isReturning
            let holder = isHere ? (isReturning ? merged : survivor) : nil
            return SplitOrder(order: row, points: points[row.posted.id] ?? [:], holder: holder)
        }
    }

    /// The merged customer's orders of before, and those that came since for their outside ids, unless the point of sale
    /// has given them to somebody else.
    private func ordersReturning(_ merge: MergeID, survivor: CustomerID) throws -> Set<OrderID> {
        Set(
            try connection.all(
                """
                SELECT orders.id FROM orders
                  LEFT JOIN customer_merge_identities AS own ON own.tenant_id = orders.tenant_id
                   AND own.merge_id = \(merge) AND own.source = 'alleaves' AND own.outside_id = orders.pos_customer_id
                  LEFT JOIN customer_merge_orders AS was ON was.tenant_id = orders.tenant_id
                   AND was.merge_id = \(merge) AND was.order_id = orders.id
                 WHERE orders.tenant_id = \(tenant) AND orders.customer_id = \(survivor)
                   AND (own.outside_id IS NOT NULL OR (was.order_id IS NOT NULL AND orders.pos_customer_id IS NULL))
                """
            ) { try $0.get("id", as: OrderID.self) })
    }

    /// Takes what an order has in one ledger out of it: by the rule of clawbacks, at most what can be used, the rest
    /// owed.
    private func release(_ split: inout SplitOrder, from customer: inout LockedCustomer, at now: Instant) throws {
        guard let standing = split.points[customer.id], standing != 0 else { return }
        let taken = max(-standing, -customer.available)
        // Also when nothing can be taken: what is owed then has numbers of its own for what is settled.
        split.order.posted.postingCount += 1
        if taken != 0 {
            let posted = split.order.posted
            try append(
                [
                    Movement(
                        points: taken, kind: taken > 0 ? .earn : .clawback,
                        key: "order:\(posted.id):\(posted.postingCount)",
                        order: posted.id, reason: "Order \(posted.revision.posOrderID) belongs to another customer",
                        settingsVersion: try settingsVersion())
                ], to: &customer, at: now)
        }
        let owed = taken + standing
        if owed != 0 {
            let first = Owing(of: split.order.posted).settlements
            try connection.execute(
                """
                INSERT INTO order_owings (tenant_id, customer_id, order_id, put, open, settlements)
                VALUES (\(tenant), \(customer.id), \(split.order.posted.id), \(owed), \(owed), \(first))
                ON DUPLICATE KEY UPDATE put = put + VALUES(put), open = open + VALUES(open)
                """)
            try connection.execute(
                """
                UPDATE customers SET points_owed = points_owed + \(owed)
                 WHERE tenant_id = \(tenant) AND id = \(customer.id)
                """)
        }
        split.points[customer.id] = 0
    }
}
