import LoyaltyRules
import LoyaltyStore
import MariaDB

/// Something besides orders that moves points in a random history. To add one, write a line in `all` and say what it
/// moved: the model adds it up.
struct HistoryOperation: Sendable {
    /// What an operation is asked to do.
    struct Ask {
        let tenant: TenantStore
        /// POS ids.
        let customer: String
        /// Of some size, above zero.
        let points: Int64
        /// Unique in the history.
        let key: String
        let redeemed: Redeemed
        let people: People
    }

    /// Who is merged, by the one thread that does it.
    final class People {
        /// By the POS id of the merged one, with the survivor's.
        var merged: [String: (survivor: String, merging: CustomerMerging)] = [:]
    }

    /// What was redeemed before, by the one thread that asks.
    final class Redeemed {
        var list: [Redemption] = []
    }

    /// Does it and returns what was moved, by customer; nothing when it was refused. What redemptions came to is read
    /// from them at the end.
    let perform: @Sendable (Ask) throws -> [String: Int64]

    static let all: [HistoryOperation] = [
        HistoryOperation { try $0.spend() },
        HistoryOperation { try $0.adjust(by: $0.points) },
        HistoryOperation { try $0.adjust(by: -$0.points) },
        HistoryOperation { try $0.redeem(isHold: false) },
        HistoryOperation { try $0.redeem(isHold: true) },
        HistoryOperation { try $0.capture() },
        HistoryOperation { try $0.void() },
        HistoryOperation { try $0.takeAlpine() },
    ]
    static let merges: [HistoryOperation] = [
        HistoryOperation { try $0.merge() },
        HistoryOperation { try $0.unmerge() },
    ]
}

extension HistoryOperation.Ask {
    /// Redeems what there is, at most `points`.
    fileprivate func spend() throws -> [String: Int64] {
        [holder: -(try tenant.spend(atMost: points, of: customer, key: key))]
    }

    /// As a form does that was sent twice.
    fileprivate func adjust(by points: Int64) throws -> [String: Int64] {
        guard let id = try tenant.customerID(posID: customer) else { return [:] }
        let adjustment = Adjustment(points: points, reason: "Test", key: key)
        var moved: Int64 = 0
        for _ in 1...2 {
            let audit = AuditRecord(actor: "test", action: "customer.adjust")
            let result = try tenant.adjust(id, by: adjustment, audit: audit, at: .now())
            if case .posted = result { moved += points }
        }
        return [holder: moved]
    }

    /// On an order of the history, or on one that nobody knows.
    fileprivate func redeem(isHold: Bool) throws -> [String: Int64] {
        guard let id = try tenant.customerID(posID: customer) else { return [:] }
        let use: TestStore.Use = points.isMultiple(of: 2) ? .reward(1) : .points(100 + points)
        let order = points.isMultiple(of: 3) ? nil : "\(points % 8)"
        let total = Cents(rawValue: points * 100)
        try unlessRefused {
            redeemed.list.append(try tenant.redeem(use, of: id, total, order: order, isHold: isHold))
        }
        return [:]
    }

    /// For the order as it came out: sometimes a smaller one.
    fileprivate func capture() throws -> [String: Int64] {
        guard let redemption = earlier else { return [:] }
        let total = points.isMultiple(of: 2) ? nil : Cents(rawValue: points * 20)
        try unlessRefused { try tenant.capture(redemption, total: total) }
        return [:]
    }

    fileprivate func void() throws -> [String: Int64] {
        guard let redemption = earlier else { return [:] }
        try unlessRefused { try tenant.void(redemption) }
        return [:]
    }

    /// Alpine names a number a second ago, which is taken unless something forbids it; what is owed is settled by it.
    fileprivate func takeAlpine() throws -> [String: Int64] {
        let requestedAt = Instant.now().advanced(bySeconds: -1)
        guard let id = try tenant.customerID(posID: customer),
            let calculated = try tenant.comparisonInputs(of: [id], at: requestedAt).balances[id], points != calculated
        else { return [:] }
        let run = RunID(rawValue: 7)
        let standing = AlpineStanding(
            customer: id, contactID: "c-\(id)", figure: .known(points), readAt: requestedAt, outcome: .discrepancy,
            calculated: calculated, difference: points - calculated)
        try tenant.record([standing], run: run)
        let difference = AlpineDifference(
            customer: id, requestedAt: requestedAt, calculated: calculated, alpine: points, pending: 0,
            points: points - calculated)
        let taken = try tenant.takeAlpine([difference], run: run, isEnabled: true, at: .now())
        guard taken.first?.outcome == .taken else { return [:] }
        let settled: Int64 = try tenant.connection.one(
            """
            SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) AS points FROM alpine_settlements
             WHERE tenant_id = \(tenant.tenant) AND customer_id = \(id) AND sequence =
               (SELECT MAX(sequence) FROM alpine_overrides WHERE tenant_id = \(tenant.tenant) AND customer_id = \(id))
            """
        ) { try $0.get("points") }
        return [holder: points - calculated + settled]
    }

    /// Whose points the customer's card uses.
    private var holder: String { people.merged[customer]?.survivor ?? customer }

    /// With another, who stays; refused where one is in a merging already, or has open holds.
    fileprivate func merge() throws -> [String: Int64] {
        let survivor = ["1", "2", "3"][Int(points) % 3]
        guard let merged = try tenant.customerID(posID: customer), let kept = try tenant.customerID(posID: survivor),
            people.merged[customer] == nil, people.merged[survivor] == nil
        else { return [:] }
        let merging = CustomerMerging(survivor: kept, merged: merged, reason: "Test", user: .make())
        try unlessRefused {
            try tenant.merge(merging, audit: AuditRecord(actor: "test", action: "customer.merge"), at: .now())
            people.merged[customer] = (survivor, merging)
        }
        return [:]
    }

    fileprivate func unmerge() throws -> [String: Int64] {
        guard let name = people.merged.keys.sorted().first else { return [:] }
        try people.unmerge(name, at: tenant)
        return [:]
    }

    private var earlier: Redemption? {
        redeemed.list.isEmpty ? nil : redeemed.list[Int(points) % redeemed.list.count]
    }

    private func unlessRefused(_ body: () throws -> Void) throws {
        do { try body() } catch is Refusal {} catch is InsufficientPoints {}
    }
}

extension HistoryOperation.People {
    /// Refused while the survivor has spent what came with the merging.
    func unmerge(_ name: String, at tenant: TenantStore) throws {
        guard let merging = merged[name]?.merging else { return }
        do {
            try tenant.unmerge(merging, audit: AuditRecord(actor: "test", action: "customer.unmerge"), at: .now())
            merged[name] = nil
        } catch is Refusal {}
    }
}

extension TenantStore {
    /// Redeems what the customer has, at most `limit`, and returns it.
    func spend(atMost limit: Int64, of posID: String, key: String) throws -> Int64 {
        guard let id = try customerID(posID: posID) else { return 0 }
        return try transaction { tx in
            guard var customer = try tx.lock([id]).first, customer.available > 0 else { return 0 }
            let spent = min(limit, customer.available)
            let movement = Movement(points: -spent, kind: .redeem, key: key, reason: "Test", settingsVersion: 1)
            try tx.append([movement], to: &customer, at: .now())
            return spent
        }
    }

    fileprivate func customerID(posID: String) throws -> CustomerID? {
        try customers(.alleaves, outsideIDs: [posID])[posID]
    }
}
