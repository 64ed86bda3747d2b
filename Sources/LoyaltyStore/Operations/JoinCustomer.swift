public import LoyaltyRules
import MariaDB

/// What is told of somebody who joins.
public struct JoiningCustomer: Equatable, Sendable {
    /// The POS's id of them.
    public var posID: String?
    /// At most 100 characters; may be empty.
    public var firstName: String
    /// At most 100 characters; may be empty.
    public var lastName: String
    /// How to call.
    public var phone: Phone?
    /// As `comparableEmail` gives it.
    public var email: String?
    /// For the birthday and the minimum age.
    public var birthDate: Day?
    /// Who brought them.
    public var referralCode: ReferralCode?
    /// What they said about messages.
    public var consent: ConsentStatement

    /// Tells of somebody.
    public init(
        posID: String? = nil, firstName: String = "", lastName: String = "", phone: Phone? = nil, email: String? = nil,
        birthDate: Day? = nil, referralCode: ReferralCode? = nil, consent: ConsentStatement
    ) {
        self.posID = posID
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.email = email
        self.birthDate = birthDate
        self.referralCode = referralCode
        self.consent = consent
    }
}

extension TenantTransaction {
    /// Makes somebody a member, once: who has the POS id, or alone has the phone, is that member already. Of such a one
    /// nothing changes but that a POS id is theirs from now on, and that a consent given now is kept; a `false` is no
    /// withdrawal here, for a form's box may just be left alone. Sales that waited for the POS id earn.
    ///
    /// - Returns: who, and whether they are new.
    /// - Throws: `Refusal.ambiguousCustomer` when several have the phone, `.notFound` for nobody's referral code,
    ///   `.conflict` when the one with the POS id was erased.
    public func join(
        _ joining: JoiningCustomer, under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws -> (customer: CustomerID, isNew: Bool) {
        try guardJoining(phone: joining.phone, posID: joining.posID)
        if let id = try member(joining) {
            _ = try lockForChange(id)
            if let posID = joining.posID { try tie(id, to: posID, under: history, cause: cause, at: now) }
            var consent = joining.consent
            consent.isGiven = consent.isGiven.filter(\.value)
            try record(consent, of: id, at: now)
            return (id, false)
        }
        let referrer = try joining.referralCode.map { try customer(of: $0) }
        let id = CustomerID.make(at: now)
        let tiers = try settingsHeld(history.current).tiers
        try connection.execute(
            """
            INSERT INTO customers
              (tenant_id, id, first_name, last_name, phone, email, birth_date, tier_id, segment, created_at)
            VALUES
              (\(tenant), \(id), \(joining.firstName), \(joining.lastName), \(joining.phone.map { Array($0.e164.utf8) }),
               \(joining.email), \(joining.birthDate), \(tiers.tiers[0].id), 'new', \(now))
            """)
        if let referrer {
            try connection.execute(
                """
                INSERT INTO referrals (tenant_id, customer_id, referrer_id, recorded_at)
                VALUES (\(tenant), \(id), \(referrer), \(now))
                """)
        }
        if let posID = joining.posID { try tie(id, to: posID, under: history, cause: cause, at: now) }
        try record(joining.consent, of: id, at: now)
        return (id, true)
    }

    /// Keeps others who join, or change to, this phone or POS id waiting until this transaction ends. Belongs before
    /// every other lock.
    func guardJoining(phone: Phone?, posID: String?) throws {
        try guardJoining(phones: Set([phone].compactMap { $0 }), posIDs: Set([posID].compactMap { $0 }))
    }

    /// The same for several, at most 1,000 of each: an import makes members too.
    func guardJoining(phones: Set<Phone>, posIDs: Set<String>) throws {
        // In this order everywhere, so that two never wait for each other. A row that was deleted stays locked by its
        // transaction like one that is there.
        let guards = phones.map { Array("phone \($0.e164)".utf8) } + posIDs.map { Array("posId \($0)".utf8) }
        guard !guards.isEmpty else { return }
        if guards.count > Self.guardsMax { return try closeGate() }
        let sorted = guards.sorted { $0.lexicographicallyPrecedes($1) }
        try connection.bulkInsert(
            "INSERT INTO join_guards (tenant_id, guard) VALUES (?, ?) ON DUPLICATE KEY UPDATE guard = VALUES(guard)",
            rows: sorted.map { [tenant.sqlValue, .bytes($0)] })
        try connection.execute(
            "DELETE FROM join_guards WHERE tenant_id = \(tenant) AND guard IN (\(list: padded(sorted)))")
    }

    /// More would cost more than they are worth: then everybody who joins waits.
    private static var guardsMax: Int { 256 }

    /// Keeps everybody who joins waiting: each guard holds its tenant's gate shared, by its foreign key.
    private func closeGate() throws {
        try connection.execute("UPDATE join_gates SET imports = imports + 1 WHERE tenant_id = \(tenant)")
    }

    /// The member that somebody who joins is already; nil for nobody.
    ///
    /// rules.md, "Customers": with a POS id nobody has, they are the one member with their phone if that one has no
    /// POS id; the point of sale knows two people with two ids for two.
    private func member(_ joining: JoiningCustomer) throws -> CustomerID? {
        if let posID = joining.posID, let known = try customers(.alleaves, outsideIDs: [posID])[posID] { return known }
        guard let phone = joining.phone else { return nil }
        let carriers = try connection.all(
            """
            SELECT id, EXISTS (SELECT 1 FROM customer_identities AS identity
                                WHERE identity.tenant_id = \(tenant) AND identity.customer_id = customers.id
                                  AND source = 'alleaves') AS has_pos_id
              FROM customers WHERE tenant_id = \(tenant) AND \(carries("phone = \(Array(phone.e164.utf8))"))
               AND erased_at IS NULL LIMIT 2
            """
        ) { row in (id: try row.get("id", as: CustomerID.self), hasPosID: try row.get("has_pos_id", as: Bool.self)) }
        guard let first = carriers.first else { return nil }
        if joining.posID != nil { return carriers.count == 1 && !first.hasPosID ? first.id : nil }
        guard carriers.count == 1 else {
            throw Refusal(.ambiguousCustomer, "Several customers have this phone. Name the POS id too.")
        }
        return first.id
    }

    private func customer(of code: ReferralCode) throws -> CustomerID {
        let found: CustomerID? = try connection.optional(
            """
            SELECT id FROM customers
             WHERE tenant_id = \(tenant) AND \(carries("referral_code = \(Array(code.text.utf8))")) AND erased_at IS NULL
            """
        ) { try $0.get("id") }
        guard let found else { throw Refusal(.notFound, "There is no customer with this referral code.") }
        return found
    }

    /// Makes `posID` the customer's own; sales that waited for it are theirs now, and earn.
    ///
    /// - Throws: `Refusal.conflict` when it is somebody else's, or the customer has another.
    func tie(
        _ id: CustomerID, to posID: String, under history: SettingsHistory, cause: PostingCause, at now: Instant
    ) throws {
        if let owner = try customers(.alleaves, outsideIDs: [posID])[posID] {
            guard owner == id else { throw Refusal(.conflict, "Another customer has this POS id.") }
            return
        }
        guard try posIDs(of: [id]).isEmpty else { throw Refusal(.conflict, "The customer has another POS id.") }
        try connection.execute(
            """
            INSERT INTO customer_identities (tenant_id, source, outside_id, customer_id)
            VALUES (\(tenant), 'alleaves', \(Array(posID.utf8)), \(id))
            """)
        if try linkWaitingOrders(to: [(posID, id)]) {
            _ = try postOrders(of: [id], under: history, cause: cause, at: now)
        }
    }
}
