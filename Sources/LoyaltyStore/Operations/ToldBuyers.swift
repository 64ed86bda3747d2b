import LoyaltyRules
import MariaDB

// Whom our API named as the buyer of a sale. Where the point of sale shows the sale too, whom it names counts, and while
// it names nobody, whom our API named: whatever comes first, and whomever else it named for a while.

/// A buyer as our API told: known to us, or by a POS id.
struct ToldBuyer: Equatable {
    var customer: CustomerID?
    var posID: String?

    static let nobody = ToldBuyer()
}

/// Whose a revision's order is.
struct Buyer: Equatable {
    var customer: CustomerID?
    /// The POS's id of them, where one was named.
    var posID: String?
    /// Whom our API named, where that is to be kept beside the point of sale's order; nil to leave it as it is.
    var keeps: ToldBuyer?
}

extension Arrival {
    /// Of an order seen for the first time.
    func buyer(of revision: OrderRevision) -> Buyer {
        Buyer(
            customer: owners[revision.posOrderID] ?? revision.posCustomerID.flatMap { named[$0] },
            posID: revision.posCustomerID)
    }

    /// Of an order that is stored as `old` under the id of `revision`.
    func buyer(of revision: OrderRevision, over old: KnownOrder) -> Buyer {
        let stored = old.revision
        switch (revision.source, stored.source) {
        case (.api, .api):
            if let owner = owners[revision.posOrderID] { return Buyer(customer: owner, posID: revision.posCustomerID) }
            let customer = revision.posCustomerID.map { named[$0] } ?? old.customer
            return Buyer(customer: customer, posID: revision.posCustomerID)
        case (.api, .pos):
            let said = said(by: revision)
            if let shown = stored.posCustomerID, shown != told[old.id]?.posID {
                return Buyer(customer: old.customer, posID: shown, keeps: said)
            }
            return buyer(said ?? told[old.id] ?? .nobody, keeps: said)
        case (.pos, _):
            // As the API told it last, while the order was the API's alone.
            let own = ToldBuyer(customer: old.customer, posID: stored.posCustomerID)
            let keeps = stored.source == .api && own != .nobody ? own : nil
            if let posID = revision.posCustomerID {
                return Buyer(customer: owners[revision.posOrderID] ?? named[posID], posID: posID, keeps: keeps)
            }
            return buyer(stored.source == .api ? own : told[old.id] ?? .nobody, keeps: keeps)
        }
    }

    /// A POS id says whose it is now: the customer kept with it may be one whom its own was merged into for a while.
    private func buyer(_ told: ToldBuyer, keeps: ToldBuyer?) -> Buyer {
        Buyer(customer: told.posID.flatMap { named[$0] } ?? told.customer, posID: told.posID, keeps: keeps)
    }

    /// Whom a telling names; nil when it says nothing.
    private func said(by revision: OrderRevision) -> ToldBuyer? {
        if let owner = owners[revision.posOrderID] { return ToldBuyer(customer: owner, posID: revision.posCustomerID) }
        return revision.posCustomerID.map { ToldBuyer(customer: named[$0], posID: $0) }
    }
}

extension TenantTransaction {
    /// Reads whom our API named of those of `stored` whose buyer `revisions` leave open.
    func readToldBuyers(
        _ revisions: some Collection<OrderRevision>, over stored: [String: KnownOrder], into arrival: inout Arrival
    ) throws {
        let open = revisions.filter { $0.source == .api || $0.posCustomerID == nil }
            .compactMap { stored[$0.posOrderID] }.filter { $0.revision.source == .pos }
        guard !open.isEmpty else { return }
        // One who was merged is the survivor.
        let rows = try connection.all(
            """
            SELECT told.order_id, COALESCE(customers.merged_into, told.customer_id) AS customer_id, told.pos_customer_id
              FROM order_told_buyers AS told
              LEFT JOIN customers ON customers.tenant_id = told.tenant_id AND customers.id = told.customer_id
             WHERE told.tenant_id = \(tenant) AND told.order_id IN (\(list: padded(open.map(\.id))))
            """
        ) { row in
            (
                try row.get("order_id", as: OrderID.self),
                ToldBuyer(customer: try row.get("customer_id"), posID: try row.get("pos_customer_id"))
            )
        }
        arrival.told = Dictionary(rows) { first, _ in first }
        arrival.named.merge(try customers(.alleaves, outsideIDs: Set(rows.compactMap(\.1.posID)))) { _, now in now }
    }

    /// Keeps whom our API named beside orders of the point of sale.
    func keep(_ told: [(order: OrderID, buyer: ToldBuyer)]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO order_told_buyers (tenant_id, order_id, customer_id, pos_customer_id) VALUES (?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE customer_id = VALUES(customer_id), pos_customer_id = VALUES(pos_customer_id)
            """,
            rows: told.map { order, buyer in
                [
                    tenant.sqlValue, order.sqlValue, buyer.customer.sqlValue,
                    (buyer.posID.map { Array($0.utf8) }).sqlValue,
                ]
            })
    }
}
