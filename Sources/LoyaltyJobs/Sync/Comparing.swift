import Connectors
import LoyaltyRules
import LoyaltyStore

/// Compares figures, records where customers stand, and keeps what differs: all are compared before any is posted.
/// rules.md, "Comparison".
struct Comparing {
    private let store: TenantStore
    private let run: RunID
    private let settings: Settings
    private let resumedAt: Instant?
    private let now: () -> Instant

    private(set) var compared: Int64 = 0
    private var within: Int64 = 0
    private var awaiting: Int64 = 0
    /// Everybody who has a person at Alpine.
    private(set) var matched: Set<CustomerID> = []
    /// What differs, without those whom an incident concerned before this run.
    private(set) var found: [ComparisonGroup: [AlpineDifference]] = [:]
    /// How much of each group differs.
    private(set) var waves: [ComparisonGroup: WaveCount] = [:]
    /// Customers whose first comparison agrees.
    private(set) var newlyReconciled: [CustomerID] = []

    /// As many as a page of persons has.
    private static let chunkSize = 1_000

    init(store: TenantStore, run: RunID, settings: Settings, now: @escaping () -> Instant) throws {
        self.store = store
        self.run = run
        self.settings = settings
        self.now = now
        resumedAt = try store.settingsHistory(asOf: now()).lastResumedAt
    }

    /// Compares and records.
    mutating func compare(_ matches: [PersonaMatch]) throws -> [AlpineStanding] {
        var standings: [AlpineStanding] = []
        for (moment, group) in Dictionary(grouping: matches, by: \.requestedAt).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: group.count, by: Self.chunkSize) {
                let chunk = Array(group[start..<min(start + Self.chunkSize, group.count)])
                standings += try compare(chunk, at: moment)
            }
        }
        return standings
    }

    private mutating func compare(_ chunk: [PersonaMatch], at moment: Instant) throws -> [AlpineStanding] {
        matched.formUnion(chunk.map(\.customer))
        let inputs = try store.comparisonInputs(of: chunk.map(\.customer), at: moment)
        var comparisons = chunk.map { inputs.comparison(of: $0, thresholdPercent: settings.program.discrepancyPercent) }
        let far = try zip(chunk, comparisons).filter { try $1?.outcome().isOver ?? false }.map(\.0.customer)
        let moved = try store.recentMovements(
            of: far, since: moment.advanced(bySeconds: -3_600 * settings.program.lagHours), until: moment)
        for index in comparisons.indices {
            guard let movement = moved[chunk[index].customer] else { continue }
            try comparisons[index]?.add(movement)
        }
        var round = Round(inputs: inputs)
        let standings = try zip(chunk, comparisons).map { match, comparison in
            try note(match, comparison, in: &round)
        }
        // Mostly nothing is new of anybody, and then nothing is locked either.
        let news = standings.filter(inputs.isNews)
        if !news.isEmpty { try store.record(news, run: run) }
        try store.keep(round.changes, at: now())
        try store.clearUntaken(of: round.agreeing.filter(inputs.withUntaken.contains))
        return standings
    }

    /// What one chunk's comparisons say beside the standings.
    private struct Round {
        let inputs: ComparisonInputs
        var changes = MemberChanges()
        var agreeing: [CustomerID] = []
    }

    private mutating func note(
        _ match: PersonaMatch, _ comparison: AlpineComparison?, in round: inout Round
    ) throws -> AlpineStanding {
        var standing = AlpineStanding(
            customer: match.customer, contactID: match.persona.contactID, figure: match.persona.figure,
            readAt: match.requestedAt, outcome: .notCompared)
        guard let comparison else { return standing }
        compared += 1
        standing.calculated = comparison.calculated
        var member = round.inputs.members[match.customer]
        if member?.state == .rejected {
            // Alpine names another number now, else there would be no comparison.
            round.changes.changed.append(match.customer)
            member = nil
        }
        let group = ComparisonGroup(
            reconciledAt: round.inputs.reconciledAt(match.customer), resumedAt: resumedAt)
        switch try comparison.outcome() {
        case .within(let difference):
            within += 1
            (standing.outcome, standing.difference) = (.within, difference)
            waves[group, default: WaveCount()].compared += 1
            if group == .first { newlyReconciled.append(match.customer) }
            if member?.state == .open { round.changes.agreed.append(match.customer) }
            round.agreeing.append(match.customer)
        case .awaiting(let difference):
            awaiting += 1
            (standing.outcome, standing.difference) = (.awaiting, difference)
            waves[group, default: WaveCount()].compared += 1
        case .discrepancy(let difference):
            (standing.outcome, standing.difference) = (.discrepancy, difference)
            note(
                AlpineDifference(
                    customer: match.customer, requestedAt: match.requestedAt, calculated: comparison.calculated,
                    alpine: comparison.alpine, pending: comparison.pending, points: difference),
                of: member, group, in: &round)
        }
        return standing
    }

    private mutating func note(
        _ difference: AlpineDifference, of member: IncidentMember?, _ group: ComparisonGroup, in round: inout Round
    ) {
        if let member, member.state == .open, !difference.hasSameFigures(as: member.difference) {
            round.changes.refreshed.append(difference)
        }
        // Those who were members before this run are no part of what happened since.
        if let member, member.joinedRun != run { return }
        waves[group, default: WaveCount()].compared += 1
        waves[group, default: WaveCount()].over += 1
        if member == nil { found[group, default: []].append(difference) }
    }

    func count(into result: inout RunResult) {
        result.compared = compared
        result.within = within
        result.awaiting = awaiting
    }
}

extension ComparisonInputs {
    /// The two numbers of a customer; nil when they are not compared: Alpine names none, a push is unsettled, or the
    /// admin rejected this very number.
    fileprivate func comparison(of match: PersonaMatch, thresholdPercent: Int64) -> AlpineComparison? {
        guard let alpine = match.persona.figure.points, let balance = balances[match.customer] else { return nil }
        let waiting = pending[match.customer] ?? PendingAtAlpine()
        if waiting.isUnsettled { return nil }
        if let member = members[match.customer], member.state == .rejected, member.difference.alpine == alpine {
            return nil
        }
        return AlpineComparison(
            calculated: balance, alpine: alpine, pending: waiting.pending, recentGain: waiting.recentGain,
            recentLoss: waiting.recentLoss, thresholdPercent: thresholdPercent)
    }
}

extension AlpineComparison {
    fileprivate mutating func add(_ movement: RecentMovement) throws {
        recentGain = try addingExactly(recentGain, movement.gained)
        recentLoss = try addingExactly(recentLoss, movement.lost)
    }
}

extension AlpineComparison.Outcome {
    fileprivate var isOver: Bool { if case .discrepancy = self { true } else { false } }
}

extension AlpineDifference {
    fileprivate func hasSameFigures(as other: AlpineDifference) -> Bool {
        (calculated, alpine, pending, points) == (other.calculated, other.alpine, other.pending, other.points)
    }
}
