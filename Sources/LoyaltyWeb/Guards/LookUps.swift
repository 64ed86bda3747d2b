import LoyaltyRules
import LoyaltyStore

// cases.md: whoever names a phone number or an e-mail sees that member's points, so each use is in the audit log; never
// with the number or address itself.

extension AuditRecord {
    /// What a look-up by contact data or a name leaves behind: how, and whom it showed if that was one.
    ///
    /// - Parameter way: as `phone`.
    static func lookUp(
        by way: String, found: [CustomerID],
        _ audit: (_ action: String, _ subject: String?, _ detail: String) -> AuditRecord
    ) -> AuditRecord {
        found.count == 1
            ? audit("customer.find", "\(found[0])", "by \(way)")
            : audit("customer.find", nil, "by \(way): \(found.count) found")
    }
}

extension CustomerName {
    /// How it names somebody, where it can be guessed or looked up elsewhere; ids are ours or the caller's own.
    var contactWay: String? {
        switch self {
        case .id, .posID: nil
        case .phone: "phone"
        case .email: "e-mail"
        }
    }
}

extension CustomerSearch {
    /// What was searched for.
    var way: String { phone != nil ? "phone" : email != nil ? "e-mail" : "name" }
}
