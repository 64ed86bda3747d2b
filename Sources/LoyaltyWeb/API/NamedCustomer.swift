import FastCGI
import LoyaltyRules
import LoyaltyStore

/// The ways to name a customer: `customer:{id|posId|phone|email}`.
enum CustomerField: String, CaseIterable {
    case id
    case posId
    case phone
    case email

    /// Who is meant by `text`; nil when it cannot be one of these.
    func name(_ text: String) -> CustomerName? {
        switch self {
        // Ids are opaque: a text that is none of ours names nobody.
        case .id: .id(CustomerID(text) ?? CustomerID(rawValue: 0))
        case .posId: (1...128).contains(text.utf8.count) ? .posID(text) : nil
        case .phone: Phone(text).map { .phone($0) }
        case .email: comparableEmail(text).map { .email($0) }
        }
    }

    /// What to say of a text that cannot be one.
    var expectation: String {
        switch self {
        case .id: "“id” must be an id of a customer."
        case .posId: "“posId” must have 1 to 128 bytes."
        case .phone: "“phone” must be a telephone number, of the US or with + and the country."
        case .email: "“email” must be an e-mail address."
        }
    }
}

extension BodyFields {
    /// The customer of any body: `customer` with one way to name them, or `customerId` for short.
    mutating func customer() -> CustomerName? {
        switch present(["customer", "customerId"]) {
        case ["customer"]: return object("customer") { $0.customer(by: CustomerField.allCases) }
        case ["customerId"]: return string("customerId").flatMap(CustomerField.id.name)
        case []: return refuse("customer", "required", "Name the customer: “customer” or “customerId”.")
        default:
            _ = (string("customerId"), object("customer") { $0.customer(by: CustomerField.allCases) })
            return refuse("customerId", "ambiguous", "Name the customer once: “customer” or “customerId”.")
        }
    }

    /// The one of `fields` that is there.
    mutating func customer(by fields: [CustomerField]) -> CustomerName? {
        let present = present(fields.map(\.rawValue)).compactMap(CustomerField.init)
        let list = fields.map { "“\($0.rawValue)”" }.joined(separator: ", ")
        guard let field = present.first else { return refuse("", "required", "Name the customer by one of \(list).") }
        let texts = present.map { string($0.rawValue) }
        guard present.count == 1 else {
            return refuse("", "ambiguous", "Name the customer by one of \(list), not by several.")
        }
        guard let text = texts[0] else { return nil }
        return field.name(text) ?? refuse(field.rawValue, "invalid", field.expectation)
    }
}

extension CustomerName {
    /// The customer that a query names by one of `?phone=`, `?email=` and `?posId=`.
    init(_ query: FormFields) throws {
        let fields: [CustomerField] = [.phone, .email, .posId]
        let present = fields.filter { query[$0.rawValue] != nil }
        guard let field = present.first else {
            throw InvalidFields.query("phone", "required", "Name the customer by one of phone, email, posId.")
        }
        guard present.count == 1, let text = try query.single(field.rawValue) else {
            throw InvalidFields.query(
                field.rawValue, "ambiguous", "Name the customer by one of phone, email, posId, not by several.")
        }
        guard let name = field.name(text) else {
            throw InvalidFields.query(field.rawValue, "invalid", field.expectation)
        }
        self = name
    }
}
