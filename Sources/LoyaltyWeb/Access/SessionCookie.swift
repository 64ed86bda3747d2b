import FastCGI
import HTTPTypes

/// The cookie that holds a session's token.
enum SessionCookie {
    /// `__Host-` makes the browser refuse it over plain HTTP, so there the name is another; `mayBeSet` bounds that.
    static func name(for request: Request) -> String { request.isSecure ? "__Host-session" : "session" }

    /// Whether a secret may travel: over HTTPS, or without leaving this machine.
    static func mayBeSet(for request: Request) -> Bool { request.isSecure || Origin.isLoopback(request.host) }

    static func set(_ token: String, for request: Request) -> String {
        "\(name(for: request))=\(token)\(attributes(request))"
    }

    static func clear(for request: Request) -> String { "\(name(for: request))=\(attributes(request)); Max-Age=0" }

    fileprivate static func attributes(_ request: Request) -> String {
        "; Path=/; HttpOnly; SameSite=Lax" + (request.isSecure ? "; Secure" : "")
    }
}

/// The cookie of the sign-in page, whose form proves with a code over it that it was shown to this browser.
struct SignInCookie {
    let nonce: String

    static func name(for request: Request) -> String { request.isSecure ? "__Host-signin" : "signin" }

    /// The cookie that the browser sent, if it looks like one of ours.
    init?(_ request: Request) {
        let cookies = request.cookies.all(Self.name(for: request))
        guard cookies.count == 1, let nonce = cookies.first, nonce.utf8.count == 43,
            nonce.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
        else { return nil }
        self.nonce = nonce
    }

    init(nonce: String) { self.nonce = nonce }

    func set(for request: Request) -> String {
        "\(Self.name(for: request))=\(nonce)\(SessionCookie.attributes(request))"
    }
}
