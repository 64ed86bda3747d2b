import HTTPTypes
import LoyaltyRules
import LoyaltyStore

/// What one press came to, as it is kept under the form's key: pressed again, the page shows this first result.
enum TillResult: Equatable, Sendable {
    /// Points were used or given back.
    case done(RedemptionID)
    /// Somebody joined, or was a member already.
    case joined(CustomerID, isNew: Bool)
    /// Nothing moved, for this reason.
    case refused(String, at: Instant)
    /// Nothing moved: points were taken shortly before, perhaps by the same press, and the page asks which it is.
    case asked

    init(_ kept: KeptAnswer) {
        let text = String(decoding: kept.body, as: UTF8.self)
        if text == Self.askedText {
            self = .asked
            return
        }
        if let id = RedemptionID(text) {
            self = .done(id)
            return
        }
        let parts = text.split(separator: "\n", maxSplits: 1)
        if let id = parts.first.flatMap({ CustomerID(String($0)) }) {
            self = .joined(id, isNew: parts.last == "new")
            return
        }
        let at = parts.first.flatMap { wholeNumber(parsing: String($0)) } ?? 0
        self = .refused(
            parts.count > 1 ? String(parts[1]) : "It was refused.", at: Instant(microsecondsSince1970: at))
    }

    func kept(customer: CustomerID? = nil) -> KeptAnswer {
        switch self {
        case .done(let id): KeptAnswer(status: 303, body: Array("\(id)".utf8), customer: customer)
        case .joined(let id, let isNew):
            KeptAnswer(status: 303, body: Array("\(id)\n\(isNew ? "new" : "known")".utf8), customer: id)
        case .refused(let why, let at):
            KeptAnswer(status: 422, body: Array("\(at.microsecondsSince1970)\n\(why)".utf8), customer: customer)
        case .asked: KeptAnswer(status: 422, body: Array(Self.askedText.utf8), customer: customer)
        }
    }

    private static let askedText = "asked"
}

extension Site {
    /// Does `work` once per key. Refusals are kept like results; an outage or a defect keeps nothing and is thrown on.
    func onceAtTill(
        _ key: IdempotencyKey, _ visit: Visit, _ work: (TenantTransaction) throws -> (TillResult, CustomerID)
    ) throws -> TillResult {
        do {
            let (answer, _) = try visit.store.once(
                key,
                refusal: { error in
                    if error is TakenBefore { return TillResult.asked.kept() }
                    return Self.tillWords(error).map { TillResult.refused($0, at: .now()).kept() }
                },
                { tx in
                    let (result, customer) = try work(tx)
                    return result.kept(customer: customer)
                })
            return TillResult(answer)
        } catch let refusal as Refusal where refusal.code == .idempotencyMismatch {
            return .refused("This page was used already, for something else. Find the customer again.", at: .now())
        } catch let refusal as Refusal where refusal.code == .idempotencyInProgress {
            return .refused("The first press is still at work. Find the customer again in a moment.", at: .now())
        }
    }

    /// Why it was refused, for the one at the till; nil for what is no decision.
    private static func tillWords(_ error: any Error) -> String? {
        switch error {
        case let short as InsufficientPoints:
            "\(Words.points(short.required)) are needed, short by \(groupedDigits(short.shortBy)). Available: "
                + "\(groupedDigits(short.available)) of a balance of \(groupedDigits(short.balance))."
        case let refusal as Refusal where (400..<500).contains(refusal.code.status.code): refusal.description
        default: nil
        }
    }
}
