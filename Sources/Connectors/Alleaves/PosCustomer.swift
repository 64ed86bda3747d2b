import Foundation
import JSONText
import LoyaltyRules

/// A customer as the point of sale knows them.
public struct PosCustomer: Equatable, Sendable {
    /// The POS's own id.
    public var posID: String
    /// The first name as written there.
    public var firstName: String?
    /// The last name as written there.
    public var lastName: String?
    /// The e-mail address as compared; nil for none, or one made up for want of one.
    public var email: String?
    /// The first of the numbers that can be one.
    public var phone: Phone?
    /// The date of birth.
    public var birthDate: Day?
    /// The link to the person in Alpine IQ; believed to be its contact id.
    public var alpineUserCode: String?
    /// Since when the POS knows the customer.
    public var createdAt: Instant?
    /// Whether this is the profile of an unnamed walk-in.
    public var isGuest: Bool

    /// Makes a customer.
    public init(
        posID: String, firstName: String? = nil, lastName: String? = nil, email: String? = nil, phone: Phone? = nil,
        birthDate: Day? = nil, alpineUserCode: String? = nil, createdAt: Instant? = nil, isGuest: Bool = false
    ) {
        self.posID = posID
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.phone = phone
        self.birthDate = birthDate
        self.alpineUserCode = alpineUserCode
        self.createdAt = createdAt
        self.isGuest = isGuest
    }

    /// Reads a customer from JSON text, as in a webhook's `data`. Only the id is indispensable: what else cannot be
    /// read is left out.
    public init(jsonData: Data) throws(UnreadableRow) {
        try self.init(row: objectRow(jsonData, what: "customer"))
    }

    init(row: JSONValue) throws(UnreadableRow) {
        var id: String?
        do throws(BadField) {
            id = try row.id("id_customer", "id", "customerId")
        } catch {
            throw UnreadableRow(id: nil, reason: error.reason)
        }
        guard let id else { throw UnreadableRow(id: nil, reason: "The customer has no id.") }
        if let number = wholeNumber(parsing: id), number <= 0 {
            throw UnreadableRow(id: id, reason: "The customer's id is zero or negative.")
        }
        posID = id
        firstName = row.words("name_first", "firstName")
        lastName = row.words("name_last", "lastName")
        email = comparableEmail(row.words("email", count: 254))
        phone = Self.phone(row)
        birthDate = row.words("date_of_birth").flatMap(Self.date)
        alpineUserCode = row.words("alpine_user_code", count: 64)
        createdAt = Self.moment(row, "customer_since") ?? Self.moment(row, "date_created")
        let first = firstName?.lowercased() ?? ""
        isGuest = first == "guest" || (first.isEmpty && lastName?.lowercased() == "guest")
    }

    private static func phone(_ row: JSONValue) -> Phone? {
        for text in [row.words("phone"), row.words("phone2"), row.words("phone_number"), row.words("cell_phone")] {
            if let phone = text.flatMap(Phone.init) { return phone }
        }
        return nil
    }

    private static func moment(_ row: JSONValue, _ name: StaticString) -> Instant? {
        row.words(name).flatMap { Instant(parsing: $0, zoneOptional: true) }
    }

    /// `1990-01-02`, with or without a time behind it, or `1/2/1990` as Americans write.
    private static func date(_ text: String) -> Day? {
        if let day = Day(parsing: String(text.prefix(10))) { return day }
        let parts = text.split(separator: "/").map { wholeNumber(parsing: String($0)) }
        guard parts.count == 3, let month = parts[0], let day = parts[1], let year = parts[2] else { return nil }
        return Day(year: Int(year), month: Int(month), day: Int(day))
    }
}

/// A store as the point of sale knows it.
public struct PosLocation: Equatable, Sendable {
    /// The POS's own id.
    public var posID: String
    /// Its name.
    public var name: String
    /// Its IANA time zone, as written there.
    public var timeZone: String?
    /// Whether it is in use.
    public var isActive: Bool

    /// Makes a location.
    public init(posID: String, name: String, timeZone: String? = nil, isActive: Bool = true) {
        self.posID = posID
        self.name = name
        self.timeZone = timeZone
        self.isActive = isActive
    }

    init(row: JSONValue) throws(BadField) {
        guard let id = try row.id("id_location") else { throw BadField(reason: "The location has no id.") }
        posID = id
        name = row.words("location", "reference") ?? id
        timeZone = row.words("timezone", count: 64)
        isActive = try row.flag("active") ?? true
    }
}
