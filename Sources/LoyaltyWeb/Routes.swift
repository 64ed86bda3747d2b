import HTTPTypes
import LoyaltyStore

/// Every address of the product, and who may call it. contract.md has the words.
///
/// A line more is a route more; the handler is a method of `Site` in its feature's folder.
enum Routes {
    static let all: [Route] = access + open + dashboard + sync + operations

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

    private static let open: [Route] = [
        .open(.get, "/menu/{org}/bar", Site.showBar),
        .open(.get, "/menu/{org}/bar.css", Site.showBarStyle),
        .open(.get, "/menu/{org}/embed.js", Site.showEmbedScript),
        .open(.get, "/api/public/menu-settings", Site.showMenuSettings),
        .open(.get, "/demo/menu", Site.showDemoMenu),
    ]

    private static let dashboard: [Route] = [
        .signedIn(.get, Path.today, .readReports, Site.showDashboard),
        .signedIn(.post, Path.syncNow, .runSync, Site.syncNow),
        .signedIn(.get, Path.customers, .readCustomers, Site.showCustomers),
        .signedIn(.get, Path.customers + "/{id}", .readCustomers, Site.showCustomer),
    ]

    private static let operations: [Route] = [
        .open(.get, "/healthz", Site.showHealth),
        .open(.get, "/readyz", Site.showReadiness),
        .metrics(.get, "/metrics", Site.showMetrics),
    ]
}
