import LoyaltyRules
import Synchronization

/// Settings as parsed once per version: parsing them takes longer than the rest of a redemption. One per connection, for
/// what it keeps is that database's.
public final class ParsedSettings: Sendable {
    /// Which save is the newest.
    struct Mark: Equatable, Sendable {
        let version: Int64
        let savedAt: Instant
    }

    private let kept = Mutex<[TenantID: (mark: Mark, settings: Settings)]>([:])
    private static let tenantsMax = 100

    func settings(of tenant: TenantID, at mark: Mark) -> Settings? {
        kept.withLock { kept in kept[tenant].flatMap { $0.mark == mark ? $0.settings : nil } }
    }

    func keep(_ settings: Settings, of tenant: TenantID, at mark: Mark) {
        kept.withLock { kept in
            if kept.count >= Self.tenantsMax { kept = [:] }
            kept[tenant] = (mark, settings)
        }
    }
}
