import LoyaltyRules
import MariaDB

/// How a caller names a customer. contract.md, "API v1".
public enum CustomerName: Equatable, Sendable {
    /// By our id.
    case id(CustomerID)
    /// By the POS's id, byte for byte.
    case posID(String)
    /// By a number.
    case phone(Phone)
    /// By an address, as `comparableEmail` gives it.
    case email(String)
}

/// A customer as programs read them.
public struct CustomerRecord: Equatable, Sendable {
    /// What lists show too.
    public var card: CustomerCard
    /// The POS's id.
    public var posID: String?
    /// The spend that counts for the tier.
    public var qualifyingSpend: Cents
    /// Consecutive days with activity.
    public var streakCurrent: Int64
    /// The most there ever were.
    public var streakLongest: Int64
    /// What they tell others, who name them by it when they join.
    public var referralCode: String
    /// Whether they allow text messages.
    public var allowsSMS: Bool
    /// Whether they allow e-mails.
    public var allowsEmail: Bool
    /// When they became a member.
    public var createdAt: Instant
    /// When points last moved; nil for never.
    public var lastEntryAt: Instant?
    /// When Alpine's figure last agreed with ours; nil when the newest comparison did not.
    public var confirmedAt: Instant?

    /// The moment as of which the points are known to be right: when they last moved, or were confirmed by Alpine
    /// after that; for somebody without either, when they became a member with none.
    public var pointsAsOf: Instant { [lastEntryAt, confirmedAt].compactMap { $0 }.max() ?? createdAt }
}

extension TenantQueries {
    /// The members that `name` means, oldest first, at most `limit`; none of those that were erased. What names somebody
    /// who was merged names the survivor.
    public func records(of name: CustomerName, limit: Int) throws -> [CustomerRecord] {
        try connection.all(
            """
            SELECT \(CustomerCard.columns), qualifying_cents, streak_current, streak_longest, referral_code, created_at,
                   (SELECT outside_id FROM customer_identities AS identity
                     WHERE identity.tenant_id = \(tenant) AND identity.customer_id = customers.id
                       AND source = 'alleaves' ORDER BY is_merged, outside_id LIMIT 1) AS pos_id,
                   (SELECT entry.created_at FROM ledger_entries AS entry
                     WHERE entry.tenant_id = \(tenant) AND entry.customer_id = customers.id
                       AND entry.sequence = customers.head_sequence) AS last_entry_at,
                   (SELECT compared_at FROM alpine_standings AS standing
                     WHERE standing.tenant_id = \(tenant) AND standing.customer_id = customers.id
                       AND outcome = 'within') AS confirmed_at,
                   \(newestConsent(.sms)) AS allows_sms, \(newestConsent(.email)) AS allows_email
              FROM customers
             WHERE tenant_id = \(tenant) AND erased_at IS NULL AND merged_into IS NULL AND \(condition(name))
             ORDER BY id LIMIT \(limit)
            """
        ) { row in
            CustomerRecord(
                card: try CustomerCard(row: row), posID: try row.get("pos_id"),
                qualifyingSpend: try row.get("qualifying_cents"), streakCurrent: try row.get("streak_current"),
                streakLongest: try row.get("streak_longest"), referralCode: try row.get("referral_code"),
                allowsSMS: try row.get("allows_sms"), allowsEmail: try row.get("allows_email"),
                createdAt: try row.get("created_at"),
                lastEntryAt: try row.get("last_entry_at"), confirmedAt: try row.get("confirmed_at"))
        }
    }

    /// The one member that `name` means.
    ///
    /// - Throws: `Refusal.notFound` for nobody, `.ambiguousCustomer` for several.
    public func customerID(of name: CustomerName) throws -> CustomerID { try member(name).id }

    /// The one member that `name` means, with what they can spend now.
    func member(_ name: CustomerName) throws -> (id: CustomerID, available: Int64) {
        let found = try connection.all(
            """
            SELECT id, balance - \(CustomerCard.heldNow) AS available FROM customers
             WHERE tenant_id = \(tenant) AND erased_at IS NULL AND merged_into IS NULL AND \(condition(name)) LIMIT 2
            """
        ) { (id: try $0.get("id", as: CustomerID.self), available: try $0.get("available", as: Int64.self)) }
        guard let member = found.first else { throw Refusal(.notFound, "There is no such customer.") }
        guard found.count == 1 else {
            throw Refusal(.ambiguousCustomer, "Several customers share this. Name the customer by id.")
        }
        return member
    }

    private func newestConsent(_ channel: ConsentChannel) -> SQL {
        """
        COALESCE((SELECT is_given FROM consent_records AS consent
                   WHERE consent.tenant_id = \(tenant) AND consent.customer_id = customers.id
                     AND channel = \(channel) ORDER BY number DESC LIMIT 1), 0)
        """
    }

    private func condition(_ name: CustomerName) -> SQL {
        switch name {
        case .id(let id):
            """
            id = COALESCE(
              (SELECT merged_into FROM customers AS carrier WHERE tenant_id = \(tenant) AND id = \(id)), \(id))
            """
        case .posID(let posID):
            """
            id IN (SELECT customer_id FROM customer_identities
                    WHERE tenant_id = \(tenant) AND source = 'alleaves' AND outside_id = \(Array(posID.utf8)))
            """
        case .phone(let phone): carries("phone = \(Array(phone.e164.utf8))")
        // The index compares without case and accents; é is no e in somebody's address.
        case .email(let email): carries("email = \(email) AND CAST(email AS BINARY) = \(Array(email.utf8))")
        }
    }
}
