import LoyaltyRules
import MariaDB

/// Where a customer is known by an id that is not ours.
public enum IdentitySource: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// The POS's customer id.
    case alleaves
    /// Alpine IQ's `contactID`.
    case alpine
    /// The POS's link to Alpine, `alpine_user_code`.
    case alpineCode = "alpine_code"
}

extension TenantQueries {
    /// The customers of these POS ids.
    public func customers(alleaves posIDs: Set<String>) throws -> [String: CustomerID] {
        guard !posIDs.isEmpty else { return [:] }
        let pairs = try connection.all(
            """
            SELECT outside_id, customer_id FROM customer_identities WHERE tenant_id = \(tenant) AND source = 'alleaves'
               AND outside_id IN (\(list: padded(posIDs.sorted()).map { Array($0.utf8) }))
            """
        ) { row in (try row.get("outside_id", as: String.self), try row.get("customer_id", as: CustomerID.self)) }
        return Dictionary(pairs) { first, _ in first }
    }
}
