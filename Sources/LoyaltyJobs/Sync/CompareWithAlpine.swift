import Connectors
import Dispatch
import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore
import Synchronization

extension SyncRun {
    /// Asks Alpine IQ for every figure, finds whose it is, records how it compares with the ledger, and then takes what
    /// differs too much.
    mutating func compareWithAlpine() throws {
        guard let client = try parties.alpine(store) else {
            result.degraded = try store.customerCount()
            return
        }
        try carryOutDecisions()
        var matcher = try PersonaMatcher(store: store)
        var comparing = try Comparing(store: store, run: run.id, settings: try store.settings(), now: now)
        // A run that goes on after a stop asks Alpine from the beginning.
        result.discrepancies = []
        (result.overridden, result.leftToDecide) = (nil, nil)
        result.alpineReadAt = now()
        var isWhole = false
        do {
            var unreadable: [RunException] = []
            let asker = Asker("Alpine IQ", logger, run: run.id)
            var asked: AskedPersonas? = AskedPersonas(from: 0, of: client, by: asker, now: now)
            defer { asked?.end() }
            while let (page, requestedAt) = try asked?.answer() {
                // The next page is asked for while this one is compared.
                asked = page.nextStart.map { AskedPersonas(from: $0, of: client, by: asker, now: now) }
                unreadable += page.unreadable.map { RunException(subject: $0.id, reason: "Alpine IQ: \($0.reason)") }
                try record(try matcher.match(page.rows, requestedAt: requestedAt), &comparing)
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

/// A page of persons that is asked for on a thread of its own; one at a time, so that one request is in flight.
private final class AskedPersonas: Sendable {
    private let outcome = Mutex<Result<(page: PersonaPage, requestedAt: Instant), any Error>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    /// Begins to ask. `client` is the asking thread's until `answer` or `end`; nobody else may use it meanwhile.
    init(from start: Int, of client: AlpineClient, by asker: Asker, now: @escaping () -> Instant) {
        let lent = Lent((client: client, now: now))
        Thread.detachNewThread { [self] in
            // Before the request: what is compared with is of that moment.
            let requestedAt = lent.value.now()
            let answer = Result {
                (page: try asker.ask { try lent.value.client.personas(start: start) }, requestedAt: requestedAt)
            }
            outcome.withLock { $0 = answer }
            ended.signal()
        }
    }

    /// Waits for the answer.
    func answer() throws -> (page: PersonaPage, requestedAt: Instant)? {
        end()
        return try outcome.withLock { $0 }?.get()
    }

    /// Waits for the request that is under way, and gives the client back.
    func end() {
        ended.wait()
        ended.signal()
    }
}
