import Foundation

/// The address of a Unix socket.
struct UnixAddress {
    let path: String
    private var raw = sockaddr_un()

    /// Takes absolute paths only; with a colon libfcgi's own tools would take the text for a TCP port.
    init(_ path: String) throws(ServerError) {
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: raw.sun_path)
        guard bytes.first == ASCII.slash, bytes.count < capacity, !bytes.contains(UInt8(ascii: ":")),
            !bytes.contains(ASCII.nul)
        else { throw .notASocketPath(path) }
        self.path = path
        raw.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// Runs `body`, a bind or a connect, on the address.
    func call(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                body(address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// The error of the system call that has just failed.
    func failure(_ call: String) -> ServerError {
        .system(call: call, path: path, reason: String(cString: strerror(errno)))
    }
}

/// A new stream socket that children do not inherit; negative when there is none.
func unixSocket(flags: Int32 = 0) -> Int32 {
    socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags, 0)
}
