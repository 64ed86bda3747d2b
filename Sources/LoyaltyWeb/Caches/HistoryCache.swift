import LoyaltyRules
import LoyaltyStore
import Synchronization

/// Histories of settings by tenant, for all threads of a responder: reading one takes every save there ever was.
final class HistoryCache: Sendable {
    private let state = Mutex<[TenantID: SettingsHistory]>([:])
    private static let tenantsMax = 500

    /// The history as of now, seen from a transaction or outside of one: always the newest.
    func history(in queries: some TenantQueries, at now: Instant) throws -> SettingsHistory {
        let kept = state.withLock { $0[queries.tenant] }
        let history = try queries.settingsHistory(asOf: now, unlessChanged: kept)
        state.withLock { state in
            if state.count >= Self.tenantsMax { state = [:] }
            state[queries.tenant] = history
        }
        return history
    }
}
