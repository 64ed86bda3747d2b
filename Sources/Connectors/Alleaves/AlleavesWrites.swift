import Foundation
import JSONText
import LoyaltyRules

// alleaves.md, "Writes on orders". None is known to be safe to repeat, so each is sent once: what its answer leaves
// unclear is settled by reading the order.

extension AlleavesClient {
    /// What an order comes to, line by line; nil when Alleaves has none of that id.
    public func orderPrices(id: String) throws -> PosOrderPrices? {
        do {
            let request = OutboundRequest(method: "GET", url: try address.url(["order", id]))
            return try session.call(request) { answer in
                let root = try answer.document(of: "order")
                if hasErrorMember(root) { throw ConnectorError.rejected(status: answer.status) }
                let row = root.member("order") ?? root
                guard row["id_order", "id"]?.text == id else {
                    throw ConnectorError.notUnderstood(what: "order", shapeFingerprint: root.shapeFingerprint)
                }
                return try PosOrderPrices(row: row)
            }
        } catch ConnectorError.notFound {
            return nil
        }
    }

    /// Applies a discount that the shop has set up. Repeating it may take it off twice.
    public func applyDiscount(order: String, discount: Int64) throws {
        try write("POST", ["order", order, "discount"], ["id_discount": discount])
    }

    /// Sets the price of one line.
    public func overridePrice(order: String, line: String, price: Cents, reason: String) throws {
        struct Override: Encodable {
            var price_override: Decimal
            var price_override_reason: String
        }
        let dollars = Decimal(price.rawValue) / 100
        try write(
            "PUT", ["order", order, "item", line], Override(price_override: dollars, price_override_reason: reason))
    }

    private func write(_ method: String, _ path: [String], _ body: some Encodable) throws {
        let request = OutboundRequest(
            method: method, url: try address.url(path), body: try JSONEncoder().encode(body), isRepeatable: false)
        try session.call(request) { answer in
            // The order is read afterwards: of this answer only a plain no counts.
            if answer.body.isEmpty { return }
            if hasErrorMember(try answer.document(of: "order")) {
                throw ConnectorError.rejected(status: answer.status)
            }
        }
    }
}

extension PosOrderPrices {
    init(row: JSONValue) throws(ConnectorError) {
        do throws(BadField) {
            let state = OrderState(
                complete: try row.flag("complete"), void: try row.flag("void"), cancel: try row.flag("cancel"),
                word: row.words("status", count: 40))
            let isEnded =
                state.endedWord != nil || OrderState.endedWords.contains(row.words("status")?.lowercased() ?? "")
            let isPaid = try row.flag("paid_in_full") ?? false
            var lines: [Line] = []
            for item in row.member("items")?.elements ?? [] {
                guard let id = try item.id("id_item"), let price = try item.cents("price") else { continue }
                let count = item["quantity"].flatMap { $0.kind == .null ? nil : $0.text }
                lines.append(Line(id: id, price: price, isSingle: count == nil || wholePart(of: count ?? "") == 1))
            }
            self.init(
                state: isEnded ? .ended : isPaid || state.isCompleted ? .closed : .open,
                discount: try row.cents("discount"), lines: lines)
        } catch {
            throw ConnectorError.notUnderstood(what: "order", shapeFingerprint: error.reason)
        }
    }
}
