import FastCGI
import LoyaltyRules
import LoyaltyStore
import Secrets

/// A use of points, as a form of the till sends it. contract.md, "Sign-in, roles, pages".
struct TillRedeemForm: Sendable {
    let customer: CustomerID?
    let rewardID: String
    let points: String
    let total: String
    let order: String
    let requestKey: String
    /// What the page showed as taken already, of a form that takes more: ids with commas between them.
    let seen: String
    private let refused: FormProblems

    /// What may be asked of the store.
    struct Asked: Equatable {
        let customer: CustomerID
        let request: RedemptionRequest
        let order: RedemptionOrder
        let seen: Set<RedemptionID>
        let key: IdempotencyKey
    }

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        customer = CustomerID(reader.text("customer"))
        rewardID = reader.text("redemption_tier_id")
        points = reader.text("points")
        total = reader.text("total")
        order = reader.text("order")
        requestKey = reader.text("request_key")
        seen = reader.text("seen")
        refused = reader.problems
    }

    /// - Parameter withKey: false for a page that only asks and takes nothing.
    func validated(withKey: Bool = true) throws(FormProblems) -> Asked {
        var problems = refused
        if customer == nil { problems.add("customer", "The form names no customer. Find the customer again.") }
        let total = problems.tillTotal(self.total)
        let order = problems.tillOrder(self.order)
        let request = problems.request(rewardID: rewardID, points: points)
        let shown = seen.split(separator: ",", maxSplits: 50).compactMap { RedemptionID(String($0)) }
        if shown.isEmpty != seen.isEmpty { problems.add("seen", "This page was not complete. Open it again.") }
        let key = problems.tillKey(
            withKey ? requestKey : "none", for: "redeem",
            [customer.map { "\($0)" } ?? "", "\(request)", "\(total.rawValue)", order ?? ""]
                + (seen.isEmpty ? [] : [seen]))
        return try problems.checked(
            Asked(
                customer: customer ?? CustomerID(rawValue: 0), request: request,
                order: RedemptionOrder(total: total, posOrderID: order), seen: Set(shown), key: key))
    }
}

/// Points to be given back.
struct TillUndoForm: Sendable {
    let redemption: RedemptionID?
    let requestKey: String
    private let refused: FormProblems

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        redemption = RedemptionID(reader.text("redemption"))
        requestKey = reader.text("request_key")
        refused = reader.problems
    }

    func validated() throws(FormProblems) -> (redemption: RedemptionID, key: IdempotencyKey) {
        var problems = refused
        if redemption == nil { problems.add("redemption", "The form names no use of points. Open the page again.") }
        let key = problems.tillKey(requestKey, for: "undo", [redemption.map { "\($0)" } ?? ""])
        return try problems.checked((redemption ?? RedemptionID(rawValue: 0), key))
    }
}

extension FormProblems {
    /// An order's total as typed at the till: $0.01 to $1,000,000.
    mutating func tillTotal(_ text: String) -> Cents {
        let message = "Enter the order’s total in dollars, from 0.01 to 1,000,000."
        let total = dollars(text, "total", message)
        if !(1...100_000_000).contains(total.rawValue) { add("total", message) }
        return total
    }

    /// The POS's number of the order, if one was typed: at most 64 bytes without spaces.
    mutating func tillOrder(_ text: String) -> String? {
        let number = text.cleaned
        if number.isEmpty { return nil }
        if !(1...64).contains(number.utf8.count) || !number.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            add("order", "Enter the order’s number as the point of sale shows it, or leave it blank.")
        }
        return number
    }

    /// Either a reward or a number of points.
    fileprivate mutating func request(rewardID: String, points: String) -> RedemptionRequest {
        if points.cleaned.isEmpty {
            guard let reward = RewardID(rewardID) else {
                add("points", "Choose a reward or enter points.")
                return .points(0)
            }
            return .reward(reward)
        }
        let message = "Enter whole points from 1 to 10,000,000."
        let number = whole(points, "points", message)
        if !(1...10_000_000).contains(number) { add("points", message) }
        if !rewardID.isEmpty { add("points", "Choose a reward or enter points, not both.") }
        return .points(number)
    }

    /// The key that was made with the form, tied to what the form asks for, so that it can stand for nothing else.
    mutating func tillKey(_ text: String, for verb: String, _ asked: [String]) -> IdempotencyKey {
        if !(1...64).contains(text.utf8.count) || !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            add("request_key", "This page was not complete. Open it again.")
        }
        return IdempotencyKey(
            text: Array("till:\(text)".utf8),
            requestHash: SHA256.digest(Array(([verb] + asked).joined(separator: "\n").utf8)))
    }

    /// All that is wrong, for where there is no field to say it beside.
    var words: String { problems.map(\.message).joined(separator: " ") }
}
