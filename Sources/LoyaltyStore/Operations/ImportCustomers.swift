import LoyaltyRules
import MariaDB

/// What importing profiles came to.
public struct ImportedCustomers: Equatable, Sendable {
    /// Customers new to us.
    public var added = 0
    /// Customers whose particulars changed.
    public var changed = 0
    /// Customers as they were.
    public var unchanged = 0

    /// Nothing yet.
    public init() {}

    /// Adds another chunk's.
    public mutating func add(_ other: ImportedCustomers) {
        added += other.added
        changed += other.changed
        unchanged += other.unchanged
    }
}

extension TenantStore {
    /// Takes in customers as the POS tells them, at most 1,000 at once: new ones become members, changed ones are
    /// updated, and orders that waited for a customer become due. Nothing is written for one that is as stored.
    ///
    /// - Parameter isFirst: whether hardly any of these can be known: then they are looked up only once nobody can
    ///   join.
    public func importCustomers(
        _ profiles: [CustomerProfile], settings: Settings, isFirst: Bool = false, at now: Instant
    ) throws -> ImportedCustomers {
        var newest: [String: CustomerProfile] = [:]
        for profile in profiles { newest[profile.posID] = profile }
        var attemptsLeft = Self.importAttemptsMax
        while true {
            do {
                return try transaction { tx in
                    try tx.importCustomers(newest, settings: settings, isFirst: isFirst, at: now)
                }
            } catch let error as DatabaseError where error.isDuplicateKey() && attemptsLeft > 1 {
                // Another import made one of these members in between: the next attempt finds it.
                attemptsLeft -= 1
            }
        }
    }

    private static var importAttemptsMax: Int { 4 }
}

extension TenantTransaction {
    fileprivate func importCustomers(
        _ newest: [String: CustomerProfile], settings: Settings, isFirst: Bool, at now: Instant
    ) throws -> ImportedCustomers {
        var known = isFirst ? [:] : try storedProfiles(Set(newest.keys))
        let strangers = newest.values.filter { known[$0.posID] == nil }
        if !strangers.isEmpty {
            // One of them may be joining just now.
            try guardJoining(phones: Set(strangers.compactMap(\.phone)), posIDs: Set(strangers.map(\.posID)))
            known = try storedProfiles(Set(newest.keys))
        }
        let knownCodes = try customers(.alpineCode, outsideIDs: Set(newest.values.compactMap(\.alpineCode)))
        let matched = try members(
            carrying: newest.values.filter { known[$0.posID] == nil }, shared: newest.values.sharedPhones)
        let erased = try erased(Set(newest.values.flatMap(\.personalIDs)))
        var result = ImportedCustomers()
        var rows: [(id: CustomerID, profile: CustomerProfile)] = []
        var added: [(id: CustomerID, profile: CustomerProfile)] = []
        var codes: [(id: CustomerID, code: String)] = []
        for profile in newest.values.sorted(by: { $0.posID < $1.posID }) {
            let stored = known[profile.posID]
            if stored == nil, profile.personalIDs.contains(where: { erased[$0] != nil }) {
                result.unchanged += 1
                continue
            }
            let id = stored?.id ?? matched[profile.posID] ?? .make(at: now)
            // A code that is somebody's stays theirs, so only an unknown one is news.
            let newCode = profile.alpineCode.flatMap { knownCodes[$0] == nil ? $0 : nil }
            if let newCode { codes.append((id, newCode)) }
            guard let stored else {
                if matched[profile.posID] == nil { result.added += 1 } else { result.changed += 1 }
                added.append((id, profile))
                continue
            }
            let isSame = stored.isMerged || stored.profile.hasSameParticulars(as: profile)
            if isSame, newCode == nil {
                result.unchanged += 1
                continue
            }
            result.changed += 1
            if !isSame { rows.append((id, profile)) }
        }
        // Rows are locked in the order of their ids, as everywhere.
        rows = (rows + added).sorted { $0.id < $1.id }
        let tiers = added.isEmpty ? settings.tiers : try settingsHeld(settings).tiers
        try upsert(rows, tier: tiers.tiers[0].id, at: now)
        try insertMembers(added.map { ($0.profile.posID, $0.id) })
        try insertIdentities(codes.map { (.alpineCode, $0.code, $0.id) })
        _ = try linkWaitingOrders(to: added.map { ($0.profile.posID, $0.id) })
        return result
    }
}

extension TenantQueries {
    /// What is stored of the customer whom the POS knows by this id, without codes; nil for an unknown one.
    public func profile(posID: String) throws -> CustomerProfile? { try storedProfiles([posID])[posID]?.profile }

