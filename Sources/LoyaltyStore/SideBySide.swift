import Dispatch
import Foundation
import Synchronization

/// What one thread at a time uses, lent to another: whoever lends it does not touch it until it is back.
package struct Lent<Value>: @unchecked Sendable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
}

/// Numbers from 0, each given once to whoever asks first.
package final class Turns: Sendable {
    private let next = Atomic(0)
    private let count: Int

    /// As many as `count`.
    package init(_ count: Int) { self.count = count }

    /// The next number; nil when none is left.
    package func take() -> Int? {
        let number = next.add(1, ordering: .relaxed).oldValue
        return number < count ? number : nil
    }

    /// Leaves none.
    package func end() { next.store(count, ordering: .relaxed) }
}

/// Does `work` on each of `lanes` at once, each on a thread of its own, and waits for all.
///
/// - Returns: what each came to, in the order of `lanes`.
/// - Throws: the first error of any of them, once all have ended.
@discardableResult
package func sideBySide<Lane, Value: Sendable>(
    _ lanes: [Lane], _ work: @escaping (Lane) throws -> Value
) throws -> [Value] {
    guard let first = lanes.first else { return [] }
    return try sideBySide(Array(lanes.dropFirst()), work, meanwhile: { try work(first) })
}

/// Does `work` on each of `lanes`, each on a thread of its own, and `own` on the caller's meanwhile; waits for all.
///
/// - Returns: what `own` came to, and then the lanes in their order.
/// - Throws: the first error of any of them, once all have ended.
@discardableResult
package func sideBySide<Lane, Value: Sendable>(
    _ lanes: [Lane], _ work: @escaping (Lane) throws -> Value, meanwhile own: () throws -> Value
) throws -> [Value] {
    let outcomes = Outcomes<Value>()
    let lent = Lent((lanes: lanes, work: work))
    let ended = DispatchSemaphore(value: 0)
    for number in lanes.indices {
        Thread.detachNewThread {
            outcomes.keep(number + 1) { try lent.value.work(lent.value.lanes[number]) }
            ended.signal()
        }
    }
    outcomes.keep(0, own)
    for _ in lanes { ended.wait() }
    return try outcomes.all()
}

/// What several threads came to.
private final class Outcomes<Value: Sendable>: Sendable {
    private let values = Mutex<[Int: Value]>([:])
    private let error = Mutex<(any Error)?>(nil)

    func keep(_ number: Int, _ work: () throws -> Value) {
        do {
            let value = try work()
            values.withLock { $0[number] = value }
        } catch {
            self.error.withLock { $0 = $0 ?? error }
        }
    }

    func all() throws -> [Value] {
        if let error = error.withLock({ $0 }) { throw error }
        return values.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    }
}
