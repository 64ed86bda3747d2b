import LoyaltyRules

/// How a lost request is repeated. rules.md, "Sync": at most 4 attempts of 30 s each, with jittered backoff.
public struct Retry: Equatable, Sendable {
    /// Attempts in all.
    public var attemptsMax: Int
    /// The longest that one attempt may take.
    public var timeoutSeconds: Int
    /// The wait after the first attempt; it doubles with each.
    public var firstWaitMilliseconds: Int64
    /// The longest wait that a third party may ask for by `Retry-After`.
    public var retryAfterSecondsMax: Int64

    /// Makes a policy.
    public init(
        attemptsMax: Int = 4, timeoutSeconds: Int = 30, firstWaitMilliseconds: Int64 = 500,
        retryAfterSecondsMax: Int64 = 60
    ) {
        self.attemptsMax = attemptsMax
        self.timeoutSeconds = timeoutSeconds
        self.firstWaitMilliseconds = firstWaitMilliseconds
        self.retryAfterSecondsMax = retryAfterSecondsMax
    }

    /// The wait after attempt number `attempt`, from 1: what the third party asked for, else a random part of the
    /// backoff, so that those who failed together do not come back together.
    func waitMilliseconds(after attempt: Int, retryAfterSeconds: Int64?, clock: ConnectorClock) -> Int64 {
        if let asked = retryAfterSeconds {
            return min(max(asked, 0), retryAfterSecondsMax) * 1_000 + clock.random(0...250)
        }
        let longest = firstWaitMilliseconds << Int64(min(attempt - 1, 6))
        return clock.random(longest / 2...longest)
    }
}

/// Reads `Retry-After`: whole seconds or an HTTP date (RFC 9110, 10.2.3); nil when absent or neither.
func retryAfterSeconds(_ text: String?, now: Instant) -> Int64? {
    guard let text else { return nil }
    if let seconds = wholeNumber(parsing: text) { return seconds }
    let parts = text.split(separator: " ").map(String.init)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]),
        let date = wholeNumber(parsing: parts[1]), let year = wholeNumber(parsing: parts[3]),
        let day = Day(year: Int(year), month: month + 1, day: Int(date)),
        let moment = Instant(parsing: "\(day)T\(parts[4])Z")
    else { return nil }
    return max(0, moment.secondsSince1970 - now.secondsSince1970)
}
