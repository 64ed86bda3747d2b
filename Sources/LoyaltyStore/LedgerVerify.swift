import LoyaltyRules
import MariaDB

/// What `ledger verify` found.
public struct LedgerProof: Equatable, Sendable {
    /// Customers checked.
    public var customers: Int64 = 0
    /// Entries checked.
    public var entries: Int64 = 0
    /// What does not add up, each in a sentence; at most 1,000.
    public var differences: [String] = []
}

/// A query that returns a row per difference, and the words for it.
private typealias Check = (words: String, query: SQL)

extension TenantStore {
    /// Recomputes every balance, chain, hold, order posting and owed sum from the entries. Each check is one statement and
    /// so on one consistent state; two are made at a time, each on a connection of its own.
    public func verifyLedger() throws -> LedgerProof {
        let passes = longPasses + checks.map { check in { store in try store.proof(by: check) } }
        let turns = Turns(passes.count)
        let parts = try sideBySide([self, onAnotherConnection()]) { store in
            var parts: [Int: LedgerProof] = [:]
            while let number = turns.take() { parts[number] = try passes[number](store) }
            return parts
        }
        var proof = LedgerProof()
        for part in parts.flatMap(\.self).sorted(by: { $0.key < $1.key }).map(\.value) {
            proof.customers += part.customers
            proof.entries += part.entries
            proof.differences += part.differences
        }
        proof.differences = Array(proof.differences.prefix(Self.differencesMax))
        return proof
    }

    private static let differencesMax = 1_000

    /// Those that go over every entry or order, the longest first. They only find what is worth a closer look, for which
    /// indexes and sums will do.
    private var longPasses: [(TenantStore) throws -> LedgerProof] {
        [
            { try $0.proof(of: $0.ordersSummedOtherwise() + $0.ordersOwedOrMerged(), by: $0.pointsPosted) },
            { try $0.proof(of: $0.ordersToPostAnew(), by: $0.marks) },
            { try $0.proof(by: $0.chain) },
            { try $0.proof(of: $0.customersToLookAt(), by: $0.books) },
            { try $0.proofOfCounts() },
        ]
    }

    /// What is wrong with these, by each of `checks`: a closer look at a thousand at a time.
    private func proof<ID: Comparable & Hashable & SQLBindable>(
        of ids: [ID], by checks: (_ chosen: SQL) -> [Check]
    ) throws -> LedgerProof {
        var proof = LedgerProof()
        let ids = Set(ids).sorted()
        for start in stride(from: 0, to: ids.count, by: 1_000) {
            let some = padded(ids[start..<min(start + 1_000, ids.count)])
            for check in checks("IN (\(list: some))") { proof.differences += try differences(by: check) }
            if proof.differences.count >= Self.differencesMax { break }
        }
        return proof
    }

    /// Counts. As many entries as their customers have numbered leave none for nobody.
    private func proofOfCounts() throws -> LedgerProof {
        let (customers, entries, numbered) = try connection.snapshot { connection in
            try connection.one(
                """
                SELECT COUNT(*) AS customers, CAST(COALESCE(SUM(head_sequence), 0) AS SIGNED) AS numbered,
                       (SELECT COUNT(*) FROM ledger_entries WHERE tenant_id = \(tenant)) AS entries
                  FROM customers WHERE tenant_id = \(tenant)
                """
            ) { row in
                (
                    try row.get("customers", as: Int64.self), try row.get("entries", as: Int64.self),
                    try row.get("numbered", as: Int64.self)
                )
            }
        }
        var proof = LedgerProof(customers: customers, entries: entries)
        if entries != numbered { proof.differences = try differences(by: entriesOfNobody) }
        return proof
    }

    private func proof(by check: Check) throws -> LedgerProof {
        LedgerProof(differences: try differences(by: check))
    }

    private func differences(by check: Check) throws -> [String] {
        try connection.snapshot { connection in
            try connection.all(check.query) { row in
                let found: Int64? = try row.get("found")
                let expected: Int64? = try row.get("expected")
                return "\(try Self.subject(of: row)): \(check.words) \(text(found)), and should be \(text(expected))."
            }
        }
    }

    private func text(_ number: Int64?) -> String { number.map { "\($0)" } ?? "nothing" }

    private static func subject(of row: Row) throws -> String {
        if let order: String = try row.get("pos_order_id") { return "order \(order)" }
        return "\(try row.get("customer_id", as: CustomerID.self))"
    }

