import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/orders`: stored and posted before the answer.
    func takeInOrder(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let now = Instant.now()
            let body = try OrderBody(visit.request.body, at: now)
            let taken = try tx.takeIn(body.revision, of: body.customer, requestID: visit.request.id, at: now)
            let record = try taken.customer.flatMap { try tx.records(of: .id($0), limit: 1).first }
            let json = takenOrderJSON(taken, record, try tx.settings().tiers)
            return ApiAnswer(json: json, customer: taken.customer)
        }
    }

    /// `GET /api/v1/orders/{id}`.
    func showOrder(_ visit: KeyVisit) throws -> Response {
        // Ids are opaque: a text that is none of ours names nothing.
        try orderAnswer(.id(OrderID(visit.parameter("id")) ?? OrderID(rawValue: 0)), visit)
    }

    /// `GET /api/v1/orders?posOrderId=`.
    func findOrder(_ visit: KeyVisit) throws -> Response {
        guard let posID = try visit.request.query.single("posOrderId"), (1...64).contains(posID.utf8.count) else {
            throw InvalidFields.query("posOrderId", "required", "Name the order by posOrderId, of 1 to 64 characters.")
        }
        return try orderAnswer(.posID(posID), visit)
    }

    private func orderAnswer(_ name: OrderName, _ visit: KeyVisit) throws -> Response {
        guard let order = try visit.store.order(name) else { throw Refusal(.notFound, "There is no such order.") }
        return .json(orderJSON(order).bytes)
    }
}

/// The body of `POST /api/v1/orders`.
struct OrderBody {
    let revision: OrderRevision
    /// Nil for an anonymous sale.
    let customer: CustomerName?

    private static let centsMax: Int64 = 1_000_000_000
    /// rules.md, "Completion": so far ahead of our clock at most.
    private static let aheadSeconds: Int64 = 86_400

    init(_ body: [UInt8], at now: Instant) throws {
        var fields = try BodyFields(body)
        let isNamed = fields.has("customer") || fields.has("customerId")
        let customer = isNamed ? fields.customer() : nil
        let revision = Self.revision(&fields, at: now)
        fields.refuseOthers()
        guard fields.problems.isEmpty, let revision else { throw fields.refusal }
        self.customer = customer
        self.revision = revision
    }

    private static func revision(_ fields: inout BodyFields, at now: Instant) -> OrderRevision? {
        let id = fields.outsideID("posOrderId")
        let word = fields.orderStatus()
        let total = fields.integer("totalCents", -centsMax...centsMax)
        let tax = fields.has("taxCents") ? fields.integer("taxCents", -centsMax...centsMax) : nil
        let tender = fields.has("pointsTenderCents") ? fields.integer("pointsTenderCents", 0...centsMax) : nil
        let refundOf = fields.has("refundOf") ? fields.outsideID("refundOf") : nil
        let location = fields.has("posLocationId") ? fields.outsideID("posLocationId") : nil
        let completedAt = fields.instant("completedAt")
        let updatedAt = fields.has("updatedAt") ? fields.instant("updatedAt") : nil
        if let completedAt, completedAt > now.advanced(bySeconds: aheadSeconds) {
            fields.note("completedAt", "out_of_range", "“completedAt” is more than a day ahead of our clock.")
        }
        if let total, total < 0, !fields.has("refundOf") {
            fields.note("refundOf", "required", "A negative order names the sale that it takes back: “refundOf”.")
        }
        if let total, total >= 0, refundOf != nil {
            fields.note("refundOf", "invalid", "Only a negative order takes a sale back.")
        }
        guard let id, let word, let total, let completedAt else { return nil }
        return OrderRevision(
            source: .api, posOrderID: id, posCustomerID: nil, posLocationID: location, status: word,
            isCompleted: OrderState(complete: nil, void: nil, cancel: nil, word: word).isCompleted,
            total: Cents(rawValue: total), tax: tax.map { Cents(rawValue: $0) },
            pointsTender: Cents(rawValue: tender ?? 0), refundOf: refundOf, completedAt: min(completedAt, now),
            updatedAt: updatedAt)
    }
}

extension BodyFields {
    /// A word of rules.md, "Orders change", in any case.
    fileprivate mutating func orderStatus() -> String? {
        guard let word = string("status") else { return nil }
        guard !word.isEmpty, OrderState(complete: nil, void: nil, cancel: nil, word: word).unknownWord == nil else {
            let known = OrderState.completedWords.union(OrderState.openWords).union(OrderState.endedWords)
            return refuse("status", "invalid", "“status” must be one of \(known.sorted().joined(separator: ", ")).")
        }
        return word
    }

    /// A moment with its zone.
    mutating func instant(_ name: String) -> Instant? {
        guard let text = string(name) else { return nil }
        return Instant(parsing: text)
            ?? refuse(name, "invalid", "“\(name)” must be a time of RFC 3339, as 2026-06-01T16:00:00Z.")
    }
}

private func takenOrderJSON(_ taken: TakenOrder, _ record: CustomerRecord?, _ tiers: TierSettings) -> OrderedJSON {
    func name(_ tier: TierID?) -> OrderedJSON {
        .optional(tier.flatMap { id in tiers.tiers.first { $0.id == id } }) { .text($0.name) }
    }
    let card = record?.card
    return .object([
        ("id", .text("\(taken.order.id)")), ("pointsPosted", .integer(taken.order.pointsPosted)),
        ("reason", .optional(taken.order.reason) { .text($0.rawValue) }),
        ("points", .optional(card) { .integer($0.balance) }),
        ("available", .optional(card) { .integer($0.available) }), ("tier", name(card?.tier)),
        ("previousTier", name(card == nil ? nil : taken.previousTier)),
        ("segment", .optional(card) { .text($0.segment.rawValue) }),
        // Badges are not given yet.
        ("badgesEarned", .array([])), ("stale", .bool(taken.isStale)),
        ("receipt", receiptJSON(receiptLines(taken, record, tiers))),
    ])
}

/// What a receipt says of an order. The equity multiplier is no part of it, nor what it could be told from.
private func receiptLines(_ taken: TakenOrder, _ record: CustomerRecord?, _ tiers: TierSettings) -> [String] {
    guard let record else { return [] }
    var lines = ["\(pointsText(record.card.available)) available"]
    if taken.order.pointsPosted > 0 { lines.insert("\(pointsText(taken.order.pointsPosted)) earned", at: 0) }
    if let tier = tiers.tiers.first(where: { $0.id == record.card.tier }) {
        let next = tiers.next(after: record.qualifyingSpend)
        lines.append(
            tier.name + (next.map { ", \($0.remaining.formatted(short: true)) to \($0.tier.name)" } ?? ""))
    }
    return lines
}

/// contract.md, "API v1": an order. Whether equity counted is told, its multiplier never.
private func orderJSON(_ order: OrderDetail) -> OrderedJSON {
    let revision = order.revision
    return .object([
        ("id", .text("\(order.id)")), ("posOrderId", .text(revision.posOrderID)),
        ("source", .text(revision.source.rawValue)),
        ("customerId", .optional(order.customer) { .text("\($0)") }),
        ("posLocationId", .optional(revision.posLocationID) { .text($0) }),
        ("status", .optional(revision.status) { .text($0) }), ("completed", .bool(revision.isCompleted)),
        ("totalCents", .integer(revision.total.rawValue)),
        ("taxCents", .optional(revision.tax) { .integer($0.rawValue) }),
        ("pointsTenderCents", .integer(revision.pointsTender.rawValue)),
        ("refundOf", .optional(revision.refundOf) { .text($0) }), ("completedAt", .text("\(revision.completedAt)")),
        ("updatedAt", .optional(revision.updatedAt) { .text("\($0)") }),
        ("pointsPosted", .integer(order.pointsPosted)), ("reason", .optional(order.reason) { .text($0.rawValue) }),
        ("terms", .optional(order.terms, termsJSON)), ("entries", .array(order.entries.map(entryJSON))),
    ])
}

private func termsJSON(_ terms: EarningTerms) -> OrderedJSON {
    .object([
        ("pointsPerDollar", .number(terms.pointsPerDollar.text)),
        ("tierMultiplier", .number(terms.tierMultiplier.text)), ("equity", .bool(terms.equityMultiplier != .one)),
        ("rounding", .text(terms.rounding.rawValue)), ("earnOn", .text(terms.earnOn.rawValue)),
        ("settingsVersion", .integer(terms.settingsVersion)),
    ])
}
