import Logging

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a transaction sees of others.
public enum Isolation: String, Sendable {
    /// Each statement sees what was committed before it: for writes, which lock what they read.
    case readCommitted = "READ COMMITTED"
    /// Every statement sees the same state. A write to a row changed since fails with 1020 and is tried again.
    case repeatableRead = "REPEATABLE READ"
}

extension Connection {
    /// Runs `body` in a transaction: the only way to write. `body` may run several times, so it touches nothing but
    /// this connection. An error leaves nothing behind and is thrown on, after up to six attempts for deadlocks and
    /// lost connections, three for lock waits, and none after ten seconds.
    ///
    /// When the connection is lost during COMMIT, `resolve` is asked on a new one: it returns the answer if it finds
    /// the work done, or `nil` to have it done again. Without it, `CommitOutcomeUnknown` is thrown.
    @discardableResult
    public func transaction<T>(
        _ isolation: Isolation = .readCommitted, resolve: ((Connection) throws -> T?)? = nil,
        _ body: (Connection) throws -> T
    ) throws -> T {
        let begin = isolation == .readCommitted ? [] : ["SET TRANSACTION ISOLATION LEVEL \(isolation.rawValue)"]
        var attempts = Attempts()
        while true {
            switch attempt(begin + ["START TRANSACTION"], body) {
            case .done(let value): return value
            case .failed(let error): throw error
            case .repeatable(let cause, let error):
                guard attempts.allowAnother(after: cause) else { throw error }
            case .unknown(let cause):
                guard let resolve else { throw CommitOutcomeUnknown(cause: cause) }
                if let answer = try resolved(resolve, cause) { return answer }
                guard attempts.allowAnother(after: cause) else { throw cause }
            }
            logger?.debug("transaction is tried again", metadata: ["attempt": "\(attempts.made)"])
            attempts.pause()
        }
    }

    /// Runs `body` on one consistent state of the database, in which it can only read: for reports.
    public func snapshot<T>(_ body: (Connection) throws -> T) throws -> T {
        let begin = [
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ]
        var attempts = Attempts()
        while true {
            switch attempt(begin, body) {
            case .done(let value): return value
            case .failed(let error): throw error
            case .repeatable(let cause, let error):
                guard attempts.allowAnother(after: cause) else { throw error }
            // Nothing was written, so nothing can be unknown.
            case .unknown(let cause):
                guard attempts.allowAnother(after: cause) else { throw cause }
            }
            attempts.pause()
        }
    }

    private enum Outcome<T> {
        case done(T)
        case failed(any Error)
        case repeatable(cause: DatabaseError, any Error)
        case unknown(DatabaseError)
    }

    private func attempt<T>(_ begin: [String], _ body: (Connection) throws -> T) -> Outcome<T> {
        precondition(!isInTransaction, "transactions do not nest")
        isInTransaction = true
        failure = nil
        defer {
            isInTransaction = false
            failure = nil
        }
        var isCommitting = false
        do {
            for text in begin { try executeText(text) }
            let value = try body(self)
            // A body that swallowed an error must not commit what is left.
            if let failure { throw failure }
            isCommitting = true
            try executeText("COMMIT")
            return .done(value)
        } catch {
            let cause = failure ?? error as? DatabaseError
            rollBack()
            return outcome(of: error, cause, isCommitting: isCommitting)
        }
    }

    private func outcome<T>(of error: any Error, _ cause: DatabaseError?, isCommitting: Bool) -> Outcome<T> {
        guard let cause else { return .failed(error) }
        if cause.isRetryable { return .repeatable(cause: cause, error) }
        if isCommitting { return cause.code == 1105 ? .failed(error) : .unknown(cause) }
        return cause.isConnectionLost ? .repeatable(cause: cause, error) : .failed(error)
    }

    /// Always, whatever the error: some undo only their statement, and some leave a transaction that does not exist.
    private func rollBack() {
        guard let session else { return }
        do {
            try session.run("ROLLBACK")
        } catch {
            close(after: error)
        }
    }

    private func resolved<T>(_ resolve: (Connection) throws -> T?, _ cause: DatabaseError) throws -> T? {
        close(after: cause)
        do {
            // Another node of a cluster may not have applied yet what the lost one committed.
            try executeText("SET wsrep_sync_wait = 1")
            let answer = try resolve(self)
            try executeText("SET wsrep_sync_wait = 0")
            return answer
        } catch {
            logger?.error("commit could not be resolved", metadata: ["error": "\(String(reflecting: error))"])
            throw CommitOutcomeUnknown(cause: cause)
        }
    }
}

/// How often a transaction was tried, and how long to wait before the next time.
private struct Attempts {
    private static let attemptsMax = 6
    private static let lockWaitsMax = 2
    /// Below the 20 s after which a visitor is answered without us, even if each attempt waits for dead hosts.
    private static let timeMax = Duration.seconds(10)

    private(set) var made = 1
    private var lockWaits = 0
    private let start = ContinuousClock.now

    mutating func allowAnother(after cause: DatabaseError) -> Bool {
        // Each lock wait has already cost the whole `lockWaitSeconds`.
        if cause.code == 1205 { lockWaits += 1 }
        made += 1
        return made <= Self.attemptsMax && lockWaits <= Self.lockWaitsMax && start.duration(to: .now) < Self.timeMax
    }

    func pause() {
        let longest: UInt32 = 5_000 << UInt32(made - 1)
        usleep(UInt32.random(in: longest / 2...longest))
    }
}
