import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets

// contract.md, "Public (no sign-in)". Each answer is made once per version of the settings and sent as bytes; none
// reads anything but settings.
extension Site {
    /// The bar: a fragment, or with `?embed=page` a page for an iframe.
    func showBar(_ call: Call) throws -> Response {
        let isPage = try call.request.query.single("embed") == "page"
        return try answer(call, org: call.parameter("org"), isPage ? .page : .bar)
    }

    /// The script that puts the bar where its tag stands.
    func showEmbedScript(_ call: Call) throws -> Response {
        try answer(call, org: call.parameter("org"), .script)
    }

    /// The rules for the bar's classes.
    func showBarStyle(_ call: Call) throws -> Response { try answer(call, org: call.parameter("org"), .style) }

    /// What a menu may know of the settings.
    func showMenuSettings(_ call: Call) throws -> Response {
        guard let org = try call.request.query.single("orgId"), !org.isEmpty else {
            return publicFailure(Refusal(.invalidRequest, "Say which organization: ?orgId=…"), call)
        }
        return try answer(call, org: org, .settings)
    }

    private func answer(_ call: Call, org: String, _ kind: PublicAnswer) throws -> Response {
        guard let entry = try shared.settings.entry(named: org, in: store) else {
            return publicFailure(Refusal(.notFound, "There is no such organization."), call)
        }
        let fragment = try shared.rendered.fragment(
            kind.rawValue, of: entry.tenant.id, version: entry.settings.version
        ) {
            let bytes = try kind.bytes(entry.settings, shared.templates)
            return .init(bytes: bytes, tag: "\"\(SHA256.hex(bytes).prefix(32))\"")
        }
        var response = Response(status: .ok, body: fragment.bytes)
        response.setHeader(.eTag, fragment.tag)
        if let policy = kind.contentPolicy { response.setHeader(.contentSecurityPolicy, policy) }
        if matches(call.request.headers[.ifNoneMatch], fragment.tag) {
            response.status = .notModified
            response.body = []
        } else if fragment.bytes.isEmpty {
            response.status = .noContent
        } else {
            response.setHeader(.contentType, kind.contentType)
        }
        return opened(response)
    }

    /// A failure that nginx may keep as long as a success: the cached addresses answer nothing that it may not.
    private func publicFailure(_ refusal: Refusal, _ call: Call) -> Response {
        opened(failurePage(for: refusal, call.request))
    }

    /// For everybody's pages, for a second, and for a day while we are away.
    private func opened(_ response: Response) -> Response {
        var response = response
        response.setHeader(.cacheControl, "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400")
        response.setHeader(.accessControlAllowOrigin, "*")
        response.setHeader(.crossOriginResourcePolicy, "cross-origin")
        return response
    }

    /// RFC 9110, 13.1.2: weakly, for nginx weakens tags when it compresses.
    func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let candidate = part.drop { $0 == " " }
            return candidate == "*" || candidate == tag || candidate == "W/" + tag
        }
    }
}

/// What the public can ask for; the raw value is its name in the cache.
enum PublicAnswer: String {
    case bar
    case page
    case script
    case style
    case settings

    var contentType: String {
        switch self {
        case .bar, .page: "text/html; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .settings: "application/json; charset=utf-8"
        }
    }

    /// The fragment carries nothing to load; the page loads its two stylesheets and may stand in anybody's frame.
    var contentPolicy: String? {
        switch self {
        case .bar: "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors *"
        case .page: "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
        case .script, .style, .settings: nil
        }
    }

    /// The body; empty when there is nothing to show.
    func bytes(_ settings: Settings, _ templates: Templates) throws -> [UInt8] {
        let bar = BarFragment(settings)
        switch self {
        case .bar: return try bar.map { Array(try templates.render($0).utf8) } ?? []
        case .page:
            return try bar.map {
                Array(try templates.render(BarPage($0, shopName: settings.business.name)).utf8)
            } ?? []
        case .script:
            let markup = try bar.map { try templates.render($0) }
            return Array(try templates.render(try EmbedScript(markup: markup)).utf8)
        case .style: return Array(try templates.render(BarStyle()).utf8)
        case .settings: return menuSettingsJSON(settings).bytes
        }
    }
}

extension HTTPField.Name {
    /// Fetch standard: any page may load this.
    static var crossOriginResourcePolicy: HTTPField.Name {
        guard let name = HTTPField.Name("Cross-Origin-Resource-Policy") else {
            preconditionFailure("the name is a token")
        }
        return name
    }
}
