public import LoyaltyRules
import MariaDB

extension ConsentChannel: SQLBindable, SQLDecodable {}

/// What somebody said about messages, where and to which words.
public struct ConsentStatement: Equatable, Sendable {
    /// Whether messages are allowed, for each channel that was spoken of.
    public var isGiven: [ConsentChannel: Bool]
    /// Where it was said, in words: `API key Tills`. At most 120 characters.
    public var place: String
    /// The text that was agreed to, at most 500 characters; nil when nobody told it.
    public var wording: String?
    /// Who wrote it down, if a person who signed in.
    public var user: UserID?
    /// The request's id.
    public var requestID: String?

    /// Makes a statement.
    public init(
        isGiven: [ConsentChannel: Bool], place: String, wording: String? = nil, user: UserID? = nil,
        requestID: String? = nil
    ) {
        self.isGiven = isGiven
        self.place = place
        self.wording = wording
        self.user = user
        self.requestID = requestID
    }
}

extension TenantQueries {

    fileprivate func newestConsents(
        of customer: CustomerID
    ) throws -> [(channel: ConsentChannel, number: Int64, isGiven: Bool)] {
        try connection.all(
            """
            SELECT channel, number, is_given FROM consent_records AS newest
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND number =
               (SELECT MAX(number) FROM consent_records
                 WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND channel = newest.channel)
            """
        ) { row in (try row.get("channel"), try row.get("number"), try row.get("is_given")) }
    }
}

extension TenantTransaction {
    /// Records what a customer whose row is locked, or new, said about messages, as far as it differs from what holds:
    /// nobody who was never asked has to refuse.
    public func record(_ statement: ConsentStatement, of customer: CustomerID, at now: Instant) throws {
        if statement.isGiven.isEmpty { return }
        let held = try newestConsents(of: customer)
        for channel in ConsentChannel.allCases {
            guard let isGiven = statement.isGiven[channel] else { continue }
            let last = held.first { $0.channel == channel }
            guard isGiven != (last?.isGiven ?? false) else { continue }
            try connection.execute(
                """
                INSERT INTO consent_records
                  (tenant_id, customer_id, channel, number, is_given, place, wording, user_id, request_id, recorded_at)
                VALUES
                  (\(tenant), \(customer), \(channel), \((last?.number ?? 0) + 1), \(isGiven),
                   \(String(String.UnicodeScalarView(statement.place.unicodeScalars.prefix(120)))), \(statement.wording),
                   \(statement.user), \(statement.requestID.map { Array($0.utf8) }), \(now))
                """)
            try insert([
                Activity(
                    customer: customer, kind: .consentChange, at: now, cause: "\(statement.place): \(channel.words)",
                    from: last.map { $0.isGiven ? "allowed" : "not allowed" }, to: isGiven ? "allowed" : "not allowed",
                    user: statement.user)
            ])
        }
    }
}

extension ConsentChannel {
    fileprivate var words: String {
        switch self {
        case .sms: "text messages"
        case .email: "e-mails"
        }
    }
}
