public import HTTPTypes

/// One HTTP request as plain values, complete and checked before a handler sees it.
public struct Request: Sendable {
    /// GET, POST, …
    public var method: HTTPRequest.Method
    /// The path as the client sent it, percent-decoded: begins with `/`, valid UTF-8, without control characters,
    /// without `.` and `..` segments. No slash in it was encoded, so splitting at `/` gives the segments.
    public var path: String
    /// The fields after `?`.
    public var query: FormFields
    /// The client's header fields. `Transfer-Encoding`, `Connection` and `Proxy` are left out, empty ones too.
    public var headers: HTTPFields
    /// The body, whole: never longer than the limit for its path, never cut short.
    public var body: [UInt8]
    /// The client's address as nginx saw it.
    public var remoteAddress: String
    /// The host that was asked for, with the port when nginx passes one.
    public var host: String
    /// Whether the client came over HTTPS.
    public var isSecure: Bool
    /// 32 lower-case hexadecimal digits: the `X-Request-Id` of the answer and the key to the logs.
    public var id: String

    /// A request by hand; with its defaults a test needs no socket.
    public init(
        method: HTTPRequest.Method = .get, path: String = "/", query: FormFields = FormFields(),
        headers: HTTPFields = [:], body: [UInt8] = [], remoteAddress: String = "127.0.0.1",
        host: String = "localhost", isSecure: Bool = false, id: String = Request.randomID()
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.host = host
        self.isSecure = isSecure
        self.id = id
    }

    /// The cookies sent.
    public var cookies: Cookies { Cookies(parsing: headers[.cookie]) }

    /// The fields of a posted form. 415 when the body is something else, 400 or 413 when it is malformed.
    public func form() throws(BadRequest) -> FormFields {
        if body.isEmpty && headers[.contentType] == nil { return FormFields() }
        guard isForm else {
            throw BadRequest(
                status: .unsupportedMediaType, detail: "The body must be application/x-www-form-urlencoded in UTF-8.")
        }
        return try FormFields(parsing: body)
    }

    private var isForm: Bool {
        let parts = (headers[.contentType] ?? "").lowercased().utf8.split(separator: UInt8(ascii: ";"))
            .map { part in String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x22 }, as: UTF8.self) }
        guard parts.first == "application/x-www-form-urlencoded" else { return false }
        return parts.dropFirst().allSatisfy { !$0.utf8.starts(with: "charset=".utf8) || $0 == "charset=utf-8" }
    }

    /// 128 random bits in the shape of nginx's `$request_id`.
    public static func randomID() -> String {
        let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let digits = bytes.flatMap { [ASCII.hexDigits[Int($0 >> 4)] | 0x20, ASCII.hexDigits[Int($0 & 15)] | 0x20] }
        return String(decoding: digits, as: UTF8.self)
    }
}
