import Dispatch
import Foundation
import Synchronization

/// How often a third party may be asked: one request at a time, so many a second and a minute; or as anybody likes.
///
/// One per third party and tenant, shared by all threads that call it: limits that each keeps for itself add up.
public final class RateLimit: Sendable {
    private let perSecond: Int
    private let perMinute: Int
    private let clock: ConnectorClock
    private let turn = DispatchSemaphore(value: 1)
    /// When the latest requests began, oldest first; as many as the larger limit looks back on.
    private let starts = Mutex<[Int64]>([])

    /// Makes a limit; 0 stands for none. Without any, requests need not wait for each other either (contract.md,
    /// "Settings").
    public init(perSecond: Int, perMinute: Int = 0, clock: ConnectorClock = .live()) {
        self.perSecond = perSecond
        self.perMinute = perMinute
        self.clock = clock
    }

    /// Whether nothing is limited.
    var isLifted: Bool { perSecond == 0 && perMinute == 0 }

    /// Runs `body` when its turn has come and the limits allow it; `Stopped` if the process ends before.
    func withTurn<Value>(_ body: () throws -> Value) throws -> Value {
        if isLifted {
            if clock.isStopping() { throw Stopped() }
            return try body()
        }
        while turn.wait(timeout: .now() + .milliseconds(Int(ConnectorClock.sliceMilliseconds))) == .timedOut {
            if clock.isStopping() { throw Stopped() }
        }
        defer { turn.signal() }
        while let delay = delayMilliseconds() { try clock.wait(milliseconds: delay) }
        if clock.isStopping() { throw Stopped() }
        return try body()
    }

    /// How long the next request must wait; nil, having noted it, when it may go now.
    private func delayMilliseconds() -> Int64? {
        let now = clock.uptimeMilliseconds()
        return starts.withLock { starts in
            let delay = max(
                Self.delay(of: perSecond, in: 1_000, after: starts, now: now),
                Self.delay(of: perMinute, in: 60_000, after: starts, now: now))
            guard delay <= 0 else { return delay }
            starts.append(now)
            starts.removeFirst(max(0, starts.count - max(perSecond, perMinute)))
            return nil
        }
    }

    private static func delay(of limit: Int, in window: Int64, after starts: [Int64], now: Int64) -> Int64 {
        guard limit > 0, starts.count >= limit else { return 0 }
        return starts[starts.count - limit] + window - now
    }
}
