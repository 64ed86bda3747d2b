import FastCGI
import HTTPTypes
import LoyaltyStore

/// Why a request does not reach its handler, when that is no error.
struct Detour: Error {
    let response: Response
}

extension Site {
    /// Checks the route's rule and lets its handler answer.
    func answer(_ route: Route, _ call: Call) throws -> Response {
        switch (route.access, route.handler) {
        case (.open, .call(let handler)):
            return try handler(self)(call)
        case (.bearerCron, .call(let handler)):
            try checkBearer(call.request, isOneOf: shared.configuration.cronSecrets)
            return try handler(self)(call)
        case (.bearerMetrics, .call(let handler)):
            try checkBearer(call.request, isOneOf: shared.configuration.metricsTokens)
            return try handler(self)(call)
        case (.signedIn(let permission), .visit(let handler)):
            return try handler(self)(visit(call, permission))
        case (.apiKey(let scope), .key(let handler)):
            let key = try apiKey(call.request, scope)
            return try handler(self)(KeyVisit(call: call, key: key, store: store.tenant(key.tenant)))
        case (.sync(let scope), .sync(let handler)):
            return try handler(self)(SyncVisit(call: call, caller: syncCaller(call.request, scope), store: store))
        default:
            preconditionFailure("the handler of \(route.pattern) does not fit its access rule")
        }
    }

    private func checkBearer(_ request: Request, isOneOf secrets: [String]) throws {
        guard let token = request.bearerToken, isOne(of: secrets, token) else { throw Self.unauthorized }
    }

    private func apiKey(_ request: Request, _ scope: Scope?) throws -> ApiKey {
        guard let token = request.bearerToken, let key = try store.apiKey(secretHash: tokenHash(token)) else {
            throw Self.unauthorized
        }
        try shared.apiRate.admit(key)
        if let scope, !key.may(scope) { throw Refusal(.forbidden, "The API key lacks the scope \(scope).") }
        return key
    }

    /// A bearer token, if sent, decides alone: a cookie beside it changes nothing.
    private func syncCaller(_ request: Request, _ scope: Scope) throws -> SyncVisit.Caller {
        if let token = request.bearerToken {
            if isOne(of: shared.configuration.cronSecrets, token) { return .cron }
            return .key(try apiKey(request, scope))
        }
        guard request.headers[.authorization] == nil, let session = try session(of: request) else {
            throw Self.unauthorized
        }
        if request.method == .post {
            try checkOrigin(request)
            guard let token = request.headers[.csrfToken], isSameSecret(token, session.csrfToken) else {
                throw Refusal(.forbidden, "The header X-CSRF-Token is missing or wrong.")
            }
        }
        return .session(session)
    }

    static let unauthorized = Refusal(.unauthorized, "Sign in, or send a valid bearer token.")
}

extension Request {
    /// The token of `Authorization: Bearer …`; nil when there is none, or another scheme.
    var bearerToken: String? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, String(decoding: parts[0], as: UTF8.self).lowercased() == "bearer" else { return nil }
        return String(decoding: parts[1], as: UTF8.self)
    }
}

extension HTTPField.Name {
    static let csrfToken = HTTPField.Name(known: "X-CSRF-Token")
    static let secFetchSite = HTTPField.Name(known: "Sec-Fetch-Site")
    static let contentTypeOptions = HTTPField.Name(known: "X-Content-Type-Options")
    static let referrerPolicy = HTTPField.Name(known: "Referrer-Policy")

    /// A name of ours.
    init(known name: String) {
        guard let parsed = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        self = parsed
    }
}
