public import LoyaltyRules
import MariaDB

/// Somebody did something that has to be told later. Ids only: no contact data, no secrets.
public struct AuditRecord: Sendable {
    /// Who, if a person who signed in.
    public var user: UserID?
    /// Who, in words: an e-mail, `api key tills`, `cron`, `system`.
    public var actor: String
    /// What, as `settings.save`.
    public var action: String
    /// To what: an id.
    public var subject: String?
    /// In words, at most 1,000 characters.
    public var detail: String
    /// The request's id.
    public var requestID: String?
    /// From where.
    public var address: String?

    /// Makes a record.
    public init(
        user: UserID? = nil, actor: String, action: String, subject: String? = nil, detail: String = "",
        requestID: String? = nil, address: String? = nil
    ) {
        self.user = user
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail
        self.requestID = requestID
        self.address = address
    }
}

extension TenantTransaction {
    /// Appends `record`, together with what it tells of.
    public func append(_ record: AuditRecord) throws { try record.append(to: connection, tenant: tenant) }
}

extension TenantStore {
    /// Appends `record` by itself, for what is no change of data.
    public func append(_ record: AuditRecord) throws { try record.append(to: connection, tenant: tenant) }
}

extension Store {
    /// Appends `record` of no tenant, such as a sign-in.
    public func append(_ record: AuditRecord) throws {
        try record.append(to: connection, tenant: TenantID(rawValue: 0))
    }
}

extension AuditRecord {
    fileprivate func append(to connection: Connection, tenant: TenantID) throws {
        try connection.execute(
            """
            INSERT INTO audit_log (tenant_id, id, at, user_id, actor, action, subject, detail, request_id, address)
            VALUES (\(tenant), \(UserID.make()), UTC_TIMESTAMP(6), \(user), \(Self.cut(actor, 100)), \(action),
              \(subject.map { Array($0.utf8.prefix(120)) }), \(Self.cut(detail, 1_000)),
              \(requestID.map { Array($0.utf8) }), \(address.map { Array($0.utf8.prefix(64)) }))
            """)
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }
}
