import Foundation
import JSONText
import LoyaltyRules

/// The bearer token of a run: made by signing in, renewed before its end and once when it is refused.
final class AlleavesSession {
    private let credentials: AlleavesCredentials
    private let address: ServiceAddress
    private let source: Source
    private var token: Token?

    private struct Token {
        var text: String
        /// When to sign in anew; nil when the token does not say how long it lives.
        var renewAt: Instant?
    }

    init(credentials: AlleavesCredentials, address: ServiceAddress, source: Source) {
        self.credentials = credentials
        self.address = address
        self.source = source
    }

    /// A call of which the first attempt was made and is still to be read.
    struct Begun: Sendable {
        fileprivate let request: OutboundRequest
        /// The attempt.
        let first: Source.Begun
    }

    /// Whether requests need not wait for each other.
    var isUnlimited: Bool { source.isUnlimited }

    /// Calls with a token. One that is refused is replaced once: it may have been withdrawn before its end.
    func call<Value>(_ request: OutboundRequest, read: (OutboundAnswer) throws -> Value) throws -> Value {
        // `begin` signs in outside of `do`: a refused sign-in is not tried again.
        try finish(begin(request), read: read)
    }

    /// As `Source.begin`, with a token.
    func begin(_ request: OutboundRequest) throws -> Begun {
        Begun(request: request, first: try source.begin(authorized(request)))
    }

    /// As `call`, after the first attempt.
    func finish<Value>(_ begun: Begun, read: (OutboundAnswer) throws -> Value) throws -> Value {
        do {
            return try source.finish(begun.first, read: read)
        } catch ConnectorError.refusedCredentials {
            token = nil
            return try source.call(authorized(begun.request), read: read)
        }
    }

    private func authorized(_ request: OutboundRequest) throws -> OutboundRequest {
        var request = request
        request.headers["Authorization"] = "Bearer " + (try currentToken())
        return request
    }

    private func currentToken() throws -> String {
        if let token, token.renewAt.map({ source.clock.now() < $0 }) ?? true { return token.text }
        let made = try signIn()
        token = made
        return made.text
    }

    /// Form A of the wire notes, with a body; where that is refused, form B, with a header. No account is known to
    /// take both.
    private func signIn() throws -> Token {
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

    private func signIn(_ request: OutboundRequest) throws -> Token {
        try source.call(request) { answer in
            let root = try answer.document(of: "sign-in")
            if let text = root["token"]?.text, isHeaderValue(text), !text.contains(" ") {
                return Token(text: text, renewAt: self.renewal(of: text))
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
