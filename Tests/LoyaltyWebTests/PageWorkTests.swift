import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import TestSupport
import Testing

@testable import LoyaltyJobs
@testable import LoyaltyWeb

/// "Every page has a bounded query count": what a page asks and reads is counted in a shop of few members and in one of
/// many.
struct PageWorkTests {
    let app: TestApp
    let api: ApiCaller
    let server: ServerWork
    /// Whom pages about one customer show.
    private let shown: CustomerID

    init() throws {
        let database = try TestApp.migratedDatabase()
        app = try TestApp(database: .success(database))
        api = try ApiCaller(app)
        server = try ServerWork(Connection(database.owner), database: database.owner.database)
        shown = try api.customer("shown", points: 300)
        try app.tenantStore.saveCredentials(.alleaves, sealed: "sealed", at: .now())
    }

    /// So many more members, each with a sale, points by hand, and a number at Alpine IQ that agrees.
    private func grow(_ range: Range<Int>) throws {
        let (store, now) = (app.tenantStore, Instant.now())
        let ids = range.map { "m\($0)" }
        let profiles = range.map {
            var profile = CustomerProfile(posID: "m\($0)", firstName: "Ada", lastName: "Number \($0)")
            profile.phone = Phone("202555\(String(10_000 + $0).dropFirst())")
            return profile
        }
        _ = try store.importCustomers(profiles, settings: store.settings(), at: now)
        let sales = range.map {
            OrderRevision(
                source: .pos, posOrderID: "\($0)", posCustomerID: "m\($0)", posLocationID: nil, status: "completed",
                isCompleted: true, total: 20_00, completedAt: now.advanced(bySeconds: -Int64($0) * 60), updatedAt: nil)
        }
        try store.transaction { tx in _ = try tx.store(sales, ignoresOlder: false, at: now) }
        try PostDue(store: store, cause: PostingCause(), now: { now }).run { _, _, _ in }
        let known = try store.customers(.alleaves, outsideIDs: Set(ids))
        try store.record(
            known.map { id, customer in
                AlpineStanding(
                    customer: customer, contactID: "c\(id)", figure: .known(20), readAt: now, outcome: .within,
                    calculated: 20, difference: 0)
            }, run: RunID(rawValue: 1))
    }

    private struct Cost: Equatable {
        var status: Int
        var statements: Int64
        var rowsRead: Int64
    }

    /// What stands for the placeholders of an address, and what is asked of it; the rest is asked as it stands.
    private func paths() throws -> [String: [String]] {
        let (slug, key) = (app.tenant.slug, RandomBytes.token())
        let redemption = try api.post(
            "/api/v1/redemptions", #"{"customerId":"\#(shown)","points":100,"orderTotalCents":6000}"#,
            idempotencyKey: key
        ).json["id"]
        let order = try api.post(
            "/api/v1/orders",
            #"""
            {"posOrderId":"web-1","customerId":"\#(shown)","status":"completed","totalCents":500,
             "completedAt":"\#(Instant.now())"}
            """#
        ).json["id"]
        let run = try app.tenantStore.requestSync(forced: false, trigger: .user).id
        return [
            "/api/loyalty/sync": ["?orgId=\(slug)", "?orgId=\(slug)&customerId=shown"].map { "/api/loyalty/sync" + $0 },
            "/api/loyalty/sync/runs/{run}": ["/api/loyalty/sync/runs/\(run)"],
            "/api/public/menu-settings": ["/api/public/menu-settings?orgId=\(slug)"],
            "/api/v1/customers": [
                "phone=2025550007", "email=m7@example.org", "posId=m7",
            ].map { "/api/v1/customers?" + $0 },
            "/api/v1/customers/{id}": ["/api/v1/customers/\(shown)"],
            "/api/v1/customers/{id}/ledger": ["/api/v1/customers/\(shown)/ledger"],
            "/api/v1/orders": ["/api/v1/orders?posOrderId=web-1"],
            "/api/v1/orders/{id}": ["/api/v1/orders/\(try #require(order))"],
            "/api/v1/redemptions/{id}": ["/api/v1/redemptions/\(try #require(redemption))"],
            Path.customers: ["", "?q=Ada", "?q=Number+7", "?q=2025550007", "?q=m7"].map { Path.customers + $0 },
            Path.customers + "/{id}": ["\(Path.customers)/\(shown)"],
            Path.reconciliation + "/{id}": ["\(Path.reconciliation)/\(try record())"],
            Path.till: ["", "?q=Ada", "?q=2025550007", "?customer=\(shown)&total=60"].map { Path.till + $0 },
            "/menu/{org}/bar": ["/menu/\(slug)/bar"], "/menu/{org}/bar.css": ["/menu/\(slug)/bar.css"],
            "/menu/{org}/embed.js": ["/menu/\(slug)/embed.js"],
        ]
    }

    /// An open record of the reconciliation.
    private func record() throws -> DiscrepancyID {
        let (store, now) = (app.tenantStore, Instant.now())
        let balance = try store.availablePoints(of: shown)
        try store.record(
            [
                AlpineStanding(
                    customer: shown, contactID: "c-shown", figure: .known(balance + 50), readAt: now,
                    outcome: .discrepancy, calculated: balance, difference: 50)
            ], run: RunID(rawValue: 1))
        let difference = AlpineDifference(
            customer: shown, requestedAt: now, calculated: balance, alpine: balance + 50, pending: 0, points: 50)
        _ = try store.takeAlpine([difference], run: RunID(rawValue: 1), isEnabled: true, at: now)
        return try #require(try store.discrepancies(isOpen: true, .first, limit: 9).rows.first).record.id
    }

    private func cost(_ route: Route, _ path: String) throws -> Cost {
        var status = 0
        var statements: Int64 = 0
        let rowsRead = try server.rowsRead {
            statements = try app.store.connection.statements {
                switch route.access {
                case .apiKey, .sync: status = try api.get(path).status
                default: status = try app.get(path, as: .dispensaryAdmin).status.code
                }
            }
        }
        return Cost(status: status, statements: statements, rowsRead: rowsRead)
    }

    private func costs(_ paths: [String: [String]]) throws -> [String: Cost] {
        var costs: [String: Cost] = [:]
        for route in Routes.all where route.method == .get {
            // Cron's only queue runs, and the metrics and the example shop have no figures of a shop.
            if route.access == .bearerCron || route.access == .bearerMetrics || route.pattern == "/demo/menu" {
                continue
            }
            for path in paths[route.pattern] ?? [route.pattern] {
                // The first asks once for what is kept afterwards.
                _ = try cost(route, path)
                costs[path] = try cost(route, path)
                #expect([200, 303].contains(costs[path]?.status), "\(path)")
            }
        }
        return costs
    }

    @Test("every page has a bounded query count, and reads as many rows with ten times the members")
    func pages() throws {
        try grow(0..<120)
        let paths = try paths()
        let few = try costs(paths)
        try grow(120..<1_200)
        for (path, cost) in try costs(paths) {
            let before = try #require(few[path])
            #expect(cost.statements == before.statements && cost.statements <= 20, "\(path)")
            // Counts of all members are taken anew: one walk each over members, their standings, a month's entries.
            let isCount = path == Path.today || path.hasPrefix("/api/loyalty/sync?") && !path.contains("customerId")
            let rowsMax = before.rowsRead + (isCount ? 3 * 1_080 : 0)
            #expect(cost.rowsRead <= rowsMax, "\(path): \(before.rowsRead) rows, then \(cost.rowsRead)")
        }
    }
}
