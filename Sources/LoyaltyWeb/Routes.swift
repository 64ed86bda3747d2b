import HTTPTypes
import LoyaltyRules
import LoyaltyStore

/// Every address of the product, and who may call it. contract.md has the words.
///
/// A line more is a route more; the handler is a method of `Site` in its feature's folder.
enum Routes {
    static let all: [Route] = access + open + till + dashboard + settings + sync + api + operations

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

    private static let api: [Route] = [
        .apiKey(.get, "/api/v1/me", nil, Site.showMe),
        .apiKey(.get, "/api/v1/program", nil, Site.showProgramTerms),
        .apiKey(.get, "/api/v1/customers", Scope(.customers, isReadOnly: true), Site.findCustomers),
        .apiKey(.post, "/api/v1/customers", Scope(.customers), Site.joinCustomer),
        .apiKey(.post, "/api/v1/customers/lookup", Scope(.customers, isReadOnly: true), Site.lookUpCustomers),
        .apiKey(.get, "/api/v1/customers/{id}", Scope(.customers, isReadOnly: true), Site.showCustomerRecord),
        .apiKey(.post, "/api/v1/customers/{id}", Scope(.customers), Site.changeCustomer),
        .apiKey(.get, "/api/v1/customers/{id}/ledger", Scope(.customers, isReadOnly: true), Site.showLedger),
        .apiKey(.post, "/api/v1/orders", Scope(.orders), Site.recordOrder),
        .apiKey(.get, "/api/v1/orders", Scope(.orders, isReadOnly: true), Site.findOrder),
        .apiKey(.get, "/api/v1/orders/{id}", Scope(.orders, isReadOnly: true), Site.showOrder),
        .apiKey(.post, "/api/v1/events", Scope(.events), Site.recordEvent),
        .apiKey(.post, "/api/v1/redemptions/quote", Scope(.redemptions, isReadOnly: true), Site.quoteRedemption),
        .apiKey(.post, "/api/v1/redemptions", Scope(.redemptions), Site.redeemPoints),
        .apiKey(.get, "/api/v1/redemptions/{id}", Scope(.redemptions, isReadOnly: true), Site.showRedemption),
        .apiKey(.post, "/api/v1/redemptions/{id}/capture", Scope(.redemptions), Site.captureRedemption),
        .apiKey(.post, "/api/v1/redemptions/{id}/void", Scope(.redemptions), Site.voidRedemption),
        .apiKey(.post, "/api/v1/adjustments", Scope(.adjustments), Site.adjustPoints),
    ]

    private static let settings: [Route] = [
        .signedIn(.get, Path.settings, .readSettings, Site.openSettings),
        .signedIn(.get, SettingsTab.points.path, .readSettings, Site.showPoints),
        .signedIn(.post, SettingsTab.points.path, .changeSettings, Site.savePoints),
        .signedIn(.get, SettingsTab.tiers.path, .readSettings, Site.showTiers),
        .signedIn(.post, SettingsTab.tiers.path, .changeSettings, Site.saveTiers),
        .signedIn(.get, SettingsTab.segments.path, .readSettings, Site.showSegments),
        .signedIn(.post, SettingsTab.segments.path, .changeSettings, Site.saveSegments),
        .signedIn(.get, SettingsTab.redemptions.path, .readSettings, Site.showRedemptions),
        .signedIn(.post, SettingsTab.redemptions.path, .changeSettings, Site.saveRedemptions),
        .signedIn(.get, SettingsTab.menuDisplay.path, .readSettings, Site.showMenuDisplay),
        .signedIn(.post, SettingsTab.menuDisplay.path, .changeSettings, Site.saveMenuDisplay),
        .signedIn(.get, SettingsTab.business.path, .readSettings, Site.showBusiness),
        .signedIn(.post, SettingsTab.business.path, .changeSettings, Site.saveBusiness),
        .signedIn(.get, SettingsTab.program.path, .readSettings, Site.showProgram),
        .signedIn(.post, SettingsTab.program.path, .changeSettings, Site.saveProgram),
    ]

    private static let open: [Route] = [
        .open(.get, "/menu/{org}/bar", Site.showBar),
        .open(.get, "/menu/{org}/bar.css", Site.showBarStyle),
        .open(.get, "/menu/{org}/embed.js", Site.showEmbedScript),
        .open(.get, "/api/public/menu-settings", Site.showMenuSettings),
        .open(.get, "/demo/menu", Site.showDemoMenu),
        .open(.get, Path.apiDocs, Site.showApiDocs),
        .open(.get, "/docs/openapi.json", Site.showApiDescription),
        // Signed by the sender, which the handler checks.
        .open(.post, "/api/webhooks/alleaves/{org}", Site.receiveAlleavesWebhook),
    ]

    private static let till: [Route] = [
        .signedIn(.get, Path.till, .workTill, Site.showTill),
        .signedIn(.post, Path.tillRedeem, .workTill, Site.redeemAtTill),
        .signedIn(.post, Path.tillJoin, .workTill, Site.joinAtTill),
        .signedIn(.post, Path.tillUndo, .workTill, Site.undoAtTill),
    ]

    private static let dashboard: [Route] = [
        .signedIn(.get, Path.today, .readReports, Site.showDashboard),
        .signedIn(.get, Path.redemptions, .readReports, Site.showRedemptionReport),
        .signedIn(.get, Path.redemptions + ".csv", .readReports, Site.sendRedemptionReport),
        .signedIn(.post, Path.syncNow, .runSync, Site.syncNow),
        .signedIn(.get, Path.sync, .readSync, Site.showSyncRuns),
        .signedIn(.post, Path.sync + "/exceptions/{id}", .runSync, Site.decideException),
        .signedIn(.post, Path.sync + "/pushes/{id}", .runSync, Site.decidePush),
        .signedIn(.get, Path.reconciliation, .readReconciliation, Site.showReconciliation),
        .signedIn(.get, Path.reconciliation + "/{id}", .readReconciliation, Site.showDiscrepancy),
        .signedIn(.post, Path.reconciliation + "/accept", .reconcile, Site.acceptDiscrepancies),
        .signedIn(.post, Path.reconciliation + "/{id}", .reconcile, Site.resolveDiscrepancy),
        .signedIn(.post, Path.reconciliation + "/incidents/{id}", .reconcile, Site.decideIncident),
        .signedIn(.get, Path.customers, .readCustomers, Site.showCustomers),
        .signedIn(.get, Path.customers + "/{id}", .readCustomers, Site.showCustomer),
        .signedIn(.post, Path.customers + "/{id}/adjust", .changeCustomers, Site.adjustPoints),
        .signedIn(.post, Path.customers + "/{id}/note", .changeCustomers, Site.addNote),
        .signedIn(.post, Path.customers + "/{id}/tier", .pinTiers, Site.pinTier),
        .signedIn(.post, Path.customers + "/{id}/equity", .verifyEquity, Site.recordEquity),
    ]

    private static let operations: [Route] = [
        .open(.get, "/healthz", Site.showHealth),
        .open(.get, "/readyz", Site.showReadiness),
        .metrics(.get, "/metrics", Site.showMetrics),
    ]
}
