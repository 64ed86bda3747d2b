import LoyaltyRules
import LoyaltyStore
import Logging

/// Takes Alpine's numbers after everybody was compared, or keeps them for somebody to decide. rules.md, "Comparison".
struct Reconciling {
    let store: TenantStore
    let run: RunID
    let parties: ThirdParties
    let logger: Logger
    private static let chunkSize = 200

    init(store: TenantStore, run: RunID, parties: ThirdParties, logger: Logger) {
        self.store = store
        self.run = run
        self.parties = parties
        self.logger = logger
    }

    /// What came of it.
    struct Done {
        var posted = PostedOverrides()
        /// Customers of incidents opened or joined now.
        var members = 0
        /// Who rose by what somebody else lost.
        var merged: [CustomerID] = []
    }

    /// Overrides, or opens incidents, for those who differ.
    ///
    /// - Parameter lost: figures of those whom Alpine names no more: nobody who rose by one of them is overridden
    ///   upwards.
    func act(on comparing: Comparing, losing lost: Set<Int64>, at now: Instant) throws -> Done {
        try store.refresh(comparing.refreshed)
        var done = Done()
        guard isAllowed(comparing.settings.program) else { return done }
        for group in ComparisonGroup.allCases {
            let differing = comparing.differences.filter { $0.group == group }
            let merged = differing.filter { $0.override.distance > 0 && lost.contains($0.rise) }
            done.merged += merged.map(\.override.customer)
            let overrides = differing.filter { !merged.contains($0) }.map(\.override)
            let compared = comparing.comparedOf[group] ?? 0
            if Wave.holds(overrides: overrides.count, of: Int(compared)) {
                try open(group, overrides, compared: compared, at: now)
                done.members += overrides.count
            } else {
                try chunks(of: overrides) { done.posted.add(try post($0, cause: .run(run), at: now)) }
            }
        }
        return done
    }

    /// Carries out what somebody decided about incidents.
    func applyDecided(at now: () -> Instant) throws -> Int {
        var count = 0
        for incident in try store.incidentsToApply() {
            var cursor: CustomerID?
            while case let chunk = try store.overridesToApply(incident.id, after: cursor, limit: Self.chunkSize),
                let last = chunk.last
            {
                count += try post(chunk, cause: .incident(incident.id, by: incident.by), at: now()).corrected.count
                cursor = last.customer
            }
            try store.finishApplying(incident.id)
        }
        return count
    }

    private func isAllowed(_ program: ProgramSettings) -> Bool {
        parties.areOverridesEnabled && program.alpinePolicy == .override && !program.paused
    }

    private func open(
        _ group: ComparisonGroup, _ members: [PlannedOverride], compared: Int64, at now: Instant
    ) throws {
        try chunks(of: members) { chunk in
            let incident = try store.addToIncident(group, chunk, compared: compared, at: now)
            logger.warning(
                "many differ from Alpine at once",
                metadata: ["incident": "\(incident)", "customers": "\(chunk.count)", "run": "\(run)"])
        }
    }

    private func post(_ chunk: [PlannedOverride], cause: OverrideCause, at now: Instant) throws -> PostedOverrides {
        let posted = try store.override(chunk, cause: cause, at: now)
        for customer in posted.alerted {
            logger.warning(
                "Alpine's number was taken", metadata: ["customer": "\(customer)", "run": "\(run)"])
        }
        return posted
    }

    private func chunks(of overrides: [PlannedOverride], _ body: ([PlannedOverride]) throws -> Void) throws {
        for start in stride(from: 0, to: overrides.count, by: Self.chunkSize) {
            try body(Array(overrides[start..<min(start + Self.chunkSize, overrides.count)]))
        }
    }
}
