import FastCGI
import HTTPTypes
import LoyaltyStore

extension Site {
    /// Refuses a POST that a browser says came from another site.
    func checkOrigin(_ request: Request) throws {
        let refusal = Refusal(.forbidden, "The request came from another site.")
        if request.headers[.secFetchSite] == "cross-site" { throw refusal }
        guard let origin = request.headers[.origin] else { return }
        guard Origin.isOwn(origin, of: request, publicURL: shared.configuration.publicURL) else { throw refusal }
    }
}

/// Scheme, host and port of a page.
enum Origin {
    /// Whether `origin` is where we are: the address that was asked for, or the public one. nginx passes the host
    /// without the port, so the port is then the public address's.
    static func isOwn(_ origin: String, of request: Request, publicURL: String) -> Bool {
        guard let sent = parts(origin) else { return false }
        let ours = parts(publicURL)
        if let ours, sent == ours { return true }
        guard sent.scheme == (request.isSecure ? "https" : "http") else { return false }
        let asked = split(request.host.lowercased())
        guard sent.host == asked.host else { return false }
        return sent.port == asked.port || asked.port == nil && sent.port == ours?.port
    }

    /// Whether a host, with or without a port, is this machine, where plain HTTP can be read by nobody.
    static func isLoopback(_ host: String) -> Bool {
        ["localhost", "127.0.0.1", "[::1]"].contains(split(host.lowercased()).host)
    }

    private struct Parts: Equatable {
        let scheme: String
        let host: String
        let port: String?
    }

    private static func parts(_ text: String) -> Parts? {
        let text = text.lowercased()
        for scheme in ["https", "http"] where text.hasPrefix(scheme + "://") {
            let authority = text.dropFirst(scheme.count + 3).prefix { $0 != "/" }
            let (host, port) = split(String(authority))
            return Parts(scheme: scheme, host: host, port: port)
        }
        return nil
    }

    private static func split(_ authority: String) -> (host: String, port: String?) {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else {
            return (authority, nil)
        }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }
}
