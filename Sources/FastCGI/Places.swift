import Foundation

/// How many threads take requests at once. A thread keeps its place from one request to the next, so that a few warm
/// threads do the work while the others stand by: on two cores, 32 threads taking turns answered half as many requests
/// a second as 8. A handler that waits for something gives its place away meanwhile.
public final class Places: @unchecked Sendable {
    // The condition guards both; it is what makes the class safe to share.
    private let condition = NSCondition()
    private var free: Int
    private var isClosed = false

    /// Makes `count` places; by default four for each core, and at least eight, for threads also wait for the database.
    public init(_ count: Int = max(8, 4 * ProcessInfo.processInfo.activeProcessorCount)) {
        precondition(count > 0, "without a place nobody is answered")
        free = count
    }

    /// Runs `body`, which waits for something, without a place; another thread may have it meanwhile.
    public func whileWaiting<Value>(_ body: () throws -> Value) rethrows -> Value {
        give()
        defer { _ = take() }
        return try body()
    }

    /// Waits for a place. False once the places are closed: then everybody may go on, to end.
    func take() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while free == 0, !isClosed { condition.wait() }
        free -= 1
        return !isClosed
    }

    func give() {
        condition.lock()
        free += 1
        condition.signal()
        condition.unlock()
    }

    /// Lets all that wait for a place go, because the server stops.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
