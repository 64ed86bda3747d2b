import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport

/// The facts of a history, completed by the threads that make it happen.
private final class HistoryRecord: Sendable {
    private let facts: Mutex<HistoryFacts>

    init(_ facts: HistoryFacts) { self.facts = Mutex(facts) }

    var told: HistoryFacts { facts.withLock { $0 } }

    func note(_ body: @Sendable (inout HistoryFacts) -> Void) { facts.withLock { body(&$0) } }
}

extension RandomHistory {
    private typealias Actor = @Sendable () throws -> Void

    /// Delivers all of it from several threads, while points are spent and given by hand, somebody becomes a member, and
    /// the owner saves settings and sells. Returns what has happened in the end.
    mutating func arrive(in store: TestStore) throws -> HistoryFacts {
        let record = HistoryRecord(facts)
        // Half of the shops have only webhooks, which must do without a last word.
        let readings = seed.isMultiple(of: 2) ? readings() : []
        var actors = deliveries(threads: 3).map { webhooks($0, to: store.door) }
        actors.append(feed(readings.dropLast(), to: store.door))
        actors.append(operations(in: store.door, record))
        actors.append(owner(in: store.door, record))
        try inParallel(actors)
        try store.importCustomers("late")
        if let last = readings.last { try store.tenant.store(last) }
        try store.tenant.bringUpToDate()
        var told = record.told
        for customer in told.members {
            guard told.merged[customer] == nil else { continue }
            told.redemptions[customer] = try store.tenant.redemptions(of: store.customer(customer), limit: 100)
        }
        if hasMerges { told.redeemed = try store.redeemed(by: told.members, merged: told.merged) }
        told.firstPostingAt = try store.firstPostingAt()
        return told
    }

    private func webhooks(_ revisions: [OrderRevision], to door: TestStore.Door) -> Actor {
        {
            let tenant = door.open()
            for revision in revisions {
                try tenant.store([revision], ignoresOlder: true)
                if revision.total.rawValue.isMultiple(of: 4) { try tenant.bringUpToDate() }
            }
            try tenant.bringUpToDate()
        }
    }

    private func feed(_ readings: some Collection<[OrderRevision]> & Sendable, to door: TestStore.Door) -> Actor {
        {
            let tenant = door.open()
            for reading in readings {
                let customers = Self.customers.map {
                    CustomerProfile(posID: $0, firstName: "Ada", lastName: "Number \($0)")
                }
                _ = try tenant.importCustomers(customers, settings: try tenant.settings(), at: .now())
                try tenant.takeIn(reading)
                try tenant.bringUpToDate()
            }
        }
    }

    private func operations(in door: TestStore.Door, _ record: HistoryRecord) -> Actor {
        let (seed, hasMerges) = (seed, hasMerges)
        return {
            let tenant = door.open()
            var random = SeededRandom(seed &+ 1)
            let redeemed = HistoryOperation.Redeemed()
            let people = HistoryOperation.People()
            let possible = HistoryOperation.all + (hasMerges ? HistoryOperation.merges + HistoryOperation.merges : [])
            for number in 1...(hasMerges ? 40 : 20) {
                let ask = HistoryOperation.Ask(
                    tenant: tenant, customer: Self.customers.randomElement(using: &random) ?? "1",
                    points: .random(in: 1...150, using: &random), key: "test:\(number)", redeemed: redeemed,
                    people: people)
                let operation = possible.randomElement(using: &random)
                let moved = try operation?.perform(ask) ?? [:]
                record.note { facts in facts.moved.merge(moved) { $0 + $1 } }
            }
            // Half of them stay merged.
            for name in people.merged.keys.sorted() where seed.isMultiple(of: 2) {
                try people.unmerge(name, at: tenant)
            }
            let merged = people.merged.mapValues(\.survivor)
            record.note { facts in facts.merged = merged }
        }
    }

