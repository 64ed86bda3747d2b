import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct ProgramCallsTests {
    let api: ApiCaller
    init() throws { api = try ApiCaller() }

    private func save(_ change: (inout ProgramSettings) -> Void) throws {
        let store = api.app.tenantStore
        let settings = try store.settings()
        var program = settings.program
        change(&program)
        try store.save(program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
    }

    @Test("a key learns whose it is, what it may do, and the time")
    func me() throws {
        let json = try api.get("/api/v1/me").json
        #expect(Set(json.keys) == ["tenant", "key", "scopes", "programStatus", "serverTime"])
        let tenant = json["tenant"] as? [String: String]
        #expect(
            tenant == [
                "slug": api.app.tenant.slug, "name": "Shop \(api.app.number)", "timeZone": "America/New_York",
            ])
        #expect(
            json["scopes"] as? [String] == ["adjustments", "customers", "events", "orders", "redemptions", "sync"])
        #expect(json["programStatus"] as? String == "active")
        let time = try #require((json["serverTime"] as? String).flatMap { Instant(parsing: $0) })
        #expect(abs(time.secondsSince1970 - Instant.now().secondsSince1970) < 60)
    }

    @Test("the program's terms are told with a tag, and never the equity multiplier")
    func program() throws {
        let answer = try api.get("/api/v1/program")
        let json = try answer.json
        #expect(
            Set(json.keys) == [
                "programStatus", "settingsVersion", "pointsPerDollar", "tiers", "rewards", "limits",
            ])
        #expect(json["pointsPerDollar"] as? Int == 1 && json["settingsVersion"] as? Int == 1)
        let tiers = try #require(json["tiers"] as? [[String: Any]])
        #expect(tiers.map { $0["thresholdCents"] as? Int } == [0, 20_000, 50_000, 100_000])
        #expect(tiers.map { $0["name"] as? String } == ["Bronze", "Silver", "Gold", "Platinum"])
        let rewards = try #require(json["rewards"] as? [[String: Any]])
        #expect(rewards.map { $0["pointsCost"] as? Int } == [100, 250, 500])
        #expect(rewards.map { $0["valueCents"] as? Int } == [500, 1_500, 3_500])
        let limits = try #require(json["limits"] as? [String: Any])
        #expect(limits["maxOrderPercent"] as? Int == 100 && limits["holdMinutes"] as? Int == 15)
        #expect(!answer.response.bodyText.lowercased().contains("equity"))
    }

    @Test("an unchanged program costs no body, a changed one has another tag")
    func tag() throws {
        let first = try api.get("/api/v1/program")
        let tag = try #require(first.response.headers[.eTag])
        let again = try api.get("/api/v1/program", headers: [.ifNoneMatch: tag])
        #expect(again.status == 304 && again.response.body.isEmpty && again.response.headers[.eTag] == tag)
        try save { $0.paused = true }
        let changed = try api.get("/api/v1/program", headers: [.ifNoneMatch: tag])
        #expect(changed.status == 200 && changed.response.headers[.eTag] != tag)
        #expect(try changed.json["programStatus"] as? String == "paused")
        #expect(try changed.json["settingsVersion"] as? Int == 2)
        #expect(try api.get("/api/v1/me").json["programStatus"] as? String == "paused")
    }

    @Test("the answers of one tenant's key are that tenant's")
    func isolation() throws {
        let other = try ApiCaller.makeKey([Scope(.events)], at: api.app.other, in: api.app)
        let json = try api.get("/api/v1/me", key: other).json
        #expect((json["tenant"] as? [String: String])?["slug"] == api.app.other.slug)
        #expect(json["scopes"] as? [String] == ["events"])
        try save { $0.paused = true }
        #expect(try api.get("/api/v1/program", key: other).json["programStatus"] as? String == "active")
    }

    @Test("errors are problem JSON with the request's id, whatever the address")
    func problems() throws {
        for (path, status, code) in [
            ("/api/v1/nothing", 404, "not_found"), ("/api/v1/customers/cus_x", 404, "not_found"),
            ("/api/v1/adjustments", 405, "method_not_allowed"), ("/api/v1/customers", 400, "invalid_request"),
        ] {
            let answer = try api.get(path)
            let json = try answer.json
            #expect(answer.status == status && json["status"] as? Int == status, "\(path)")
            #expect(json["code"] as? String == code && json["requestId"] as? String == answer.id, "\(path)")
            #expect(json["retryable"] as? Bool == false && json["type"] as? String == "about:blank", "\(path)")
            #expect(json["title"] is String && json["detail"] is String && json["errors"] is [Any], "\(path)")
            #expect(
                answer.response.headers[.contentType]?.hasPrefix("application/problem+json") == true, "\(path)")
            #expect(answer.response.headers[.accessControlAllowOrigin] == nil, "\(path)")
        }
        let unknown = try api.get("/api/v1/me", key: "loy_no_key")
        #expect(unknown.status == 401 && unknown.response.headers[.wwwAuthenticate] == "Bearer")
        #expect(try unknown.code == "unauthorized")
    }
}
