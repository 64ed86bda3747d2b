import Foundation
import Synchronization

/// A server that answers raw bytes, for what a library does with a broken or hostile one.
final class SocketServer: Sendable {
    /// What to do with each request on a connection.
    enum Reply: Sendable {
        /// Sends the text and keeps the connection.
        case keep(String)
        /// Sends the text and closes.
        case close(String)
        /// Sends what is no text and closes.
        case closeBytes([UInt8])
        /// Sends the text, then nothing more until the server stops.
        case hang(String)
    }

    let port: UInt16
    private let listener: Int32
    private let heads = Mutex<[String]>([])
    private let opened = Mutex<Int>(0)

    /// The heads of all requests so far.
    var requestHeads: [String] { heads.withLock { $0 } }
    /// How many connections were made.
    var connectionsCount: Int { opened.withLock { $0 } }

    init(reply: @escaping @Sendable (_ index: Int) -> Reply) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            // Here and not in `stop`: its number would go to the next server while this thread still accepts by it.
            defer { close(listener) }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                opened.withLock { $0 += 1 }
                Thread.detachNewThread { [self] in serve(connection, reply: reply) }
            }
        }
    }

    func url(_ path: String = "/") throws -> URL {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        return url
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: Int32, reply: @Sendable (_ index: Int) -> Reply) {
        defer { close(connection) }
        while let head = readHead(connection) {
            let index = heads.withLock { heads in
                heads.append(head)
                return heads.count - 1
            }
            switch reply(index) {
            case .keep(let text): write(Array(text.utf8), to: connection)
            case .close(let text):
                write(Array(text.utf8), to: connection)
                return
            case .closeBytes(let bytes):
                write(bytes, to: connection)
                return
            case .hang(let text):
                write(Array(text.utf8), to: connection)
                _ = readHead(connection)
                return
            }
        }
    }

    private func write(_ bytes: [UInt8], to connection: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Everything up to the blank line, and the body that its length names.
    private func readHead(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        let head = String(decoding: bytes, as: UTF8.self)
        for line in head.components(separatedBy: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            for _ in 0..<(Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) ?? 0) {
                guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            }
        }
        return head
    }
}