    /// Sells at once under what was just saved.
    private func owner(in door: TestStore.Door, _ record: HistoryRecord) -> Actor {
        let seed = seed
        return {
            let tenant = door.open()
            var random = SeededRandom(seed &+ 2)
            for number in 1...3 {
                let version = try tenant.changeSettings(&random)
                let sale = OrderRevision.sale(
                    "live \(number)", of: ["1", "2", "3"].randomElement(using: &random),
                    Cents(rawValue: .random(in: 0...20_000, using: &random)), tax: 0, updatedAt: .now())
                record.note { facts in
                    facts.versions.append(version)
                    facts.revisions.append(sale)
                }
                try tenant.store([sale], ignoresOlder: true)
                try tenant.bringUpToDate()
            }
        }
    }
}

extension TenantStore {
    /// As each webhook and each sync does.
    fileprivate func bringUpToDate() throws {
        try reverseUndone(at: .now())
        try postDue()
    }

    /// As a sync takes a reading in: new sales last, and those that somebody else stored meanwhile the longer way.
    fileprivate func takeIn(_ reading: [OrderRevision]) throws {
        let kept = try transaction { tx in
            try tx.store(
                reading, ignoresOlder: false, setsAside: true, isFirst: reading.count.isMultiple(of: 2), at: .now())
        }.setAside
        try reverseUndone(at: .now())
        let (owned, unclaimed) = try grouped(kept.map(\.revision))
        var changed = unclaimed
        for (customer, orders) in owned {
            do {
                let history = try settingsHistory(asOf: .now())
                _ = try takeIn([customer: orders], under: history, cause: PostingCause(), at: .now())
            } catch is ChangedSinceRead {
                changed += orders
            }
        }
        if !changed.isEmpty { try store(changed, ignoresOlder: true) }
    }
}

extension TestStore {
    /// When the tenant's first order was posted.
    fileprivate func firstPostingAt() throws -> Instant? {
        try root.one("SELECT first_posting_at FROM tenants WHERE id = \(id)") { try $0.get("first_posting_at") }
    }

    /// What redemptions took in each one's ledger, less what was given back; of those still merged in the survivor's.
    fileprivate func redeemed(by members: [String], merged: [String: String]) throws -> [String: Int64] {
        var redeemed: [String: Int64] = [:]
        for member in members where merged[member] == nil {
            let customer = try customer(member)
            redeemed[member] = try count(
                """
                SELECT CAST(COALESCE(-SUM(points), 0) AS SIGNED) AS number FROM ledger_entries
                 WHERE tenant_id = \(id) AND redemption_id IS NOT NULL AND customer_id IN
                   (SELECT id FROM customers WHERE tenant_id = \(id) AND COALESCE(merged_into, id) = \(customer))
                """)
        }
        return redeemed
    }

    /// A customer's books as the model has them.
    func modelled(_ posID: String) throws -> HistoryModel.Account {
        let customer = try customer(posID)
        return try root.one(
            """
            SELECT balance, points_owed, lifetime_cents, order_count, tier_id FROM customers
             WHERE tenant_id = \(id) AND id = \(customer)
            """
        ) { row in
            HistoryModel.Account(
                balance: try row.get("balance"), owed: try row.get("points_owed"),
                lifetime: try row.get("lifetime_cents"), orders: try row.get("order_count"),
                tier: Int(try row.get("tier_id", as: TierID.self).rawValue) - 1)
        }
    }

    /// All sales as the model has them, by POS id.
    func modelledOrders() throws -> [String: HistoryModel.Order] {
        let rows = try root.all(
            """
            SELECT pos_order_id, points_posted, no_points_reason FROM orders
              JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE orders.tenant_id = \(id) AND total_cents >= 0
            """
        ) { row in
            (
                try row.get("pos_order_id", as: String.self),
                HistoryModel.Order(points: try row.get("points_posted"), reason: try row.get("no_points_reason"))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }
}
