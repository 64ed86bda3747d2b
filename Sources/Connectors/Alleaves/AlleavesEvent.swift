import Foundation
import JSONText
import LoyaltyRules

/// A webhook of Alleaves: `{"event","timestamp","data":{…}}`. alleaves.md, section 8: nothing in it is certain.
public struct AlleavesEvent {
    /// As sent: `order.updated`.
    public let name: String
    /// The envelope's own time; nil when it names none that can be read.
    public let sentAt: Instant?
    private let data: JSONValue?

    /// Reads an envelope; throws `UnreadableRow` for what is no JSON object with an `event`.
    public init(body: [UInt8]) throws(UnreadableRow) {
        let root = try objectRow(Data(body), what: "webhook")
        guard let name = root.words("event", count: 64) else {
            throw UnreadableRow(id: nil, reason: "The webhook names no event.")
        }
        self.name = name
        var moment: Instant?
        do { moment = try root.instant("timestamp") } catch { moment = root.epochSeconds("timestamp") }
        sentAt = moment
        data = root.member("data")
    }

    /// The order in `data`.
    public func order() throws(UnreadableRow) -> AlleavesOrderPayload { AlleavesOrderPayload(row: try object("order")) }

    /// The customer in `data`; what is not named there, or empty, is nil.
    public func customer() throws(UnreadableRow) -> PosCustomer { try PosCustomer(row: object("customer")) }

    private func object(_ what: String) throws(UnreadableRow) -> JSONValue {
        guard let data, data.kind == .object else {
            throw UnreadableRow(id: nil, reason: "The webhook carries no \(what).")
        }
        return data
    }
}
