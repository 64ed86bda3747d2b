import Foundation

/// Carries one request to a third party and waits for its answer; blocking, so for a job's own thread only.
public protocol HTTPTransport: Sendable {
    /// The answer, whatever its status; throws `ConnectorError` when there is none, `Stopped` when told to stop.
    func send(_ request: OutboundRequest) throws -> OutboundAnswer
}

/// A request to a third party. What may hold secrets or personal data (headers, query, body) is never printed.
public struct OutboundRequest: Sendable {
    /// `GET`, `POST` or `PUT`.
    public var method: String
    /// Where to; its host comes from configuration, never from an answer.
    public var url: URL
    /// Header fields by name.
    public var headers: [String: String]
    /// The body, as JSON; nil for none.
    public var body: Data?
    /// The longest that one attempt may take, in all.
    public var timeoutSeconds: Int
    /// Whether sending it twice does no harm.
    public var isRepeatable: Bool

    /// Makes a request.
    public init(
        method: String, url: URL, headers: [String: String] = [:], body: Data? = nil, timeoutSeconds: Int = 30,
        isRepeatable: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.isRepeatable = isRepeatable
    }
}

extension OutboundRequest: CustomStringConvertible, CustomReflectable {
    public var description: String { "\(method) \(url.host() ?? "?")" }
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// What a third party answered. Its body may hold personal data or secrets and is never printed.
public struct OutboundAnswer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields by name in lower case.
    public var headers: [String: String]
    /// The body, with any compression undone.
    public var body: Data

    /// Makes an answer; header names are compared in any case.
    public init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
        self.status = status
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { _, last in last }
        self.body = body
    }
}

extension OutboundAnswer: CustomStringConvertible, CustomReflectable {
    public var description: String { "\(status), \(body.count) bytes" }
    public var customMirror: Mirror { Mirror(self, children: ["answer": description]) }
}
