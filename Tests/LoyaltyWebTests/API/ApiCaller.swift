import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets

@testable import LoyaltyWeb

/// A shop with a key, and how a program calls its API.
final class ApiCaller {
    let app: TestApp
    let key: String

    init(_ app: TestApp? = nil) throws {
        let app = try app ?? TestApp()
        self.app = app
        key = try Self.makeKey(Scope.all, at: app.tenant, in: app)
    }

    static func makeKey(_ scopes: Set<Scope>, at tenant: Tenant, in app: TestApp) throws -> String {
        let text = RandomBytes.token()
        try app.store.tenant(tenant.id).transaction { tx in
            try tx.createApiKey(
                id: String(text.prefix(8)), name: "Tills", secretHash: SHA256.digest(Array(text.utf8)), scopes: scopes)
        }
        return text
    }

    /// Imports customers into the shop.
    @discardableResult
    func add(_ profiles: CustomerProfile...) throws -> [CustomerID] {
        let store = app.tenantStore
        _ = try store.importCustomers(profiles, settings: try store.settings(), at: .now())
        return try profiles.map { profile in
            let found = try store.customers(.alleaves, outsideIDs: [profile.posID])
            guard let id = found[profile.posID] else { throw TestApp.Missing(what: "customer \(profile.posID)") }
            return id
        }
    }

    /// One customer with points.
    func customer(_ posID: String = "p1", points: Int64 = 0) throws -> CustomerID {
        let id = try add(CustomerProfile(posID: posID, firstName: "Ada", lastName: "Byron"))[0]
        if points != 0 { try move(points, for: id) }
        return id
    }

    /// Moves points past the API.
    func move(_ points: Int64, for id: CustomerID) throws {
        try app.tenantStore.transaction { tx in
            for var locked in try tx.lock([id]) {
                let movement = Movement(
                    points: points, kind: .bonus, key: RandomBytes.token(), reason: "Test", settingsVersion: 1)
                try tx.append([movement], to: &locked, at: .now())
            }
        }
    }

    func get(_ path: String, key: String? = nil, headers: HTTPFields = [:]) throws -> Answer {
        try send(.get, path, [], key, headers, app.site)
    }

    /// Posts a body; with a fresh `Idempotency-Key` unless one is given, and without one for an empty text.
    func post(
        _ path: String, _ body: String, key: String? = nil, idempotencyKey: String = RandomBytes.token(),
        site: Site? = nil
    ) throws -> Answer {
        try post(path, bytes: Array(body.utf8), key: key, idempotencyKey: idempotencyKey, site: site)
    }

    func post(
        _ path: String, bytes: [UInt8], key: String? = nil, idempotencyKey: String = RandomBytes.token(),
        site: Site? = nil
    ) throws -> Answer {
        let headers: HTTPFields = idempotencyKey.isEmpty ? [:] : [.idempotencyKey: idempotencyKey]
        return try send(.post, path, bytes, key, headers, site ?? app.site)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], _ key: String?, _ headers: HTTPFields,
        _ site: Site
    ) throws -> Answer {
        var request = try app.request(method, path, .anonymous, headers)
        request.headers[.authorization] = "Bearer \(key ?? self.key)"
        request.body = body
        let response = try site.respond(to: request)
        return Answer(response: response, id: request.id)
    }

    /// A site on a connection of its own that soon gives up waiting for locks.
    func impatientSite() -> Site {
        var options = app.appOptions
        options.lockWaitSeconds = 1
        return Site(store: Store(Connection(options)), shared: app.site.shared)
    }
}

/// An answer of the API.
struct Answer: Sendable {
    let response: Response
    /// The request's.
    let id: String

    var status: Int { response.status.code }
    var isReplay: Bool { response.headers[.idempotentReplayed] == "true" }

    var json: [String: Any] {
        get throws { try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any] ?? [:] }
    }

    var code: String? { get throws { try json["code"] as? String } }
    var pointers: [String] {
        get throws { (try json["errors"] as? [[String: Any]] ?? []).compactMap { $0["pointer"] as? String } }
    }
    var errorCodes: [String] {
        get throws { (try json["errors"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String } }
    }
    var customers: [[String: Any]] { get throws { try json["customers"] as? [[String: Any]] ?? [] } }
    var entries: [[String: Any]] { get throws { try json["entries"] as? [[String: Any]] ?? [] } }
    var entryIDs: [String] { get throws { try entries.compactMap { $0["id"] as? String } } }
}
