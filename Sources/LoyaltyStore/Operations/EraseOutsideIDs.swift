import Foundation
import LoyaltyRules
import MariaDB

extension TenantTransaction {
    /// Puts a pseudonym where outside ids of these customers stand beside what is kept: in what runs listed, in whom our
    /// API named, and in what Alpine IQ was told. Belongs before their identities are removed.
    func removeOutsideIDs(of customers: [CustomerID], pseudonym: CustomerID) throws {
        let ids = try outsideIDs(of: customers)
        let name = Array("\(pseudonym)".utf8)
        try leaveNobodyToTell(customers)
        guard !ids.isEmpty else { return }
        let list = padded(ids).map { Array($0.utf8) }
        // Orders have numbers too.
        let isOfCustomer: SQL = "(reason LIKE 'Customer: %' OR reason LIKE 'Alpine%')"
        try connection.execute(
            """
            UPDATE sync_exceptions SET subject = \(name)
             WHERE tenant_id = \(tenant) AND subject IN (\(list: list)) AND \(isOfCustomer)
            """)
        // The fingerprint tells the id to whoever tries all of them.
        try connection.execute(
            """
            UPDATE exception_cases SET subject = \(name), fingerprint = UNHEX(SHA2(id, 256))
             WHERE tenant_id = \(tenant) AND subject IN (\(list: list)) AND order_id IS NULL AND \(isOfCustomer)
            """)
        try connection.execute(
            """
            UPDATE sync_runs SET pos_customer_id = \(name)
             WHERE tenant_id = \(tenant) AND pos_customer_id IN (\(list: list))
            """)
        for id in ids { try replaceInResults(of: id, by: "\(pseudonym)") }
        try connection.execute(
            """
            UPDATE order_told_buyers SET pos_customer_id = \(name), customer_id = COALESCE(customer_id, \(pseudonym))
             WHERE tenant_id = \(tenant) AND pos_customer_id IN (\(list: list))
            """)
    }

    private func outsideIDs(of customers: [CustomerID]) throws -> [String] {
        let list = padded(customers)
        return try connection.all(
            """
            SELECT outside_id AS outside FROM customer_identities
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: list))
             UNION SELECT contact_id FROM alpine_standings WHERE tenant_id = \(tenant) AND customer_id IN (\(list: list))
             UNION SELECT contact_id FROM outbox
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: list)) AND contact_id IS NOT NULL
            """
        ) { try $0.get("outside", as: String.self) }.filter { !$0.isEmpty }
    }

    /// Results of runs list customers by `customerId`.
    private func replaceInResults(of id: String, by pseudonym: String) throws {
        func member(_ text: String) throws -> String {
            "\"customerId\":" + String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        }
        let (old, new) = (try member(id), try member(pseudonym))
        try connection.execute(
            """
            UPDATE sync_runs SET result = REPLACE(result, \(old), \(new))
             WHERE tenant_id = \(tenant) AND LOCATE(\(old), result) > 0
            """)
    }

    /// There is nobody left to tell at Alpine IQ; whether what is under way arrived is not found out any more.
    private func leaveNobodyToTell(_ customers: [CustomerID]) throws {
        try connection.execute(
            """
            UPDATE outbox SET contact_id = IF(contact_id IS NULL, NULL, ''),
                   problem = IF(problem IS NOT NULL OR state IN ('sending', 'unclear'), 'The customer was erased.', NULL),
                   state = CASE WHEN state = 'queued' THEN 'waiting'
                                WHEN state IN ('sending', 'unclear') THEN 'unsettled' ELSE state END
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers)))
            """)
    }
}
