import LoyaltyRules
import LoyaltyStore

/// How a customer is named and reached on pages; masked for those who may not see contact data.
struct ContactWords: Sendable {
    let isMasked: Bool

    /// `Ada Byron`, or the POS's id, or `No name`.
    func name(_ card: CustomerCard, posID: String? = nil) -> String {
        let name = [card.firstName, card.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        if !name.isEmpty { return name }
        return posID.map { "Customer \($0)" } ?? "No name"
    }

    /// `(202) 555-0143`, masked `••• 0143`; nil without one.
    func phone(_ phone: Phone?) -> String? {
        guard let phone else { return nil }
        return isMasked ? "••• \(phone.e164.suffix(4))" : phone.formatted
    }

    /// `ada@example.org`, masked `a•••@•••`; nil without one.
    func email(_ email: String?) -> String? {
        guard let email, !email.isEmpty else { return nil }
        return isMasked ? "\(email.prefix(1))•••@•••" : email
    }

    /// `Tue 3 Mar 1990`, masked `on file`; nil without one.
    func birthDate(_ day: Day?) -> String? { day.map { isMasked ? "on file" : Words.day($0) } }
}

extension TierSettings {
    /// The name of a tier, also of one that was removed.
    func name(of id: TierID) -> String { tiers.first { $0.id == id }?.name ?? "Former tier" }
}
