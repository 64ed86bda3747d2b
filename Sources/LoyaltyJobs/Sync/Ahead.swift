import Dispatch
import Foundation
import LoyaltyStore
import Synchronization

/// What is done on a thread of its own while something else is.
final class Ahead<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>>(.failure(CancellationError()))
    private let ended = DispatchSemaphore(value: 0)

    /// Begins. What `work` uses is its own until `value` or `end`; nobody else may use it meanwhile.
    init(_ work: @escaping () throws -> Value) {
        let lent = Lent(work)
        Thread.detachNewThread { [self] in
            let result = Result { try lent.value() }
            outcome.withLock { $0 = result }
            ended.signal()
        }
    }

    /// Waits for what it comes to, and hands it over: to be asked once.
    func value() throws -> Value {
        end()
        let result = outcome.withLock { outcome in
            defer { outcome = .failure(CancellationError()) }
            return outcome
        }
        return try result.get()
    }

    /// Waits until it has ended.
    func end() {
        ended.wait()
        ended.signal()
    }
}
