import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

extension SyncRun {
    /// Asks Alpine IQ for every figure, finds whose it is, records how it compares with the ledger, and then takes
    /// Alpine's numbers where the rules say so: all are compared before any is posted.
    mutating func compareWithAlpine() throws {
        guard let client = try parties.alpine(store) else {
            result.degraded = try store.customerCount()
            return
        }
        let settings = try store.settings()
        var matcher = PersonaMatcher(store: store)
        var comparing = try Comparing(store: store, settings: settings, now: now())
        // A run that goes on after a stop asks Alpine from the beginning.
        result.discrepancies = []
        result.alpineReadAt = now()
        do {
            var unreadable: [RunException] = []
            var start: Int? = 0
            while let from = start {
                let requestedAt = now()
                let page = try asking("Alpine IQ") { try client.personas(start: from) }
                unreadable += page.unreadable.map { RunException(subject: $0.id, reason: "Alpine IQ: \($0.reason)") }
                try record(try matcher.match(page.rows, requestedAt: requestedAt), &comparing)
                start = page.nextStart
                try report("Asking Alpine IQ", done: comparing.compared, expected: nil)
            }
            try record(try matcher.matchTheRest(), &comparing)
            for row in unreadable { note(row.subject, row.reason) }
            for contact in matcher.ambiguous {
                note(
                    contact,
                    "Alpine IQ: several customers or persons share the id, phone or e-mail, so this one was left out.")
            }
            try act(on: comparing, losing: try lostMatches(unlessIn: matcher.matched))
        } catch let failure as SourceFailure {
            result.alpineProblem = failure.description
            logger.warning("alpine lost", metadata: ["run": "\(run.id)", "cause": "\(failure.debugDescription)"])
        }
        // Also of what was compared before Alpine was lost: it is kept.
        comparing.count(into: &result)
        result.degraded = max(0, try store.customerCount() - comparing.compared)
    }

    private mutating func record(_ matches: [PersonaMatch], _ comparing: inout Comparing) throws {
        for start in stride(from: 0, to: matches.count, by: 500) {
            let chunk = Array(matches[start..<min(start + 500, matches.count)])
            let standings = try comparing.standings(chunk)
            try store.record(standings, run: run.id, resumedAt: comparing.resumedAt)
            try listDiscrepancies(standings)
        }
    }

    private mutating func listDiscrepancies(_ standings: [AlpineStanding]) throws {
        let room = RunResult.listMax - result.discrepancies.count
        let found = standings.filter { $0.outcome == .discrepancy }.prefix(max(0, room))
        guard !found.isEmpty else { return }
        let names = try store.posIDs(of: found.map(\.customer))
        for standing in found {
            result.discrepancies.append(
                .init(
                    customerId: names[standing.customer] ?? "\(standing.customer)",
                    calculated: standing.calculated ?? 0, alpine: standing.figure.points ?? 0,
                    difference: standing.difference ?? 0))
        }
    }

    /// Members who had a known figure and are with nobody of Alpine's any more. rules.md, "lost match".
    private mutating func lostMatches(unlessIn matched: Set<CustomerID>) throws -> Set<Int64> {
        let lost = try store.knownStandings(unlessIn: matched)
        for standing in lost {
            let name = try store.posIDs(of: [standing.customer])[standing.customer] ?? "\(standing.customer)"
            note(
                name,
                "Alpine IQ names nobody for this customer any more, who had \(standing.figure.points ?? 0) points there. "
                    + "Our number stays.")
        }
        let gone = lost.map { standing in
            AlpineStanding(
                customer: standing.customer, contactID: standing.contactID, figure: .unknown, readAt: now(),
                outcome: .notCompared)
        }
        for start in stride(from: 0, to: gone.count, by: 500) {
            try store.record(Array(gone[start..<min(start + 500, gone.count)]), run: run.id)
        }
        return Set(lost.compactMap(\.figure.points).filter { $0 > 0 })
    }

    private mutating func act(on comparing: Comparing, losing lost: Set<Int64>) throws {
        let reconciling = Reconciling(store: store, run: run.id, parties: parties, logger: logger)
        let done = try reconciling.act(on: comparing, losing: lost, at: now())
        result.overridden += Int64(done.posted.corrected.count)
        for customer in done.merged + done.posted.waiting {
            let name = try store.posIDs(of: [customer])[customer] ?? "\(customer)"
            let words =
                done.merged.contains(customer)
                ? "Alpine IQ shows here what another person lost at the same time; perhaps the two were merged. "
                    + "Our number stays."
                : "Alpine’s number is lower than what is reserved for open rewards. It is taken once they have ended."
            note(name, words)
        }
        if done.members > 0 {
            note(
                nil,
                "Alpine IQ differs for \(done.members) customers at once. Nothing was changed: decide under Reconciliation.")
        }
    }
}

