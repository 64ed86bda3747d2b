import Foundation
import JSONText
import LoyaltyRules
import Synchronization

/// The bearer token of a run, which all its clients share.
final class AlleavesToken: Sendable {
    fileprivate struct Made {
        var text: String
        /// When to sign in anew; nil when the token does not say how long it lives.
        var renewAt: Instant?
    }

    private let made = Mutex<Made?>(nil)

    /// The token, made by `signIn` if there is none that lives at `now`. Others wait meanwhile instead of signing in too.
    fileprivate func text(at now: Instant, signIn: () throws -> Made) throws -> String {
        try made.withLock { made in
            if let made, made.renewAt.map({ now < $0 }) ?? true { return made.text }
            let new = try signIn()
            made = new
            return new.text
        }
    }

    /// Forgets this one, which was refused; not the one that another client has got since.
    fileprivate func forget(_ text: String) {
        made.withLock { made in
            if made?.text == text { made = nil }
        }
    }
}

/// Calls with the bearer token of a run: made by signing in, renewed before its end and once when it is refused.
final class AlleavesSession {
    private let credentials: AlleavesCredentials
    private let address: ServiceAddress
    private let source: Source
    private let token: AlleavesToken

    init(
        _ credentials: AlleavesCredentials, at address: ServiceAddress, by source: Source,
        token: AlleavesToken = AlleavesToken()
    ) {
        self.credentials = credentials
        self.address = address
        self.source = source
        self.token = token
    }

    /// As `AlleavesClient.companion`.
    func companion() -> AlleavesSession? {
        source.companion().map { AlleavesSession(credentials, at: address, by: $0, token: token) }
    }

    /// Calls with a token. One that is refused is replaced once: it may have been withdrawn before its end.
    func call<Value>(_ request: OutboundRequest, read: (OutboundAnswer) throws -> Value) throws -> Value {
        // Outside of `do`: a refused sign-in is not tried again.
        let first = try currentToken()
        do {
            return try source.call(authorized(request, by: first), read: read)
        } catch ConnectorError.refusedCredentials {
            token.forget(first)
            return try source.call(authorized(request, by: currentToken()), read: read)
        }
    }

    private func authorized(_ request: OutboundRequest, by token: String) -> OutboundRequest {
        var request = request
        request.headers["Authorization"] = "Bearer " + token
        return request
    }

    private func currentToken() throws -> String {
        try token.text(at: source.clock.now(), signIn: signIn)
    }

    /// Form A of the wire notes, with a body; where that is refused, form B, with a header. No account is known to
    /// take both.
    private func signIn() throws -> AlleavesToken.Made {
        do {
            return try signIn(bodyRequest())
        } catch let error as ConnectorError {
            switch error {
            case .refusedCredentials, .rejected, .notFound: break
            default: throw error
            }
        }
        do {
            return try signIn(headerRequest())
        } catch ConnectorError.rejected {
            throw ConnectorError.refusedCredentials
        }
    }

    private func signIn(_ request: OutboundRequest) throws -> AlleavesToken.Made {
        try source.call(request) { answer in
            let root = try answer.document(of: "sign-in")
            if let text = root["token"]?.text, isHeaderValue(text), !text.contains(" ") {
                return AlleavesToken.Made(text: text, renewAt: self.renewal(of: text))
            }
            if isApplicationError(root) { throw ConnectorError.rejected(status: answer.status) }
            throw ConnectorError.notUnderstood(what: "sign-in", shapeFingerprint: root.shapeFingerprint)
        }
    }

    private func bodyRequest() throws -> OutboundRequest {
        var fields = ["username": credentials.username, "password": credentials.password]
        if let pin = credentials.pin, !pin.isEmpty { fields["pin"] = pin }
        return OutboundRequest(
            method: "POST", url: try address.url(["auth"]), body: try JSONEncoder().encode(fields))
    }

    private func headerRequest() throws -> OutboundRequest {
        let pair = Data("\(credentials.username):\(credentials.password)".utf8).base64EncodedString()
        return OutboundRequest(
            method: "POST", url: try address.url(["auth"]),
            headers: ["Authorization": "Basic \(pair)", "Accept": "application/json; charset=utf-8"])
    }

    /// Five minutes before the end, or half of a shorter life. A token that is already over by our clock says that
    /// one of the clocks is wrong: then it is used until refused.
    private func renewal(of token: String) -> Instant? {
        let now = source.clock.now().secondsSince1970
        guard let end = jwtExpiry(token), end > now else { return nil }
        return Instant(secondsSince1970: end - min(300, (end - now) / 2))
    }
}

/// The end of a JWT's life in epoch seconds; nil when it names none. The signature is the sender's own business.
func jwtExpiry(_ token: String) -> Int64? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
    text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    guard let payload = Data(base64Encoded: text) else { return nil }
    do {
        return try JSONDocument(Array(payload)).root["exp"]?.text.flatMap { wholePart(of: $0) }
    } catch {
        return nil  // Opaque to us: it lives until it is refused.
    }
}
