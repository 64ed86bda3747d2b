import FastCGI
public import LoyaltyStore

/// Who may call a route.
public enum AccessRule: Equatable, Sendable {
    /// Everybody.
    case open
    /// Whoever is signed in, with this permission at the tenant. A POST needs the CSRF token.
    case signedIn(Permission)
    /// Whoever knows the cron secret.
    case bearerCron
    /// Whoever knows a metrics token.
    case bearerMetrics
    /// An API key with this scope; any key for nil.
    case apiKey(Scope?)
    /// The cron secret, or a key with the scope, or a signed-in person (with `X-CSRF-Token` on POST).
    case sync(Scope)
}

/// What answers a route; each kind gets what its access rule has established.
enum Handler: Sendable {
    case call(@Sendable (Site) -> (Call) throws -> Response)
    case visit(@Sendable (Site) -> (Visit) throws -> Response)
    case key(@Sendable (Site) -> (KeyVisit) throws -> Response)
    case sync(@Sendable (Site) -> (SyncVisit) throws -> Response)
}
