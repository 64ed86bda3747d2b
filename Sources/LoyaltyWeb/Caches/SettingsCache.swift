public import LoyaltyRules
public import LoyaltyStore
import Synchronization

/// Settings as parsed once per version, for all threads of a responder.
public final class SettingsCache: Sendable {
    /// A tenant with its settings.
    public struct Entry: Sendable {
        /// Who.
        public let tenant: Tenant
        /// Theirs.
        public let settings: Settings
    }

    private struct Kept {
        var entry: Entry
        var checkedAt: ContinuousClock.Instant
    }

    private struct State {
        var settings: [TenantID: Settings] = [:]
        /// By slug and alias, as bytes; only names that exist are here, so there are few.
        var byName: [[UInt8]: Kept] = [:]
    }

    private let state = Mutex(State())
    private static let tenantsMax = 2_000

    /// Knows nothing yet.
    public init() {}

    /// The settings at the version that `tenant` was just read with: always the newest.
    public func settings(of tenant: Tenant, in store: Store) throws -> Settings {
        try settings(at: tenant.settingsVersion, in: store.tenant(tenant.id))
    }

    /// The settings at a version that was just read: always the newest.
    func settings(at version: Int64, in store: TenantStore) throws -> Settings {
        if let known = state.withLock({ $0.settings[store.tenant] }), known.version == version { return known }
        let read = try store.settings()
        state.withLock { state in
            if state.settings.count >= Self.tenantsMax { state.settings = [:] }
            // Two threads may have read at once: the newer stays.
            if (state.settings[store.tenant]?.version ?? 0) <= read.version { state.settings[store.tenant] = read }
        }
        return read
    }

    /// The tenant called `name` for pages of the public: at most a second old, and while the database is away as it
    /// was last. Nil for an unknown name.
    public func entry(named name: String, in store: Store) throws -> Entry? {
        let key = Array(name.utf8)
        let kept = state.withLock { $0.byName[key] }
        let now = ContinuousClock.now
        if let kept, now - kept.checkedAt < .seconds(1) { return kept.entry }
        do {
            guard let tenant = try store.tenant(named: name) else {
                state.withLock { $0.byName[key] = nil }
                return nil
            }
            let entry = Entry(tenant: tenant, settings: try settings(of: tenant, in: store))
            keep(entry, key, now)
            return entry
        } catch {
            guard let kept, Outage.isMeant(by: error) else { throw error }
            // Asked again after a second and not by each request, for every try costs a timeout.
            keep(kept.entry, key, .now)
            return kept.entry
        }
    }

    private func keep(_ entry: Entry, _ key: [UInt8], _ now: ContinuousClock.Instant) {
        state.withLock { state in
            if state.byName.count >= 4 * Self.tenantsMax { state.byName = [:] }
            state.byName[key] = Kept(entry: entry, checkedAt: now)
        }
    }
}
