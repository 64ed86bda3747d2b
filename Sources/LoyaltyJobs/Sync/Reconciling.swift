import LoyaltyRules
import LoyaltyStore
import Logging

/// Takes Alpine's numbers where they differ too much, for whole runs and for single customers alike, and tells the log.
struct Reconciling {
    /// Customers a transaction.
    static let chunkSize = 100

    let store: TenantStore
    let run: RunID
    let isEnabled: Bool
    let logger: Logger
    let now: () -> Instant

    /// - Parameter progress: told after each chunk how many are done.
    /// - Returns: what was done.
    func take(
        _ differences: [AlpineDifference], progress: (Int64) throws -> Void = { _ in }
    ) throws -> [TakenNumber] {
        var taken: [TakenNumber] = []
        let lanes = [store, store.onAnotherConnection()]
        var rest = differences[...]
        while !rest.isEmpty {
            let chunks = lanes.map { lane in
                defer { rest = rest.dropFirst(Self.chunkSize) }
                return (lane, Array(rest.prefix(Self.chunkSize)))
            }
            let (run, isEnabled, moment) = (run, isEnabled, now())
            let numbers = try sideBySide(chunks.filter { !$0.1.isEmpty }) { lane, differences in
                try lane.takeAlpine(differences, run: run, isEnabled: isEnabled, at: moment)
            }
            for number in numbers.joined() {
                tellAlert(number)
                taken.append(number)
            }
            try progress(Int64(differences.count - rest.count))
        }
        return taken
    }

    private func tellAlert(_ number: TakenNumber) {
        guard number.isAlert else { return }
        logger.warning(
            "alpine's number differs",
            metadata: [
                "customer": "\(number.customer)", "points": "\(number.points)", "run": "\(run)",
                "outcome": "\(number.outcome.word)",
            ])
    }
}

extension TakenNumber.Outcome {
    fileprivate var word: String {
        switch self {
        case .taken: "taken"
        case .recorded(let reason): reason.rawValue
        }
    }
}

extension SyncRun {
    /// Decides what becomes of all that differs, once everybody was compared.
    mutating func reconcile(_ comparing: Comparing) throws {
        let lost = try store.lostMatches(besides: comparing.matched)
        let newlyLost = lost.filter(\.isNew).map(\.customer)
        try list(newlyLost, "Alpine IQ no longer has this customer. Our ledger counts.")
        let figures = LostFigures(lost.compactMap(\.points))
        for group in ComparisonGroup.allCases {
            guard let differences = comparing.found[group] else { continue }
            let wave = comparing.waves[group] ?? WaveCount()
            if wave.isWave {
                try leaveToTheAdmin(differences, group, wave)
            } else {
                try take(try holdingBack(differences, figures))
            }
        }
        let reconciled = comparing.newlyReconciled.sorted()
        for start in stride(from: 0, to: reconciled.count, by: 1_000) {
            try store.markReconciled(Array(reconciled[start..<min(start + 1_000, reconciled.count)]), at: now())
        }
        // Last: a run that is cut short misses them again.
        for start in stride(from: 0, to: newlyLost.count, by: 1_000) {
            let end = min(start + 1_000, newlyLost.count)
            try store.markLost(Array(newlyLost[start..<end]), run: run.id, at: now())
        }
    }

    /// Carries out what the admin decided about earlier incidents.
    mutating func carryOutDecisions() throws {
        var done: Int64 = 0
        while case let count = try store.postDecidedIncidents(limit: Reconciling.chunkSize, at: now()), count > 0 {
            done += Int64(count)
            try report("Taking Alpine’s numbers as decided", done: done, expected: nil)
        }
    }

    private mutating func take(_ differences: [AlpineDifference]) throws {
        let reconciling = Reconciling(
            store: store, run: run.id, isEnabled: parties.areOverridesEnabled, logger: logger, now: now)
        let taken = try reconciling.take(differences) { done in
            try report("Taking Alpine’s numbers", done: done, expected: Int64(differences.count))
        }
        result.overridden = (result.overridden ?? 0) + Int64(taken.count { $0.outcome == .taken })
    }

    private mutating func leaveToTheAdmin(
        _ differences: [AlpineDifference], _ group: ComparisonGroup, _ wave: WaveCount
    ) throws {
        let incident = try store.openIncident(
            group, run: run.id, compared: wave.compared, differences, at: now())
        result.leftToDecide = (result.leftToDecide ?? 0) + wave.over
        logger.warning(
            "many of alpine's numbers differ",
            metadata: [
                "incident": "\(incident)", "group": "\(group.rawValue)", "compared": "\(wave.compared)",
                "over": "\(wave.over)", "run": "\(run.id)",
            ])
    }

    /// Keeps back those that rose by what a lost member had.
    private mutating func holdingBack(
        _ differences: [AlpineDifference], _ figures: LostFigures
    ) throws -> [AlpineDifference] {
        guard !figures.isEmpty else { return differences }
        let rising = differences.filter { $0.points > 0 }.map(\.customer)
        var suspects: Set<CustomerID> = []
        for start in stride(from: 0, to: rising.count, by: 1_000) {
            let rises = try store.risesAtAlpine(of: Array(rising[start..<min(start + 1_000, rising.count)]))
            suspects.formUnion(rises.filter { figures.explain(riseOf: $0.value) }.keys)
        }
        try list(
            suspects.sorted(),
            "Alpine’s number rose by what another customer had there, whom Alpine IQ no longer has. It was not taken.")
        return differences.map { difference in
            guard suspects.contains(difference.customer) else { return difference }
            var barred = difference
            barred.bar = .lostMatch
            return barred
        }
    }

    /// Notes customers by their POS ids.
    private mutating func list(_ customers: [CustomerID], _ reason: String) throws {
        let names = try store.posIDs(of: Array(customers.prefix(RunResult.listMax)))
        for customer in customers { note(names[customer] ?? "\(customer)", reason) }
    }
}
