import HTTPTypes
import LoyaltyStore

/// Every address of the product, and who may call it. contract.md has the words.
///
/// A line more is a route more; the handler is a method of `Site` in its feature's folder.
enum Routes {
    static let all: [Route] = access + operations

    private static let access: [Route] = [
        .open(.get, "/", Site.showStart),
        .open(.get, Path.login, Site.showSignIn),
        .open(.post, Path.login, Site.signIn),
        .open(.post, Path.logout, Site.signOut),
    ]

    private static let operations: [Route] = [
        .open(.get, "/healthz", Site.showHealth),
        .open(.get, "/readyz", Site.showReadiness),
        .metrics(.get, "/metrics", Site.showMetrics),
    ]
}
