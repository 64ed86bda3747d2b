import Connectors
import Logging
import LoyaltyRules
import LoyaltyStore

/// Carries rewards to the point of sale: takes discounts out of the outbox, marks each before anything is sent, and
/// keeps what became of it.
///
/// Belongs to one thread; any number of workers may run.
final class DiscountCarrier {
    private let store: Store
    private let parties: ThirdParties
    private let isEnabled: Bool
    private let logger: Logger
    private let time: () throws -> Instant

    /// Discounts of a tenant at a time, so that each tenant has its turn.
    private static let batch = 20

    /// - Parameters:
    ///   - isEnabled: the switch of the installation; off, discounts stay queued.
    ///   - time: the database's clock, by which all workers go.
    init(
        store: Store, parties: ThirdParties, isEnabled: Bool, logger: Logger, time: (() throws -> Instant)? = nil
    ) {
        self.store = store
        self.parties = parties
        self.isEnabled = isEnabled
        self.logger = logger
        self.time = time ?? { try store.databaseTime() }
    }

    /// Goes through all tenants once.
    ///
    /// - Returns: how many discounts were dealt with.
    /// - Throws: `Stopped` when the process ends, and outages of the database.
    func tick() throws -> Int {
        guard isEnabled else { return 0 }
        return try TenantRound(store: store, parties: parties, logger: logger, what: "discounts").perform(work)
    }

    private func work(_ tenant: TenantStore) throws -> Int {
        let due = try tenant.discountsDue(at: time(), limit: Self.batch)
        guard !due.isEmpty, try tenant.settings().program.outboundEnabled,
            let client = try parties.alleaves(tenant, attemptsMax: 1)
        else { return 0 }
        var done = 0
        for id in due {
            if parties.isStopping { throw Stopped() }
            guard let discount = try tenant.claimDiscount(id, at: time()) else { continue }
            done += 1
            // Each row's own backoff waits for a point of sale that does not answer; this client is not used again.
            if try !deal(with: discount, tenant, client) { return done }
        }
        return done
    }

    /// - Returns: whether the point of sale is worth asking on.
    private func deal(with discount: ClaimedDiscount, _ tenant: TenantStore, _ client: AlleavesClient) throws -> Bool {
        let delivery = DiscountDelivery(
            discount: discount, client: client, time: time, keep: { try tenant.keep($0, of: discount) })
        var word = ""
        let failure = try delivery.outcome { outcome in
            word = outcome.word
            try tenant.record(outcome, of: discount, at: time())
        }
        logger.log(
            level: failure == nil ? .debug : .warning, "discount",
            metadata: [
                "redemption": "\(discount.redemption)", "attempt": "\(discount.attempt)", "outcome": "\(word)",
                "cause": "\(failure.map { $0.debugDescription } ?? "")",
            ])
        return failure.map { !$0.concernsTheSource } ?? true
    }
}

extension DiscountOutcome {
    /// For the log.
    fileprivate var word: String {
        switch self {
        case .done: "done"
        case .again: "again"
        case .unclear: "unclear"
        case .refused: "refused"
        }
    }
}
