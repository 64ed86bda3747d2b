public import FastCGI
import HTTPTypes
public import LoyaltyStore

/// The web application as one responder thread has it: a database connection of its own, everything else shared.
public final class Site: RequestHandler {
    /// The thread's database.
    public let store: Store
    /// What all threads share.
    public let shared: SiteShared

    /// A site for one thread.
    public init(store: Store, shared: SiteShared) {
        self.store = store
        self.shared = shared
    }

    public func respond(to request: Request) throws(BadRequest) -> Response {
        var pattern = "none"
        var response = answer(request, &pattern)
        finish(&response, request.path)
        shared.metrics.count(route: pattern, status: response.status.code)
        return response
    }

    public func failure(_ bad: BadRequest, id: String, path: String) -> Response {
        var response = failurePage(Failure(bad), id: id, path: path, chrome: nil)
        finish(&response, path)
        shared.metrics.count(route: "none", status: response.status.code)
        return response
    }

    private func answer(_ request: Request, _ pattern: inout String) -> Response {
        do {
            switch shared.router.match(request.method, request.path) {
            case .found(let route, let parameters):
                pattern = route.pattern
                return try answer(route, Call(request: request, parameters: parameters))
            case .wrongMethod(let allowed): return wrongMethod(request, allowed)
            case .none: throw Refusal(.notFound, "There is no such page.")
            }
        } catch let detour as Detour {
            return detour.response
        } catch {
            return failurePage(for: error, request)
        }
    }

    private func wrongMethod(_ request: Request, _ allowed: [HTTPRequest.Method]) -> Response {
        let refused = BadRequest(status: .methodNotAllowed, detail: "This address does not take the method.")
        var response = failurePage(Failure(refused), id: request.id, path: request.path, chrome: nil)
        var names = Set(allowed.map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        response.setHeader(.allow, names.sorted().joined(separator: ", "))
        return response
    }

    /// What every answer carries, unless the handler said otherwise.
    private func finish(_ response: inout Response, _ path: String) {
        response.setHeader(.contentTypeOptions, "nosniff")
        response.setHeader(.referrerPolicy, "same-origin")
        if response.headers[.cacheControl] == nil { response.setHeader(.cacheControl, "no-store") }
        let isPage = response.headers[.contentType]?.hasPrefix("text/html") ?? false
        if isPage && response.headers[.contentSecurityPolicy] == nil {
            response.setHeader(.contentSecurityPolicy, ContentPolicy.page)
        }
    }
}
