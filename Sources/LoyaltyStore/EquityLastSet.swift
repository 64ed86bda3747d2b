public import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// When the equity multiplier was last given another value; nil: never. The value itself is not read here.
    public func equityLastSetAt() throws -> Instant? {
        try connection.optional(
            """
            SELECT saved_at FROM
              (SELECT version, saved_at, JSON_VALUE(content, '$.equityMultiplier') AS multiplier,
                      LAG(JSON_VALUE(content, '$.equityMultiplier')) OVER (ORDER BY version) AS multiplier_before
                 FROM loyalty_settings WHERE tenant_id = \(tenant) AND tab = 'points') AS saves
             WHERE multiplier <> multiplier_before ORDER BY version DESC LIMIT 1
            """
        ) { try $0.get("saved_at") }
    }
}
