import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/events`: what a customer did beside buying.
    func recordEvent(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let now = Instant.now()
            let told = try ToldEvent(visit.request.body, at: now)
            let customer = try tx.customerID(of: told.customer)
            let event = EngagementEvent(
                customer: customer, type: told.type, subject: told.subject, at: told.at, requestID: visit.request.id)
            let settings = try shared.histories.history(in: tx, at: now).current
            let streak = try tx.record(event, settings: settings, at: now)
            return ApiAnswer(
                json: .object([
                    (
                        "streak",
                        .object([("current", .integer(streak.current)), ("longest", .integer(streak.longest))])
                    ),
                    // Badges are not given yet.
                    ("badgesEarned", .array([])),
                ]), customer: customer)
        }
    }
}

/// The body of `POST /api/v1/events`.
private struct ToldEvent {
    let customer: CustomerName
    let type: EngagementType
    let subject: String?
    let at: Instant

    init(_ body: [UInt8], at now: Instant) throws {
        var fields = try BodyFields(body)
        let customer = fields.customer()
        let type = fields.word("type", EngagementType.allCases.map(\.rawValue)) { EngagementType(rawValue: $0) }
        let subject = fields.ifGiven("subject") { $0.text("subject", 1...200) }
        let at = fields.ifGiven("at") { $0.instant("at", before: now) }
        fields.refuseOthers()
        guard fields.problems.isEmpty, let customer, let type else { throw fields.refusal }
        self.customer = customer
        self.type = type
        self.subject = subject
        // As with orders: less than a day ahead of our clock counts as now.
        self.at = min(at ?? now, now)
    }
}
