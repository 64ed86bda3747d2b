import FastCGI
import HTTPTypes
import LoyaltyStore
import Secrets

extension Site {
    /// `GET /login`: the form; whoever is signed in goes on at once.
    func showSignIn(_ call: Call) throws -> Response {
        let request = call.request
        let next = try Self.next(request.query)
        if let session = try session(of: request) { return .seeOther(next ?? home(of: session)) }
        return try signInPage(request, SignInPage(next: next))
    }

    /// `POST /login`.
    func signIn(_ call: Call) throws -> Response {
        let request = call.request
        let form = try request.form()
        try checkOrigin(request)
        guard SessionCookie.mayBeSet(for: request) else {
            throw BadRequest(detail: "Signing in needs HTTPS. Open this site with https:// in front.")
        }
        guard let cookie = SignInCookie(request), let csrf = try form.single("csrf"),
            isSameSecret(csrf, formToken(cookie))
        else {
            throw Refusal(.forbidden, "The sign-in page was open too long or cookies are off. Open it again.")
        }
        let email = try form.single("email") ?? ""
        let next = try Self.next(form)
        let throttle = store.loginThrottle(email: email, address: request.remoteAddress)
        if let seconds = try throttle.begin() { return try throttled(seconds, email, next, request) }
        guard let user = try checkedUser(email: email, password: form.single("password") ?? "") else {
            try audit("sign-in.refused", nil, request)
            let problem = "E-mail or password is wrong. Try again, or ask your admin for a new password."
            return try signInPage(
                request, SignInPage(email: email, next: next, problem: problem), status: .unprocessableContent)
        }
        try throttle.forgive()
        return try openSession(for: user, next, request)
    }

    /// `POST /logout`. Without a session there is nothing to end and nothing to protect.
    func signOut(_ call: Call) throws -> Response {
        let request = call.request
        if let session = try session(of: request) {
            try checkOrigin(request)
            guard let token = try request.form().single("csrf"), isSameSecret(token, session.csrfToken) else {
                throw Refusal(.forbidden, "The form is too old. Open a page and sign out there.")
            }
            try store.endSession(tokenHash: session.tokenHash)
            try store.append(
                AuditRecord(
                    user: session.user, actor: session.email, action: "sign-out", requestID: request.id,
                    address: request.remoteAddress))
        }
        var response = Response.seeOther(Path.login)
        response.setHeader(.setCookie, SessionCookie.clear(for: request))
        return response
    }

    /// `GET /`: to where this person works.
    func showStart(_ call: Call) throws -> Response {
        .seeOther(try session(of: call.request).map(home) ?? Path.login)
    }

    /// The user whose password this is. Takes as long for an unknown user as for a wrong password.
    private func checkedUser(email: String, password: String) throws -> User? {
        guard let user = try store.user(email: email), !user.isDisabled,
            !user.isDemo || shared.configuration.isDemoAllowed
        else {
            _ = PasswordHash.matchesNobody(password)
            return nil
        }
        return PasswordHash(stored: user.passwordHash).matches(password) ? user : nil
    }

    private func openSession(for user: User, _ next: String?, _ request: Request) throws -> Response {
        // A token that was there before may be known to somebody else.
        if let old = try session(of: request) { try store.endSession(tokenHash: old.tokenHash) }
        let token = RandomBytes.token()
        try store.createSession(tokenHash: tokenHash(token), for: user, csrfToken: RandomBytes.token())
        try audit("sign-in", user, request)
        let role: Role? = user.isSuper ? .superUser : try store.memberships(of: user.id).first?.role
        var response = Response.seeOther(next ?? role?.homePath ?? Section.today.path)
        response.setHeader(.setCookie, SessionCookie.set(token, for: request))
        return response
    }

    private func throttled(_ seconds: Int64, _ email: String, _ next: String?, _ request: Request) throws -> Response {
        try audit("sign-in.throttled", nil, request)
        let span = seconds < 60 ? "\(seconds) seconds" : "\((seconds + 59) / 60) minutes"
        let problem = "There were too many attempts. Try again in \(span)."
        var response = try signInPage(
            request, SignInPage(email: email, next: next, problem: problem), status: .tooManyRequests)
        response.setHeader(.retryAfter, String(seconds))
        return response
    }

    private func signInPage(
        _ request: Request, _ page: SignInPage, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let cookie = SignInCookie(request) ?? SignInCookie(nonce: RandomBytes.token())
        let chrome = Chrome(shopName: "Loyalty", csrf: formToken(cookie), reference: request.id)
        var response = Response.html(try shared.templates.render(page, in: chrome), status: status)
        response.setHeader(.setCookie, cookie.set(for: request))
        return response
    }

    private func formToken(_ cookie: SignInCookie) -> String {
        HMACSHA256.hex(Array("sign-in form \(cookie.nonce)".utf8), key: shared.configuration.formKey)
    }

    private func home(of session: Session) -> String {
        (session.isSuper ? Role.superUser : session.memberships.first?.role ?? .manager).homePath
    }

    /// Where to go on, if that is on this site.
    private static func next(_ fields: FormFields) throws -> String? {
        try fields.single("next").flatMap { Path.isOwn($0) ? $0 : nil }
    }

    /// An address that was typed may be a password in the wrong field, so it is not written down.
    private func audit(_ action: String, _ user: User?, _ request: Request) throws {
        try store.append(
            AuditRecord(
                user: user?.id, actor: user?.email ?? "nobody", action: action, requestID: request.id,
                address: request.remoteAddress))
    }
}
