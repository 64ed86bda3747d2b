import Foundation

/// What nginx is to a responder, as far as the tests need it: one request on one connection.
final class FastCGIClient {
    struct Failure: Error {
        let call: String
    }

    /// The answer as sent: everything on STDOUT, and whether the responder ended the request.
    struct Answer {
        var output: [UInt8] = []
        var isEnded = false

        var text: String { String(decoding: output, as: UTF8.self) }
        var status: String { lines.first.map { String($0.dropFirst("Status: ".count)) } ?? "" }
        var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }
        private var lines: [String] { text.components(separatedBy: "\r\n") }

        func header(_ name: String) -> String? {
            lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    private enum Record: UInt8 {
        case begin = 1
        case end = 3
        case parameters = 4
        case input = 5
        case output = 6
    }

    private let descriptor: Int32

    init(connectingTo path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw Failure(call: "connect") }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends a request; `length` is what CONTENT_LENGTH says when it is not the body's.
    func send(
        _ method: String = "GET", _ uri: String, body: [UInt8] = [], length: Int? = nil, endsInput: Bool = true,
        keepsConnection: Bool = false, parameters: [(String, String)] = []
    ) throws {
        var all = [("REQUEST_METHOD", method), ("REQUEST_URI", uri)]
        if length != nil || !body.isEmpty { all.append(("CONTENT_LENGTH", String(length ?? body.count))) }
        all += parameters
        var bytes = record(.begin, [0, 1, keepsConnection ? 1 : 0, 0, 0, 0, 0, 0])
        for part in (all.flatMap(pair)).chunks(of: 60_000) { bytes += record(.parameters, part) }
        bytes += record(.parameters, [])
        for part in body.chunks(of: 60_000) { bytes += record(.input, part) }
        if endsInput { bytes += record(.input, []) }
        try write(bytes)
    }

    /// Tells the responder that nothing more will come, as a dying nginx does.
    func closeInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads until the responder closes the connection.
    func receive() throws -> Answer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw Failure(call: "read") }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        closeInput()  // the responder lingers up to 2 s for its peer to close
        var answer = Answer()
        while bytes.count >= 8 {
            let length = Int(bytes[4]) << 8 | Int(bytes[5])
            if bytes[1] == Record.output.rawValue { answer.output += bytes[8..<(8 + length)] }
            if bytes[1] == Record.end.rawValue { answer.isEnded = true }
            bytes.removeFirst(8 + length + Int(bytes[6]))
        }
        return answer
    }

    private func record(_ type: Record, _ content: [UInt8]) -> [UInt8] {
        [1, type.rawValue, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
    }

    private func pair(_ name: String, _ value: String) -> [UInt8] {
        lengthBytes(name.utf8.count) + lengthBytes(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
    }

    private func lengthBytes(_ length: Int) -> [UInt8] {
        guard length > 127 else { return [UInt8(length)] }
        return [UInt8(length >> 24) | 0x80, UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(call: "send") }
            sent += count
        }
    }
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
