import Dispatch
import Synchronization

/// What one thread at a time uses, lent to another: whoever lends it does not touch it until it is back.
package struct Lent<Value>: @unchecked Sendable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
}

/// Does `work` on each of `lanes` at once, each on a thread of its own, and waits for all.
///
/// - Throws: the first error of any of them, once all have ended.
package func sideBySide<Lane>(_ lanes: [Lane], _ work: (Lane) throws -> Void) throws {
    let errors = Mutex<[any Error]>([])
    withoutActuallyEscaping(work) { work in
        let lent = Lent((lanes: lanes, work: work))
        DispatchQueue.concurrentPerform(iterations: lanes.count) { number in
            do { try lent.value.work(lent.value.lanes[number]) } catch { errors.withLock { $0.append(error) } }
        }
    }
    if let error = errors.withLock({ $0.first }) { throw error }
}
