import FastCGI
import Foundation
import HTTPTypes
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct SiteTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    @Test("an unknown path is 404, in the form of its place")
    func unknown() throws {
        let page = try app.get("/nothing/here")
        #expect(page.status == .notFound)
        #expect(page.bodyText.contains("Reference"))
        #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
        #expect(page.headers[.contentTypeOptions] == "nosniff")
        let api = try app.get("/api/nothing")
        #expect(api.bodyText == #"{"error":"There is no such page.","success":false}"#)
        let problem = try app.get("/api/v1/nothing")
        #expect(problem.headers[.contentType] == "application/problem+json; charset=utf-8")
        #expect(problem.bodyText.contains(#""code":"not_found""#))
    }

    @Test("a known path with another method is 405 and says which it takes")
    func wrongMethod() throws {
        let response = try app.get("/login", method: .delete)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET, HEAD, POST")
        #expect(try app.post("/healthz").headers[.allow] == "GET, HEAD")
        #expect(try app.get("/logout").headers[.allow] == "POST")
    }

    @Test("HEAD is answered like GET")
    func head() throws {
        let response = try app.get("/healthz", method: .head)
        #expect(response.status == .ok)
        #expect(response.headers == (try app.get("/healthz")).headers)
    }

    @Test("literal segments win over placeholders")
    func literals() {
        let router = Router([
            .open(.get, "/a/{id}", Site.showHealth), .open(.get, "/a/list", Site.showStart),
            .open(.post, "/a/{id}/b", Site.showHealth), .open(.get, "/{x}/c/b", Site.showHealth),
        ])
        guard case .found(let route, _) = router.match(.get, "/a/list") else { Issue.record("no route"); return }
        #expect(route.pattern == "/a/list")
        guard case .found(_, let parameters) = router.match(.get, "/a/7") else { Issue.record("no route"); return }
        #expect(parameters == ["id": "7"])
        for path in ["/a", "/a/", "/a/7/", "/a//b", "/b/7"] {
            if case .none = router.match(.get, path) { continue }
            Issue.record("\(path) has a route")
        }
    }

    @Test("readiness asks database and schema; metrics count by route")
    func operations() throws {
        #expect(try app.get("/readyz").bodyText == "ready\n")
        let ahead = try TestApp(schemaVersion: 9_999)
        #expect(try ahead.get("/readyz").status == .serviceUnavailable)
        let metrics = try app.get("/metrics", headers: [.authorization: "Bearer \(TestApp.metricsToken)"]).bodyText
        #expect(metrics.contains(#"loyalty_requests_total{route="/readyz",status="2xx"} 1"#))
        #expect(metrics.contains("process_resident_memory_bytes "))
    }

    @Test("errors become statuses in one place; only defects hide their words")
    func failures() {
        struct Odd: Error {}
        let refusal = Failure(Refusal(.conflict, "No."))
        #expect(refusal.status == .conflict && refusal.code == "conflict" && refusal.detail == "No.")
        let bad = Failure(BadRequest(status: .contentTooLarge, detail: "Too long."))
        #expect(bad.status == .contentTooLarge && bad.code == "payload_too_large")
        let defect = Failure(Odd())
        #expect(defect.status == .internalServerError && defect.isDefect)
        let lost = Failure(DatabaseError.failed(statement: "", code: 2_006, sqlState: "", message: "gone"))
        #expect(lost.status == .serviceUnavailable && lost.retryAfterSeconds == 2)
        let slow = Failure(DatabaseError.failed(statement: "", code: 1_969, sqlState: "", message: ""))
        #expect(slow.status == .serviceUnavailable)
        let wrong = Failure(DatabaseError.failed(statement: "", code: 1_064, sqlState: "", message: ""))
        #expect(wrong.status == .internalServerError && !wrong.detail.contains("1064"))
    }

    @Test("without a database pages say so with 503, and liveness stays")
    func away() throws {
        let options = ConnectionOptions(socket: "/nowhere/socket", user: "x", database: "x")
        let site = Site(store: Store(Connection(options)), shared: app.site.shared)
        let request = try app.request(.get, "/login", .manager)
        let response = try site.respond(to: request)
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers[.retryAfter] == "2")
        #expect(response.bodyText.contains(request.id))
        #expect(try site.respond(to: app.request(.get, "/healthz", .anonymous)).status == .ok)
        #expect(try site.respond(to: app.request(.get, "/readyz", .anonymous)).status == .serviceUnavailable)
    }

    @Test("settings are read once per version, and served as they were while the database is away")
    func settingsCache() throws {
        let cache = app.site.shared.settings
        let entry = try #require(try cache.entry(named: "org_\(app.number)", in: app.store))
        #expect(entry.settings.business.name == "Shop \(app.number)")
        #expect(try cache.entry(named: "no-such-shop", in: app.store) == nil)
        let away = Store(Connection(ConnectionOptions(socket: "/nowhere/socket", user: "x", database: "x")))
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try cache.entry(named: "org_\(app.number)", in: away)?.settings == entry.settings)
        #expect(throws: DatabaseError.self) { try cache.entry(named: "unseen", in: away) }
    }

    @Test("a fragment is made once per settings version")
    func rendered() {
        let cache = RenderedCache()
        var made = 0
        func fragment(_ version: Int64) -> String {
            cache.fragment("bar", of: TenantID(rawValue: 1), version: version) {
                made += 1
                return .init(bytes: [], tag: "\(version)")
            }.tag
        }
        #expect([fragment(1), fragment(1), fragment(2), fragment(1), fragment(2)] == ["1", "1", "2", "1", "2"])
        #expect(made == 3)
    }

    @Test(
        "an Origin must be our own",
        arguments: [
            ("http://localhost", "localhost", true), ("http://localhost:8080", "localhost", true),
            ("http://127.0.0.1:8080", "127.0.0.1", true), ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://127.0.0.1:9090", "127.0.0.1", false), ("https://localhost", "localhost", false),
            ("http://evil.example", "localhost", false), ("null", "localhost", false), ("", "localhost", false),
            ("http://localhost.evil.example", "localhost", false),
            ("http://localhost, http://evil.example", "localhost", false),
        ])
    func origin(origin: String, host: String, isOwn: Bool) {
        let request = Request(host: host)
        #expect(Origin.isOwn(origin, of: request, publicURL: "http://localhost:8080") == isOwn)
    }
}