    fileprivate func storedProfiles(_ posIDs: Set<String>) throws -> [String: (
        id: CustomerID, profile: CustomerProfile, isMerged: Bool
    )] {
        guard !posIDs.isEmpty else { return [:] }
        let rows = try connection.all(
            """
            SELECT outside_id, is_merged, customers.id, first_name, last_name, phone, email, birth_date
              FROM customer_identities AS identity FORCE INDEX (PRIMARY)
              JOIN customers ON customers.tenant_id = identity.tenant_id AND customers.id = identity.customer_id
             WHERE identity.tenant_id = \(tenant) AND identity.source = 'alleaves'
               AND identity.outside_id IN (\(list: padded(posIDs.sorted()).map { Array($0.utf8) }))
            """
        ) { row in
            let posID: String = try row.get("outside_id")
            return (
                posID, try row.get("id", as: CustomerID.self),
                CustomerProfile(
                    posID: posID, firstName: try row.get("first_name"), lastName: try row.get("last_name"),
                    email: try row.get("email"),
                    phone: try row.get("phone", as: String?.self).flatMap { Phone($0) },
                    birthDate: try row.get("birth_date")),
                try row.get("is_merged", as: Bool.self)
            )
        }
        return Dictionary(rows.map { ($0.0, ($0.1, $0.2, $0.3)) }) { first, _ in first }
    }
}

extension TenantTransaction {
    /// Ties new members to their POS ids. Of two imports of one person only one gets through: the other fails with a
    /// duplicate key, so that nobody becomes two members.
    fileprivate func insertMembers(_ members: [(posID: String, customer: CustomerID)]) throws {
        try connection.bulkInsert(
            "INSERT INTO customer_identities (tenant_id, source, outside_id, customer_id) VALUES (?, 'alleaves', ?, ?)",
            rows: members.map { [tenant.sqlValue, .bytes(Array($0.posID.utf8)), $0.customer.sqlValue] })
    }

    fileprivate func upsert(_ rows: [(id: CustomerID, profile: CustomerProfile)], tier: TierID, at now: Instant) throws
    {
        try connection.bulkInsert(
            """
            INSERT INTO customers (tenant_id, id, first_name, last_name, phone, email, birth_date, tier_id, segment, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'new', ?)
            ON DUPLICATE KEY UPDATE first_name = VALUES(first_name), last_name = VALUES(last_name), phone = VALUES(phone),
              email = VALUES(email), birth_date = VALUES(birth_date)
            """,
            rows: rows.map { id, profile in
                [
                    tenant.sqlValue, id.sqlValue, String(profile.firstName.prefix(100)).sqlValue,
                    String(profile.lastName.prefix(100)).sqlValue,
                    (profile.phone.map { Array($0.e164.utf8) }).sqlValue, profile.email.sqlValue,
                    profile.birthDate.sqlValue, tier.sqlValue, now.sqlValue,
                ]
            })
    }

    /// Ties outside ids to customers. An id that is somebody's already stays theirs.
    func insertIdentities(_ identities: [(source: IdentitySource, outsideID: String, customer: CustomerID)]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO customer_identities (tenant_id, source, outside_id, customer_id) VALUES (?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE customer_id = customer_id
            """,
            rows: identities.map { identity in
                [
                    tenant.sqlValue, identity.source.sqlValue, .bytes(Array(identity.outsideID.utf8)),
                    identity.customer.sqlValue,
                ]
            })
    }

    /// Orders whose customer was unknown when they came are that customer's now, and due.
    ///
    /// - Returns: whether there were any.
    func linkWaitingOrders(to customers: [(posID: String, id: CustomerID)]) throws -> Bool {
        guard !customers.isEmpty, try areOrdersWaiting() else { return false }
        let waiting: [String] = try connection.all(
            """
            SELECT DISTINCT waiting_for FROM orders FORCE INDEX (by_customer)
             WHERE tenant_id = \(tenant) AND customer_id IS NULL
               AND waiting_for IN (\(list: padded(customers.map { Array($0.posID.utf8) })))
            """
        ) { try $0.get("waiting_for") }
        for customer in customers where waiting.contains(customer.posID) {
            try connection.execute(
                """
                UPDATE orders FORCE INDEX (by_customer) SET customer_id = \(customer.id)
                 WHERE tenant_id = \(tenant) AND customer_id IS NULL AND waiting_for = \(Array(customer.posID.utf8))
                """)
        }
        try markDue(Set(customers.filter { waiting.contains($0.posID) }.map(\.id)))
        return !waiting.isEmpty
    }

    /// Whether any order waits for its customer; mostly none does, and then nobody is looked up for it.
    private func areOrdersWaiting() throws -> Bool {
        try connection.one(
            """
            SELECT EXISTS (
              SELECT 1 FROM orders FORCE INDEX (by_customer)
               WHERE tenant_id = \(tenant) AND customer_id IS NULL AND waiting_for IS NOT NULL) AS are_waiting
            """
        ) { try $0.get("are_waiting") }
    }
}

extension CustomerProfile {
    /// Whether all but the code is the same; codes are kept as identities, each for good.
    fileprivate func hasSameParticulars(as other: CustomerProfile) -> Bool {
        var other = other
        other.alpineCode = alpineCode
        return self == other
    }
}
