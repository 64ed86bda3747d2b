import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// Everything one order's points follow from; nil when no order has this id of the point of sale.
    public func account(ofOrder posOrderID: String) throws -> OrderAccount? {
        let standing = try standingOrderIDs(of: [posOrderID])[posOrderID]
        return try orders(posIDs: [standing ?? posOrderID]).first.map(account)
    }

    /// As above, by our own id.
    public func account(ofOrder id: OrderID) throws -> OrderAccount? {
        try connection.optional(
            """
            SELECT \(StoredOrder.columns) FROM orders \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND orders.id = \(id)
            """,
            StoredOrder.init(row:)
        ).map(account)
    }

    private func account(of stored: StoredOrder) throws -> OrderAccount {
        let owing = try connection.optional(
            """
            SELECT put, open, settlements FROM order_owings
             WHERE tenant_id = \(tenant) AND order_id = \(stored.posted.id)
               AND customer_id = \(stored.postedCustomer ?? stored.customer ?? CustomerID(rawValue: 0))
            """
        ) { row in
            Owing(
                order: stored.posted.id, put: try row.get("put"), open: try row.get("open"),
                settlements: try row.get("settlements"))
        }
        return OrderAccount(
            order: stored.posted, customer: stored.customer,
            refunds: try refunds(of: [stored.posted.revision.posOrderID])[stored.posted.revision.posOrderID] ?? [],
            owing: owing, entries: try entries("order_id = \(stored.posted.id)", newestFirst: false, limit: 1_000),
            isDue: try isDue(stored))
    }

    /// What a customer's balance is made of, with their `limit` newest entries; nil when there is none of that id.
    public func account(ofCustomer id: CustomerID, newest limit: Int) throws -> BalanceAccount? {
        let found = try connection.optional(
            "SELECT balance, held, points_owed FROM customers WHERE tenant_id = \(tenant) AND id = \(id)"
        ) { row in
            BalanceAccount(
                customer: id, balance: try row.get("balance"), held: try row.get("held"),
                owed: try row.get("points_owed"), kinds: [], newest: [])
        }
        guard var account = found else { return nil }
        account.kinds = try connection.all(
            """
            SELECT kind, COUNT(*) AS entries, CAST(SUM(points) AS SIGNED) AS points FROM ledger_entries
             WHERE tenant_id = \(tenant) AND customer_id = \(id) GROUP BY kind ORDER BY kind
            """
        ) { row in
            BalanceAccount.KindSum(
                kind: try row.get("kind"), entries: try row.get("entries"), points: try row.get("points"))
        }
        account.newest = try entries("customer_id = \(id)", newestFirst: true, limit: limit)
        return account
    }

    /// The entries that a request caused, oldest first, at most 1,000. Reads the tenant's whole ledger: no index is
    /// kept for a question that is asked once in a while.
    public func entries(ofRequest reference: String) throws -> [ExplainedEntry] {
        try entries("request_id = \(Array(reference.utf8))", newestFirst: false, limit: 1_000)
    }

    /// What a request did by the audit log, oldest first, at most 1,000: when, who, what, and the words.
    public func auditLines(ofRequest reference: String) throws -> [AuditLine] {
        try connection.all(
            """
            SELECT at, actor, action, detail FROM audit_log
             WHERE tenant_id = \(tenant) AND request_id = \(Array(reference.utf8)) ORDER BY id LIMIT 1000
            """
        ) { row in
            AuditLine(
                at: try row.get("at"), actor: try row.get("actor"), action: try row.get("action"),
                detail: try row.get("detail"))
        }
    }

    private func entries(_ condition: SQL, newestFirst: Bool, limit: Int) throws -> [ExplainedEntry] {
        let order: SQL = newestFirst ? "created_at DESC, sequence DESC" : "created_at, sequence"
        return try connection.all(
            """
            SELECT id, customer_id, points, balance, kind, reason, created_at FROM ledger_entries
             WHERE tenant_id = \(tenant) AND \(condition) ORDER BY \(order) LIMIT \(limit)
            """
        ) { row in
            ExplainedEntry(
                id: try row.get("id"), customer: try row.get("customer_id"), points: try row.get("points"),
                balance: try row.get("balance"), kind: try row.get("kind"), reason: try row.get("reason"),
                at: try row.get("created_at"))
        }
    }
}

/// A line of the audit log.
public struct AuditLine: Equatable, Sendable {
    /// When.
    public var at: Instant
    /// Who.
    public var actor: String
    /// What.
    public var action: String
    /// In words; may be empty.
    public var detail: String
}
