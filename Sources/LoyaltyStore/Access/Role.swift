public import MariaDB

/// What somebody is at a tenant. contract.md, "Sign-in, roles, pages".
public enum Role: String, CaseIterable, Sendable, SQLBindable, SQLDecodable {
    /// Works at the till.
    case budtender
    /// Looks after customers.
    case manager
    /// Runs the shop.
    case dispensaryAdmin = "dispensary_admin"
    /// Reads everything, with contact data masked.
    case auditor
    /// Runs the platform: every role at every tenant.
    case superUser = "super_user"
}
