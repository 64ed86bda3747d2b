public import HTTPTypes

/// The whole answer to one request.
public struct Response: Sendable {
    /// The status line.
    public var status: HTTPResponse.Status
    /// Header fields. `Content-Length` and `X-Request-Id` are added when the answer is sent, whatever stands here.
    /// The type itself turns line breaks into blanks; `setHeader` refuses them instead.
    public var headers: HTTPFields
    /// The body; sent neither to HEAD nor with 204 and 304.
    public var body: [UInt8]
    /// A header that `setHeader` refused. Such an answer is never sent: a 500 takes its place.
    public private(set) var refusedHeader: HTTPField.Name?

    /// An answer of parts. The helpers below name the content's type and charset.
    public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Sets a header. A value with CR, LF or NUL would begin a header or a body of its own, so it refuses the answer.
    public mutating func setHeader(_ name: HTTPField.Name, _ value: String) {
        if value.utf8.contains(where: ASCII.isLineBreakOrNul) {
            refusedHeader = name
        } else {
            headers[name] = value
        }
    }

    /// A page or a fragment of one.
    public static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        .content(Array(text.utf8), type: "text/html; charset=utf-8", status: status)
    }

    /// Encoded JSON; `type` may be `application/problem+json`.
    public static func json(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) -> Response {
        .content(bytes, type: "\(type); charset=utf-8", status: status)
    }

    /// Plain text.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        .content(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// Anything else; `type` is the whole `Content-Type` and names the charset of texts.
    public static func content(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response(status: status, body: bytes)
        response.setHeader(.contentType, type)
        return response
    }

    /// 303: the browser fetches `location` with GET.
    public static func seeOther(_ location: String) -> Response {
        var response = Response.text("", status: .seeOther)
        response.setHeader(.location, location)
        return response
    }

    /// 204, without content and so without a type.
    public static func noContent() -> Response { Response(status: .noContent) }

    /// The body as text, for tests.
    public var bodyText: String { String(decoding: body, as: UTF8.self) }
}

/// An answer that must not be sent.
struct RefusedHeader: Error {
    let name: String
}

extension Response {
    /// Added by the server to every answer, so a handler's own are left out.
    private static let serverHeaders: Set<String> = ["content-length", "x-request-id", "status"]

    /// The answer as nginx reads it from a FastCGI responder.
    func serialized(id: String, isHead: Bool) throws(RefusedHeader) -> [UInt8] {
        if let refusedHeader { throw RefusedHeader(name: refusedHeader.rawName) }
        var bytes = Array("Status: \(status.code) \(status.reasonPhrase)\r\nX-Request-Id: \(id)\r\n".utf8)
        for field in headers where !Self.serverHeaders.contains(field.name.canonicalName) {
            bytes += Array("\(field.name.rawName): ".utf8)
            let start = bytes.count
            field.withUnsafeBytesOfValue { bytes += $0 }
            guard !bytes[start...].contains(where: ASCII.isLineBreakOrNul) else {
                throw RefusedHeader(name: field.name.rawName)
            }
            bytes += [ASCII.carriageReturn, ASCII.lineFeed]
        }
        let hasBody = status != .noContent && status != .notModified
        if hasBody { bytes += Array("Content-Length: \(body.count)\r\n".utf8) }
        bytes += [ASCII.carriageReturn, ASCII.lineFeed]
        if hasBody && !isHead { bytes += body }
        return bytes
    }
}
