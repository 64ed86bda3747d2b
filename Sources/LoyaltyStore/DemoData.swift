import LoyaltyRules
import MariaDB

extension Store {
    /// Whether a tenant or user that `loyalty demo` made is here: their passwords are known to everybody.
    public func hasDemoData() throws -> Bool {
        try connection.one(
            """
            SELECT EXISTS (SELECT 1 FROM tenants WHERE is_demo) OR EXISTS (SELECT 1 FROM users WHERE is_demo) AS found
            """
        ) { try $0.get("found") }
    }
}
