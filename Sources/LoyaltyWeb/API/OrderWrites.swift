import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/orders`: an order as it is now; the ledger follows.
    func recordOrder(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let now = Instant.now()
            let told = try ToldOrder(visit.request.body, at: now)
            let history = try shared.histories.history(in: tx, at: now)
            let recorded = try tx.record(
                told, under: history, cause: PostingCause(requestID: visit.request.id), at: now)
            try tx.append(visit.audit("orders.record", subject: "\(recorded.order.id)"))
            let settings = history.current
            return ApiAnswer(json: recordedJSON(recorded, settings), customer: recorded.customer?.id)
        }
    }
}

extension ToldOrder {
    /// Reads the body of `POST /api/v1/orders`.
    init(_ body: [UInt8], at now: Instant) throws {
        var fields = try BodyFields(body)
        let buyer = fields.buyer()
        let id = fields.outsideID("posOrderId")
        let word = fields.word("status", OrderState.allWords) { OrderState.knows($0) ? $0 : nil }
        let total = fields.cents("totalCents")
        let tax = fields.ifGiven("taxCents") { $0.cents("taxCents") }
        let tender = fields.ifGiven("pointsTenderCents") { $0.cents("pointsTenderCents") }
        let refundOf = fields.ifGiven("refundOf") { $0.outsideID("refundOf") }
        let location = fields.ifGiven("posLocationId") { $0.outsideID("posLocationId") }
        let completedAt = fields.instant("completedAt", before: now)
        let updatedAt = fields.ifGiven("updatedAt") { $0.instant("updatedAt", before: now) }
        fields.refuseOthers()
        if let total {
            fields.checkParts(tax, tender, of: total)
            fields.checkRefund(refundOf, of: id, total: total)
        }
        guard fields.problems.isEmpty, let buyer, let id, let word, let total, let completedAt else {
            throw fields.refusal
        }
        let state = OrderState(complete: nil, void: nil, cancel: nil, word: word)
        self.init(
            OrderRevision(
                source: .api, posOrderID: id, posCustomerID: nil, posLocationID: location, status: word,
                isCompleted: state.isCompleted, total: total, tax: tax, pointsTender: tender ?? .zero,
                refundOf: refundOf, completedAt: completedAt, updatedAt: updatedAt), buyer: buyer)
    }
}

extension BodyFields {
    /// `customer`, `customerId`, `customer: null`, or nothing.
    fileprivate mutating func buyer() -> ToldOrder.Buyer? {
        let present = present(["customer", "customerId"])
        if present.isEmpty { return .unsaid }
        if present.allSatisfy({ isNull($0) }) { return .nobody }
        return customer().map { .named($0) }
    }

    /// An amount of at most a billion dollars either way.
    fileprivate mutating func cents(_ name: String) -> Cents? {
        integer(name, -100_000_000_000...100_000_000_000).map(Cents.init(rawValue:))
    }

    /// Tax and points paid are parts of the total, so a refund's are below zero.
    fileprivate mutating func checkParts(_ tax: Cents?, _ tender: Cents?, of total: Cents) {
        let sign: Int64 = total < .zero ? -1 : 1
        let parts = [("taxCents", tax), ("pointsTenderCents", tender)].compactMap { name, part in
            part.map { (name: name, amount: $0.rawValue * sign) }
        }
        let sum = parts.reduce(0) { $0 + $1.amount }
        for part in parts where part.amount < 0 || sum > total.rawValue * sign {
            let _: Never? = refuse(
                part.name, "out_of_range", "“\(part.name)” must be a part of “totalCents”, below zero for a refund.")
        }
    }

    fileprivate mutating func checkRefund(_ refundOf: String?, of id: String?, total: Cents) {
        if total < .zero, refundOf == nil, !has("refundOf") {
            let _: Never? = refuse(
                "refundOf", "required", "A total below zero is a refund: name the order that it takes back.")
        } else if total >= .zero, refundOf != nil {
            let _: Never? = refuse("refundOf", "invalid", "Only a total below zero is a refund of another order.")
        } else if let refundOf, let id, refundOf.utf8.elementsEqual(id.utf8) {
            let _: Never? = refuse("refundOf", "invalid", "An order cannot take itself back.")
        }
    }
}

extension OrderState {
    /// The words of rules.md, "Orders change", as the API takes them, in any case.
    static let allWords = (completedWords.union(openWords).union(endedWords)).sorted()

    static func knows(_ word: String) -> Bool { allWords.contains(word.lowercased()) }
}

/// contract.md, "API v1": what `POST /api/v1/orders` answers.
private func recordedJSON(_ recorded: RecordedOrder, _ settings: Settings) -> OrderedJSON {
    let customer = recorded.customer
    func tierName(_ id: TierID?) -> OrderedJSON {
        .optional(id) { id in .text((settings.tiers.tiers.first { $0.id == id } ?? settings.tiers.tiers[0]).name) }
    }
    return .object([
        ("id", .text("\(recorded.order.id)")), ("posOrderId", .text(recorded.order.revision.posOrderID)),
        ("customerId", .optional(customer?.id) { .text("\($0)") }),
        ("pointsPosted", .integer(recorded.points)),
        ("reason", .optional(recorded.reasonCode) { .text($0) }),
        ("points", .optional(customer?.head.balance) { .integer($0) }),
        ("available", .optional(customer?.available) { .integer($0) }),
        ("tier", tierName(customer?.standing.tier)), ("previousTier", tierName(recorded.previousTier)),
        ("segment", .optional(customer?.standing.segment) { .text($0.rawValue) }),
        // Badges are not given yet.
        ("badgesEarned", .array([])), ("stale", .bool(recorded.isStale)),
        ("receipt", .object([("lines", .array(receiptLines(recorded, settings).map { .text($0) }))])),
    ])
}

extension RecordedOrder {
    /// A word of rules.md, "Points for one order", or `unknown_sale`.
    fileprivate var reasonCode: String? { refundsNothing ? "unknown_sale" : reason?.rawValue }
}

/// What a till prints for the customer. The equity multiplier is in the points and nowhere else.
private func receiptLines(_ recorded: RecordedOrder, _ settings: Settings) -> [String] {
    guard let customer = recorded.customer else { return [] }
    var lines: [String] = []
    if recorded.points < 0 {
        lines.append("Points taken back: \(groupedDigits(-recorded.points))")
    } else {
        lines.append("Points earned: \(groupedDigits(recorded.points))")
    }
    if recorded.pointsGivenBack > 0 {
        lines.append("Points given back: \(groupedDigits(recorded.pointsGivenBack))")
    }
    lines.append("Balance: \(groupedDigits(customer.head.balance)) points")
    if let next = settings.tiers.next(after: customer.standing.qualifying) {
        lines.append("\(next.remaining.formatted()) more to \(next.tier.name)")
    }
    return lines
}
