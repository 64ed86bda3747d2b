/// A customer as a point of sale tells it.
public struct CustomerProfile: Equatable, Sendable {
    /// The POS's id of the customer.
    public var posID: String
    /// At most 100 characters, kept so; may be empty.
    public var firstName: String
    /// At most 100 characters, kept so; may be empty.
    public var lastName: String
    /// As `comparableEmail` gives it.
    public var email: String?
    /// In E.164.
    public var phone: Phone?
    /// For the birthday and the minimum age.
    public var birthDate: Day?
    /// The POS's link to the person in Alpine IQ.
    public var alpineCode: String?

    /// Makes a profile.
    public init(
        posID: String, firstName: String, lastName: String, email: String? = nil, phone: Phone? = nil,
        birthDate: Day? = nil, alpineCode: String? = nil
    ) {
        self.posID = posID
        self.firstName = String(firstName.unicodeScalars.prefix(100))
        self.lastName = String(lastName.unicodeScalars.prefix(100))
        self.email = email
        self.phone = phone
        self.birthDate = birthDate
        self.alpineCode = alpineCode
    }
}
