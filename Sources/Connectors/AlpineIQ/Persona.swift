import JSONText
import LoyaltyRules

/// A person as Alpine IQ knows them.
public struct Persona: Equatable, Sendable {
    /// Alpine's own id, opaque.
    public var contactID: String
    /// The id in the source system, of the POS customer where `platform` is the POS.
    public var srcID: String?
    /// The source system's name as written there.
    public var platform: String?
    /// The mobile number.
    public var phone: Phone?
    /// The other number.
    public var homePhone: Phone?
    /// The e-mail address as compared.
    public var email: String?
    /// What Alpine says about the points.
    public var figure: AlpineFigure
    /// When Alpine last saw the person; it warns that this is its internal mark.
    public var lastSeen: Instant?

    /// Makes a persona.
    public init(
        contactID: String, srcID: String? = nil, platform: String? = nil, phone: Phone? = nil,
        homePhone: Phone? = nil, email: String? = nil, figure: AlpineFigure, lastSeen: Instant? = nil
    ) {
        self.contactID = contactID
        self.srcID = srcID
        self.platform = platform
        self.phone = phone
        self.homePhone = homePhone
        self.email = email
        self.figure = figure
        self.lastSeen = lastSeen
    }

    /// The POS customer's id, when the persona comes from Alleaves. rules.md, "A figure".
    public var alleavesCustomerID: String? { platform?.lowercased() == "alleaves" ? srcID : nil }

    init(row: JSONValue) throws(UnreadableRow) {
        do throws(BadField) {
            guard let id = try row.id("contactID") else { throw BadField(reason: "The person has no contact id.") }
            contactID = id
            srcID = try row.id("srcID")
        } catch {
            throw UnreadableRow(id: nil, reason: error.reason)
        }
        platform = row.words("platform", count: 64)
        phone = row.words("mobilePhone").flatMap(Phone.init)
        homePhone = row.words("homePhone").flatMap(Phone.init)
        email = comparableEmail(row.words("email", count: 254))
        figure = alpineFigure(row)
        lastSeen = row.epochSeconds("lastTouch")
    }
}

/// The points of a persona or a wallet. A field that is missing or no number is *unknown*, never zero: a zero would
/// take a customer's points away.
func alpineFigure(_ row: JSONValue) -> AlpineFigure {
    func flag(_ name: StaticString) -> Bool? { do { return try row.flag(name) } catch { return nil } }
    if flag("loyalty") == false { return .notAMember }
    if flag("hidePointsInWallet") == true { return .hidden }
    guard let points = row["loyaltyPoints"]?.text.flatMap({ wholePart(of: $0) }) else { return .unknown }
    return .known(points)
}

/// A page of personas.
public struct PersonaPage: Equatable, Sendable {
    /// What was read.
    public var rows: [Persona] = []
    /// What was not.
    public var unreadable: [UnreadableRow] = []
    /// Where the next page starts; nil when none follows.
    public var nextStart: Int?
}

/// By what personas are listed: both stay put while a list is read, unlike the default, the name.
public enum PersonaOrder: String, Sendable {
    case id
    case inserted
}

/// By what a persona is looked for.
public enum PersonaSearch: Equatable, Sendable {
    /// A phone number, mobile or home.
    case phone(Phone)
    /// An e-mail address.
    case email(String)
    /// The id in the source system.
    case srcID(String)
}

/// By what a wallet is opened.
public enum WalletOwner: Equatable, Sendable {
    case phone(Phone)
    case email(String)
}

/// What a wallet says about points.
public struct AlpineWallet: Equatable, Sendable {
    /// Whose it is, where the answer says so.
    public var contactID: String?
    /// The points; `hidden` when the brand hides them, for the number is then always 0.
    public var figure: AlpineFigure
}

/// A change of points that Alpine lists, ours or anyone's.
public struct AlpineAdjustment: Equatable, Sendable {
    /// Whose points.
    public var contactID: String
    /// The whole part of the change.
    public var value: Int64
    /// The text given with it: where it is ours, it carries the entry's id.
    public var note: String?
    /// When.
    public var at: Instant?

    init(row: JSONValue) throws(UnreadableRow) {
        do throws(BadField) {
            guard let id = try row.id("cntID", "contactID") else {
                throw BadField(reason: "The adjustment has no contact id.")
            }
            contactID = id
        } catch {
            throw UnreadableRow(id: nil, reason: error.reason)
        }
        guard let value = row["value"]?.text.flatMap({ wholePart(of: $0) }) else {
            throw UnreadableRow(id: contactID, reason: "“value” is not a number.")
        }
        self.value = value
        note = row["note"]?.text
        at = row.epochSeconds("ts")
    }
}

/// The adjustments of a window.
public struct AlpineAdjustments: Equatable, Sendable {
    /// What was read.
    public var rows: [AlpineAdjustment] = []
    /// What was not. While there is any, a note that is not found is not proved absent.
    public var unreadable: [UnreadableRow] = []

    /// Makes an empty list.
    public init() {}
}

/// The program as set up in Alpine.
public struct AlpineProgram: Equatable, Sendable {
    /// Its name.
    public var name: String?
    /// Whether the brand hides points; nil when the answer does not say.
    public var hidesPoints: Bool?

    /// Makes one.
    public init(name: String? = nil, hidesPoints: Bool? = nil) {
        self.name = name
        self.hidesPoints = hidesPoints
    }
}
