import Foundation
import LoyaltyRules

/// Time, waiting and chance as connectors see them, so that tests need neither.
public struct ConnectorClock: Sendable {
    /// The time of day, for token lives and `Retry-After` dates.
    public var now: @Sendable () -> Instant
    /// Milliseconds that only ever grow, for pacing.
    public var uptimeMilliseconds: @Sendable () -> Int64
    /// Blocks the thread; called with short pieces of a wait only.
    public var sleep: @Sendable (_ milliseconds: Int64) -> Void
    /// A number in the range, for jitter.
    public var random: @Sendable (ClosedRange<Int64>) -> Int64
    /// Whether the process has been told to end.
    public var isStopping: @Sendable () -> Bool

    /// Makes a clock.
    public init(
        now: @escaping @Sendable () -> Instant, uptimeMilliseconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (_ milliseconds: Int64) -> Void,
        random: @escaping @Sendable (ClosedRange<Int64>) -> Int64,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.now = now
        self.uptimeMilliseconds = uptimeMilliseconds
        self.sleep = sleep
        self.random = random
        self.isStopping = isStopping
    }

    /// The machine's own; `isStopping` is asked at least four times a second while anything waits.
    public static func live(isStopping: @escaping @Sendable () -> Bool = { false }) -> ConnectorClock {
        ConnectorClock(
            now: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Instant(
                    microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
            },
            uptimeMilliseconds: {
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
            },
            sleep: { usleep(UInt32(clamping: $0 * 1_000)) },
            random: { Int64.random(in: $0) },
            isStopping: isStopping)
    }

    /// The longest piece of a wait, so that a stop is noticed soon.
    static let sliceMilliseconds: Int64 = 250

    /// Waits, or throws `Stopped` as soon as the process is to end.
    func wait(milliseconds: Int64) throws(Stopped) {
        var rest = milliseconds
        while true {
            if isStopping() { throw Stopped() }
            if rest <= 0 { return }
            let slice = min(rest, Self.sliceMilliseconds)
            sleep(slice)
            rest -= slice
        }
    }
}
