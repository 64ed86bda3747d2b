import HTTPTypes

/// The FastCGI parameters of one request, copied: the library's pointers die when the request is finished.
struct Parameters {
    /// Two values for one of these would let nginx, a guard and a handler each see another one.
    /// nginx 1.22 passes repeated headers on, and a lookup by name sees only the first.
    private static let singleNames: Set<String> = [
        "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_IDEMPOTENCY_KEY", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH",
        "HTTP_HOST", "CONTENT_TYPE", "CONTENT_LENGTH", "REQUEST_METHOD", "REQUEST_URI", "REMOTE_ADDR", "HTTPS",
        "REQUEST_ID",
    ]
    /// Hop-by-hop or spoken for by a parameter of its own; `Proxy` has no meaning in a request but "httpoxy".
    private static let droppedHeaders: Set<String> = [
        "HTTP_TRANSFER_ENCODING", "HTTP_CONNECTION", "HTTP_PROXY", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH",
    ]

    private let pairs: [(name: String, value: [UInt8])]

    init(_ pairs: [(name: String, value: [UInt8])]) { self.pairs = pairs }

    /// Copies the `NAME=value` strings of `environment`, which ends with a null pointer.
    init(copying environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        var pairs: [(name: String, value: [UInt8])] = []
        var next = environment
        while let entry = next?.pointee {
            let bytes = entry.withMemoryRebound(to: UInt8.self, capacity: 1) { start in
                UnsafeBufferPointer(start: start, count: UnsafeBufferPointer.lengthOfString(entry))
            }
            if let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: bytes[..<equals], as: UTF8.self)
                pairs.append((name, Array(bytes[(equals + 1)...])))
            }
            next = next?.advanced(by: 1)
        }
        self.pairs = pairs
    }

    /// The first value of `name`; an empty one counts as absent.
    func bytes(_ name: String) -> [UInt8]? {
        guard let value = pairs.first(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// The first value of `name` as text, with what is not UTF-8 replaced.
    func string(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// Refuses a repeated parameter of which there must be one.
    func checkSingleNames() throws(BadRequest) {
        var seen: Set<String> = []
        for (name, _) in pairs where Self.singleNames.contains(name) {
            guard seen.insert(name).inserted else { throw BadRequest(detail: "A header field was sent twice.") }
        }
        for name in ["CONTENT_TYPE", "CONTENT_LENGTH"] {
            guard let own = bytes(name), let sent = bytes("HTTP_\(name)") else { continue }
            guard own == sent else { throw BadRequest(detail: "Two header fields contradict each other.") }
        }
    }

    /// The client's header fields.
    var headers: HTTPFields {
        var headers = HTTPFields()
        for (name, value) in pairs where !value.isEmpty {
            guard let fieldName = Self.headerName(name) else { continue }
            headers.append(HTTPField(name: fieldName, value: value))
        }
        return headers
    }

    private static func headerName(_ parameter: String) -> HTTPField.Name? {
        if parameter == "CONTENT_TYPE" { return .contentType }
        if parameter == "CONTENT_LENGTH" { return .contentLength }
        guard parameter.utf8.starts(with: "HTTP_".utf8), !droppedHeaders.contains(parameter) else { return nil }
        let name = parameter.utf8.dropFirst(5).map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
        return HTTPField.Name(String(decoding: name, as: UTF8.self).lowercased())
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate static func lengthOfString(_ string: UnsafePointer<CChar>) -> Int {
        var length = 0
        while string[length] != 0 { length += 1 }
        return length
    }
}
