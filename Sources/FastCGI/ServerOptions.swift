/// How a `Server` listens and what it takes.
public struct ServerOptions: Sendable {
    /// Absolute path of the Unix socket. Not used when systemd passes a listening socket (`LISTEN_FDS=1`).
    public var socketPath: String
    /// Threads, each with a handler of its own: requests at hand at the same time, with those that wait.
    public var threads: Int
    /// Requests worked on at the same time.
    public var places: Places
    /// The longest body in bytes that the given (decoded) path takes; a longer one is answered with 413.
    public var bodyBytesMax: @Sendable (_ path: String) -> Int
    /// Connections that may wait for a thread. nginx answers 502 when it is full.
    public var backlog: Int32
    /// Access rights of the socket; whoever may write to it may forge any request.
    public var socketMode: UInt32
    /// Stack of a worker thread in bytes. Only pages that are touched take memory.
    public var stackBytes: Int

    /// Options with the defaults of the product.
    public init(
        socketPath: String, threads: Int = 32, places: Places = Places(),
        bodyBytesMax: @escaping @Sendable (_ path: String) -> Int = { _ in 256 * 1024 },
        backlog: Int32 = 1024, socketMode: UInt32 = 0o660, stackBytes: Int = 2 * 1024 * 1024
    ) {
        self.socketPath = socketPath
        self.threads = threads
        self.places = places
        self.bodyBytesMax = bodyBytesMax
        self.backlog = backlog
        self.socketMode = socketMode
        self.stackBytes = stackBytes
    }
}

/// Why a server could not start.
public enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address is not the absolute path of a Unix socket. TCP is refused: libfcgi can be crashed by whoever
    /// reaches it.
    case notASocketPath(String)
    /// Another process answers on the socket.
    case socketInUse(path: String)
    /// Something that is no socket has the path; it is not removed.
    case pathTaken(path: String)
    /// What the service manager passed is not one listening Unix socket.
    case unusableInheritedSocket
    /// The server was started before.
    case alreadyStarted
    /// A system call failed.
    case system(call: String, path: String, reason: String)

    /// What is wrong, for the person who starts the server.
    public var description: String {
        switch self {
        case .notASocketPath(let path):
            "'\(path)' is not an absolute path of a Unix socket (at most 107 bytes, without ':'); TCP is not offered"
        case .socketInUse(let path): "another server answers on '\(path)'"
        case .pathTaken(let path): "'\(path)' exists and is not a socket"
        case .unusableInheritedSocket: "LISTEN_FDS is set, but descriptor 3 is not one listening Unix socket"
        case .alreadyStarted: "the server was already started"
        case .system(let call, let path, let reason): "\(call) '\(path)': \(reason)"
        }
    }
}
