import Foundation
import MariaDB
import Synchronization

/// A thread on its way through the database, which a test holds up by locks.
public final class Underway: Sendable {
    private let connection = Mutex<Int64?>(nil)
    private let outcome = Mutex<Result<Void, any Error>?>(nil)

    /// Starts a thread; `body` tells its connection before it does anything.
    public init(_ body: @escaping @Sendable (_ tell: (Connection) throws -> Void) throws -> Void) {
        Thread { [self] in
            let result = Result {
                try body { connection in
                    let id: Int64 = try connection.one("SELECT CONNECTION_ID() AS id") { try $0.get("id") }
                    self.connection.withLock { $0 = id }
                }
            }
            outcome.withLock { $0 = result }
        }.start()
    }

    /// Waits until the thread waits for a lock of somebody else, or has ended; at most two seconds.
    ///
    /// - Returns: whether it waits.
    public func isBlocked(seenBy observer: Connection) throws -> Bool {
        for _ in 0..<15 {
            if outcome.withLock({ $0 != nil }) { return false }
            let waiting = try observer.all(
                """
                SELECT trx_id FROM information_schema.innodb_trx
                 WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = \(connection.withLock { $0 } ?? 0)
                """)
            if !waiting.isEmpty { return true }
            // Asked more often, the server answers what it answered before.
            usleep(150_000)
        }
        return false
    }

    /// Waits for the end, at most ten seconds, and throws what the thread threw.
    public func end() throws {
        for _ in 0..<1_000 where outcome.withLock({ $0 == nil }) { usleep(10_000) }
        guard let result = outcome.withLock({ $0 }) else { throw StillUnderway() }
        try result.get()
    }

    private struct StillUnderway: Error {}
}
