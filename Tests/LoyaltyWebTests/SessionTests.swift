import FastCGI
import HTTPTypes
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct SessionTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    private func session(_ person: TestApp.Person) throws -> Session? {
        try app.store.session(tokenHash: tokenHash(app.sessionToken(person)))
    }

    private func seconds(_ person: TestApp.Person, _ column: String) throws -> Int64 {
        let hash = tokenHash(try app.sessionToken(person))
        let row = try app.owner.one(
            """
            SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), idle_until) AS idle,
                   TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), ends_at) AS ends FROM sessions WHERE token_hash = \(hash)
            """
        ) { $0 }
        return try row.get(column)
    }

    private func age(_ person: TestApp.Person, bySeconds seconds: Int64) throws {
        let hash = tokenHash(try app.sessionToken(person))
        try app.owner.execute(
            """
            UPDATE sessions SET seen_at = seen_at - INTERVAL \(seconds) SECOND,
              idle_until = idle_until - INTERVAL \(seconds) SECOND, ends_at = ends_at - INTERVAL \(seconds) SECOND
             WHERE token_hash = \(hash)
            """)
    }

    @Test("a session ends after 30 idle minutes, at the till after 12 hours")
    func idle() throws {
        #expect((1_790...1_800).contains(try seconds(.manager, "idle")))
        #expect((43_190...43_200).contains(try seconds(.budtender, "idle")))
        try age(.manager, bySeconds: 1_801)
        try age(.budtender, bySeconds: 1_801)
        #expect(try session(.manager) == nil)
        #expect(try session(.budtender) != nil)
        #expect(try app.get("/", as: .manager).headers[.location] == "/login")
    }

    @Test("use moves the idle end on, at most once a minute, and never past the twelfth hour")
    func moves() throws {
        try age(.manager, bySeconds: 30)
        _ = try session(.manager)
        #expect(try seconds(.manager, "idle") < 1_775)
        try age(.manager, bySeconds: 1_000)
        _ = try session(.manager)
        #expect(try seconds(.manager, "idle") > 1_790)
        for _ in 0..<24 {
            try age(.manager, bySeconds: 1_700)
            _ = try session(.manager)
        }
        #expect(try seconds(.manager, "idle") == seconds(.manager, "ends"))
        try age(.manager, bySeconds: 1_300)
        #expect(try session(.manager) != nil)
        try age(.manager, bySeconds: 100)
        #expect(try session(.manager) == nil)
    }

    @Test("signing out ends the session, and needs the CSRF token")
    func signOut() throws {
        #expect(try app.post("/logout", as: .manager, addsCSRF: false).status == .forbidden)
        #expect(try session(.manager) != nil)
        let response = try app.post("/logout", as: .manager)
        #expect(response.headers[.location] == "/login")
        #expect(response.headers[.setCookie]?.contains("Max-Age=0") == true)
        #expect(try session(.manager) == nil)
        #expect(try app.post("/logout").status == .seeOther)
    }

    @Test("a disabled user's session is worth nothing")
    func disabled() throws {
        _ = try app.sessionToken(.manager)
        try app.owner.execute("UPDATE users SET disabled_at = UTC_TIMESTAMP(6) WHERE email = \(app.email(.manager))")
        #expect(try session(.manager) == nil)
    }

    @Test("two session cookies open nothing, for one of them was not set by us")
    func doubled() throws {
        var request = try app.request(.get, "/", .manager)
        request.headers[.cookie] = "session=x; session=\(try app.sessionToken(.manager))"
        #expect(try app.send(request).headers[.location] == "/login")
    }

    @Test("a notice is told once")
    func notice() throws {
        let hash = tokenHash(try app.sessionToken(.manager))
        try app.store.setNotice("Saved.", ofSession: hash)
        #expect(try session(.manager)?.notice == "Saved.")
        try app.store.clearNotice(ofSession: hash)
        #expect(try session(.manager)?.notice == nil)
    }
}
