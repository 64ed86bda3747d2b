import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `GET /api/v1/customers?phone=|email=|posId=`.
    func findCustomers(_ visit: KeyVisit) throws -> Response {
        try customerList(CustomerName(visit.request.query), visit)
    }

    /// `POST /api/v1/customers/lookup`: the same in a body, for contact data do not belong into addresses. It changes
    /// nothing, so it needs no `Idempotency-Key`.
    func lookUpCustomers(_ visit: KeyVisit) throws -> Response {
        var fields = try BodyFields(visit.request.body)
        let isNested = !fields.present(["customer", "customerId"]).isEmpty
        let name = isNested ? fields.customer() : fields.customer(by: [.phone, .email, .posId])
        fields.refuseOthers()
        guard fields.problems.isEmpty, let name else { throw fields.refusal }
        return try customerList(name, visit)
    }

    /// `GET /api/v1/customers/{id}`.
    func showCustomerRecord(_ visit: KeyVisit) throws -> Response {
        guard let record = try visit.store.records(of: visit.customerName, limit: 1).first else {
            throw Refusal(.notFound, "There is no such customer.")
        }
        return .json(customerJSON(record, try settings(of: visit)).bytes)
    }

    private func customerList(_ name: CustomerName, _ visit: KeyVisit) throws -> Response {
        let settings = try settings(of: visit)
        // A number that more people share than that names nobody.
        let records = try visit.store.records(of: name, limit: 100)
        if let way = name.contactWay {
            try visit.store.append(
                .lookUp(by: way, found: records.map(\.card.id)) { visit.audit($0, subject: $1, detail: $2) })
        }
        return .json(
            OrderedJSON.object([
                ("customers", .array(records.map { customerJSON($0, settings) })), ("next", .null),
            ]).bytes)
    }

    /// The settings of the key's tenant as saved last.
    func settings(of visit: KeyVisit) throws -> Settings {
        try shared.settings.settings(of: store.tenant(id: visit.key.tenant), in: store)
    }
}

extension KeyVisit {
    /// The customer of the path.
    var customerName: CustomerName { .id(CustomerID(parameter("id")) ?? CustomerID(rawValue: 0)) }
}

/// contract.md, "API v1": the customer, with its keys in its order.
func customerJSON(_ record: CustomerRecord, _ settings: Settings) -> OrderedJSON {
    .object(customerMembers(record, settings))
}

func customerMembers(_ record: CustomerRecord, _ settings: Settings) -> [(String, OrderedJSON)] {
    let card = record.card
    let tier = settings.tiers.tiers.first { $0.id == card.tier } ?? settings.tiers.tiers[0]
    return [
        ("id", .text("\(card.id)")), ("posId", .optional(record.posID) { .text($0) }),
        ("firstName", .text(card.firstName)), ("lastName", .text(card.lastName)),
        ("points", .integer(card.balance)), ("available", .integer(card.available)),
        ("pointsOwed", .integer(card.pointsOwed)), ("pointsAsOf", .text("\(record.pointsAsOf)")),
        ("tier", .text(tier.name)), ("tierId", .text("\(card.tier)")),
        ("tierProgress", tierProgressJSON(record.qualifyingSpend, settings.tiers)),
        ("segment", .text(card.segment.rawValue)),
        (
            "streak",
            .object([("current", .integer(record.streakCurrent)), ("longest", .integer(record.streakLongest))])
        ),
        // Badges are not given yet.
        ("badges", .array([])), ("referralCode", .text(record.referralCode)),
        ("consent", .object([("sms", .bool(record.allowsSMS)), ("email", .bool(record.allowsEmail))])),
        ("lifetimeValueCents", .integer(card.lifetimeValue.rawValue)), ("orderCount", .integer(card.orderCount)),
        ("lastOrderAt", .optional(card.lastOrderAt) { .text("\($0)") }), ("createdAt", .text("\(record.createdAt)")),
    ]
}

private func tierProgressJSON(_ spend: Cents, _ tiers: TierSettings) -> OrderedJSON {
    let next = tiers.next(after: spend)
    return .object([
        ("spendCents", .integer(max(spend, .zero).rawValue)), ("nextTier", .optional(next) { .text($0.tier.name) }),
        ("remainingCents", .optional(next) { .integer($0.remaining.rawValue) }),
    ])
}
