import FastCGI
import HTTPTypes
import LoyaltyStore

/// A line of the table in `Routes.swift`.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// Literal segments, and `{name}` for what varies.
    let pattern: String
    let access: AccessRule
    let handler: Handler

    /// For everybody.
    static func open(
        _ method: HTTPRequest.Method, _ pattern: String,
        _ handler: @escaping @Sendable (Site) -> (Call) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .open, handler: .call(handler)) }

    /// For those signed in, with a permission.
    static func signedIn(
        _ method: HTTPRequest.Method, _ pattern: String, _ permission: Permission,
        _ handler: @escaping @Sendable (Site) -> (Visit) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .signedIn(permission), handler: .visit(handler)) }

    /// For cron.
    static func cron(
        _ method: HTTPRequest.Method, _ pattern: String,
        _ handler: @escaping @Sendable (Site) -> (Call) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .bearerCron, handler: .call(handler)) }

    /// For monitoring.
    static func metrics(
        _ method: HTTPRequest.Method, _ pattern: String,
        _ handler: @escaping @Sendable (Site) -> (Call) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .bearerMetrics, handler: .call(handler)) }

    /// For API keys, with a scope.
    static func apiKey(
        _ method: HTTPRequest.Method, _ pattern: String, _ scope: Scope?,
        _ handler: @escaping @Sendable (Site) -> (KeyVisit) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .apiKey(scope), handler: .key(handler)) }

    /// For callers of the sync API.
    static func sync(
        _ method: HTTPRequest.Method, _ pattern: String, _ scope: Scope,
        _ handler: @escaping @Sendable (Site) -> (SyncVisit) throws -> Response
    ) -> Route { Route(method: method, pattern: pattern, access: .sync(scope), handler: .sync(handler)) }
}

/// Finds the route of a request. Literal segments win over `{…}`.
struct Router: Sendable {
    /// What is there under a path.
    enum Match {
        case found(Route, [String: String])
        case wrongMethod(allowed: [HTTPRequest.Method])
        case none
    }

    private struct Entry: Sendable {
        let route: Route
        let segments: [Segment]
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    private let literals: [[UInt8]: [Route]]
    private let patterns: [Int: [Entry]]

    init(_ routes: [Route]) {
        let (varied, fixed) = (routes.filter { $0.pattern.contains("{") }, routes.filter { !$0.pattern.contains("{") })
        literals = Dictionary(grouping: fixed) { Array($0.pattern.utf8) }
        let entries = varied.map { Entry(route: $0, segments: Self.split($0.pattern).map(Self.segment)) }
        // An earlier literal is more particular than a later one.
        patterns = Dictionary(grouping: entries) { $0.segments.count }
            .mapValues { list in list.sorted { Self.rank($0) < Self.rank($1) } }
    }

    /// The route for `method` and `path`; HEAD is answered by GET.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let method = method == .head ? .get : method
        var allowed: [HTTPRequest.Method] = []
        for route in literals[Array(path.utf8)] ?? [] {
            if route.method == method { return .found(route, [:]) }
            allowed.append(route.method)
        }
        // A literal address is never read as one with a parameter.
        if !allowed.isEmpty { return .wrongMethod(allowed: allowed) }
        let segments = Self.split(path)
        for entry in patterns[segments.count] ?? [] {
            guard let parameters = Self.parameters(entry.segments, segments) else { continue }
            if entry.route.method == method { return .found(entry.route, parameters) }
            allowed.append(entry.route.method)
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed: allowed)
    }

    /// Whether `path` can be fetched with GET.
    func canShow(_ path: String) -> Bool {
        if case .found = match(.get, path) { return true }
        return false
    }

    private static func split(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func segment(_ text: String) -> Segment {
        text.hasPrefix("{") ? .parameter(String(text.dropFirst().dropLast())) : .literal(text)
    }

    private static func rank(_ entry: Entry) -> String {
        String(entry.segments.map { segment in if case .literal = segment { "0" } else { "1" } })
    }

    private static func parameters(_ pattern: [Segment], _ segments: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (part, text) in zip(pattern, segments) {
            switch part {
            case .literal(let literal): guard literal.utf8.elementsEqual(text.utf8) else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}
