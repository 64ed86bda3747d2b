import FastCGI
import HTTPTypes
import LoyaltyStore

extension Site {
    /// Everything that stands between a signed-in route and its handler: who, at which tenant, with which right, and
    /// for a POST that the form is ours.
    func visit(_ call: Call, _ permission: Permission) throws -> Visit {
        let request = call.request
        guard let session = try session(of: request) else { throw Detour(response: signInDetour(request)) }
        var form = FormFields()
        if request.method == .post {
            form = try request.form()
            try checkOrigin(request)
            guard let token = try form.single("csrf"), isSameSecret(token, session.csrfToken) else {
                throw Refusal(.forbidden, "The form is too old or was not made by this site. Open the page again.")
            }
        }
        let memberships = try memberships(of: session)
        let membership = try Self.chosen(memberships, request, form, isPost: request.method == .post)
        guard membership.role.may(permission) else {
            throw Refusal(.forbidden, "Your role does not include this.")
        }
        let settings = try shared.settings.settings(of: membership.tenant, in: store)
        return Visit(
            call: call, session: session, tenant: membership.tenant, role: membership.role, form: form,
            store: store.tenant(membership.tenant.id), settings: settings, memberships: memberships)
    }

    /// The session that the request's cookie opens.
    func session(of request: Request) throws -> Session? {
        let cookies = request.cookies.all(SessionCookie.name(for: request))
        // Two cookies of one name were not set by this site: it is not guessed which one is.
        guard cookies.count == 1, let token = cookies.first, (20...200).contains(token.utf8.count) else { return nil }
        return try store.session(tokenHash: tokenHash(token))
    }

    func memberships(of session: Session) throws -> [Membership] {
        guard session.isSuper else { return session.memberships }
        return try store.tenants().map { Membership(tenant: $0, role: .superUser) }
    }

    /// The tenant asked for. A page may leave it open; a POST of somebody with several may not, for it writes.
    private static func chosen(
        _ memberships: [Membership], _ request: Request, _ form: FormFields, isPost: Bool
    ) throws -> Membership {
        guard let first = memberships.first else { throw Refusal(.forbidden, "You have no role at any shop.") }
        let asked = [try request.query.single("org"), try form.single("org")].compactMap { $0 }
        guard let org = asked.first else {
            if isPost && memberships.count > 1 {
                throw Refusal(.invalidRequest, "The form does not say which shop it is for. Open the page again.")
            }
            return first
        }
        guard asked.allSatisfy({ $0.utf8.elementsEqual(org.utf8) }) else {
            throw Refusal(.invalidRequest, "Page and form name different shops. Open the page again.")
        }
        guard let found = memberships.first(where: { $0.tenant.slug.utf8.elementsEqual(org.utf8) }) else {
            throw Refusal(.notFound, "There is no such page.")
        }
        return found
    }

    /// To the sign-in page, and after it back to a page that can be shown.
    private func signInDetour(_ request: Request) -> Response {
        guard shared.router.canShow(request.path) else { return .seeOther(Path.login) }
        var next = request.path
        if request.method != .post, !request.query.names.isEmpty { next += "?" + request.query.encoded }
        return .seeOther(Path.login + "?" + FormFields([("next", next)]).encoded)
    }
}
