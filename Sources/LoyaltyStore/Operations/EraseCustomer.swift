public import LoyaltyRules
import MariaDB

extension TenantStore {
    /// Removes what is known of a person, and of those merged with them, for good: profile, evidence, outside ids, kept
    /// answers, and words that people wrote on timelines and in the audit log. The ledger and the sales stay under a
    /// pseudonym, open holds end, and tombstones keep a later sync from restoring anything. rules.md, "Customers".
    ///
    /// - Parameters:
    ///   - user: who erases.
    ///   - audit: written with it; it names no person.
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased, or merged into another.
    public func erase(_ id: CustomerID, by user: UserID, audit: AuditRecord, at now: Instant) throws {
        let history = try settingsHistory(asOf: now)
        try transaction { tx in
            let others: [CustomerID] = try tx.connection.all(
                "SELECT id FROM customers WHERE tenant_id = \(tenant) AND merged_into = \(id) ORDER BY id"
            ) { try $0.get("id") }
            let all = ([id] + others).sorted()
            let locked = try tx.lock(all)
            guard let customer = locked.first(where: { $0.id == id }) else {
                throw Refusal(.notFound, "There is no such customer.")
            }
            try tx.requireChangeable(customer)
            try tx.endHolds(of: all, by: .till(user, requestID: audit.requestID), at: now)
            try tx.bury(try tx.personalIDs(of: all), as: id)
            try tx.removeOutsideIDs(of: all, pseudonym: id)
            for one in all { try tx.removePersonalData(of: one, pseudonym: id, at: now) }
            let cause = PostingCause(requestID: audit.requestID, user: user)
            _ = try tx.postOrders(of: all, under: history, cause: cause, at: now)
            try tx.append(audit)
        }
    }
}

extension TenantTransaction {
    fileprivate func endHolds(of customers: [CustomerID], by actor: RedemptionActor, at now: Instant) throws {
        let holds: [RedemptionID] = try connection.all(
            """
            SELECT id FROM redemptions
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND status = 'held' ORDER BY id
            """
        ) { try $0.get("id") }
        for hold in holds { _ = try void(hold, mayBeLate: true, by: actor, at: now) }
    }

    /// All by which a later sync would know them again.
    fileprivate func personalIDs(of customers: [CustomerID]) throws -> Set<PersonalID> {
        var ids = Set(
            try connection.all(
                """
                SELECT source, outside_id FROM customer_identities
                 WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
                """
            ) { PersonalID(try $0.get("source", as: IdentitySource.self), try $0.get("outside_id")) })
        try connection.forEach(
            "SELECT phone, email FROM customers WHERE tenant_id = \(tenant) AND id IN (\(list: padded(customers)))"
        ) { row in
            if let phone: String = try row.get("phone") { ids.insert(PersonalID("phone", phone)) }
            if let email: String = try row.get("email") { ids.insert(PersonalID("email", email.lowercased())) }
        }
        return ids
    }

    fileprivate func removePersonalData(of id: CustomerID, pseudonym: CustomerID, at now: Instant) throws {
        try connection.execute(
            """
            UPDATE customers SET first_name = 'Erased', last_name = '', phone = NULL, email = NULL, birth_date = NULL,
                   erased_at = \(now) WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        try connection.execute(
            """
            UPDATE orders SET pos_customer_id = \(Array("\(pseudonym)".utf8))
             WHERE tenant_id = \(tenant) AND customer_id = \(id) AND pos_customer_id IS NOT NULL
            """)
        try connection.execute(
            """
            UPDATE order_rereads SET pos_customer_id = NULL
             WHERE tenant_id = \(tenant) AND pos_customer_id IN
               (SELECT outside_id FROM customer_identities
                 WHERE tenant_id = \(tenant) AND customer_id = \(id) AND source = 'alleaves')
            """)
        try connection.execute(
            """
            DELETE FROM customer_merge_identities WHERE tenant_id = \(tenant) AND merge_id IN
              (SELECT id FROM customer_merges WHERE tenant_id = \(tenant) AND merged_id = \(id))
            """)
        try connection.execute(
            "DELETE FROM customer_identities WHERE tenant_id = \(tenant) AND customer_id = \(id)")
        try connection.execute(
            "UPDATE alpine_standings SET contact_id = '' WHERE tenant_id = \(tenant) AND customer_id = \(id)")
        try removeWords(about: id)
    }

    /// What a form or another program wrote in words may name a person; what we wrote about orders does not.
    private func removeWords(about id: CustomerID) throws {
        try connection.execute(
            """
            UPDATE equity_records SET document_kind = IF(document_kind IS NULL, NULL, 'erased'),
                   document_reference = IF(document_reference IS NULL, NULL, 'erased'), reason = ''
             WHERE tenant_id = \(tenant) AND customer_id = \(id)
            """)
        try connection.execute(
            """
            UPDATE customer_activities SET cause = 'Erased',
                   from_value = IF(kind IN ('message', 'note'), NULL, from_value),
                   to_value = IF(kind IN ('message', 'note'), NULL, to_value)
             WHERE tenant_id = \(tenant) AND customer_id = \(id) AND order_id IS NULL
            """)
        try connection.execute(
            """
            UPDATE customer_activities SET cause = 'Erased'
             WHERE tenant_id = \(tenant) AND customer_id = \(id) AND kind = 'note'
            """)
        try connection.execute(
            "UPDATE engagement_events SET subject = NULL WHERE tenant_id = \(tenant) AND customer_id = \(id)")
        try connection.execute(
            """
            UPDATE alpine_discrepancies SET resolution_reason = NULL WHERE tenant_id = \(tenant) AND customer_id = \(id)
            """)
        try connection.execute(
            """
            UPDATE customer_merges SET reason = 'Erased'
             WHERE tenant_id = \(tenant) AND (survivor_id = \(id) OR merged_id = \(id))
            """)
        // The key stays used: what was done under it is not done again.
        try connection.execute(
            """
            UPDATE idempotency_keys SET body = '{"erased":true}'
             WHERE tenant_id = \(tenant) AND customer_id = \(id) AND body IS NOT NULL
            """)
        try connection.execute(
            """
            UPDATE audit_log SET detail = 'erased'
             WHERE tenant_id = \(tenant) AND subject = \(Array("\(id)".utf8)) AND detail <> ''
            """)
    }
}
