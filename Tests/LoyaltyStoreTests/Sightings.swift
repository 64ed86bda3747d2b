import LoyaltyRules
import LoyaltyStore
import MariaDB

/// What tests look up past the store's own reads.
extension TestStore {
    struct Account: Equatable {
        var balance: Int64
        var owed: Int64
        var lifetime: Int64
        var orders: Int64
    }

    func account(_ posID: String) throws -> Account { try account(customer(posID)) }

    func account(_ customer: CustomerID) throws -> Account {
        try root.one(
            """
            SELECT balance, points_owed, lifetime_cents, order_count FROM customers
             WHERE tenant_id = \(id) AND id = \(customer)
            """
        ) { row in
            Account(
                balance: try row.get("balance"), owed: try row.get("points_owed"),
                lifetime: try row.get("lifetime_cents"), orders: try row.get("order_count"))
        }
    }

    func balance(_ posID: String) throws -> Int64 { try account(posID).balance }

    /// The points of the customer's entries, in order.
    func entries(_ posID: String) throws -> [Int64] {
        let customer = try customer(posID)
        return try root.all(
            "SELECT points FROM ledger_entries WHERE tenant_id = \(id) AND customer_id = \(customer) ORDER BY sequence"
        ) { try $0.get("points") }
    }

    /// Why an order earns nothing.
    func reason(_ posOrderID: String) throws -> NoPointsReason? {
        try root.one(
            """
            SELECT no_points_reason FROM orders
              JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE orders.tenant_id = \(id) AND pos_order_id = \(Array(posOrderID.utf8))
            """
        ) { try $0.get("no_points_reason") }
    }

    /// The number of rows that `query` counts as `number`.
    func count(_ query: SQL) throws -> Int64 { try root.one(query) { try $0.get("number") } }

    /// A fingerprint of every row of the tenant that orders and postings write.
    func everything() throws -> [String] {
        let rows: [SQL] = [
            "SELECT CONCAT(HEX(id), stored_at) AS line FROM orders",
            "SELECT CONCAT(HEX(order_id), posting_count) AS line FROM order_postings",
            "SELECT HEX(customer_id) AS line FROM customers_due",
            "SELECT CONCAT(HEX(id), balance, COALESCE(head_sequence, 0), last_name) AS line FROM customers",
            "SELECT HEX(id) AS line FROM ledger_entries", "SELECT HEX(id) AS line FROM customer_activities",
            "SELECT CONCAT(HEX(order_id), put, open) AS line FROM order_owings",
            "SELECT HEX(outside_id) AS line FROM customer_identities",
            "SELECT HEX(id) AS line FROM alpine_readings",
            "SELECT CONCAT(HEX(customer_id), read_at, outcome) AS line FROM alpine_standings",
        ]
        return try rows.flatMap { query in
            try root.all("\(query) WHERE tenant_id = \(id) ORDER BY line") { try $0.get("line", as: String.self) }
        }
    }

    /// What `ledger verify` says.
    func differences() throws -> [String] { try tenant.verifyLedger().differences }
}

extension DatabaseError {
    /// The error code that `body` fails with; nil when it does not.
    static func code(of body: () throws -> Void) throws -> UInt32? {
        do {
            try body()
            return nil
        } catch let error as DatabaseError {
            return error.code
        }
    }
}
