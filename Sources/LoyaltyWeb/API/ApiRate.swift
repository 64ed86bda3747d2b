import LoyaltyRules
import LoyaltyStore
import Synchronization

/// So many calls a second for each API key, and twice as many at once. contract.md, "Settings".
///
/// Of each key only the moment is kept at which its next call would be due if calls came evenly: a call that is due
/// more than two seconds from now is one too many.
final class ApiRate: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let id: String
    }

    private let perSecond: Int64
    private let due = Mutex<[Key: Int64]>([:])
    private static let second: Int64 = 1_000_000_000
    private static let keysMax = 10_000

    /// - Parameter perSecond: 0 for no limit.
    init(perSecond: Int) { self.perSecond = Int64(perSecond) }

    /// Counts a call.
    ///
    /// - Throws: `Throttled` when it is one too many; it is then not counted.
    func admit(_ key: ApiKey) throws(Throttled) {
        try admit(tenant: key.tenant, id: key.id, at: Self.uptime())
    }

    /// - Parameter now: nanoseconds of a clock that never goes back.
    func admit(tenant: TenantID, id: String, at now: Int64) throws(Throttled) {
        guard perSecond > 0 else { return }
        let interval = max(1, Self.second / perSecond)
        let wait = due.withLock { due in
            if due.count >= Self.keysMax { due = due.filter { $0.value > now } }
            let next = max(due[Key(tenant: tenant, id: id)] ?? now, now)
            let wait = next + interval - now - 2 * Self.second
            if wait <= 0 { due[Key(tenant: tenant, id: id)] = next + interval }
            return wait
        }
        guard wait > 0 else { return }
        throw Throttled(
            seconds: (wait + Self.second - 1) / Self.second,
            description: "The API key made more than \(perSecond) calls a second.")
    }

    private static func uptime() -> Int64 {
        let passed = start.duration(to: .now).components
        return passed.seconds * second + passed.attoseconds / second
    }

    private static let start = ContinuousClock.now
}
