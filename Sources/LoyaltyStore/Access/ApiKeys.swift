public import LoyaltyRules
import MariaDB

/// What an API key may be allowed to do. contract.md, "API v1".
public struct Scope: Hashable, Sendable, CustomStringConvertible {
    /// The part of the API.
    public enum Part: String, CaseIterable, Sendable { case customers, orders, redemptions, events, adjustments, sync }

    /// The part.
    public let part: Part
    /// Whether it ends at reading.
    public let isReadOnly: Bool

    /// A part, wholly or for reading.
    public init(_ part: Part, isReadOnly: Bool = false) {
        self.part = part
        self.isReadOnly = isReadOnly
    }

    /// Reads `orders` or `orders:read`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, let part = Part(rawValue: String(name)),
            parts.count == 1 || parts.count == 2 && parts[1] == "read"
        else { return nil }
        self.init(part, isReadOnly: parts.count == 2)
    }

    /// All parts, wholly.
    public static let all = Set(Part.allCases.map { Scope($0) })

    /// `orders` or `orders:read`.
    public var description: String { isReadOnly ? "\(part.rawValue):read" : part.rawValue }
}

/// A key of the API; the key's text itself is kept nowhere.
public struct ApiKey: Sendable {
    /// The part of the text between the underscores, by which people name it.
    public let id: String
    /// Whose.
    public let tenant: TenantID
    /// What its maker called it.
    public let name: String
    /// What it may do.
    public let scopes: Set<Scope>
    /// When it was made.
    public let createdAt: Instant
    /// When it was used last, to the minute; nil if never.
    public let usedAt: Instant?
    /// When it was revoked; nil while it works.
    public let revokedAt: Instant?
    /// Its tenant's newest settings.
    public let settingsVersion: Int64

    /// Whether the key covers `scope`: the whole part covers its reading.
    public func may(_ scope: Scope) -> Bool {
        scopes.contains(scope) || scope.isReadOnly && scopes.contains(Scope(scope.part))
    }

    fileprivate static let columns: SQL = """
        api_keys.tenant_id, api_keys.id, api_keys.name, api_keys.scopes, api_keys.created_at, api_keys.used_at,
        api_keys.revoked_at, tenants.settings_version
        """

    fileprivate init(row: Row) throws {
        id = try row.get("id")
        tenant = try row.get("tenant_id")
        name = try row.get("name")
        scopes = Set(try row.get("scopes", as: String.self).split(separator: ",").compactMap { Scope(String($0)) })
        createdAt = try row.get("created_at")
        usedAt = try row.get("used_at")
        revokedAt = try row.get("revoked_at")
        settingsVersion = try row.get("settings_version")
    }
}

extension Store {
    /// The key whose text has this SHA-256, unless it was revoked; notes its use, at most once a minute.
    public func apiKey(secretHash: [UInt8]) throws -> ApiKey? {
        let key = try connection.optional(
            """
            SELECT \(ApiKey.columns) FROM api_keys JOIN tenants ON tenants.id = api_keys.tenant_id
             WHERE api_keys.secret_hash = \(secretHash) AND api_keys.revoked_at IS NULL
            """, ApiKey.init(row:))
        guard let key else { return nil }
        if key.usedAt.map({ $0.advanced(bySeconds: 60) < .now() }) ?? true {
            // Of several hosts that find it due at once, one writes.
            try connection.execute(
                """
                UPDATE api_keys SET used_at = UTC_TIMESTAMP(6) WHERE tenant_id = \(key.tenant) AND id = \(key.id)
                   AND (used_at IS NULL OR used_at < UTC_TIMESTAMP(6) - INTERVAL 60 SECOND)
                """)
        }
        return key
    }
}

extension TenantQueries {
    /// The tenant's keys, newest first.
    public func apiKeys() throws -> [ApiKey] {
        try connection.all(
            """
            SELECT \(ApiKey.columns) FROM api_keys JOIN tenants ON tenants.id = api_keys.tenant_id
             WHERE api_keys.tenant_id = \(tenant) ORDER BY api_keys.created_at DESC, api_keys.id LIMIT 1000
            """, ApiKey.init(row:))
    }
}

extension TenantTransaction {
    /// Makes a key. `secretHash` is the SHA-256 of its whole text, which the caller shows once.
    ///
    /// - Throws: `Refusal` for a name that is empty or too long, no scope, or a taken id or text.
    public func createApiKey(id: String, name: String, secretHash: [UInt8], scopes: Set<Scope>) throws {
        guard (1...80).contains(name.unicodeScalars.count), !scopes.isEmpty else {
            throw Refusal(.invalidRequest, "A key needs a name of at most 80 characters and a scope.")
        }
        let list = scopes.map(\.description).sorted().joined(separator: ",")
        let taken = try connection.optional(
            "SELECT 1 AS found FROM api_keys WHERE secret_hash = \(secretHash) OR tenant_id = \(tenant) AND id = \(id)"
        ) { try $0.get("found", as: Int.self) }
        guard taken == nil else { throw Refusal(.conflict, "There is such a key already.") }
        try connection.execute(
            """
            INSERT INTO api_keys (tenant_id, id, name, secret_hash, scopes, created_at)
            VALUES (\(tenant), \(Array(id.utf8)), \(name), \(secretHash), \(list), UTC_TIMESTAMP(6))
            """)
    }

    /// Revokes a key for good.
    ///
    /// - Throws: `Refusal.notFound` when there is none.
    public func revokeApiKey(id: String) throws {
        let count = try connection.execute(
            """
            UPDATE api_keys SET revoked_at = COALESCE(revoked_at, UTC_TIMESTAMP(6))
             WHERE tenant_id = \(tenant) AND id = \(Array(id.utf8))
            """)
        guard count > 0 else { throw Refusal(.notFound, "There is no such key.") }
    }
}
