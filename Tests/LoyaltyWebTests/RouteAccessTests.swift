import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets
import Testing

@testable import LoyaltyWeb

struct RouteAccessTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    /// contract.md, "Sign-in, roles, pages", written down a second time.
    private static let allowed: [Permission: Set<Role>] = [
        .workTill: [.budtender, .manager, .dispensaryAdmin, .superUser],
        .readReports: [.manager, .auditor, .dispensaryAdmin, .superUser],
        .readCustomers: [.manager, .auditor, .dispensaryAdmin, .superUser],
        .changeCustomers: [.manager, .dispensaryAdmin, .superUser],
        .voidAny: [.manager, .dispensaryAdmin, .superUser],
        .readSettings: [.auditor, .dispensaryAdmin, .superUser],
        .changeSettings: [.dispensaryAdmin, .superUser],
        .readReconciliation: [.auditor, .dispensaryAdmin, .superUser],
        .reconcile: [.dispensaryAdmin, .superUser],
        .readSync: [.auditor, .dispensaryAdmin, .superUser],
        .runSync: [.dispensaryAdmin, .superUser],
        .readCampaigns: [.auditor, .dispensaryAdmin, .superUser],
        .changeCampaigns: [.dispensaryAdmin, .superUser],
        .readIntegrations: [.auditor, .dispensaryAdmin, .superUser],
        .changeIntegrations: [.dispensaryAdmin, .superUser],
        .readUsers: [.auditor, .dispensaryAdmin, .superUser],
        .changeUsers: [.dispensaryAdmin, .superUser],
        .readAudit: [.auditor, .dispensaryAdmin, .superUser],
        .verifyEquity: [.dispensaryAdmin, .superUser],
        .pinTiers: [.dispensaryAdmin, .superUser],
        .eraseCustomers: [.dispensaryAdmin, .superUser],
        .exportCustomers: [.dispensaryAdmin, .superUser],
    ]

    /// What nobody has to sign in for: contract.md, "Public", "Sign-in", "Webhook". A campaign's links are signed.
    private static let openPatterns: Set<String> = [
        "/", "/login", "/logout", "/healthz", "/readyz", "/menu/{org}/bar", "/menu/{org}/bar.css",
        "/menu/{org}/embed.js", "/api/public/menu-settings", "/demo/menu", "/api/webhooks/alleaves/{org}", "/m/{token}",
        "/docs/api", "/docs/openapi.json",
    ]

    @Test("the permission table is the contract's", arguments: Permission.allCases)
    func table(permission: Permission) {
        let roles = Set(Role.allCases.filter { $0.may(permission) })
        #expect(roles == Self.allowed[permission])
    }

    @Test("only what the contract calls public is open")
    func open() {
        for route in Routes.all where route.access == .open {
            #expect(Self.openPatterns.contains(route.pattern), "\(route.pattern)")
        }
    }

    @Test("every address and method stands in the table once")
    func once() {
        let names = Routes.all.map { "\($0.method) \($0.pattern)" }
        #expect(Set(names).count == names.count)
    }

    @Test("every signed-in route lets in exactly the roles with its permission")
    func signedIn() throws {
        for route in Routes.all {
            guard case .signedIn(let permission) = route.access else { continue }
            let path = Self.path(route)
            for person in TestApp.Person.allCases {
                let response = try ask(route, path + "?org=" + app.tenant.slug, as: person)
                let place = Comment(rawValue: "\(route.method) \(route.pattern) as \(person)")
                if person == .anonymous {
                    #expect(response.status == .seeOther, place)
                    #expect(response.headers[.location]?.hasPrefix("/login") == true, place)
                } else if person == .stranger {
                    #expect(response.status == .notFound, place)
                } else if let role = person.role, Self.allowed[permission]?.contains(role) == true {
                    #expect(response.status != .forbidden && response.status.code < 500, place)
                    #expect(response.headers[.location]?.hasPrefix("/login") != true, place)
                } else {
                    #expect(response.status == .forbidden, place)
                }
                #expect(response.headers[.cacheControl] == "no-store", place)
            }
        }
    }

    @Test("every signed-in POST needs the session's CSRF token")
    func csrf() throws {
        for route in Routes.all where route.method == .post {
            guard case .signedIn = route.access else { continue }
            let path = Self.path(route)
            let place = Comment(rawValue: route.pattern)
            #expect(try app.post(path, as: .dispensaryAdmin, addsCSRF: false).status == .forbidden, place)
            let foreign = try app.csrf(.manager)
            #expect(try app.post(path, ["csrf": foreign], as: .dispensaryAdmin).status == .forbidden, place)
        }
    }

    @Test("a key's routes refuse nobody's, cookies', revoked keys and missing scopes")
    func keys() throws {
        let bare = try makeKey([])
        for route in Routes.all {
            guard case .apiKey(let scope) = route.access else { continue }
            let path = Self.path(route)
            let place = Comment(rawValue: "\(route.method) \(route.pattern)")
            #expect(try ask(route, path, as: .anonymous).status == .unauthorized, place)
            #expect(try ask(route, path, as: .superUser).status == .unauthorized, place)
            #expect(try ask(route, path, bearer: "loy_x_unknown").status == .unauthorized, place)
            #expect(try ask(route, path, bearer: TestApp.cronSecret).status == .unauthorized, place)
            if scope != nil { #expect(try ask(route, path, bearer: bare).status == .forbidden, place) }
        }
    }

    @Test("cron and metrics take their own secret and nothing else")
    func secrets() throws {
        let key = try makeKey(Scope.all)
        for route in Routes.all where [.bearerCron, .bearerMetrics].contains(route.access) {
            let own = route.access == .bearerCron ? TestApp.cronSecret : TestApp.metricsToken
            let path = Self.path(route)
            let place = Comment(rawValue: route.pattern)
            for wrong in ["", "wrong", own + "x", String(own.dropLast()), key] {
                #expect(try ask(route, path, bearer: wrong).status == .unauthorized, place)
            }
            #expect(try ask(route, path, as: .superUser).status == .unauthorized, place)
            let status = try ask(route, path, bearer: own).status
            #expect(status != .unauthorized && status.code < 500, place)
        }
    }

    @Test("the sync API takes the cron secret, a key of the scope, or a session with its CSRF token")
    func sync() throws {
        let (good, bare) = (try makeKey([Scope(.sync)]), try makeKey([Scope(.orders)]))
        for route in Routes.all {
            guard case .sync = route.access else { continue }
            let path = Self.path(route)
            let place = Comment(rawValue: "\(route.method) \(route.pattern)")
            #expect(try ask(route, path, as: .anonymous).status == .unauthorized, place)
            #expect(try ask(route, path, bearer: "wrong").status == .unauthorized, place)
            #expect(try ask(route, path, bearer: bare).status == .forbidden, place)
            for token in [good, TestApp.cronSecret] {
                let status = try ask(route, path, bearer: token).status
                #expect(![401, 403].contains(status.code) && status.code < 500, place)
            }
            if route.method == .post {
                let refused = try app.post(path, as: .dispensaryAdmin)
                #expect(refused.status == .forbidden, place)
            }
        }
    }

    private func ask(
        _ route: Route, _ path: String, as person: TestApp.Person = .anonymous, bearer: String? = nil
    ) throws -> Response {
        var headers: HTTPFields = [:]
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        if route.method == .post { return try app.post(path, as: person, headers: headers) }
        return try app.get(path, as: person, headers: headers)
    }

    private func makeKey(_ scopes: Set<Scope>) throws -> String {
        let text = RandomBytes.token()
        try app.tenantStore.transaction { tx in
            try tx.createApiKey(
                id: String(text.prefix(8)), name: "test", secretHash: SHA256.digest(Array(text.utf8)),
                scopes: scopes.isEmpty ? [Scope(.events, isReadOnly: true)] : scopes)
        }
        return text
    }

    private static func path(_ route: Route) -> String {
        let segments = route.pattern.split(separator: "/", omittingEmptySubsequences: false)
        return segments.map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
    }
}
