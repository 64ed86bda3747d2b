public import LoyaltyRules
import Synchronization

/// Public fragments as they were sent, so that a bar is rendered once per save and not once per visitor.
public final class RenderedCache: Sendable {
    /// A fragment.
    public struct Fragment: Sendable {
        /// The body.
        public let bytes: [UInt8]
        /// The value of its `ETag`.
        public let tag: String

        /// Makes a fragment.
        public init(bytes: [UInt8], tag: String) {
            self.bytes = bytes
            self.tag = tag
        }
    }

    private struct Key: Hashable {
        let tenant: TenantID
        let name: String
    }

    private let state = Mutex<[Key: (version: Int64, fragment: Fragment)]>([:])
    private static let countMax = 10_000

    /// Empty.
    public init() {}

    /// The fragment `name` of `tenant` at `version` of its settings, made by `make` when it is not there. A newer
    /// version takes the place of an older one.
    ///
    /// - Parameter name: one of the program's own, never text of a visitor.
    public func fragment(
        _ name: String, of tenant: TenantID, version: Int64, make: () throws -> Fragment
    ) rethrows -> Fragment {
        let key = Key(tenant: tenant, name: name)
        if let known = state.withLock({ $0[key] }), known.version == version { return known.fragment }
        let made = try make()
        state.withLock { state in
            if state.count >= Self.countMax { state = [:] }
            if (state[key]?.version ?? 0) <= version { state[key] = (version, made) }
        }
        return made
    }
}
