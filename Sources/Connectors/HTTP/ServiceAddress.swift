import Foundation

/// A third party's base address, from configuration, under which all its paths are built.
struct ServiceAddress: Sendable {
    let base: URL

    /// The address of `path` (segments, each escaped whole, so that none can add another) with a query.
    func url(_ path: [String], query: [(name: String, value: String)] = []) throws(ConnectorError) -> URL {
        guard var components = URLComponents(url: base, resolvingAgainstBaseURL: false) else {
            throw ConnectorError.unreachable
        }
        var text = components.percentEncodedPath
        while text.hasSuffix("/") { text.removeLast() }
        for segment in path {
            // These would walk up instead of naming something.
            guard !segment.isEmpty, segment != ".", segment != ".." else { throw ConnectorError.notFound }
            text += "/" + escaped(segment)
        }
        components.percentEncodedPath = text
        if !query.isEmpty {
            // URLComponents leaves `+` alone, which servers read as a space.
            components.percentEncodedQuery = query.map { escaped($0.name) + "=" + escaped($0.value) }
                .joined(separator: "&")
        }
        guard let url = components.url else { throw ConnectorError.unreachable }
        return url
    }
}

/// `text` with all but the unreserved characters of RFC 3986 escaped.
private func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        if isUnreserved(byte) {
            bytes.append(byte)
        } else {
            bytes.append(UInt8(ascii: "%"))
            bytes.append(hexDigits[Int(byte >> 4)])
            bytes.append(hexDigits[Int(byte & 15)])
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

private let hexDigits = Array("0123456789ABCDEF".utf8)

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}

/// Whether `text` may stand in a header: printable ASCII, so no line can be added.
func isHeaderValue(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
}
