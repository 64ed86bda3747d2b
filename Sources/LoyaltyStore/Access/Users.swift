public import LoyaltyRules
import MariaDB

/// Somebody who signs in, as kept for checking a password.
public struct User: Sendable {
    /// The key.
    public let id: UserID
    /// In lower case.
    public let email: String
    /// As made by the target Secrets.
    public let passwordHash: String
    /// Whether every tenant is open.
    public let isSuper: Bool
    /// Made by `loyalty demo`.
    public let isDemo: Bool
    /// Whether signing in is closed.
    public let isDisabled: Bool
}

/// What somebody is where.
public struct Membership: Equatable, Sendable {
    /// Where.
    public let tenant: Tenant
    /// What.
    public let role: Role

    /// Makes one by hand, as for a super user at a tenant they chose.
    public init(tenant: Tenant, role: Role) {
        self.tenant = tenant
        self.role = role
    }
}

extension Store {
    /// A user of one tenant, or of all with the role `superUser`.
    ///
    /// - Parameter passwordHash: made by the target Secrets; no password comes here.
    /// - Throws: `Refusal.conflict` when the address is taken, `.invalidRequest` when it is none.
    @discardableResult
    public func createUser(
        email: String, passwordHash: String, role: Role, at tenant: TenantID?, isDemo: Bool = false
    ) throws -> UserID {
        let email = email.lowercased()
        guard Self.isEmail(email) else { throw Refusal(.invalidRequest, "“\(email)” is not an e-mail address.") }
        guard (tenant == nil) == (role == .superUser) else {
            throw Refusal(.invalidRequest, "Every role but super_user belongs to one tenant.")
        }
        let id = UserID.make()
        do {
            try connection.transaction { connection in
                try connection.execute(
                    """
                    INSERT INTO users (id, email, password_hash, is_super, is_demo, created_at)
                    VALUES (\(id), \(email), \(passwordHash), \(role == .superUser), \(isDemo), UTC_TIMESTAMP(6))
                    """)
                guard let tenant else { return }
                try connection.execute(
                    "INSERT INTO user_tenants (tenant_id, user_id, role) VALUES (\(tenant), \(id), \(role))")
            }
        } catch let error as DatabaseError where error.isDuplicateKey("email") {
            throw Refusal(.conflict, "There is a user with this e-mail already.")
        }
        return id
    }

    /// The user who signs in with `email`.
    public func user(email: String) throws -> User? {
        guard Self.isEmail(email) else { return nil }
        return try connection.optional(
            """
            SELECT id, email, password_hash, is_super, is_demo, disabled_at FROM users WHERE email = \(email.lowercased())
            """
        ) { row in
            User(
                id: try row.get("id"), email: try row.get("email"), passwordHash: try row.get("password_hash"),
                isSuper: try row.get("is_super"), isDemo: try row.get("is_demo"),
                isDisabled: try row.get("disabled_at", as: Instant?.self) != nil)
        }
    }

    /// The tenants that `user` has a role at, by slug; a super user's are not listed, for they are all.
    public func memberships(of user: UserID) throws -> [Membership] {
        try connection.all(
            """
            SELECT tenants.id, slug, is_demo, settings_version, role FROM user_tenants
              JOIN tenants ON tenants.id = user_tenants.tenant_id
             WHERE user_id = \(user) ORDER BY slug LIMIT 1000
            """
        ) { row in Membership(tenant: try Tenant(row: row), role: try row.get("role")) }
    }

    /// Gives `user` another role or another tenant.
    public func setRole(_ role: Role, of user: UserID, at tenant: TenantID) throws {
        precondition(role != .superUser, "a super user has no role at a single tenant")
        try connection.execute(
            """
            INSERT INTO user_tenants (tenant_id, user_id, role) VALUES (\(tenant), \(user), \(role))
            ON DUPLICATE KEY UPDATE role = VALUES(role)
            """)
    }

    /// Whether `text` can be an address: one `@` between two parts, printable ASCII, at most 254 characters.
    private static func isEmail(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (3...254).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
    }
}
