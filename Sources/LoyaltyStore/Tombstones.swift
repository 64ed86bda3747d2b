public import LoyaltyRules
import MariaDB

/// Makes and opens the keys by which erased customers' ids are known again. The store has no cryptography of its own:
/// who opens a `Store` gives it these.
public struct TombstoneKeeper: Sendable {
    /// A new key of a tenant, sealed.
    public var newKey: @Sendable (TenantID) -> String
    /// A sealed key, opened.
    public var open: @Sendable (String, TenantID) throws -> [UInt8]
    /// A keyed digest of 32 bytes.
    public var digest: @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]

    /// Makes a keeper.
    public init(
        newKey: @escaping @Sendable (TenantID) -> String,
        open: @escaping @Sendable (String, TenantID) throws -> [UInt8],
        digest: @escaping @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]
    ) {
        self.newKey = newKey
        self.open = open
        self.digest = digest
    }

    /// Somebody was erased, and this process cannot tell whom not to restore: a defect of who opened the store.
    public struct Missing: Error, CustomStringConvertible {
        public var description: String { "Customers were erased, and the key to know them by is not at hand." }
    }
}

/// What names a person: the kind keeps a phone's digits from being an id's.
struct PersonalID: Hashable {
    var kind: String
    var text: String

    init(_ kind: String, _ text: String) {
        self.kind = kind
        self.text = text
    }

    init(_ source: IdentitySource, _ outsideID: String) { self.init(source.rawValue, outsideID) }

    fileprivate var message: [UInt8] { Array("\(kind)\n\(text)".utf8) }
}

extension CustomerProfile {
    /// Everything by which an erased person would be known again.
    var personalIDs: [PersonalID] {
        [
            PersonalID(.alleaves, posID), alpineCode.map { PersonalID(.alpineCode, $0) },
            phone.map { PersonalID("phone", $0.e164) }, email.map { PersonalID("email", $0.lowercased()) },
        ].compactMap { $0 }
    }
}

extension TenantTransaction {
    /// Those of `ids` that were an erased customer's, with the pseudonym. One short query while nobody was erased.
    func erased(_ ids: Set<PersonalID>) throws -> [PersonalID: CustomerID] {
        guard !ids.isEmpty, let sealed = try sealedTombstoneKey() else { return [:] }
        guard let tombstones else { throw TombstoneKeeper.Missing() }
        let key = try tombstones.open(sealed, tenant)
        let digests = Dictionary(
            ids.map { (tombstones.digest($0.message, key), $0) }, uniquingKeysWith: { first, _ in first })
        let found = try connection.all(
            """
            SELECT digest, customer_id FROM identity_tombstones
             WHERE tenant_id = \(tenant) AND digest IN (\(list: padded(Array(digests.keys))))
            """
        ) { (try $0.get("digest", as: [UInt8].self), try $0.get("customer_id", as: CustomerID.self)) }
        return Dictionary(found.compactMap { digest, customer in digests[digest].map { ($0, customer) } }) { $1 }
    }

    /// Leaves tombstones for `ids`.
    func bury(_ ids: Set<PersonalID>, as customer: CustomerID) throws {
        guard let tombstones else { throw TombstoneKeeper.Missing() }
        try connection.execute(
            """
            INSERT INTO tombstone_keys (tenant_id, sealed) VALUES (\(tenant), \(Array(tombstones.newKey(tenant).utf8)))
            ON DUPLICATE KEY UPDATE tenant_id = tenant_id
            """)
        let key = try tombstones.open(try sealedTombstoneKey() ?? "", tenant)
        try connection.bulkInsert(
            """
            INSERT INTO identity_tombstones (tenant_id, digest, customer_id) VALUES (?, ?, ?)
            ON DUPLICATE KEY UPDATE customer_id = VALUES(customer_id)
            """,
            rows: ids.map { [tenant.sqlValue, .bytes(tombstones.digest($0.message, key)), customer.sqlValue] })
    }

    private func sealedTombstoneKey() throws -> String? {
        try connection.optional("SELECT sealed FROM tombstone_keys WHERE tenant_id = \(tenant)") {
            try $0.get("sealed")
        }
    }

    /// Names erased buyers by their pseudonyms, so that nothing of them is stored again.
    ///
    /// - Returns: the customers by these pseudonyms.
    func underPseudonyms(_ revisions: inout [OrderRevision]) throws -> [String: CustomerID] {
        let ids = Set(revisions.compactMap(\.posCustomerID).map { PersonalID(.alleaves, $0) })
        let gone = try erased(ids)
        if gone.isEmpty { return [:] }
        for index in revisions.indices {
            guard let posID = revisions[index].posCustomerID, let customer = gone[PersonalID(.alleaves, posID)]
            else { continue }
            revisions[index].posCustomerID = "\(customer)"
            // It is of a text that names the person.
            revisions[index].wireDigest = nil
        }
        return Dictionary(gone.values.map { ("\($0)", $0) }) { first, _ in first }
    }
}
