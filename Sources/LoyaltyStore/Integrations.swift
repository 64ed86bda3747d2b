import LoyaltyRules
import MariaDB

/// A third party that a tenant is connected to.
public enum IntegrationKind: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// The point of sale.
    case alleaves
    /// The source of truth for points.
    case alpine
}

extension TenantQueries {
    /// The sealed credentials of an integration; nil when it is not configured.
    public func sealedCredentials(_ kind: IntegrationKind) throws -> String? {
        try connection.optional(
            "SELECT sealed FROM integrations WHERE tenant_id = \(tenant) AND kind = \(kind)"
        ) { try $0.get("sealed") }
    }

    /// The kinds that are configured.
    public func integrations() throws -> Set<IntegrationKind> {
        Set(
            try connection.all("SELECT kind FROM integrations WHERE tenant_id = \(tenant)") {
                try $0.get("kind", as: IntegrationKind.self)
            })
    }
}

extension TenantStore {
    /// Keeps sealed credentials: the text that `Secrets` made.
    public func saveCredentials(_ kind: IntegrationKind, sealed: String, at now: Instant) throws {
        try transaction { tx in
            try tx.connection.execute(
                """
                INSERT INTO integrations (tenant_id, kind, sealed, updated_at)
                VALUES (\(tenant), \(kind), \(Array(sealed.utf8)), \(now))
                ON DUPLICATE KEY UPDATE sealed = VALUES(sealed), updated_at = VALUES(updated_at)
                """)
        }
    }
}

extension Store {
    /// Tenants that have a point of sale or Alpine IQ connected.
    public func tenantsWithIntegration() throws -> [TenantID] {
        try connection.all("SELECT DISTINCT tenant_id FROM integrations ORDER BY tenant_id") { try $0.get("tenant_id") }
    }
}
