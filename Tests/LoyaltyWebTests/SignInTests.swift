import FastCGI
import HTTPTypes
import LoyaltyStore
import MariaDB
import Secrets
import Testing

@testable import LoyaltyWeb

struct SignInTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    @Test("signing in sets a cookie that opens the person's own first page")
    func signsIn() throws {
        let response = try signIn(email: app.email(.dispensaryAdmin))
        #expect(response.status == .seeOther)
        #expect(response.headers[.location] == "/dashboard/loyalty")
        let cookie = try #require(response.headers[.setCookie])
        #expect(cookie.hasPrefix("session="))
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(part)) }
        #expect(!cookie.contains("Secure"))
        let token = String(cookie.prefix { $0 != ";" }.dropFirst("session=".count))
        let session = try #require(try app.store.session(tokenHash: tokenHash(token)))
        #expect(session.email == app.email(.dispensaryAdmin))
    }

    @Test("a budtender lands at the till; upper case in the address does not matter")
    func till() throws {
        let response = try signIn(email: app.email(.budtender).uppercased())
        #expect(response.headers[.location] == "/till")
    }

    @Test("over HTTPS the cookie is Secure and bound to the host")
    func https() throws {
        var page = try app.request(.get, "/login", .anonymous)
        page.isSecure = true
        page.host = "shop.example"
        let form = try SignInForm(try app.send(page))
        #expect(form.cookie.hasPrefix("__Host-signin="))
        var request = try app.request(.post, "/login", .anonymous, form.headers)
        request.isSecure = true
        request.host = "shop.example"
        request.body = Array(
            FormFields([("email", app.email(.manager)), ("password", TestApp.password), ("csrf", form.csrf)])
                .encoded.utf8)
        let cookie = try #require(try app.send(request).headers[.setCookie])
        #expect(cookie.hasPrefix("__Host-session=") && cookie.contains("; Secure"))
    }

    @Test("plain HTTP to another machine does not sign in")
    func plain() throws {
        let form = try SignInForm(try app.get("/login"))
        var request = try app.request(.post, "/login", .anonymous, form.headers)
        request.host = "shop.example"
        request.body = Array(
            FormFields([("email", app.email(.manager)), ("password", TestApp.password), ("csrf", form.csrf)])
                .encoded.utf8)
        #expect(try app.send(request).status == .badRequest)
    }

    @Test("a wrong password and an unknown account get the same words, and the address typed back")
    func refused() throws {
        let wrong = try signIn(email: app.email(.manager), password: "not the password")
        let unknown = try signIn(email: "nobody@shop.example")
        #expect(wrong.status == .unprocessableContent && unknown.status == .unprocessableContent)
        #expect(wrong.bodyText.contains("E-mail or password is wrong"))
        #expect(unknown.bodyText.contains("E-mail or password is wrong"))
        #expect(wrong.bodyText.contains(app.email(.manager)))
        #expect(!wrong.bodyText.contains("not the password"))
        #expect(wrong.headers[.setCookie]?.hasPrefix("session=") != true)
    }

    @Test("sign-ins and refusals are in the audit log, without the address that was typed")
    func audit() throws {
        _ = try signIn(email: app.email(.manager), password: "not the password")
        _ = try signIn(email: app.email(.manager))
        let rows = try app.owner.all(
            "SELECT action, actor FROM audit_log WHERE address = \(Array(app.address.utf8)) ORDER BY at, id"
        ) { "\(try $0.get("action", as: String.self)) \(try $0.get("actor", as: String.self))" }
        #expect(rows == ["sign-in.refused nobody", "sign-in \(app.email(.manager))"])
    }

    @Test("the sign-in form needs its own cookie and token")
    func csrf() throws {
        let form = try SignInForm(try app.get("/login"))
        let other = try SignInForm(try app.get("/login"))
        let fields = ["email": app.email(.manager), "password": TestApp.password]
        #expect(try app.post("/login", fields, headers: form.headers).status == .forbidden)
        let crossed = [
            "email": app.email(.manager), "password": TestApp.password, "csrf": other.csrf,
        ]
        #expect(try app.post("/login", crossed, headers: form.headers).status == .forbidden)
        let bare = ["email": app.email(.manager), "password": TestApp.password, "csrf": form.csrf]
        #expect(try app.post("/login", bare).status == .forbidden)
        var headers = form.headers
        headers[.secFetchSite] = "cross-site"
        #expect(try app.post("/login", bare, headers: headers).status == .forbidden)
    }

    @Test("failures are slowed down per account, growing, and a good password in between does not help")
    func throttledAccount() throws {
        for _ in 0..<5 {
            _ = try app.store.loginThrottle(email: app.email(.manager), address: app.address).begin()
        }
        let response = try signIn(email: app.email(.manager))
        #expect(response.status == .tooManyRequests)
        let wait = try #require(response.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...10).contains(wait))
        #expect(response.bodyText.contains("too many attempts"))
        try app.owner.execute(
            "UPDATE login_attempts SET blocked_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE blocked_until IS NOT NULL AND subject = \(Array("account:\(app.email(.manager))".utf8))"
        )
        let throttle = app.store.loginThrottle(email: app.email(.manager), address: app.address)
        #expect(try throttle.begin() == nil)
        let longer = try #require(try throttle.begin())
        #expect((11...20).contains(longer))
    }

    @Test("failures are slowed down per address, whatever the account; another address is free")
    func throttledAddress() throws {
        for number in 0..<20 {
            let throttle = app.store.loginThrottle(email: "a\(number)@x.example", address: app.address)
            #expect(try throttle.begin() == nil)
        }
        #expect(try signIn(email: app.email(.manager)).status == .tooManyRequests)
        let elsewhere = app.store.loginThrottle(email: app.email(.manager), address: "192.0.2.\(app.number)")
        #expect(try elsewhere.begin() == nil)
    }

    @Test("a good sign-in clears the account's failures")
    func forgiven() throws {
        for _ in 0..<4 { _ = try app.store.loginThrottle(email: app.email(.manager), address: app.address).begin() }
        #expect(try signIn(email: app.email(.manager)).status == .seeOther)
        for _ in 0..<4 {
            #expect(try app.store.loginThrottle(email: app.email(.manager), address: app.address).begin() == nil)
        }
    }

    @Test(
        "next leads only to own paths",
        arguments: [
            ("/dashboard/customers?q=ann", true), ("/till", true), ("//evil.example", false),
            ("/\\evil.example", false), ("https://evil.example", false), ("dashboard", false), ("", false),
            ("/a\u{9}b", false), ("/a\nSet-Cookie: x", false), ("/\u{e9}", false),
        ])
    func next(path: String, isTaken: Bool) throws {
        let response = try signIn(email: app.email(.manager), next: path)
        #expect(response.headers[.location] == (isTaken ? path : "/dashboard/loyalty"))
    }

    @Test("whoever is signed in is led on from the sign-in page, and gets a new token by signing in again")
    func again() throws {
        #expect(try app.get("/login", as: .manager).headers[.location] == "/dashboard/loyalty")
        #expect(try app.get("/", as: .budtender).headers[.location] == "/till")
        #expect(try app.get("/").headers[.location] == "/login")
        let old = try app.sessionToken(.manager)
        let response = try signIn(email: app.email(.manager), cookie: "session=\(old)")
        #expect(response.status == .seeOther)
        #expect(try app.store.session(tokenHash: tokenHash(old)) == nil)
    }

    @Test("demo accounts sign in only where demo data are allowed")
    func demo() throws {
        var configuration = app.site.shared.configuration
        configuration.isDemoAllowed = false
        let shared = SiteShared(
            configuration: configuration, templates: app.site.shared.templates, logger: app.site.shared.logger)
        let hash = try PasswordHash(of: TestApp.password).text
        try app.store.createUser(
            email: "demo@shop\(app.number).example", passwordHash: hash, role: .manager, at: app.tenant.id,
            isDemo: true)
        let strict = Site(store: app.store, shared: shared)
        let form = try SignInForm(try app.get("/login"))
        var request = try app.request(.post, "/login", .anonymous, form.headers)
        request.body = Array(
            FormFields([
                ("email", "demo@shop\(app.number).example"), ("password", TestApp.password), ("csrf", form.csrf),
            ]).encoded.utf8)
        #expect(try strict.respond(to: request).status == .unprocessableContent)
        #expect(try app.send(request).status == .seeOther)
    }

    private func signIn(
        email: String, password: String = TestApp.password, next: String? = nil, cookie: String? = nil
    ) throws -> Response {
        let form = try SignInForm(try app.get("/login"))
        var headers = form.headers
        if let cookie { headers[.cookie] = "\(form.cookie); \(cookie)" }
        return try app.post(
            "/login", ["email": email, "password": password, "csrf": form.csrf, "next": next ?? ""], headers: headers)
    }
}

/// What a browser keeps of the sign-in page.
struct SignInForm {
    let cookie: String
    let csrf: String

    init(_ page: Response) throws {
        cookie = String(try #require(page.headers[.setCookie]).prefix { $0 != ";" })
        let rest = try #require(page.bodyText.split(separator: #"name="csrf" value=""#).dropFirst().first)
        csrf = String(rest.prefix { $0 != "\"" })
    }

    var headers: HTTPFields { [.cookie: cookie, .contentType: "application/x-www-form-urlencoded"] }
}
