import Synchronization

/// Tells handlers that wait for something that the responder ends.
public final class StopSwitch: Sendable {
    private let flag = Atomic(false)

    /// Not stopping.
    public init() {}

    /// Whether the responder ends.
    public var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Ends all waits.
    public func set() { flag.store(true, ordering: .releasing) }
}

/// A few places for requests that wait: each holds a thread.
final class WaitPlaces: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    /// Runs `body` in a place; nil when all are taken.
    func withPlace<Value>(_ body: () throws -> Value) rethrows -> Value? {
        let isTaken = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        guard isTaken else { return nil }
        defer { free.withLock { $0 += 1 } }
        return try body()
    }
}
