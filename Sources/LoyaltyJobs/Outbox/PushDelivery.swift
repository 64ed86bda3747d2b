import Connectors
import LoyaltyRules
import LoyaltyStore

/// One sending of a push to Alpine IQ, or one look for it: what comes of it, and when to go on.
///
/// Alpine IQ has no idempotency, so a push that may have been taken is never sent again before its note was looked for,
/// long enough after, and was not there.
struct PushDelivery {
    let push: ClaimedPush
    let client: AlpineClient
    let time: () throws -> Instant

    /// How long after an answer was lost a note that is not listed counts as never taken.
    static let settlingSeconds: Int64 = 30 * 60
    /// How often a push is sent that was proved not taken each time.
    static let attemptsMax: Int64 = 5
    /// How long a push is looked for.
    static let searchDays: Int64 = 3
    /// What our clock and Alpine's may differ by.
    private static let clockSkewSeconds: Int64 = 15 * 60
    private static let backoffSecondsMin: Int64 = 30
    private static let backoffSecondsMax: Int64 = 3_600

    /// Sends or looks, and hands what came of it to `record`, also when the process is told to end meanwhile.
    ///
    /// - Returns: what was recorded, and the failure behind it.
    func outcome(record: (PushOutcome) throws -> Void) throws -> (PushOutcome, ConnectorError?) {
        do {
            let outcome = try push.unclearSince.map(lookFor(since:)) ?? send()
            try record(outcome)
            return (outcome, nil)
        } catch let error as ConnectorError {
            let outcome = try self.outcome(of: error)
            try record(outcome)
            return (outcome, error)
        } catch let stopped as Stopped {
            // Perhaps in the middle of sending.
            try record(unclear(since: push.unclearSince ?? time(), try time()))
            throw stopped
        }
    }

    private func send() throws -> PushOutcome {
        try client.adjust(contactID: push.contactID, value: push.points, note: push.note)
        return .acknowledged
    }

    private func lookFor(since: Instant) throws -> PushOutcome {
        let now = try time()
        let presence = try client.lookForAdjustment(
            note: push.note, value: push.points,
            from: push.sentAt.advanced(bySeconds: -Self.clockSkewSeconds),
            to: now.advanced(bySeconds: Self.clockSkewSeconds))
        switch presence {
        case .found: return .acknowledged
        case .absent where now >= since.advanced(bySeconds: Self.settlingSeconds):
            return push.attempt < Self.attemptsMax
                ? .again("Alpine IQ did not take these points. They are sent again.", next: now)
                : .refused("Alpine IQ did not take these points, though they were sent \(push.attempt) times.")
        case .absent, .uncertain: return unclear(since: since, now)
        }
    }

    private func outcome(of error: ConnectorError) throws -> PushOutcome {
        let now = try time()
        if let since = push.unclearSince { return unclear(since: since, now) }
        switch error {
        case .unreachable, .rateLimited, .refusedCredentials:
            return .again(error.description, next: backoff(after: now))
        case .notFound:
            return .noPersona("Alpine IQ does not know this person any more.", next: now.advanced(bySeconds: 86_400))
        // "No", told with a status that says "done".
        case .rejected(status: 200): return unclear(since: now, now)
        case .rejected(let status): return .refused("Alpine IQ refused these points (status \(status)).")
        case .timedOut, .serverFault, .notUnderstood, .cutAnswer, .tooLarge: return unclear(since: now, now)
        }
    }

    private func backoff(after now: Instant) -> Instant {
        now.advanced(
            bySeconds: min(Self.backoffSecondsMin << min(push.attempt - 1, 10), Self.backoffSecondsMax))
    }

    /// Looked for at once, for it is mostly found; then now and then until it is settled or given up.
    private func unclear(since: Instant, _ now: Instant) -> PushOutcome {
        if now >= since.advanced(bySeconds: Self.searchDays * 86_400) {
            return .unsettled(
                "Alpine IQ's answer was lost, and its list of adjustments does not tell whether it took these points.")
        }
        let settled = since.advanced(bySeconds: Self.settlingSeconds)
        let next =
            push.unclearSince == nil
            ? now.advanced(bySeconds: 10)
            : now < settled ? min(now.advanced(bySeconds: 300), settled) : now.advanced(bySeconds: 1_800)
        return .unclear(
            "Alpine IQ's answer was lost. These points are looked for there before they are sent again.",
            since: since, next: next)
    }
}

extension ConnectorError {
    /// Whether the next request is likely to fail too.
    var concernsTheSource: Bool {
        switch self {
        case .notFound, .rejected: false
        case .unreachable, .timedOut, .refusedCredentials, .rateLimited, .serverFault, .notUnderstood, .cutAnswer,
            .tooLarge:
            true
        }
    }
}

extension PushOutcome {
    /// For the log.
    var word: String {
        switch self {
        case .acknowledged: "acknowledged"
        case .again: "again"
        case .noPersona: "no persona"
        case .refused: "refused"
        case .unclear: "unclear"
        case .unsettled: "unsettled"
        }
    }
}
