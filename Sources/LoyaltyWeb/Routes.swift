import HTTPTypes
import LoyaltyStore

/// Every address of the product, and who may call it. contract.md has the words.
///
/// A line more is a route more; the handler is a method of `Site` in its feature's folder.
enum Routes {
    static let all: [Route] = access + sync + operations

    private static let access: [Route] = [
        .open(.get, "/", Site.showStart),
        .open(.get, Path.login, Site.showSignIn),
        .open(.post, Path.login, Site.signIn),
        .open(.post, Path.logout, Site.signOut),
    ]

    private static let sync: [Route] = [
        .sync(.post, "/api/loyalty/sync", Scope(.sync), Site.requestSync),
        .sync(.get, "/api/loyalty/sync", Scope(.sync, isReadOnly: true), Site.showSyncStats),
        .sync(.get, "/api/loyalty/sync/runs/{run}", Scope(.sync, isReadOnly: true), Site.showRun),
        .cron(.get, "/api/cron/loyalty-sync", Site.cronSync),
        .cron(.post, "/api/cron/loyalty-sync", Site.cronSync),
        .cron(.get, "/api/cron/nightly", Site.cronNightly),
        .cron(.post, "/api/cron/nightly", Site.cronNightly),
    ]

    private static let operations: [Route] = [
        .open(.get, "/healthz", Site.showHealth),
        .open(.get, "/readyz", Site.showReadiness),
        .metrics(.get, "/metrics", Site.showMetrics),
    ]
}
