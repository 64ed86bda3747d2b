import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/redemptions/quote`. It changes nothing, so it needs no `Idempotency-Key`.
    func quoteRedemption(_ visit: KeyVisit) throws -> Response {
        var fields = try BodyFields(visit.request.body)
        let customer = fields.customer()
        let order = fields.redemptionOrder()
        fields.refuseOthers()
        guard fields.problems.isEmpty, let customer, let order else { throw fields.refusal }
        if let way = customer.contactWay {
            let found = try visit.store.customerID(of: customer)
            try visit.store.append(
                .lookUp(by: way, found: [found]) { visit.audit($0, subject: $1, detail: $2) })
        }
        let settings = try shared.settings.settings(at: visit.key.settingsVersion, in: visit.store)
        let quote = try visit.store.redemptionQuote(of: customer, on: order, under: settings)
        return .json(quoteJSON(quote).bytes)
    }

    /// `POST /api/v1/redemptions`: points are spent at once, or reserved with `hold`.
    func redeemPoints(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let asked = try RedemptionBody(visit.request.body)
            let customer = try tx.customerID(of: asked.customer)
            let redemption = try tx.redeem(
                asked.request, of: customer, on: asked.order, isHold: asked.isHold, by: visit.redemptionActor,
                at: .now())
            return try visit.answer(
                redemption, asked.isHold ? "redemption.hold" : "redemption.redeem", in: tx, status: .created)
        }
    }

    /// `POST /api/v1/redemptions/{id}/capture`.
    func captureRedemption(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            var fields = try BodyFields(orEmpty: visit.request.body)
            let total = fields.has("orderTotalCents") ? fields.orderTotal() : nil
            fields.refuseOthers()
            guard fields.problems.isEmpty else { throw fields.refusal }
            let redemption = try tx.capture(
                visit.redemptionID, orderTotal: total, by: visit.redemptionActor, at: .now())
            return try visit.answer(redemption, "redemption.capture", in: tx)
        }
    }

    /// `POST /api/v1/redemptions/{id}/void`. After 24 hours it needs the scope `adjustments`, too.
    func voidRedemption(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            var fields = try BodyFields(orEmpty: visit.request.body)
            fields.refuseOthers()
            guard fields.problems.isEmpty else { throw fields.refusal }
            let redemption = try tx.void(
                visit.redemptionID, mayBeLate: visit.key.may(Scope(.adjustments)), by: visit.redemptionActor,
                at: .now())
            return try visit.answer(redemption, "redemption.void", in: tx)
        }
    }

    /// `GET /api/v1/redemptions/{id}`.
    func showRedemption(_ visit: KeyVisit) throws -> Response {
        guard let redemption = try visit.store.redemption(visit.redemptionID) else {
            throw Refusal(.notFound, "There is no such redemption.")
        }
        let available = try visit.store.availablePoints(of: redemption.customer)
        return .json(redemptionJSON(redemption, available: available).bytes)
    }
}

/// The body of `POST /api/v1/redemptions`.
struct RedemptionBody {
    let customer: CustomerName
    let request: RedemptionRequest
    let order: RedemptionOrder
    let isHold: Bool

    init(_ body: [UInt8]) throws {
        var fields = try BodyFields(body)
        let customer = fields.customer()
        let request = fields.redemptionRequest()
        let order = fields.redemptionOrder()
        let isHold = fields.has("hold") ? fields.bool("hold") : false
        fields.refuseOthers()
        guard fields.problems.isEmpty, let customer, let request, let order, let isHold else { throw fields.refusal }
        self.customer = customer
        self.request = request
        self.order = order
        self.isHold = isHold
    }
}

extension BodyFields {
    /// `redemptionTierId` or `points`.
    fileprivate mutating func redemptionRequest() -> RedemptionRequest? {
        switch (has("redemptionTierId"), has("points")) {
        case (true, false):
            // Ids are opaque: a text that is none of ours names no tier.
            return string("redemptionTierId").map { .reward(RewardID($0) ?? RewardID(rawValue: 0)) }
        case (false, true): return integer("points", 0...10_000_000).map { .points($0) }
        case (false, false):
            return refuse("redemptionTierId", "required", "Say what to redeem: “redemptionTierId” or “points”.")
        case (true, true):
            _ = (string("redemptionTierId"), integer("points", 0...10_000_000))
            return refuse("points", "ambiguous", "Say what to redeem once: “redemptionTierId” or “points”.")
        }
    }

    /// `orderTotalCents`, `posOrderId`, `posLocationId`.
    fileprivate mutating func redemptionOrder() -> RedemptionOrder? {
        guard let total = orderTotal() else { return nil }
        return RedemptionOrder(
            total: total, posOrderID: has("posOrderId") ? outsideID("posOrderId") : nil,
            posLocationID: has("posLocationId") ? outsideID("posLocationId") : nil)
    }

    fileprivate mutating func orderTotal() -> Cents? {
        integer("orderTotalCents", 0...1_000_000_000).map { Cents(rawValue: $0) }
    }
}

extension KeyVisit {
    /// The redemption of the path. Ids are opaque: a text that is none of ours names nothing.
    fileprivate var redemptionID: RedemptionID { RedemptionID(parameter("id")) ?? RedemptionID(rawValue: 0) }

    fileprivate var redemptionActor: RedemptionActor { .api(key: key.id, words: actor, requestID: request.id) }

    fileprivate func answer(
        _ redemption: Redemption, _ action: String, in tx: TenantTransaction, status: HTTPResponse.Status = .ok
    ) throws -> ApiAnswer {
        try tx.append(
            audit(action, subject: "\(redemption.id)", detail: "\(redemption.words), \(redemption.customer)"))
        let available = try tx.availablePoints(of: redemption.customer)
        return ApiAnswer(
            status: status, json: redemptionJSON(redemption, available: available), customer: redemption.customer)
    }
}

/// contract.md, "API v1": a redemption.
func redemptionJSON(_ redemption: Redemption, available: Int64) -> OrderedJSON {
    .object([
        ("id", .text("\(redemption.id)")), ("status", .text(redemption.status.rawValue)),
        ("points", .integer(redemption.price.points)), ("valueCents", .integer(redemption.price.value.rawValue)),
        ("available", .integer(available)), ("expiresAt", .optional(redemption.expiresAt) { .text("\($0)") }),
        ("late", .bool(redemption.isLate)), ("posOrderId", .optional(redemption.posOrderID) { .text($0) }),
        ("posDiscount", .optional(redemption.posDiscount, posDiscountJSON)),
        ("createdAt", .text("\(redemption.createdAt)")),
        ("receipt", receiptJSON(redemption.receiptLines(available: available))),
    ])
}

private func posDiscountJSON(_ discount: PosDiscount) -> OrderedJSON {
    .object([("state", .text(discount.state.rawValue)), ("detail", .optional(discount.words) { .text($0) })])
}

/// Lines to print.
func receiptJSON(_ lines: [String]) -> OrderedJSON { .object([("lines", .array(lines.map(OrderedJSON.text)))]) }

extension Redemption {
    /// What a receipt says.
    func receiptLines(available: Int64) -> [String] {
        let points = pointsText(price.points)
        let part = price.value < price.fullValue ? "Part of " : ""
        let discount = "\(part)\(label): \(Cents(rawValue: -price.value.rawValue).formatted())"
        let what =
            switch status {
            case .held: [discount, "\(points) reserved"]
            case .captured: [discount, "\(points) used"]
            case .expired: ["\(label): the reservation lapsed", "\(points) released"]
            case .voided where capturedAt == nil: ["\(label): cancelled", "\(points) released"]
            case .voided, .reversed: ["\(label): cancelled", "\(points) given back"]
            }
        return what + ["\(pointsText(available)) available"]
    }
}

private func quoteJSON(_ quote: RedemptionQuote) -> OrderedJSON {
    .object([
        ("available", .integer(quote.available)), ("options", .array(quote.options.map(optionJSON))),
        (
            "bestPartial",
            .optional(quote.bestPartial) { price in
                .object([("points", .integer(price.points)), ("valueCents", .integer(price.value.rawValue))])
            }
        ),
    ])
}

private func optionJSON(_ option: RedemptionOption) -> OrderedJSON {
    .object([
        ("redemptionTierId", .text("\(option.reward.id)")), ("label", .text(option.reward.label)),
        ("pointsCost", .integer(option.price.points)), ("valueCents", .integer(option.price.value.rawValue)),
        ("usable", .bool(option.problem == nil)), ("reason", .optional(option.problem) { .text($0.code) }),
        ("shortBy", .optional(option.shortBy) { .integer($0) }),
    ])
}
