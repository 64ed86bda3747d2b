import Foundation

/// One request, copied out of the FastCGI record so that nothing points into it any more.
struct Request: Sendable {
    var method: String
    /// Path parts after percent-decoding: `/alleaves/api/order/7` is `["alleaves", "api", "order", "7"]`.
    var path: [String]
    var rawPath: String
    var rawQuery: String
    var query: [String: String]
    var authorization: String?
    var apiKey: String?
    var host: String
    var body: [UInt8]

    init(method: String, uri: String, authorization: String?, apiKey: String?, host: String, body: [UInt8]) {
        self.method = method
        let halves = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        rawPath = String(halves.first ?? "")
        rawQuery = halves.count > 1 ? String(halves[1]) : ""
        path = rawPath.split(separator: "/").map { Request.decoded(String($0)) }
        query = [:]
        for pair in rawQuery.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Request.decoded(String(sides[0]))] = sides.count > 1 ? Request.decoded(String(sides[1])) : ""
        }
        self.authorization = authorization
        self.apiKey = apiKey
        self.host = host
        self.body = body
    }

    private static func decoded(_ text: String) -> String {
        text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? text
    }

    /// The body as JSON: `.null` when there is none, nil when it cannot be read.
    func json() -> JSON? {
        body.isEmpty ? .null : JSON(parsing: body)
    }

    func integer(_ name: String) -> Int? {
        query[name].flatMap { Int($0) }
    }
}

/// One answer.
struct Response: Sendable {
    var status = 200
    var contentType = "application/json; charset=utf-8"
    var headers: [String] = []
    var body: [UInt8] = []
    /// Closes the request without a byte, which nginx shows as 502.
    var isAborted = false

    static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Response {
        var writer = JSONWriter()
        write(&writer)
        return Response(status: status, body: writer.bytes)
    }

    static func text(status: Int, _ words: String) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: Array(words.utf8))
    }

    /// Head and body as CGI wants them.
    var wire: [UInt8] {
        var head = "Status: \(status)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
        for header in headers { head += header + "\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}
