import MariaDB

/// What a run covers.
public enum RunKind: String, Sendable, SQLBindable, SQLDecodable {
    /// All customers and orders of the tenant.
    case all
    /// One customer: stored orders and one persona; never walks lists.
    case customer
    /// Recalculation, expiry of holds, campaigns.
    case nightly
    /// Tiers and segments anew after a save.
    case recalculation
}

/// Who asked for a run.
public enum RunTrigger: String, Sendable, SQLBindable, SQLDecodable {
    case cron
    case schedule
    case user
    case api
    case cli
}
