import HTTPTypes

extension Parameters {
    /// The id that nginx gave, or a random one when it gave none.
    var requestID: String {
        guard let id = bytes("REQUEST_ID"), id.count == 32, id.allSatisfy({ ASCII.hexValue($0) != nil }) else {
            return Request.randomID()
        }
        return String(decoding: id, as: UTF8.self).lowercased()
    }

    /// The path before decoding, for answers to requests whose path does not decode.
    var rawPath: String {
        let target = bytes("REQUEST_URI") ?? []
        return String(decoding: target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// The length that the client announced, 0 without one.
    func contentLength() throws(BadRequest) -> Int {
        guard let digits = bytes("CONTENT_LENGTH") else { return 0 }
        guard digits.count <= 15, digits.allSatisfy(ASCII.isDigit) else {
            throw BadRequest(detail: "The Content-Length is malformed.")
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Everything but the body.
    func requestHead(id: String) throws(BadRequest) -> Request {
        try checkSingleNames()
        guard let method = HTTPRequest.Method(string("REQUEST_METHOD") ?? "") else {
            throw BadRequest(detail: "The method is malformed.")
        }
        let target = bytes("REQUEST_URI") ?? []
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        return Request(
            method: method, path: try Self.path(path),
            query: try FormFields(parsing: target.dropFirst(path.count + 1)), headers: headers,
            remoteAddress: string("REMOTE_ADDR") ?? "", host: try host(),
            isSecure: string("HTTPS")?.lowercased() == "on", id: id)
    }

    /// Decoded here and not taken from nginx, whose normalised form no longer tells `/a%2Fb` from `/a/b`.
    private static func path(_ encoded: ArraySlice<UInt8>) throws(BadRequest) -> String {
        guard encoded.first == ASCII.slash, !encoded.contains(UInt8(ascii: "#")) else {
            throw BadRequest(detail: "The path is malformed.")
        }
        let path = try percentDecoded(encoded, in: .path)
        let text = try text(path)
        guard !path.contains(where: ASCII.isControl) else {
            throw BadRequest(detail: "The path has a control character.")
        }
        // nginx chose a location by the resolved path; what reaches a handler must be that path.
        for segment in path.split(separator: ASCII.slash) where segment == [0x2E] || segment == [0x2E, 0x2E] {
            throw BadRequest(detail: "The path has a dot segment.")
        }
        return text
    }

    /// Checked, for it ends up in links.
    private func host() throws(BadRequest) -> String {
        let host = bytes("HTTP_HOST") ?? bytes("SERVER_NAME") ?? []
        let isPlain = host.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-.:[]_".utf8.contains($0) }
        guard isPlain && host.count <= 255 else { throw BadRequest(detail: "The host is malformed.") }
        return String(decoding: host, as: UTF8.self)
    }
}
