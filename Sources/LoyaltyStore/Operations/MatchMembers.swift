import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// The members whom these customers of the point of sale, unknown so far, turn out to be: by a phone that exactly
    /// one member without a POS id carries and no other customer of the point of sale shares. rules.md, "Customers".
    ///
    /// The members' rows stay locked, so that none becomes two customers at once. One who was merged is the survivor.
    ///
    /// - Parameter shared: phones that several profiles of this import carry.
    func members(carrying profiles: [CustomerProfile], shared: Set<Phone>) throws -> [String: CustomerID] {
        let sought = profiles.filter { $0.phone.map { !shared.contains($0) } ?? false }
        let phones = sought.compactMap(\.phone).map { Array($0.e164.utf8) }
        guard !phones.isEmpty else { return [:] }
        // The lock first, the identities after: another import may have tied one while this one waited.
        let carriers = try connection.all(
            """
            SELECT COALESCE(merged_into, id) AS member, merged_into IS NOT NULL AS is_merged, phone
              FROM customers FORCE INDEX (by_phone)
             WHERE tenant_id = \(tenant) AND phone IN (\(list: padded(phones))) AND erased_at IS NULL
             ORDER BY id FOR UPDATE
            """
        ) { row in
            (
                id: try row.get("member", as: CustomerID.self), isMerged: try row.get("is_merged", as: Bool.self),
                phone: try row.get("phone", as: String.self)
            )
        }
        if carriers.isEmpty { return [:] }
        // Rare, and after rows of other customers: whoever meets somebody here is tried again.
        let survivors = Set(carriers.filter(\.isMerged).map(\.id))
        if !survivors.isEmpty { _ = try lock(survivors.sorted()) }
        let known = Set(
            try connection.all(
                """
                SELECT customer_id FROM customer_identities
                 WHERE tenant_id = \(tenant) AND source = 'alleaves' AND customer_id IN (\(list: padded(carriers.map(\.id))))
                """
            ) { try $0.get("customer_id", as: CustomerID.self) })
        let byPhone = Dictionary(grouping: carriers, by: \.phone).mapValues { Set($0.map(\.id)) }
        var found: [String: CustomerID] = [:]
        for profile in sought {
            guard let all = profile.phone.flatMap({ byPhone[$0.e164] }), all.count == 1, let member = all.first,
                !known.contains(member)
            else { continue }
            found[profile.posID] = member
        }
        return found
    }
}

extension Collection<CustomerProfile> {
    /// Phones that more than one of them carries.
    var sharedPhones: Set<Phone> {
        Set(Dictionary(grouping: compactMap(\.phone), by: \.self).filter { $0.value.count > 1 }.keys)
    }
}
