import Connectors
import Logging
import LoyaltyRules
import LoyaltyStore

extension SyncRun {
    /// Asks Alpine IQ for every figure, finds whose it is, records how it compares with the ledger, and then takes what
    /// differs too much.
    mutating func compareWithAlpine() throws {
        guard let client = try parties.alpine(store) else {
            result.degraded = try store.customerCount()
            return
        }
        try carryOutDecisions()
        let matcher = try PersonaMatcher(store.onAnotherConnection())
        var comparing = try Comparing(store: store, run: run.id, settings: try store.settings(), now: now)
        // A run that goes on after a stop asks Alpine from the beginning.
        result.discrepancies = []
        (result.overridden, result.leftToDecide) = (nil, nil)
        result.alpineReadAt = now()
        var isWhole = false
        do {
            var unreadable: [RunException] = []
            let asker = Asker("Alpine IQ", logger, run: run.id)
            var asked: Ahead? = asking(client, from: 0, by: asker, matcher)
            defer { asked?.end() }
            while let (page, matches) = try asked?.value() {
                // The next page is asked for while this one is compared.
                asked = page.nextStart.map { asking(client, from: $0, by: asker, matcher) }
                unreadable += page.unreadable.map { RunException(subject: $0.id, reason: "Alpine IQ: \($0.reason)") }
                try record(matches, &comparing)
                try report("Asking Alpine IQ", done: comparing.compared, expected: nil)
            }
            try record(try matcher.matchTheRest(), &comparing)
            for row in unreadable { note(row.subject, row.reason) }
            for contact in matcher.ambiguous {
                note(
                    contact,
                    "Alpine IQ: several customers or persons share the id, phone or e-mail, so this one was left out.")
            }
            isWhole = true
        } catch let failure as SourceFailure {
            result.alpineProblem = failure.description
            logger.warning("alpine lost", metadata: ["run": "\(run.id)", "cause": "\(failure.debugDescription)"])
        }
        // Who was not asked about may be part of a wave, or have lost what another one gained.
        if isWhole { try reconcile(comparing) }
        // Also of what was compared before Alpine was lost: it is kept.
        comparing.count(into: &result)
        result.degraded = max(0, try store.customerCount() - comparing.compared)
    }

    /// Begins to ask for a page, and to find whose figures it has; one at a time, so that one request is in flight.
    private func asking(
        _ client: AlpineClient, from start: Int, by asker: Asker, _ matcher: PersonaMatcher
    ) -> Ahead<(page: PersonaPage, matches: [PersonaMatch])> {
        Ahead { [now] in
            // Before the request: what is compared with is of that moment.
            let requestedAt = now()
            let page = try asker.ask { try client.personas(start: start) }
            return (page, try matcher.match(page.rows, requestedAt: requestedAt))
        }
    }

    private mutating func record(_ matches: [PersonaMatch], _ comparing: inout Comparing) throws {
        try listDiscrepancies(try comparing.compare(matches))
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
