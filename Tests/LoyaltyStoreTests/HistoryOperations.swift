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
    }

    /// Does it and returns what was moved, by customer; nothing when it was refused.
    let perform: @Sendable (Ask) throws -> [String: Int64]

    static let all: [HistoryOperation] = [
        HistoryOperation { try $0.spend() },
        HistoryOperation { try $0.adjust(by: $0.points) },
        HistoryOperation { try $0.adjust(by: -$0.points) },
    ]
}

extension HistoryOperation.Ask {
    fileprivate func spend() throws -> [String: Int64] {
        [customer: -(try tenant.spend(atMost: points, of: customer, key: key))]
    }

    /// As a form does that was sent twice.
    fileprivate func adjust(by points: Int64) throws -> [String: Int64] {
        guard let id = try customerID() else { return [:] }
        let adjustment = Adjustment(points: points, reason: "Test", key: key)
        var moved: Int64 = 0
        for _ in 1...2 {
            let audit = AuditRecord(actor: "test", action: "customer.adjust")
            let result = try tenant.adjust(id, by: adjustment, audit: audit, at: .now())
            if case .posted = result { moved += points }
        }
        return [customer: moved]
    }

    private func customerID() throws -> CustomerID? { try tenant.customerID(posID: customer) }
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
