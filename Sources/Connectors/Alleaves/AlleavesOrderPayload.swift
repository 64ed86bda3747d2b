import Foundation
import JSONText
import LoyaltyRules

/// One order as Alleaves writes it, in a list, alone, or in a webhook's `data`: the two vocabularies of the wire notes.
public struct AlleavesOrderPayload {
    private let row: JSONValue

    init(row: JSONValue) { self.row = row }

    /// Reads an order from JSON text; throws `UnreadableRow` for what is no object.
    public init(jsonData: Data) throws(UnreadableRow) {
        row = try objectRow(jsonData, what: "order")
    }

    /// The order's id; nil when there is none that could be one.
    public var posOrderID: String? { readable { () throws(BadField) in try row.id("id_order", "id", "orderId") } }

    /// The id of the location that a webhook names; nil when it names none.
    public var posLocationID: String? { readable { () throws(BadField) in try location() } }

    /// The id of the buyer as written; nil when the payload names none, and for one that cannot be read.
    public var posCustomerID: String? { readable { () throws(BadField) in try customer() } }

    /// Whether a webhook carries enough to be stored: id, customer (0 for an anonymous sale), status and total.
    public var carriesWholeSale: Bool {
        func has(_ names: StaticString...) -> Bool {
            names.contains { name in row[name].map { $0.kind != .null && $0.text != "" } ?? false }
        }
        return posOrderID != nil && has("id_customer", "customerId", "customer") && status != nil && has("total")
    }

    /// The order as a webhook tells it, which names less than a list does: what is missing stays as stored.
    ///
    /// - Parameters:
    ///   - stored: the order as it is known; nil for a new one.
    ///   - receivedAt: stands in where neither order nor envelope name a time.
    public func revision(
        completing stored: OrderRevision?, envelopeTime: Instant?, receivedAt: Instant
    ) throws(UnreadableRow) -> OrderRevision {
        var told = try revision(envelopeTime: envelopeTime ?? receivedAt)
        let isDated = readable { () throws(BadField) in
            try row.instant("date_created", "completedAt", "createdAt")?.description
        }
        if let stored {
            if isDated == nil { told.completedAt = stored.completedAt }
            told.tax = told.tax ?? stored.tax
            told.subtotal = told.subtotal ?? stored.subtotal
            told.discount = told.discount ?? stored.discount
            told.posLocationID = told.posLocationID ?? stored.posLocationID
            if told.total < .zero {
                told.refundOf = told.refundOf ?? stored.refundOf
            } else {
                told.externalID = told.externalID ?? stored.externalID
            }
        }
        let isChangeDated = readable { () throws(BadField) in
            try row.instant("date_updated", "updatedAt")?.description
        }
        // A delivery without any time says nothing about its age, and repeated it is the same delivery.
        if isChangeDated == nil, envelopeTime == nil { told.updatedAt = stored?.updatedAt }
        return told
    }

    /// The status word when it is none that we know; a run reports it.
    public var unknownWord: String? {
        let complete = readable { () throws(BadField) in try row.flag("complete") }
        return OrderState(complete: complete, void: nil, cancel: nil, word: status).unknownWord
    }

    /// The order as the rules see it. `envelopeTime` is a webhook's own, which stands in for times that the order
    /// does not name. Throws `UnreadableRow` naming the first field that cannot be read.
    public func revision(envelopeTime: Instant? = nil) throws(UnreadableRow) -> OrderRevision {
        let id = posOrderID
        do throws(BadField) {
            guard let id else { throw BadField(reason: "The order has no id.") }
            return try revision(id: id, envelopeTime: envelopeTime)
        } catch {
            throw UnreadableRow(id: id, reason: error.reason)
        }
    }

    /// The order in `jsonData`, in one step.
    public static func revision(
        from jsonData: Data, envelopeTime: Instant? = nil
    ) throws(UnreadableRow) -> OrderRevision {
        try AlleavesOrderPayload(jsonData: jsonData).revision(envelopeTime: envelopeTime)
    }

    private var status: String? { row.words("status", count: 40) }

    private func revision(id: String, envelopeTime: Instant?) throws(BadField) -> OrderRevision {
        guard let total = try row.cents("total") else { throw BadField(reason: "The order has no total.") }
        guard let completedAt = try row.instant("date_created", "completedAt", "createdAt") ?? envelopeTime else {
            throw BadField(reason: "The order has no date.")
        }
        let state = OrderState(
            complete: try row.flag("complete"), void: try row.flag("void"), cancel: try row.flag("cancel"),
            word: status)
        let external = try row.id("id_external")
        return OrderRevision(
            source: .pos, posOrderID: id, posCustomerID: try customer(), posLocationID: try location(),
            status: state.endedWord ?? status, isCompleted: state.isCompleted, total: total, tax: try row.cents("tax"),
            subtotal: try row.cents("subtotal"), discount: try row.cents("discount"),
            refundOf: total < .zero ? external : nil, externalID: total < .zero ? nil : external,
            completedAt: completedAt, updatedAt: try row.instant("date_updated", "updatedAt") ?? envelopeTime)
    }

    /// The buyer's id; nil for an anonymous sale: missing, zero or negative.
    private func customer() throws(BadField) -> String? {
        let flat = try row.id("id_customer", "customerId")
        let nested = try row["customer"].flatMap { (customer) throws(BadField) in
            customer.kind == .object ? try customer.id("id_customer", "id") : try row.id("customer")
        }
        guard let id = flat ?? nested else { return nil }
        if let number = wholeNumber(parsing: id), number <= 0 { return nil }
        return id
    }

    private func location() throws(BadField) -> String? { try row.id("id_location", "locationId") }
}

/// What `body` reads, or nil where it cannot: for fields that are asked for before the whole is judged.
private func readable(_ body: () throws(BadField) -> String?) -> String? {
    do { return try body() } catch { return nil }
}

private func readable(_ body: () throws(BadField) -> Bool?) -> Bool? {
    do { return try body() } catch { return nil }
}

/// The one object in `jsonData`.
func objectRow(_ jsonData: Data, what: String) throws(UnreadableRow) -> JSONValue {
    do {
        let root = try JSONDocument(Array(jsonData)).root
        if root.kind == .object { return root }
    } catch {
        throw UnreadableRow(id: nil, reason: "The \(what) is not JSON.")
    }
    throw UnreadableRow(id: nil, reason: "The \(what) is not an object.")
}
