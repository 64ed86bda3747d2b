import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct ApiRateTests {
    private let second: Int64 = 1_000_000_000
    private let tenant = TenantID(rawValue: 1)

    private func admitted(_ rate: ApiRate, _ calls: Int, id: String = "k", at now: Int64) -> Int {
        (0..<calls).filter { _ in
            do throws(Throttled) {
                try rate.admit(tenant: tenant, id: id, at: now)
                return true
            } catch {
                return false
            }
        }.count
    }

    @Test("twice the rate at once, then the rate; each key by itself")
    func burst() {
        let rate = ApiRate(perSecond: 5)
        #expect(admitted(rate, 20, at: 0) == 10)
        #expect(admitted(rate, 20, at: second) == 5)
        #expect(admitted(rate, 20, at: second) == 0)
        #expect(admitted(rate, 20, at: second + second / 5) == 1)
        #expect(admitted(rate, 20, id: "other", at: second) == 10)
        #expect(admitted(rate, 20, at: 10 * second) == 10)
    }

    @Test("who is refused is told whole seconds to wait, at least one")
    func wait() {
        let rate = ApiRate(perSecond: 1)
        #expect(admitted(rate, 3, at: 0) == 2)
        #expect(throws: Throttled.self) { try rate.admit(tenant: tenant, id: "k", at: 0) }
        do throws(Throttled) { try rate.admit(tenant: tenant, id: "k", at: 1) } catch { #expect(error.seconds == 1) }
    }

    @Test("0 is no limit")
    func unlimited() { #expect(admitted(ApiRate(perSecond: 0), 10_000, at: 0) == 10_000) }

    @Test("a key over its rate gets 429 with Retry-After, keeps nothing under its key, and stops no other")
    func answer() throws {
        let app = try TestApp(apiRate: 1)
        let api = try ApiCaller(app)
        let id = try api.customer()
        let body = #"{"customerId":"\#(id)","points":1,"reason":"r"}"#
        #expect(try api.get("/api/v1/me").status == 200)
        #expect(try api.get("/api/v1/me").status == 200)
        let refused = try api.post("/api/v1/adjustments", body, idempotencyKey: "k")
        #expect(try refused.status == 429 && refused.code == "rate_limited")
        #expect(try refused.json["retryable"] as? Bool == true && refused.response.headers[.retryAfter] == "1")
        let other = try ApiCaller.makeKey(Scope.all, at: app.tenant, in: app)
        let accepted = try api.post("/api/v1/adjustments", body, key: other, idempotencyKey: "k")
        #expect(accepted.status == 201 && !accepted.isReplay)
    }
}
