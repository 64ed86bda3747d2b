import LoyaltyRules
import MariaDB

/// A dispensary business as the platform knows it.
public struct Tenant: Equatable, Sendable {
    /// The key of all its rows.
    public let id: TenantID
    /// Its name in addresses; the `effectiveOrgId` of the sync API.
    public let slug: String
    /// Made by `loyalty demo`.
    public let isDemo: Bool
    /// The newest version of its settings.
    public let settingsVersion: Int64
}

extension Store {
    /// The tenant that `name` means: a slug or any alias. Resolved the same way everywhere.
    public func tenant(named name: String) throws -> Tenant? {
        guard !name.isEmpty, name.utf8.count <= 64 else { return nil }
        return try connection.optional(
            """
            SELECT tenants.id, slug, is_demo, settings_version FROM tenant_aliases
              JOIN tenants ON tenants.id = tenant_aliases.tenant_id WHERE alias = \(Array(name.utf8))
            """, Tenant.init(row:))
    }

    /// The tenant of this id.
    public func tenant(id: TenantID) throws -> Tenant {
        try connection.one(
            "SELECT id, slug, is_demo, settings_version FROM tenants WHERE id = \(id)", Tenant.init(row:))
    }

    /// All tenants, by slug.
    public func tenants() throws -> [Tenant] {
        try connection.all("SELECT id, slug, is_demo, settings_version FROM tenants ORDER BY slug", Tenant.init(row:))
    }

    /// A tenant with default settings.
    ///
    /// - Throws: `Refusal.conflict` when slug or alias is taken, `.invalidRequest` when one cannot be a name.
    public func createTenant(
        slug: String, name: String, timeZone: String = "America/New_York", aliases: [String] = [], isDemo: Bool = false
    ) throws -> Tenant {
        for alias in [slug] + aliases where !Self.isName(alias) {
            throw Refusal(.invalidRequest, "“\(alias)” cannot be a name: 1 to 64 letters, digits, “-”, “_” or “.”.")
        }
        let settings = Settings.defaults(name: name, timeZone: timeZone)
        if let problem = settings.business.problems.first { throw Refusal(.invalidRequest, problem.message) }
        do {
            return try connection.transaction { connection in
                let now = Instant.now()
                try connection.execute(
                    """
                    INSERT INTO tenants (slug, settings_version, is_demo, created_at)
                    VALUES (\(Array(slug.utf8)), 1, \(isDemo), \(now))
                    """)
                let id: TenantID = try connection.one("SELECT LAST_INSERT_ID() AS id") { try $0.get("id") }
                for alias in Set([slug] + aliases) {
                    try connection.execute(
                        "INSERT INTO tenant_aliases (alias, tenant_id) VALUES (\(Array(alias.utf8)), \(id))")
                }
                try TenantTransaction(connection: connection, tenant: id).insertFirstSettings(settings, at: now)
                return Tenant(id: id, slug: slug, isDemo: isDemo, settingsVersion: 1)
            }
        } catch let error as DatabaseError where error.isDuplicateKey() {
            throw Refusal(.conflict, "The slug or an alias is taken by another tenant.")
        }
    }

    /// Letters, digits, `-`, `_`, `.`: what may stand in an address unescaped.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
            }
    }
}

extension Tenant {
    init(row: Row) throws {
        self.init(
            id: try row.get("id"), slug: try row.get("slug"), isDemo: try row.get("is_demo"),
            settingsVersion: try row.get("settings_version"))
    }
}
