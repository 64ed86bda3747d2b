import Foundation

/// How many threads take requests at once. A thread keeps its place from one request to the next, so that a few warm
/// threads do the work while the others stand by: on two cores, 32 threads taking turns answered half as many requests
/// a second as 8. A handler that waits for something gives its place away.
public final class Places: @unchecked Sendable {
    // The condition guards all three; it is what makes the class safe to share.
    private let condition = NSCondition()
    private var free: Int
    private var holders: Set<pthread_t> = []
    private var isClosed = false

    /// Makes `count` places; by default four for each core, and at least eight, for threads also wait for the database.
    public init(_ count: Int = max(8, 4 * ProcessInfo.processInfo.activeProcessorCount)) {
        precondition(count > 0, "without a place nobody is answered")
        free = count
    }

    /// Runs `body`, which waits for something, without a place; a thread that stands by has it from then on. This
    /// thread finishes its request all the same and stands by afterwards: waiting for a place in the middle of a
    /// request could last for ever, for whoever has it may be waiting for a request.
    public func whileWaiting<Value>(_ body: () throws -> Value) rethrows -> Value {
        give()
        return try body()
    }

    /// Waits for a place, unless this thread has one. False when the places were closed: then there is nothing to do.
    func take() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        let thread = pthread_self()
        if holders.contains(thread) { return true }
        while free == 0, !isClosed { condition.wait() }
        if isClosed { return false }
        free -= 1
        holders.insert(thread)
        return true
    }

    /// Gives this thread's place away, if it has one.
    func give() {
        condition.lock()
        defer { condition.unlock() }
        guard holders.remove(pthread_self()) != nil else { return }
        free += 1
        condition.signal()
    }

    /// Lets all that stand by go, because the server stops.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