    private var isHeldByPosted: SQL {
        """
        (entry.customer_id = posting.posted_customer_id OR EXISTS (SELECT 1 FROM customers AS merged
          WHERE merged.tenant_id = entry.tenant_id AND merged.id = entry.customer_id
            AND merged.merged_into = posting.posted_customer_id))
        """
    }

    /// Ids alone, one after the other: after great damage there are many.
    private func ids<ID: SQLDecodable>(_ query: SQL) throws -> [ID] {
        try connection.snapshot { connection in
            var ids: [ID] = []
            try connection.forEach(query) { ids.append(try $0.get("id")) }
            return ids
        }
    }

    /// Orders whose posted points are not the sum of the entries that their customer has for them.
    private func ordersSummedOtherwise() throws -> [OrderID] {
        try ids(
            """
            SELECT posting.order_id AS id FROM order_postings AS posting FORCE INDEX (PRIMARY)
              LEFT JOIN ledger_entries AS entry FORCE INDEX (by_order) ON entry.tenant_id = posting.tenant_id
               AND entry.order_id = posting.order_id AND entry.customer_id = posting.posted_customer_id
             WHERE posting.tenant_id = \(tenant) GROUP BY posting.order_id
            HAVING MIN(posting.points_posted) <> COALESCE(SUM(entry.points), 0)
            """)
    }

    /// Orders of which something went into the points owed, which has entries of its own when it is settled, or that
    /// customers have entries for who were merged.
    private func ordersOwedOrMerged() throws -> [OrderID] {
        try ids(
            """
            SELECT order_id AS id FROM order_owings WHERE tenant_id = \(tenant)
             UNION SELECT order_id FROM ledger_entries FORCE INDEX (once)
              WHERE tenant_id = \(tenant) AND entry_key LIKE 'owed:%' AND order_id IS NOT NULL
             UNION SELECT entry.order_id FROM customers FORCE INDEX (by_survivor)
               JOIN ledger_entries AS entry FORCE INDEX (PRIMARY)
                 ON entry.tenant_id = customers.tenant_id AND entry.customer_id = customers.id
              WHERE customers.tenant_id = \(tenant) AND merged_into IS NOT NULL AND entry.order_id IS NOT NULL
            """)
    }

    /// Of customers who were merged an entry counts as the survivor's, for the transfer moved its points.
    private func pointsPosted(_ chosen: SQL) -> [Check] {
        [
            (
                "the points posted are",
                """
                SELECT posting.posted_customer_id AS customer_id, posting.points_posted AS found,
                       (SELECT pos_order_id FROM orders
                         WHERE tenant_id = \(tenant) AND id = posting.order_id) AS pos_order_id,
                       (SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) FROM ledger_entries AS entry FORCE INDEX (by_order)
                         WHERE entry.tenant_id = \(tenant) AND entry.order_id = posting.order_id
                           AND entry_key LIKE 'order:%' AND \(isHeldByPosted))
                       - (SELECT CAST(COALESCE(SUM(put), 0) AS SIGNED) FROM order_owings AS entry FORCE INDEX (by_order)
                           WHERE entry.tenant_id = \(tenant) AND entry.order_id = posting.order_id
                             AND \(isHeldByPosted)) AS expected
                  FROM order_postings AS posting FORCE INDEX (PRIMARY)
                 WHERE posting.tenant_id = \(tenant) AND posting.order_id \(chosen) HAVING found <> expected LIMIT 1000
                """
            )
        ]
    }

    /// What stands with somebody who lost the order, or is worth nothing any more, goes with the next posting.
    private var isToPostAnew: SQL {
        """
        posted_customer_id IS NOT NULL AND (NOT (posted_customer_id <=> orders.customer_id)
          OR (points_posted <> 0 AND (is_completed = 0 OR total_cents < 0 OR no_points_reason IS NOT NULL)))
        """
    }

    private func ordersToPostAnew() throws -> [OrderID] {
        try ids(
            """
            SELECT posting.order_id AS id FROM order_postings AS posting FORCE INDEX (PRIMARY)
              JOIN orders ON orders.tenant_id = posting.tenant_id AND orders.id = posting.order_id
             WHERE posting.tenant_id = \(tenant) AND \(isToPostAnew)
            """)
    }

