import Connectors
import LoyaltyRules
import LoyaltyStore

/// Compares figures, records where customers stand, and keeps what differs: all are compared before any is posted.
/// rules.md, "Comparison".
struct Comparing {
    private let lanes: [TenantStore]
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
    /// Fewer are compared at once: a second transaction costs more than it spares.
    private static let countWorthDividing = 200

    init(store: TenantStore, run: RunID, settings: Settings, now: @escaping () -> Instant) throws {
        lanes = [store, store.onAnotherConnection()]
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
        let half = chunk.count < Self.countWorthDividing ? chunk.count : chunk.count / 2
        let (percent, lag) = (settings.program.discrepancyPercent, 3_600 * settings.program.lagHours)
        // Half of them on a connection of its own: while the database works on one half, the other is prepared.
        let parts = [chunk[..<half], chunk[half...]].filter { !$0.isEmpty }
        let inputs = try sideBySide(Array(zip(lanes, parts))) { store, part in
            try Compared(Array(part), at: moment, thresholdPercent: percent, lagSeconds: lag, in: store)
        }
        var standings: [AlpineStanding] = []
        let noted = try zip(lanes, inputs).map { store, part in
            var round = Round(inputs: part.inputs)
            let ownStandings = try zip(part.matches, part.comparisons).map { match, comparison in
                try note(match, comparison, in: &round)
            }
            standings += ownStandings
            return (store, round, ownStandings)
        }
        let run = run
        try sideBySide(noted) { store, round, standings in
            // Mostly nothing is new of anybody, and then nothing is locked either.
            let news = standings.filter(round.inputs.isNews)
            if !news.isEmpty { try store.record(news, run: run) }
        }
        // One after the other: who agrees last closes the incident, and has to see the others.
        for (_, round, _) in noted {
            try lanes[0].keep(round.changes, at: now())
            try lanes[0].clearUntaken(of: round.agreeing.filter(round.inputs.withUntaken.contains))
        }
        return standings
    }

    /// What is compared of some persons.
    private struct Compared {
        let matches: [PersonaMatch]
        let inputs: ComparisonInputs
        var comparisons: [AlpineComparison?]

        init(
            _ matches: [PersonaMatch], at moment: Instant, thresholdPercent: Int64, lagSeconds: Int64,
            in store: TenantStore
        ) throws {
            self.matches = matches
            inputs = try store.comparisonInputs(of: matches.map(\.customer), at: moment)
            comparisons = matches.map { [inputs] in inputs.comparison(of: $0, thresholdPercent: thresholdPercent) }
            let far = try zip(matches, comparisons).filter { try $1?.outcome().isOver ?? false }.map(\.0.customer)
            let moved = try store.recentMovements(
                of: far, since: moment.advanced(bySeconds: -lagSeconds), until: moment)
            for index in comparisons.indices {
                guard let movement = moved[matches[index].customer] else { continue }
                try comparisons[index]?.add(movement)
            }
        }
    }

    /// What one part's comparisons say beside the standings.
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
