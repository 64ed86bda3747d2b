/// Every version of a tenant's settings, so that an order earns under those in force when it was made.
public struct SettingsHistory: Sendable {
    /// A version and when it was saved.
    public struct Version: Sendable {
        /// The moment from which it is in force.
        public var savedAt: Instant
        /// All tabs at that moment.
        public var settings: Settings

        /// Makes a version.
        public init(savedAt: Instant, settings: Settings) {
            self.savedAt = savedAt
            self.settings = settings
        }
    }

    private let versions: [Version]
    /// When the first order of the tenant was posted: older orders earn under the version in force then.
    public var firstPostingAt: Instant

    /// - Parameter versions: at least one, oldest first.
    public init(versions: [Version], firstPostingAt: Instant) {
        precondition(!versions.isEmpty, "a tenant has settings from its first moment")
        self.versions = versions
        self.firstPostingAt = firstPostingAt
    }

    /// The settings in force now.
    public var current: Settings { versions[versions.count - 1].settings }

    /// The settings that an order completed at `instant` earns under.
    public func earning(at instant: Instant) -> Settings { inForce(at: max(instant, firstPostingAt)) }

    /// Whether the program was paused at `instant`; before the tenant's first version it was not.
    public func isPaused(at instant: Instant) -> Bool {
        instant >= versions[0].savedAt && inForce(at: instant).program.paused
    }

    /// When the program was last resumed after a pause; nil when it never was. Comparisons with Alpine IQ from before do
    /// not count any more. rules.md, "Pause".
    public var lastResumedAt: Instant? {
        let resumed = versions.indices.dropFirst().last {
            versions[$0 - 1].settings.program.paused && !versions[$0].settings.program.paused
        }
        return resumed.map { versions[$0].savedAt }
    }

    private func inForce(at instant: Instant) -> Settings {
        // The current version is asked for most; then a binary search for the last one saved at or before.
        if versions[versions.count - 1].savedAt <= instant { return current }
        var low = 0
        var high = versions.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if versions[middle].savedAt <= instant { low = middle } else { high = middle - 1 }
        }
        return versions[low].settings
    }
}
