import LoyaltyRules
import LoyaltyStore
import MariaDB

/// What tests look up past the store's own reads.
extension Shop {
    func customer(_ id: Int) throws -> CustomerID {
        guard let found = try tenant.customers(.alleaves, outsideIDs: ["\(id)"])["\(id)"] else {
            throw Missing(what: "customer \(id)")
        }
        return found
    }

    func balance(_ id: Int) throws -> Int64 {
        let customer = try customer(id)
        return try tenant.balances(of: [customer])[customer] ?? -1
    }

    func standing(_ id: Int) throws -> AlpineStanding? {
        let customer = try customer(id)
        return try tenant.alpineStandings(of: [customer])[customer]
    }

    /// Tier by its place from the lowest, and segment.
    func classes(_ id: Int) throws -> (tier: Int, segment: String) {
        let customer = try customer(id)
        let row = try root.one(
            "SELECT tier_id, segment FROM customers WHERE tenant_id = \(tenant.tenant) AND id = \(customer)"
        ) { (try $0.get("tier_id", as: TierID.self), try $0.get("segment", as: String.self)) }
        return (try tenant.settings().tiers.tiers.firstIndex { $0.id == row.0 } ?? -1, row.1)
    }

    func count(_ query: SQL) throws -> Int64 { try root.one(query) { try $0.get("number") } }

    func customerRows() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(tenant.tenant)")
    }

    func orderRows() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM orders WHERE tenant_id = \(tenant.tenant)")
    }

    func entryRows() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM ledger_entries WHERE tenant_id = \(tenant.tenant)")
    }

    func readingRows() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM alpine_readings WHERE tenant_id = \(tenant.tenant)")
    }

    func standingRows() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM alpine_standings WHERE tenant_id = \(tenant.tenant)")
    }

    /// Checksums of every table but those in which a run keeps its own record.
    func checksums() throws -> [String] { try Self.checksums(root) }

    static func root(of options: ConnectionOptions) -> Connection {
        var options = options
        options.user = "root"
        return Connection(options)
    }

    static func checksums(_ root: Connection) throws -> [String] {
        // CHECKSUM TABLE does not read a generated column that is mostly NULL, and takes whatever was read before for it.
        let orders = try root.all(
            """
            SELECT CONCAT_WS(' ', HEX(tenant_id), HEX(id), pos_order_id, source, COALESCE(HEX(customer_id), '-'),
                     COALESCE(pos_customer_id, '-'), COALESCE(pos_location_id, '-'), COALESCE(status, '-'), is_completed,
                     total_cents, COALESCE(tax_cents, '-'), COALESCE(subtotal_cents, '-'), COALESCE(discount_cents, '-'),
                     points_tender_cents, COALESCE(refund_of, '-'), COALESCE(external_id, '-'), completed_at,
                     COALESCE(updated_at, '-'), stored_at, COALESCE(HEX(wire_digest), '-'), COALESCE(waiting_for, '-')) AS line
              FROM orders ORDER BY tenant_id, id
            """
        ) { try $0.get("line", as: String.self) }
        return try orders
            + root.all(
                """
                CHECKSUM TABLE tenants, loyalty_settings, tiers, locations, customers, customer_identities, equity_periods,
                  order_aliases, order_owings, ledger_entries, redemptions, customer_activities, integrations,
                  alpine_readings, alpine_standings, audit_log
                """
            ) { row in "\(try row.get("Table", as: String.self)): \(try row.get("Checksum", as: Int64.self))" }
    }

    /// All that a sync brings about, without ids and times of ours: equal for equal ends.
    func picture() throws -> [String] {
        let id = tenant.tenant
        let queries: [SQL] = [
            """
            SELECT CONCAT_WS(' ', 'customer', outside_id, last_name, balance, points_owed, lifetime_cents, order_count,
                     first_order_at, last_order_at, tiers.position, segment) AS line
              FROM customers JOIN customer_identities AS i ON i.tenant_id = customers.tenant_id
               AND i.customer_id = customers.id AND source = 'alleaves'
              JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS position FROM tiers WHERE tenant_id = \(id)) AS tiers
                ON tiers.id = customers.tier_id
             WHERE customers.tenant_id = \(id)
            """,
            """
            SELECT CONCAT_WS(' ', 'order', pos_order_id, total_cents, points_posted, posting_count, no_points_reason) AS line
              FROM orders LEFT JOIN order_postings AS posting ON posting.tenant_id = orders.tenant_id AND posting.order_id = orders.id
             WHERE orders.tenant_id = \(id)
            """,
            """
            SELECT CONCAT_WS(' ', 'due', HEX(customer_id)) AS line FROM customers_due WHERE tenant_id = \(id)
            """,
            """
            SELECT CONCAT_WS(' ', 'entry', pos_order_id, sequence, points, balance, kind, reason) AS line
              FROM ledger_entries AS e JOIN orders AS o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
             WHERE e.tenant_id = \(id)
            """,
            """
            SELECT CONCAT_WS(' ', 'standing', contact_id, state, points, outcome, calculated, difference) AS line
              FROM alpine_standings WHERE tenant_id = \(id)
            """,
            """
            SELECT CONCAT_WS(' ', 'activity', i.outside_id, kind, from_value, to_value, points) AS line
              FROM customer_activities AS a JOIN customer_identities AS i ON i.tenant_id = a.tenant_id
               AND i.customer_id = a.customer_id AND i.source = 'alleaves' WHERE a.tenant_id = \(id)
            """,
        ]
        return try queries.flatMap { query in
            try root.all("SELECT line FROM (\(query)) AS listing ORDER BY line") { try $0.get("line", as: String.self) }
        }
    }

    /// What `ledger verify` says.
    func differences() throws -> [String] { try tenant.verifyLedger().differences }
}
