import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/adjustments`.
    func adjustPoints(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let asked = try AdjustmentRequest(visit.request.body)
            let customer = try tx.customerID(of: asked.customer)
            // The request's id is the entry's key: it is new with every request, and stays when a transaction repeats.
            let adjustment = Adjustment(
                points: asked.points, reason: asked.reason, key: "adjustment:\(visit.request.id)", actor: visit.actor,
                requestID: visit.request.id)
            let entry = try tx.adjust(customer, by: adjustment, at: .now())
            try tx.append(
                visit.audit("points.adjust", subject: "\(customer)", detail: "\(asked.points) points, \(entry.id)"))
            return ApiAnswer(status: .created, json: entryJSON(LedgerLine(entry)), customer: customer)
        }
    }
}

/// The body of `POST /api/v1/adjustments`.
struct AdjustmentRequest {
    let customer: CustomerName
    let points: Int64
    let reason: String

    init(_ body: [UInt8]) throws {
        var fields = try BodyFields(body)
        let customer = fields.customer()
        let points = fields.integer("points", -10_000_000...10_000_000, except: 0)
        let reason = fields.text("reason", 1...200)
        fields.refuseOthers()
        guard fields.problems.isEmpty, let customer, let points, let reason else { throw fields.refusal }
        self.customer = customer
        self.points = points
        self.reason = reason
    }
}

extension LedgerLine {
    /// An entry as just posted, for one that no order caused.
    fileprivate init(_ entry: LedgerEntry) {
        self.init(
            id: entry.id, sequence: entry.sequence, points: entry.movement.points, balance: entry.balance,
            kind: entry.movement.kind, reason: entry.movement.reason, createdAt: entry.createdAt)
    }
}
