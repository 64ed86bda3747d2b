public import LoyaltyRules
import MariaDB

/// Something a customer did beside buying.
public struct EngagementEvent: Equatable, Sendable {
    /// Who.
    public var customer: CustomerID
    /// What.
    public var type: EngagementType
    /// About what, at most 200 characters: what was searched for, which product was reviewed.
    public var subject: String?
    /// When.
    public var at: Instant
    /// The request's id.
    public var requestID: String?

    /// Tells of something.
    public init(
        customer: CustomerID, type: EngagementType, subject: String? = nil, at: Instant, requestID: String? = nil
    ) {
        self.customer = customer
        self.type = type
        self.subject = subject
        self.at = at
        self.requestID = requestID
    }
}

extension TenantTransaction {
    /// Keeps an event and counts its day into the streak, if the type does and streaks are on.
    ///
    /// - Returns: the streak afterwards.
    /// - Throws: `Refusal.notFound` for an unknown customer, `.conflict` for one who was erased.
    public func record(_ event: EngagementEvent, settings: Settings, at now: Instant) throws -> Streak {
        let customer = try lockForChange(event.customer)
        let calendar = settings.business.calendar
        let day = calendar.day(of: event.at)
        try connection.execute(
            """
            INSERT INTO engagement_events (tenant_id, id, customer_id, type, subject, at, day, request_id, stored_at)
            VALUES (\(tenant), \(ID<EventEntity>.make(at: now)), \(customer.id), \(event.type), \(event.subject),
                    \(event.at), \(day), \(event.requestID.map { Array($0.utf8) }), \(now))
            """)
        guard event.type.countsForStreak, settings.program.gamificationEnabled else { return customer.streak }
        try count(day, of: customer, by: calendar)
        return try lockForChange(customer.id).streak
    }
}

private enum EventEntity: Entity { static let idPrefix = "evt" }
