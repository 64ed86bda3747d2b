import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

extension SyncRun {
    /// Asks Alpine IQ for every figure, finds whose it is, and records how it compares with the ledger.
    mutating func compareWithAlpine() throws {
        guard let client = try parties.alpine(store) else {
            result.degraded = try store.customerCount()
            return
        }
        let settings = try store.settings()
        let recent = try store.recentMovements(since: now().advanced(bySeconds: -3_600 * settings.program.lagHours))
        var matcher = PersonaMatcher(store: store)
        var comparing = Comparing(settings: settings, recent: recent)
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
            let balances = try store.balances(of: chunk.map(\.customer))
            let standings = try comparing.standings(chunk, balances: balances)
            try store.record(standings, run: run.id)
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
}

/// Compares figures and counts what came out.
struct Comparing {
    let settings: Settings
    let recent: [CustomerID: RecentMovement]
    private(set) var compared: Int64 = 0
    private var within: Int64 = 0
    private var awaiting: Int64 = 0

    init(settings: Settings, recent: [CustomerID: RecentMovement]) {
        self.settings = settings
        self.recent = recent
    }

    mutating func standings(
        _ matches: [PersonaMatch], balances: [CustomerID: Int64]
    ) throws -> [AlpineStanding] {
        try matches.map { match in
            var standing = AlpineStanding(
                customer: match.customer, contactID: match.persona.contactID, figure: match.persona.figure,
                readAt: match.requestedAt, outcome: .notCompared)
            guard let alpine = match.persona.figure.points, let balance = balances[match.customer] else {
                return standing
            }
            compared += 1
            let moved = recent[match.customer]
            let comparison = AlpineComparison(
                calculated: balance, alpine: alpine, recentGain: moved?.gained ?? 0, recentLoss: moved?.lost ?? 0,
                thresholdPercent: settings.program.discrepancyPercent)
            standing.calculated = balance
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
            }
            return standing
        }
    }

    func count(into result: inout RunResult) {
        result.compared = compared
        result.within = within
        result.awaiting = awaiting
    }
}
