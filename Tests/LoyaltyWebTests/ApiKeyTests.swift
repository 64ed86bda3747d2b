import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct ApiKeyTests {
    let app: TestApp
    init() throws { app = try TestApp() }

    private func make(_ text: String, id: String, _ scopes: Set<Scope>) throws {
        try app.tenantStore.transaction { tx in
            try tx.createApiKey(id: id, name: "Tills", secretHash: tokenHash(text), scopes: scopes)
        }
    }

    @Test("a key is found by its text alone, until it is revoked; the text is kept nowhere")
    func found() throws {
        let text = "loy_k1_secret\(app.number)"
        try make(text, id: "k1", [Scope(.orders), Scope(.customers, isReadOnly: true)])
        let key = try #require(try app.store.apiKey(secretHash: tokenHash(text)))
        #expect(key.tenant == app.tenant.id && key.id == "k1" && key.usedAt == nil)
        #expect(try app.store.apiKey(secretHash: tokenHash(text + "x")) == nil)
        let listed = try app.tenantStore.apiKeys()
        #expect(listed.map(\.name) == ["Tills"])
        #expect(try app.store.tenant(app.other.id).apiKeys().isEmpty)
        #expect(throws: Refusal.self) {
            try app.store.tenant(app.other.id).transaction { try $0.revokeApiKey(id: "k1") }
        }
        try app.tenantStore.transaction { try $0.revokeApiKey(id: "k1") }
        #expect(try app.store.apiKey(secretHash: tokenHash(text)) == nil)
        #expect(try app.tenantStore.apiKeys().first?.revokedAt != nil)
    }

    @Test("a whole scope covers its reading, reading covers nothing else")
    func scopes() throws {
        let text = "plain secret \(app.number)"
        try make(text, id: "k2", [Scope(.orders), Scope(.customers, isReadOnly: true)])
        let key = try #require(try app.store.apiKey(secretHash: tokenHash(text)))
        #expect(key.may(Scope(.orders)) && key.may(Scope(.orders, isReadOnly: true)))
        #expect(key.may(Scope(.customers, isReadOnly: true)) && !key.may(Scope(.customers)))
        #expect(!key.may(Scope(.sync, isReadOnly: true)))
        #expect(Scope("orders:read") == Scope(.orders, isReadOnly: true))
        for wrong in ["", "order", "orders:write", "orders:", "orders:read:read", "ORDERS"] {
            #expect(Scope(wrong) == nil)
        }
    }

    @Test("its use is written down, at most once a minute")
    func used() throws {
        let text = "loy_k3_secret\(app.number)"
        try make(text, id: "k3", Scope.all)
        _ = try app.store.apiKey(secretHash: tokenHash(text))
        let first = try #require(try app.tenantStore.apiKeys().first?.usedAt)
        _ = try app.store.apiKey(secretHash: tokenHash(text))
        #expect(try app.tenantStore.apiKeys().first?.usedAt == first)
        try app.owner.execute(
            "UPDATE api_keys SET used_at = used_at - INTERVAL 2 MINUTE WHERE tenant_id = \(app.tenant.id.rawValue)")
        _ = try app.store.apiKey(secretHash: tokenHash(text))
        #expect(try #require(app.tenantStore.apiKeys().first?.usedAt) >= first)
    }

    @Test("names, scopes and texts are checked")
    func refused() throws {
        try make("one text \(app.number)", id: "k4", Scope.all)
        #expect(throws: Refusal.self) { try make("one text \(app.number)", id: "k5", Scope.all) }
        #expect(throws: Refusal.self) { try make("another text", id: "k4", Scope.all) }
        #expect(throws: Refusal.self) { try make("another text", id: "k6", []) }
    }

    @Test("two Authorization headers, another scheme or a blank token open nothing")
    func bearer() {
        var two: HTTPFields = [.authorization: "Bearer a"]
        two.append(HTTPField(name: .authorization, value: "Bearer b"))
        #expect(Request(headers: two).bearerToken != "a")
        #expect(Request(headers: [.authorization: "Basic YTpi"]).bearerToken == nil)
        #expect(Request(headers: [.authorization: "Bearer "]).bearerToken == nil)
        #expect(Request(headers: [.authorization: "bearer a"]).bearerToken == "a")
        #expect(Request().bearerToken == nil)
    }
}
