import Foundation
import MariaDB
import Synchronization

/// Runs each body on a thread of its own, as connections are confined to one, and throws the first error.
public func inParallel(_ bodies: [@Sendable () throws -> Void]) throws {
    let errors = Mutex<[any Error]>([])
    let group = DispatchGroup()
    for body in bodies {
        group.enter()
        Thread {
            do { try body() } catch { errors.withLock { $0.append(error) } }
            group.leave()
        }.start()
    }
    group.wait()
    if let error = errors.withLock({ $0.first }) { throw error }
}

/// Lets threads wait for each other, once: later arrivals pass.
public final class MeetingPoint: Sendable {
    private let arrived = Atomic<Int>(0)
    private let expected: Int

    /// For `expected` threads.
    public init(_ expected: Int) { self.expected = expected }

    /// Waits until all are here, at most five seconds.
    public func meet() {
        arrived.add(1, ordering: .sequentiallyConsistent)
        for _ in 0..<5_000 where arrived.load(ordering: .sequentiallyConsistent) < expected { usleep(1_000) }
    }
}

/// Ends the session of `connection` at the server, from another one, and waits until it is gone.
public func kill(_ connection: Connection, from other: Connection) throws {
    let id: Int64 = try connection.one("SELECT CONNECTION_ID() AS id") { try $0.get("id") }
    try other.executeText("KILL CONNECTION \(id)")
    for _ in 0..<500 {
        let alive = try other.all("SELECT id FROM information_schema.processlist WHERE id = \(id)")
        if alive.isEmpty { return }
        usleep(10_000)
    }
}
