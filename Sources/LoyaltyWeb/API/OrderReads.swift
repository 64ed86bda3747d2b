import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `GET /api/v1/orders/{id}`.
    func showOrder(_ visit: KeyVisit) throws -> Response {
        guard let id = OrderID(visit.parameter("id")), let account = try visit.store.account(ofOrder: id) else {
            throw Self.unknownOrder
        }
        return .json(orderJSON(account).bytes)
    }

    /// `GET /api/v1/orders?posOrderId=`.
    func findOrder(_ visit: KeyVisit) throws -> Response {
        guard let id = try visit.request.query.single("posOrderId") else {
            throw InvalidFields.query("posOrderId", "required", "Name the order: ?posOrderId=…")
        }
        guard (1...64).contains(id.utf8.count) else {
            throw InvalidFields.query("posOrderId", "out_of_range", "“posOrderId” must have 1 to 64 bytes.")
        }
        guard let account = try visit.store.account(ofOrder: id) else { throw Self.unknownOrder }
        return .json(orderJSON(account).bytes)
    }

    private static let unknownOrder = Refusal(.notFound, "There is no such order.")
}

/// contract.md, "API v1": an order with what its points follow from. The equity multiplier is not told, only whether it
/// counted.
private func orderJSON(_ account: OrderAccount) -> OrderedJSON {
    let (order, revision) = (account.order, account.order.revision)
    // A refund moves nothing itself, so the words for a sale do not fit it.
    let reason = revision.total < .zero ? nil : order.reason
    return .object([
        ("id", .text("\(order.id)")), ("posOrderId", .text(revision.posOrderID)),
        ("customerId", .optional(account.customer) { .text("\($0)") }), ("source", .text(revision.source.rawValue)),
        ("status", .optional(revision.status) { .text($0) }), ("completed", .bool(revision.isCompleted)),
        ("totalCents", .integer(revision.total.rawValue)),
        ("taxCents", .optional(revision.tax) { .integer($0.rawValue) }),
        ("pointsTenderCents", .integer(revision.pointsTender.rawValue)),
        ("refundOf", .optional(revision.refundOf) { .text($0) }),
        ("refunds", .array(account.refunds.map(refundJSON))),
        ("posLocationId", .optional(revision.posLocationID) { .text($0) }),
        ("completedAt", .text("\(revision.completedAt)")),
        ("updatedAt", .optional(revision.updatedAt) { .text("\($0)") }),
        ("terms", .optional(order.terms, termsJSON)), ("pointsPosted", .integer(order.pointsPosted)),
        ("pointsOwed", .integer(account.owing?.open ?? 0)), ("reason", .optional(reason) { .text($0.rawValue) }),
        ("entries", .array(account.entries.map { entryJSON($0, revision.posOrderID) })),
    ])
}

private func refundJSON(_ refund: OrderRevision) -> OrderedJSON {
    .object([("posOrderId", .text(refund.posOrderID)), ("totalCents", .integer(refund.total.rawValue))])
}

private func termsJSON(_ terms: EarningTerms) -> OrderedJSON {
    .object([
        ("pointsPerDollar", .number(terms.pointsPerDollar.text)),
        ("tierMultiplier", .number(terms.tierMultiplier.text)), ("equity", .bool(terms.equityMultiplier != .one)),
        ("rounding", .text(terms.rounding.rawValue)), ("earnOn", .text(terms.earnOn.rawValue)),
        ("settingsVersion", .integer(terms.settingsVersion)),
    ])
}

private func entryJSON(_ entry: ExplainedEntry, _ posOrderID: String) -> OrderedJSON {
    entryJSON(
        LedgerLine(
            id: entry.id, sequence: 0, points: entry.points, balance: entry.balance, kind: entry.kind,
            reason: entry.reason, posOrderID: posOrderID, createdAt: entry.at))
}