    private func marks(_ chosen: SQL) -> [Check] {
        [
            (
                "the marks for its next posting are",
                """
                SELECT posting.posted_customer_id AS customer_id, orders.pos_order_id, CAST(0 AS SIGNED) AS found,
                       CAST(1 AS SIGNED) AS expected
                  FROM order_postings AS posting
                  JOIN orders ON orders.tenant_id = posting.tenant_id AND orders.id = posting.order_id
                  LEFT JOIN customers_due AS due
                    ON due.tenant_id = posting.tenant_id AND due.customer_id = posting.posted_customer_id
                 WHERE posting.tenant_id = \(tenant) AND posting.order_id \(chosen)
                   AND due.customer_id IS NULL AND \(isToPostAnew) LIMIT 1000
                """
            )
        ]
    }

    private var chain: Check {
        (
            "the balance after an entry is",
            """
            SELECT entry.customer_id, NULL AS pos_order_id, entry.balance AS found,
                   CAST(COALESCE(earlier.balance, 0) + entry.points AS SIGNED) AS expected
              FROM ledger_entries AS entry LEFT JOIN ledger_entries AS earlier
                ON earlier.tenant_id = entry.tenant_id AND earlier.customer_id = entry.customer_id
               AND earlier.sequence = entry.sequence - 1
             WHERE entry.tenant_id = \(tenant)
               AND (entry.balance <> COALESCE(earlier.balance, 0) + entry.points OR entry.balance < 0
                 OR (entry.sequence > 1 AND earlier.sequence IS NULL)) LIMIT 1000
            """
        )
    }

    /// Customers whose balance is not the sum of their entries, whose last entry is not their head, or who have entries that
    /// took Alpine's number.
    private func customersToLookAt() throws -> [CustomerID] {
        try ids(
            """
            SELECT customers.id FROM customers FORCE INDEX (PRIMARY)
              LEFT JOIN ledger_entries AS entry FORCE INDEX (PRIMARY)
                ON entry.tenant_id = customers.tenant_id AND entry.customer_id = customers.id
             WHERE customers.tenant_id = \(tenant) GROUP BY customers.id
            HAVING MIN(customers.balance) <> COALESCE(SUM(entry.points), 0)
                OR NOT (MIN(customers.head_sequence) <=> MAX(entry.sequence)) OR MAX(entry.kind = 'alpine_override')
            """)
    }

    private func books(_ chosen: SQL) -> [Check] {
        [
            (
                "the balance kept is",
                """
                SELECT customers.id AS customer_id, NULL AS pos_order_id, customers.balance AS found,
                       (SELECT CAST(COALESCE(SUM(points), 0) AS SIGNED) FROM ledger_entries FORCE INDEX (PRIMARY)
                         WHERE tenant_id = \(tenant) AND customer_id = customers.id) AS expected
                  FROM customers FORCE INDEX (PRIMARY)
                 WHERE customers.tenant_id = \(tenant) AND customers.id \(chosen) HAVING found <> expected LIMIT 1000
                """
            ),
            (
                // That none is missing before the last, the chain proves.
                "the number of the last entry is",
                """
                SELECT customers.id AS customer_id, NULL AS pos_order_id, customers.head_sequence AS found,
                       (SELECT MAX(sequence) FROM ledger_entries FORCE INDEX (PRIMARY)
                         WHERE tenant_id = \(tenant) AND customer_id = customers.id) AS expected
                  FROM customers FORCE INDEX (PRIMARY)
                 WHERE customers.tenant_id = \(tenant) AND customers.id \(chosen)
                HAVING NOT (found <=> expected) LIMIT 1000
                """
            ),
            (
                "the readings behind an entry that took Alpine’s number are",
                """
                SELECT entry.customer_id, NULL AS pos_order_id, COUNT(reading.id) AS found, CAST(1 AS SIGNED) AS expected
                  FROM ledger_entries AS entry FORCE INDEX (PRIMARY) LEFT JOIN alpine_overrides AS taken
                    ON taken.tenant_id = entry.tenant_id AND taken.customer_id = entry.customer_id
                   AND taken.sequence = entry.sequence
                  LEFT JOIN alpine_readings AS reading ON reading.tenant_id = taken.tenant_id
                   AND reading.customer_id = taken.customer_id AND reading.id = taken.reading_id
                 WHERE entry.tenant_id = \(tenant) AND entry.kind = 'alpine_override' AND entry.customer_id \(chosen)
                 GROUP BY entry.customer_id, entry.sequence HAVING COUNT(reading.id) <> 1 LIMIT 1000
                """
            ),
        ]
    }

