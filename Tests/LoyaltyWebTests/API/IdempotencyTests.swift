import FastCGI
import HTTPTypes
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import Testing
import TestSupport

@testable import LoyaltyWeb

struct IdempotencyTests {
    let api: ApiCaller
    let id: CustomerID
    init() throws {
        api = try ApiCaller()
        id = try api.customer(points: 100)
    }

    private let path = "/api/v1/adjustments"

    private func body(_ points: Int) -> String { #"{"customerId":"\#(id)","points":\#(points),"reason":"r"}"# }
    private func balance() throws -> Int? { try api.get("/api/v1/customers/\(id)").json["points"] as? Int }

    @Test("the same key and body get the first answer again, byte for byte, and nothing happens twice")
    func replay() throws {
        let first = try api.post(path, body(7), idempotencyKey: "key-1")
        let second = try api.post(path, body(7), idempotencyKey: "key-1")
        #expect(first.status == 201 && second.status == 201 && first.id != second.id)
        #expect(first.response.body == second.response.body && !first.isReplay && second.isReplay)
        #expect(second.response.headers[.contentType] == first.response.headers[.contentType])
        #expect(try balance() == 107)
        // The answer is the first one, whatever happened since.
        #expect(try api.post(path, body(-100)).status == 201)
        #expect(try api.post(path, body(7), idempotencyKey: "key-1").json["balanceAfter"] as? Int == 107)
    }

    @Test("refusals are kept too, status and all")
    func refusals() throws {
        for (key, body, status) in [
            ("short", body(-101), 422), ("nobody", #"{"customerId":"x","points":1,"reason":"r"}"#, 404),
            ("wrong", "{", 400),
        ] {
            let first = try api.post(path, body, idempotencyKey: key)
            #expect(first.status == status && !first.isReplay, "\(key)")
            try api.move(1_000, for: id)
            let second = try api.post(path, body, idempotencyKey: key)
            #expect(second.status == status && second.isReplay, "\(key)")
            #expect(second.response.body == first.response.body, "\(key)")
            #expect(
                second.response.headers[.contentType]?.hasPrefix("application/problem+json") == true, "\(key)")
            try api.app.tenantStore.transaction { tx in
                for var locked in try tx.lock([id]) {
                    let back = Movement(
                        points: -1_000, kind: .bonus, key: "back-\(key)", reason: "Test", settingsVersion: 1)
                    try tx.append([back], to: &locked, at: .now())
                }
            }
        }
        #expect(try balance() == 100)
        #expect(try api.app.tenantStore.verifyLedger().differences.isEmpty)
    }

    @Test("a key of another request is refused, and its answer stays")
    func mismatch() throws {
        #expect(try api.post(path, body(7), idempotencyKey: "key-2").status == 201)
        for other in [body(8), body(7) + " ", "{"] {
            let answer = try api.post(path, other, idempotencyKey: "key-2")
            #expect(try answer.status == 422 && answer.code == "idempotency_mismatch" && !answer.isReplay)
        }
        #expect(try api.post(path, body(7), idempotencyKey: "key-2").isReplay)
        #expect(try balance() == 107)
    }

    @Test(
        "a write without a proper key is refused by the header's name",
        arguments: ["", " ", "two words", "ключ", String(repeating: "k", count: 256)])
    func missing(key: String) throws {
        let answer = try api.post(path, body(7), idempotencyKey: key)
        #expect(try answer.status == 400 && answer.code == "invalid_request")
        #expect(try (answer.json["detail"] as? String)?.contains("Idempotency-Key") == true)
        #expect(try balance() == 100)
    }

    @Test("a key may have 255 characters, and keys that differ in case differ")
    func keys() throws {
        for key in [String(repeating: "k", count: 255), "a", "A", "~!\"#"] {
            #expect(try !api.post(path, body(1), idempotencyKey: key).isReplay)
        }
        #expect(try balance() == 104)
    }

    @Test("two tenants may use one key")
    func tenants() throws {
        let other = try ApiCaller.makeKey(Scope.all, at: api.app.other, in: api.app)
        #expect(try api.post(path, body(7), idempotencyKey: "shared").status == 201)
        #expect(try api.post(path, body(7), key: other, idempotencyKey: "shared").status == 404)
        #expect(try api.post(path, body(7), key: other, idempotencyKey: "shared").isReplay)
    }

    @Test("of 50 at once with one key one posts, and all get its answer")
    func parallel() throws {
        let answers = Mutex<[Answer]>([])
        let meeting = MeetingPoint(50)
        let caller = Caller(api: api, path: path, body: body(5))
        try inParallel(
            (0..<50).map { _ in
                {
                    let site = caller.site()
                    meeting.meet()
                    let answer = try caller.post(site)
                    answers.withLock { $0.append(answer) }
                }
            })
        let all = answers.withLock { $0 }
        #expect(all.count == 50 && all.allSatisfy { $0.status == 201 })
        #expect(all.filter { !$0.isReplay }.count == 1)
        #expect(Set(all.map(\.response.body)).count == 1)
        #expect(try balance() == 105)
        let proof = try api.app.tenantStore.verifyLedger()
        #expect(proof.differences.isEmpty && proof.entries == 2)
    }

    @Test("one that waits too long for the first is told to come again")
    func inProgress() throws {
        let owner = api.app.owner
        try owner.executeText("START TRANSACTION")
        try owner.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, idempotency_key, request_hash, created_at)
            VALUES (\(api.app.tenant.id.rawValue), 'slow', \(Array(repeating: UInt8(0), count: 32)), UTC_TIMESTAMP(6))
            """)
        let site = api.impatientSite()
        let waiting = try api.post(path, body(5), idempotencyKey: "slow", site: site)
        #expect(try waiting.status == 409 && waiting.code == "idempotency_in_progress")
        #expect(try waiting.json["retryable"] as? Bool == true)
        try owner.executeText("ROLLBACK")
        let answer = try api.post(path, body(5), idempotencyKey: "slow", site: site)
        #expect(answer.status == 201 && !answer.isReplay)
    }

    @Test("an outage keeps nothing: the same key works when it is over")
    func outage() throws {
        let owner = api.app.owner
        try owner.executeText("START TRANSACTION")
        try owner.execute("UPDATE customers SET last_name = 'Locked' WHERE id = \(id.bytes)")
        let site = api.impatientSite()
        let failed = try api.post(path, body(5), idempotencyKey: "outage", site: site)
        #expect(try failed.status == 503 && failed.code == "unavailable" && failed.json["retryable"] as? Bool == true)
        #expect(failed.response.headers[.retryAfter] != nil)
        try owner.executeText("ROLLBACK")
        let answer = try api.post(path, body(5), idempotencyKey: "outage", site: site)
        #expect(answer.status == 201 && !answer.isReplay)
        #expect(try balance() == 105)
    }

    @Test("keys live 30 days: an older one may be used anew, and is cleared away")
    func age() throws {
        func age(_ key: String, days: Int) throws {
            try api.app.owner.execute(
                """
                UPDATE idempotency_keys SET created_at = UTC_TIMESTAMP(6) - INTERVAL \(days) DAY
                 WHERE tenant_id = \(api.app.tenant.id.rawValue) AND idempotency_key = \(Array(key.utf8))
                """)
        }
        for key in ["young", "old", "older"] {
            #expect(try api.post(path, body(1), idempotencyKey: key).status == 201)
        }
        try age("young", days: 29)
        try age("old", days: 31)
        try age("older", days: 40)
        #expect(try api.post(path, body(1), idempotencyKey: "young").isReplay)
        let anew = try api.post(path, body(2), idempotencyKey: "old")
        #expect(anew.status == 201 && !anew.isReplay)
        #expect(try api.post(path, body(2), idempotencyKey: "old").isReplay)
        #expect(try balance() == 105)
        #expect(try api.app.tenantStore.forgetIdempotencyKeys(limit: 10) == 1)
        #expect(try api.app.tenantStore.forgetIdempotencyKeys(limit: 10) == 0)
        #expect(try api.post(path, body(1), idempotencyKey: "young").isReplay)
    }
}

/// What threads need to call the API.
private struct Caller: Sendable {
    let options: ConnectionOptions
    let shared: SiteShared
    let request: Request

    init(api: ApiCaller, path: String, body: String) {
        options = api.app.appOptions
        shared = api.app.site.shared
        request = Request(
            method: .post, path: path,
            headers: [.authorization: "Bearer \(api.key)", .idempotencyKey: "parallel"], body: Array(body.utf8))
    }

    func site() -> Site { Site(store: Store(Connection(options)), shared: shared) }

    func post(_ site: Site) throws -> Answer {
        var request = request
        request.id = Request.randomID()
        return Answer(response: try site.respond(to: request), id: request.id)
    }
}
