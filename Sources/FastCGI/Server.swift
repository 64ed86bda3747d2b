import Foundation
public import Logging
import Synchronization

/// A FastCGI responder on a Unix socket: a fixed number of threads, each answering one request at a time.
public final class Server: Sendable {
    private let options: ServerOptions
    private let logger: Logger
    private let makeHandler: @Sendable () -> any RequestHandler
    private let stopFlag = StopFlag()
    private let listener = Mutex<Listener?>(nil)
    private let workers = DispatchGroup()

    /// A server that is not listening yet. `makeHandler` runs once on each worker thread.
    public init(options: ServerOptions, logger: Logger, makeHandler: @escaping @Sendable () -> any RequestHandler) {
        precondition(options.threads > 0, "a server without threads answers nobody")
        self.options = options
        self.logger = logger
        self.makeHandler = makeHandler
    }

    /// Whether `stop` was called. Handlers that wait for something look at it.
    public var isStopping: Bool { stopFlag.isSet }

    /// Listens and starts the threads; returns at once. A server starts once.
    public func start() throws(ServerError) {
        guard listener.withLock({ $0 == nil }) else { throw .alreadyStarted }
        try start(on: Listener.open(options))
    }

    func start(on listener: Listener) throws(ServerError) {
        let isFirst = self.listener.withLock { current in
            guard current == nil else { return false }
            current = listener
            return true
        }
        guard isFirst else {
            listener.shutDown()
            listener.closeDescriptor()
            throw .alreadyStarted
        }
        StopSignals.blockingAll {
            for number in 1...options.threads { startThread(number, on: listener) }
        }
    }

    private func startThread(_ number: Int, on listener: Listener) {
        workers.enter()
        let thread = Thread { [options, stopFlag, logger, makeHandler, workers] in
            // The handler, and with it its database connection, is gone before the thread counts as ended.
            runWorker(listener, options, stopFlag, logger, makeHandler)
            workers.leave()
        }
        thread.name = "fastcgi-\(number)"
        thread.stackSize = options.stackBytes
        thread.start()
    }

    /// Takes no new connections, lets the requests at hand finish, and returns whether all threads ended within
    /// `limit`. FCGX_ShutdownPending is not used: it is for the whole process and cannot be taken back, and the
    /// threads wake without it.
    public func stop(waitingAtMost limit: Duration) -> Bool {
        let isFirst = !stopFlag.set()
        guard let listener = listener.withLock({ $0 }) else { return true }
        if isFirst {
            listener.shutDown()
            options.places.close()
        }
        let (seconds, attoseconds) = limit.components
        let nanoseconds = Int(clamping: attoseconds / 1_000_000_000)
        let deadline = DispatchTime.now() + .seconds(Int(clamping: seconds)) + .nanoseconds(nanoseconds)
        let isComplete = workers.wait(timeout: deadline) == .success
        // With a thread left, the number could be given to another file while that thread still accepts on it.
        if isComplete && isFirst { listener.closeDescriptor() }
        return isComplete
    }
}

private func runWorker(
    _ listener: Listener, _ options: ServerOptions, _ stopFlag: StopFlag, _ logger: Logger,
    _ makeHandler: @Sendable () -> any RequestHandler
) {
    guard options.places.take() else { return }
    Worker(listener: listener, options: options, stopFlag: stopFlag, logger: logger, handler: makeHandler()).run()
    options.places.give()
}