    private var entriesOfNobody: Check {
        (
            "the balance of a customer who is not there is",
            """
            SELECT entry.customer_id, NULL AS pos_order_id, CAST(NULL AS SIGNED) AS found,
                   (SELECT CAST(SUM(points) AS SIGNED) FROM ledger_entries AS every
                     WHERE every.tenant_id = \(tenant) AND every.customer_id = entry.customer_id) AS expected
              FROM ledger_entries AS entry FORCE INDEX (PRIMARY)
              LEFT JOIN customers ON customers.tenant_id = entry.tenant_id AND customers.id = entry.customer_id
             WHERE entry.tenant_id = \(tenant) AND entry.sequence = 1 AND customers.id IS NULL LIMIT 1000
            """
        )
    }

    /// Each query returns a row per difference.
    private var checks: [Check] {
        [
            (
                "the points on hold are",
                """
                SELECT customers.id AS customer_id, NULL AS pos_order_id, customers.held AS found,
                       CAST(COALESCE(open, 0) AS SIGNED) AS expected
                  FROM customers LEFT JOIN
                    (SELECT customer_id, SUM(points) AS open FROM redemptions
                      WHERE tenant_id = \(tenant) AND status = 'held' GROUP BY customer_id) AS holds
                    ON holds.customer_id = customers.id
                 WHERE customers.tenant_id = \(tenant) AND customers.held <> COALESCE(open, 0) LIMIT 1000
                """
            ),
            (
                "the points that moved for a redemption are",
                """
                SELECT redemptions.customer_id, NULL AS pos_order_id, CAST(COALESCE(total, 0) AS SIGNED) AS found,
                       IF(status = 'captured', -redemptions.points, 0) AS expected
                  FROM redemptions LEFT JOIN
                    (SELECT redemption_id, SUM(points) AS total FROM ledger_entries
                      WHERE tenant_id = \(tenant) AND redemption_id IS NOT NULL GROUP BY redemption_id) AS sums
                    ON sums.redemption_id = redemptions.id
                 WHERE redemptions.tenant_id = \(tenant)
                   AND COALESCE(total, 0) <> IF(status = 'captured', -redemptions.points, 0) LIMIT 1000
                """
            ),
            (
                "the points owed are",
                """
                SELECT customers.id AS customer_id, NULL AS pos_order_id, customers.points_owed AS found,
                       CAST(COALESCE(open, 0) AS SIGNED) AS expected
                  FROM customers LEFT JOIN
                    (SELECT customer_id, SUM(open) AS open FROM order_owings WHERE tenant_id = \(tenant)
                      GROUP BY customer_id) AS owings ON owings.customer_id = customers.id
                 WHERE customers.tenant_id = \(tenant) AND customers.points_owed <> COALESCE(open, 0) LIMIT 1000
                """
            ),
            (
                "the points settled are",
                """
                SELECT owing.customer_id, orders.pos_order_id, owing.put - owing.open AS found,
                       CAST(COALESCE(-total, 0) + COALESCE(taken, 0) AS SIGNED) AS expected
                  FROM order_owings AS owing
                  JOIN orders ON orders.tenant_id = owing.tenant_id AND orders.id = owing.order_id
                  LEFT JOIN (SELECT customer_id, order_id, SUM(points) AS total FROM ledger_entries FORCE INDEX (once)
                              WHERE tenant_id = \(tenant) AND order_id IS NOT NULL AND entry_key LIKE 'owed:%'
                              GROUP BY customer_id, order_id) AS sums
                    ON sums.order_id = owing.order_id AND sums.customer_id = owing.customer_id
                  LEFT JOIN (SELECT customer_id, order_id, SUM(points) AS taken FROM alpine_settlements
                              WHERE tenant_id = \(tenant) GROUP BY customer_id, order_id) AS by_alpine
                    ON by_alpine.order_id = owing.order_id AND by_alpine.customer_id = owing.customer_id
                 WHERE owing.tenant_id = \(tenant)
                   AND owing.put - owing.open <> COALESCE(-total, 0) + COALESCE(taken, 0) LIMIT 1000
                """
            ),
        ]
    }
}
