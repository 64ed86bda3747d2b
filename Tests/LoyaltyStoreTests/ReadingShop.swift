import LoyaltyRules
import MariaDB
import TestSupport

@testable import LoyaltyStore

/// Two shops in a database of their own, for tests of what pages read.
final class ReadingShop {
    let owner: Connection
    let store: TenantStore
    let other: TenantID

    /// - Parameter isEmpty: without the few members that searches look for.
    init(isEmpty: Bool = false) throws {
        let options = try TestDatabase.fresh()
        owner = Connection(options.forMigrations())
        let root = String(#filePath.dropLast("/Tests/LoyaltyStoreTests/ReadingShop.swift".count))
        try Migrator(directory: root + "/sql").migrate(owner)
        let whole = Store(owner)
        store = whole.tenant(try whole.createTenant(slug: "shop", name: "Shop").id)
        other = try whole.createTenant(slug: "other", name: "Other").id
        if !isEmpty { try addMembers() }
    }

    private func addMembers() throws {
        try addCustomer("Ada", "Byron", pos: "5001", phone: "+12025550143", email: "ada@example.org")
        try addCustomer("Kees", "van der Berg", pos: "5002")
        try addCustomer("José", "Martí", pos: "5003")
        try addCustomer("B", "C", pos: "5004")
        let gone = try addCustomer("Gone", pos: "9001")
        try owner.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE id = \(gone)")
        try addCustomer("Other", pos: "9002", in: other)
    }

    @discardableResult
    func addCustomer(
        _ first: String, _ last: String = "", pos: String, phone: String? = nil, email: String? = nil,
        tier: UInt128 = 1, segment: Segment = .new, lastOrderAt: Instant? = nil, in tenant: TenantID? = nil
    ) throws -> CustomerID {
        let id = CustomerID.make()
        let tenant = tenant ?? store.tenant
        try owner.execute(
            """
            INSERT INTO customers (tenant_id, id, first_name, last_name, phone, email, tier_id, segment, order_count,
              first_order_at, last_order_at, created_at)
            VALUES (\(tenant), \(id), \(first), \(last), \(phone.map { Array($0.utf8) }), \(email),
              \(TierID(rawValue: tier)), \(segment), \(lastOrderAt == nil ? 0 : 1), \(lastOrderAt), \(lastOrderAt),
              UTC_TIMESTAMP(6))
            """)
        try owner.execute(
            """
            INSERT INTO customer_identities (tenant_id, source, outside_id, customer_id)
            VALUES (\(tenant), 'alleaves', \(Array(pos.utf8)), \(id))
            """)
        return id
    }

    func addEntry(
        _ customer: CustomerID, _ points: Int64, at: Instant = .now(), kind: String = "earn", in tenant: TenantID? = nil
    ) throws {
        let tenant = tenant ?? store.tenant
        let (sequence, balance) = try owner.one(
            "SELECT head_sequence, balance FROM customers WHERE tenant_id = \(tenant) AND id = \(customer)"
        ) { (try $0.get("head_sequence", as: Int64?.self), try $0.get("balance", as: Int64.self)) }
        try owner.execute(
            """
            INSERT INTO ledger_entries (tenant_id, customer_id, sequence, id, points, previous_balance, balance,
              previous_sequence, kind, entry_key, reason, settings_version, created_at)
            VALUES (\(tenant), \(customer), \((sequence ?? 0) + 1), \(EntryID.make()), \(points), \(balance),
              \(balance + points), \(sequence), \(kind), \(Array("test:\(customer):\((sequence ?? 0) + 1)".utf8)),
              'A test', 1, \(at))
            """)
    }
}
