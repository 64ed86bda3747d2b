public import LoyaltyRules
import MariaDB

/// What is to become of a field.
public enum FieldChange<Value: Equatable & Sendable>: Equatable, Sendable {
    case unchanged
    case cleared
    case set(Value)

    /// The field's value afterwards.
    func applied(to value: Value?) -> Value? {
        switch self {
        case .unchanged: value
        case .cleared: nil
        case .set(let new): new
        }
    }
}

/// What somebody wants to change of a customer's particulars.
public struct CustomerChanges: Equatable, Sendable {
    /// The POS's id: can be given to somebody who has none.
    public var posID: String?
    /// At most 100 characters.
    public var firstName = FieldChange<String>.unchanged
    /// At most 100 characters.
    public var lastName = FieldChange<String>.unchanged
    /// How to call.
    public var phone = FieldChange<Phone>.unchanged
    /// As `comparableEmail` gives it.
    public var email = FieldChange<String>.unchanged
    /// For the birthday and the minimum age.
    public var birthDate = FieldChange<Day>.unchanged
    /// What they said about messages.
    public var consent: ConsentStatement

    /// Changes nothing yet.
    public init(consent: ConsentStatement) { self.consent = consent }
}

extension TenantTransaction {
    /// Changes a customer's particulars. The point of sale has the last word on those it tells: its next sync writes
    /// them again.
    ///
    /// - Throws: `Refusal.notFound` for nobody's id, `.conflict` for somebody who was erased, and for a POS id that is
    ///   another's or when they have another.
    public func change(
        _ id: CustomerID, _ changes: CustomerChanges, under history: SettingsHistory, cause: PostingCause,
        at now: Instant
    ) throws {
        var newPhone: Phone?
        if case .set(let phone) = changes.phone { newPhone = phone }
        try guardJoining(phone: newPhone, posID: changes.posID)
        _ = try lockForChange(id)
        let stored = try particulars(of: id)
        let phone = changes.phone.applied(to: stored.phone)
        try connection.execute(
            """
            UPDATE customers
               SET first_name = \(changes.firstName.applied(to: stored.firstName) ?? ""),
                   last_name = \(changes.lastName.applied(to: stored.lastName) ?? ""),
                   phone = \(phone.map { Array($0.e164.utf8) }), email = \(changes.email.applied(to: stored.email)),
                   birth_date = \(changes.birthDate.applied(to: stored.birthDate))
             WHERE tenant_id = \(tenant) AND id = \(id)
            """)
        if let posID = changes.posID { try tie(id, to: posID, under: history, cause: cause, at: now) }
        try record(changes.consent, of: id, at: now)
    }

    private func particulars(
        of id: CustomerID
    ) throws -> (firstName: String, lastName: String, phone: Phone?, email: String?, birthDate: Day?) {
        try connection.one(
            """
            SELECT first_name, last_name, phone, email, birth_date FROM customers
             WHERE tenant_id = \(tenant) AND id = \(id)
            """
        ) { row in
            (
                try row.get("first_name"), try row.get("last_name"),
                try row.get("phone", as: String?.self).flatMap { Phone($0) }, try row.get("email"),
                try row.get("birth_date")
            )
        }
    }
}
