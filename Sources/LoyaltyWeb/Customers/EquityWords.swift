import LoyaltyRules
import LoyaltyStore

/// Where a customer's equity stands. Never the multiplier.
struct EquityWords: Sendable {
    let status: StatusWord
    let sentence: String

    /// - Parameter showsDocument: whether kind and reference of the document may be seen.
    init(_ record: EquityRecord?, words: Words, today: Day, showsDocument: Bool) {
        let now = record?.status(on: today) ?? .none
        status = StatusWord(now.words, now.shape)
        guard let record else {
            sentence = "Nothing has been applied for."
            return
        }
        var parts = ["Recorded \(words.moment(record.recordedAt).shownTime)"]
        if let who = record.recordedBy { parts.append("by \(who)") }
        var text = parts.joined(separator: " ") + "."
        if now == .verified || now == .expired {
            text +=
                record.expiresOn.map { " \(now == .expired ? "It ended" : "It ends") with \(Words.day($0))." }
                ?? " It has no end."
        }
        if showsDocument, let kind = record.documentKind {
            text += " Document: \(kind)\(record.documentReference.map { ", \($0)" } ?? "")."
        }
        if !record.reason.isEmpty { text += " Reason: \(record.reason)" }
        sentence = text
    }
}

extension EquityStatus {
    /// On screen.
    var words: String {
        switch self {
        case .none: "Not applied"
        case .pending: "Pending"
        case .verified: "Verified"
        case .expired: "Expired"
        case .revoked: "Revoked"
        case .rejected: "Rejected"
        }
    }

    fileprivate var shape: String {
        switch self {
        case .none, .pending: "waiting"
        case .verified: "good"
        case .expired: "look"
        case .revoked, .rejected: "stopped"
        }
    }

    /// What pressing it does.
    var help: String {
        switch self {
        case .pending: "Applied for; nothing changes yet"
        case .verified: "Sales from now on earn as equity sales"
        case .rejected: "The document does not do"
        case .revoked: "Sales from now on earn as any other"
        case .none, .expired: ""
        }
    }
}