/// Compares figures, counts what came out, and keeps who would have to take Alpine's number.
struct Comparing {
    let store: TenantStore
    let settings: Settings
    let resumedAt: Instant?
    private let recent: [CustomerID: RecentMovement]
    private let undecided: [CustomerID: IncidentID]
    private(set) var compared: Int64 = 0
    private(set) var comparedOf: [ComparisonGroup: Int64] = [:]
    private(set) var differences: [Difference] = []
    /// Members of open incidents with the figures of now.
    private(set) var refreshed: [(incident: IncidentID, override: PlannedOverride)] = []
    private var within: Int64 = 0
    private var awaiting: Int64 = 0

    /// A customer who would have to take Alpine's number.
    struct Difference: Equatable {
        let override: PlannedOverride
        let group: ComparisonGroup
        /// By how much Alpine's figure has risen since the last reading.
        let rise: Int64
    }

    init(store: TenantStore, settings: Settings, now: Instant) throws {
        self.store = store
        self.settings = settings
        resumedAt = try store.settingsHistory(asOf: now).resumedAt
        recent = try store.recentMovements(since: now.advanced(bySeconds: -3_600 * settings.program.lagHours))
        undecided = try store.openIncidentMembers()
    }

    mutating func standings(_ matches: [PersonaMatch]) throws -> [AlpineStanding] {
        let kept = try store.keptStandings(of: matches.map(\.customer))
        var figures: [CustomerID: OurFigures] = [:]
        for (moment, asked) in Dictionary(grouping: matches, by: \.requestedAt) {
            figures.merge(try store.figures(of: asked.map(\.customer), at: moment)) { first, _ in first }
        }
        return try matches.map { try standing($0, kept: kept[$0.customer], ours: figures[$0.customer]) }
    }

    private mutating func standing(
        _ match: PersonaMatch, kept: KeptStanding?, ours: OurFigures?
    ) throws -> AlpineStanding {
        let customer = match.customer
        var standing = AlpineStanding(
            customer: customer, contactID: match.persona.contactID, figure: match.persona.figure,
            readAt: match.requestedAt, outcome: .notCompared)
        guard let alpine = match.persona.figure.points, let ours, !ours.pending.isUnsettled else { return standing }
        if let rejected = kept?.rejectedPoints, rejected == alpine { return standing }
        let group = ComparisonGroup(reconciledAt: kept?.reconciledAt, resumedAt: resumedAt)
        compared += 1
        comparedOf[group, default: 0] += 1
        let comparison = AlpineComparison(
            calculated: ours.balance, alpine: alpine, pending: ours.pending.pending,
            recentGain: try addingExactly(recent[customer]?.gained ?? 0, ours.pending.recentGain),
            recentLoss: try addingExactly(recent[customer]?.lost ?? 0, ours.pending.recentLoss),
            thresholdPercent: settings.program.discrepancyPercent)
        standing.calculated = ours.balance
        standing.pending = ours.pending.pending
        var override = PlannedOverride(
            customer: customer, distance: 0, calculated: ours.balance, alpine: alpine, pending: ours.pending.pending,
            requestedAt: match.requestedAt)
        switch try comparison.outcome() {
        case .within(let difference):
            within += 1
            standing.outcome = .within
            standing.difference = difference
        case .awaiting(let difference):
            awaiting += 1
            standing.outcome = .awaiting
            standing.difference = difference
        case .discrepancy(let difference):
            standing.outcome = .discrepancy
            standing.difference = difference
            override.distance = difference
        }
        if let incident = undecided[customer] {
            refreshed.append((incident, override))
        } else if standing.outcome == .discrepancy {
            let rise = try subtractingExactly(alpine, kept?.standing.figure.points ?? 0)
            differences.append(Difference(override: override, group: group, rise: rise))
        }
        return standing
    }

    func count(into result: inout RunResult) {
        result.compared = compared
        result.within = within
        result.awaiting = awaiting
    }
}
