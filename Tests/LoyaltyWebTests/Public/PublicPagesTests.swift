import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct PublicPagesTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    private var slug: String { app.tenant.slug }

    /// All that anybody can fetch of a shop.
    private var addresses: [String] {
        [
            "/menu/\(slug)/bar", "/menu/\(slug)/bar?embed=page", "/menu/\(slug)/bar.css", "/menu/\(slug)/embed.js",
            "/api/public/menu-settings?orgId=\(slug)",
        ]
    }

    private func save(_ change: (inout MenuDisplaySettings) -> Void) throws {
        let settings = try app.tenantStore.settings()
        var menu = settings.menuDisplay
        change(&menu)
        try app.tenantStore.save(menu, ifVersion: settings.version(of: .menuDisplay), by: nil, requestID: nil)
    }

    @Test("what the public gets may be kept for a second, by anybody, and carries no cookie")
    func headers() throws {
        for address in addresses {
            let response = try app.get(address, as: .dispensaryAdmin)
            #expect(response.status == .ok, "\(address)")
            #expect(
                response.headers[.cacheControl]
                    == "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400")
            #expect(response.headers[.accessControlAllowOrigin] == "*")
            #expect(response.headers[.setCookie] == nil && response.headers[.eTag] != nil)
        }
    }

    @Test("whoever has it already is told so")
    func notModified() throws {
        for address in addresses {
            let tag = try #require(try app.get(address).headers[.eTag])
            for sent in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let response = try app.get(address, headers: [.ifNoneMatch: sent])
                #expect(response.status == .notModified && response.body.isEmpty, "\(address) \(sent)")
                #expect(response.headers[.eTag] == tag)
            }
            #expect(try app.get(address, headers: [.ifNoneMatch: "\"other\""]).status == .ok)
        }
    }

    @Test("a shop is found by each of its names, and an unknown one is not")
    func names() throws {
        #expect(try app.get("/menu/org_\(app.number)/bar").status == .ok)
        for address in ["/menu/nobody/bar", "/menu/nobody/bar?embed=page", "/menu/nobody/embed.js"] {
            let response = try app.get(address)
            #expect(response.status == .notFound)
            #expect(response.headers[.cacheControl]?.hasPrefix("public, max-age=1") == true)
        }
    }

    @Test("the API says in JSON that a shop is unknown, or not named")
    func failures() throws {
        let unknown = try app.get("/api/public/menu-settings?orgId=nobody")
        #expect(unknown.status == .notFound)
        #expect(unknown.bodyText == #"{"error":"There is no such organization.","success":false}"#)
        #expect(try app.get("/api/public/menu-settings").status == .badRequest)
        #expect(try app.get("/api/public/menu-settings?orgId=").status == .badRequest)
    }

    @Test("nothing to show is 204 for bar and frame, and a script that does nothing")
    func nothing() throws {
        try save { $0.showBar = false }
        #expect(try app.get("/menu/\(slug)/bar").status == .noContent)
        #expect(try app.get("/menu/\(slug)/bar?embed=page").status == .noContent)
        let script = try app.get("/menu/\(slug)/embed.js")
        #expect(script.status == .ok && script.bodyText.contains("var markup = null;"))
    }

    @Test("a saved change is on the bar a second later")
    func fresh() throws {
        #expect(try !app.get("/menu/\(slug)/bar").bodyText.contains("Grow with us"))
        try save { $0.loyaltyTagline = "Grow with us" }
        // The cache asks for the version once a second.
        try awaitChange { try app.get("/menu/\(slug)/bar").bodyText.contains("Grow with us") }
        #expect(try app.get("/menu/\(slug)/embed.js").bodyText.contains("Grow with us"))
    }

    private func awaitChange(_ isThere: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .milliseconds(1_500)
        while ContinuousClock.now < deadline {
            if try isThere() { return }
        }
        Issue.record("the change did not come in time")
    }

    @Test("the frame may stand in any page, the rest of the site in none")
    func frames() throws {
        let page = try app.get("/menu/\(slug)/bar?embed=page")
        let policy = try #require(page.headers[.contentSecurityPolicy])
        #expect(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(page.bodyText.hasPrefix("<!DOCTYPE html>"))
    }

    @Test("the example shop is there for demo shops only")
    func demo() throws {
        #expect(try app.get("/demo/menu?org=\(slug)").status == .notFound)
        let demo = try app.store.createTenant(slug: "demo\(app.number)", name: "Juniper & Main", isDemo: true)
        let response = try app.get("/demo/menu?org=\(demo.slug)")
        #expect(response.status == .ok)
        #expect(response.bodyText.contains("<script src=\"/menu/\(demo.slug)/embed.js\"></script>"))
    }
}

struct PublicSamplesTests {
    @Test("everything public prints without chrome, with every tag filled")
    func prints() throws {
        let templates = try Templates.ofCheckout()
        for page in everyPublicPage {
            let text = try templates.render(page)
            #expect(!text.contains("{{") && !text.contains("Optional("))
        }
    }
}
