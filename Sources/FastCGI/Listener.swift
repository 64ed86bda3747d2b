import Foundation

/// A listening Unix socket: our own, or one that systemd keeps and passes on.
struct Listener: Sendable {
    let descriptor: Int32
    /// Path of our own socket, nil for an inherited one.
    let ownPath: String?

    /// The first descriptor that a service manager passes.
    private static let firstInherited: Int32 = 3

    /// Takes over systemd's socket when there is one, or opens the one at the path.
    static func open(
        _ options: ServerOptions, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ServerError) -> Listener {
        // LISTEN_PID tells whether the variables are meant for this process or were inherited from its parent.
        let isForUs = environment["LISTEN_PID"].map { $0 == String(getpid()) } ?? true
        guard isForUs, let count = environment["LISTEN_FDS"] else { return try own(options) }
        guard count == "1" else { throw .unusableInheritedSocket }
        return try inherited(firstInherited)
    }

    /// Takes over `descriptor`. It must not be shut down at the end, for the successor listens on the same socket;
    /// the time-out makes waiting threads look at the stop flag instead.
    static func inherited(_ descriptor: Int32) throws(ServerError) -> Listener {
        guard option(SO_DOMAIN, of: descriptor) == AF_UNIX, option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw .unusableInheritedSocket
        }
        var limit = timeval(tv_sec: 0, tv_usec: 500_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        let flags = fcntl(descriptor, F_GETFL)
        guard setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0
        else { throw .unusableInheritedSocket }
        return Listener(descriptor: descriptor, ownPath: nil)
    }

    /// Opens the socket at the path. A file left behind by a dead server is replaced, a live server's is not.
    static func own(_ options: ServerOptions) throws(ServerError) -> Listener {
        let address = try UnixAddress(options.socketPath)
        // Held over the check and the bind: otherwise two servers starting at once could each take the other's
        // new socket for a stale one.
        let directory = Foundation.open(
            URL(filePath: address.path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0, flock(directory, LOCK_EX) == 0 else { throw address.failure("open directory of") }
        defer { close(directory) }
        try removeStaleSocket(at: address)
        return Listener(descriptor: try bound(to: address, options), ownPath: address.path)
    }

    /// Ends listening: no new connection comes in, waiting ones are still accepted, then `accept` fails.
    /// The path goes first, while nobody else can have taken it over.
    func shutDown() {
        guard let ownPath else { return }
        unlink(ownPath)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Gives the descriptor back, once no thread uses it any more.
    func closeDescriptor() { close(descriptor) }

    private static func removeStaleSocket(at address: UnixAddress) throws(ServerError) {
        var status = stat()
        guard lstat(address.path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .pathTaken(path: address.path) }
        let probe = unixSocket(flags: Int32(SOCK_NONBLOCK.rawValue))
        guard probe >= 0 else { throw address.failure("socket for") }
        defer { close(probe) }
        // Only "connection refused" proves that nobody listens: a full backlog, for one, says "try again".
        guard address.call({ connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw .socketInUse(path: address.path)
        }
        guard unlink(address.path) == 0 else { throw address.failure("unlink") }
    }

    private static func bound(to address: UnixAddress, _ options: ServerOptions) throws(ServerError) -> Int32 {
        let descriptor = unixSocket()
        guard descriptor >= 0 else { throw address.failure("socket for") }
        // Nobody can connect before `listen`, so the rights are in force from the first connection on.
        guard address.call({ bind(descriptor, $0, $1) }) == 0, chmod(address.path, options.socketMode) == 0,
            listen(descriptor, options.backlog) == 0
        else {
            let failure = address.failure("bind")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
