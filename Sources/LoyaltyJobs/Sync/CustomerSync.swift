import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

/// The run of one customer: reads orders again that webhooks named, posts what is due of stored orders, asks Alpine IQ
/// for one persona, compares, takes Alpine's number as a whole run does. Never walks a list. rules.md, "Sync".
public struct CustomerSync {
    private let store: TenantStore
    private let run: ClaimedRun
    private let parties: ThirdParties
    private let logger: Logger
    private let now: () -> Instant

    /// Makes a run.
    public init(
        _ run: ClaimedRun, store: TenantStore, parties: ThirdParties, logger: Logger,
        now: @escaping () -> Instant = Instant.now
    ) {
        self.run = run
        self.store = store.held(by: run)
        self.parties = parties
        self.logger = logger
        self.now = now
    }

    /// Runs to the end and records it.
    public func perform() throws -> RunState {
        var result = RunResult()
        let posID = run.posCustomerID ?? ""
        guard let customer = try store.customers(.alleaves, outsideIDs: [posID])[posID] else {
            try store.finish(
                run, state: .failed, result: result, exceptions: [], error: "The customer is not known.", watermark: nil
            )
            return .failed
        }
        let posting = PostDue(store: store, cause: PostingCause(run: run.id), now: now)
        var exceptions: [RunException] = []
        do {
            try readAgain(customer, posID: posID, posting, &exceptions)
        } catch let failure as SourceFailure {
            result.alleavesProblem = failure.description
        }
        try posting.post([customer])
        result.totalProcessed = 1
        result.errors = posting.failures
        result.failed = Int64(posting.failures.count)
        result.successful = 1 - result.failed
        do {
            try compare(customer, posID: posID, &result)
        } catch {
            guard let failure = SourceFailure(error, source: "Alpine IQ") else { throw error }
            result.alpineProblem = failure.description
            result.degraded = 1
        }
        let isWhole = result.alpineProblem == nil && result.alleavesProblem == nil
        let state: RunState = isWhole ? .succeeded : .degraded
        result.exceptionCount = Int64(exceptions.count)
        result.duration = max(0, (now().microsecondsSince1970 - run.startedAt.microsecondsSince1970) / 1_000)
        try store.finish(run, state: state, result: result, exceptions: exceptions, error: nil, watermark: nil)
        return state
    }

    /// Orders of this customer that webhooks named; an order that turns out to be somebody else's is posted there.
    private func readAgain(
        _ customer: CustomerID, posID: String, _ posting: PostDue, _ exceptions: inout [RunException]
    ) throws {
        let marked = try store.orderRereads(of: customer, posCustomerID: posID, limit: Self.rereadsMax)
        guard !marked.isEmpty, let client = try parties.alleaves(store) else { return }
        var rereads = RereadOrders(store: store, client: client, now: now)
        defer { exceptions += rereads.exceptions }
        for reread in marked {
            try rereads.read(reread) { ask in
                // Once: somebody waits.
                do { return try ask() } catch { throw SourceFailure(error, source: "Alleaves") ?? error }
            }
        }
        try posting.post(orders: rereads.read)
    }

    /// Somebody waits for this run: the rest is for the next whole one.
    private static let rereadsMax = 20

    private func compare(_ customer: CustomerID, posID: String, _ result: inout RunResult) throws {
        // While a run is taking new sales in, Alpine may know of some that are not posted yet: its number is not compared.
        let isTakingIn = try !store.runsWithIncoming().isEmpty
        guard !isTakingIn, let client = try parties.alpine(store) else {
            result.degraded = 1
            return
        }
        let requestedAt = now()
        result.alpineReadAt = requestedAt
        guard let persona = try persona(of: customer, posID: posID, client: client) else {
            result.degraded = 1
            return
        }
        var comparing = try Comparing(store: store, run: run.id, settings: try store.settings(), now: now)
        _ = try comparing.compare([PersonaMatch(customer: customer, persona: persona, requestedAt: requestedAt)])
        let reconciling = Reconciling(
            store: store, run: run.id, isEnabled: parties.areOverridesEnabled, logger: logger, now: now)
        let taken = try reconciling.take(comparing.found.values.flatMap { $0 })
        try store.markReconciled(comparing.newlyReconciled, at: now())
        result.overridden = Int64(taken.count { $0.outcome == .taken })
        comparing.count(into: &result)
        result.degraded = 1 - result.compared
    }

    /// By the id under which Alpine knew the customer last, else by the POS id, for personas merge and ids vanish.
    private func persona(of customer: CustomerID, posID: String, client: AlpineClient) throws -> Persona? {
        if let known = try store.alpineStandings(of: [customer])[customer],
            let persona = try client.persona(contactID: known.contactID)
        {
            return persona
        }
        let found = try client.search(.srcID(posID)).filter { $0.alleavesCustomerID == posID }
        return found.count == 1 ? found[0] : nil
    }
}
