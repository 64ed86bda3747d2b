import LoyaltyRules
import LoyaltyStore

/// Tiers and segments of all customers anew, as of a moment. rules.md, "Tiers": it can run any number of times.
///
/// Its end is that of posting everybody, but the orders are read only of those for whom the rule, asked with what is
/// kept of them, gives something else than is kept, or whose kept spend the days since may have changed.
public struct Recalculation {
    /// Customers looked at together.
    static let chunkSize = 5_000

    private let store: TenantStore
    private let now: Instant
    private let present: () -> Instant

    /// - Parameter now: the moment that decides which day it is.
    public init(store: TenantStore, asOf now: Instant) { self.init(store: store, asOf: now, present: Instant.now) }

    /// - Parameter present: the clock of everybody else who posts.
    init(store: TenantStore, asOf now: Instant, present: @escaping () -> Instant) {
        self.store = store
        self.now = now
        self.present = present
    }

    /// Runs over all customers in chunks that commit whole.
    ///
    /// - Returns: how many customers were looked at.
    @discardableResult
    public func perform(progress: (Int64) throws -> Void = { _ in }) throws -> Int64 {
        let token = RunID.make()
        let calendar = try store.settings().business.calendar
        let (asOf, began) = (calendar.day(of: now), calendar.day(of: present()))
        let span = try store.beginStandings(asOf, began, token: token)
        // Read after that: a save in between has taken the token away, and its own run follows.
        let settings = try store.settings()
        let moved = try span.map { try customersMoved(in: $0, settings) }
        let posting = PostDue(store: store, cause: PostingCause(), now: { now })
        var cursor: CustomerID?
        var count: Int64 = 0
        while case let chunk = try store.standings(after: cursor, limit: Self.chunkSize), let last = chunk.last {
            let chosen = chunk.filter { customer in
                guard let moved else { return true }
                return moved.contains(customer.id) || isDifferent(customer, settings, today: asOf)
            }
            try posting.postAll(chosen.map(\.id)) { try progress(count) }
            count += Int64(chunk.count)
            cursor = last.id
            try progress(count)
        }
        try store.endStandings(StandingsSpan(from: min(asOf, began), until: max(asOf, began)), token: token)
        return count
    }

    /// Whether a posting would change something: tier or segment, or what waits to be posted.
    private func isDifferent(_ customer: StandingSummary, _ settings: Settings, today: Day) -> Bool {
        customer.isDue
            || customer.standing.reclassified(under: settings, pin: customer.pin, today: today) != customer.standing
    }

    /// For whom what is kept is not enough: those with a sale that has left the window, or entered it, between these
    /// days; and those of whose sale Alpine IQ is to be told by now.
    private func customersMoved(in span: StandingsSpan, _ settings: Settings) throws -> Set<CustomerID> {
        let calendar = settings.business.calendar
        let tellable = { (instant: Instant) in instant.advanced(bySeconds: -PostedOrder.apiBaseDelaySeconds) }
        var moved = try store.customersToTell(from: tellable(calendar.start(of: span.from)), through: tellable(now))
        let window = settings.tiers.qualifyingWindow
        if let first = window.firstDay(asOf: span.from), let last = window.firstDay(asOf: span.until), first < last {
            moved.formUnion(
                try store.customers(buyingFrom: calendar.start(of: first), until: calendar.start(of: last)))
        }
        return moved
    }
}
