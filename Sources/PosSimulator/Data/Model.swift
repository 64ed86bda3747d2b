/// What a person is to Alpine IQ. Dealt out evenly over the customers, so that every kind exists in every size.
enum PersonaKind: UInt8, Sendable {
    case none, plain, offByMuch, noPointsField, notMember, hidden, fractional, byCode, byPhone

    static func dealt(to customer: Int) -> PersonaKind {
        switch customer &* 73 % 200 {
        case ..<30: .none
        case ..<36: .offByMuch
        case ..<39: .noPointsField
        case ..<42: .notMember
        case ..<45: .hidden
        case ..<57: .fractional
        case ..<61: .byCode
        case ..<65: .byPhone
        default: .plain
        }
    }
}

/// A POS customer as integers; its texts are made when a row is written.
struct Customer: Sendable {
    var firstName: UInt16
    var lastName: UInt16
    var kind: PersonaKind
    var isGuest = false
    /// Which of the spellings in `Phones` the till typed; nil for no phone, the usual case.
    var phoneStyle: UInt8?
    /// Carries the number of the customer before it: a household.
    var sharesPhone = false
    var hasEmail = false
    var hasCode = false
    /// Days since 1970.
    var birthDay: Int32?
    var createdMilliseconds: Int64
    var spentCents: Int64 = 0
    var orderCount: Int32 = 0
    var lastOrderMilliseconds: Int64 = 0
    /// Whole dollars of each completed order, added up: what Alpine credits by itself.
    var basePoints: Int64 = 0

    static let firstID = 100_001
}

/// Texts of a customer made through the API; they stand in for the generated ones.
struct CustomerText: Sendable {
    var firstName: String?
    var lastName: String?
    var phone: String?
    var email: String?
    var birthDate: String?
    var code: String?
}

enum Status: UInt8, CaseIterable, Sendable {
    case completed, delivered, pending, submitted, confirmed, preparing, processing, ready, cancelled, voided

    var word: String { "\(self)" }
    /// The `id_status` table is unknown; only 1 (on create) and 5 (completed) were seen.
    var id: Int { [5, 6, 1, 1, 2, 3, 3, 4, 8, 9][Int(rawValue)] }
    var isSale: Bool { self == .completed || self == .delivered }

    init?(word: String) {
        guard let status = Status.allCases.first(where: { $0.word == word.lowercased() }) else { return nil }
        self = status
    }
}

/// An order as integers. Customer −1, −2 and −3 are the three ways a till writes "nobody": 0, −1 and no field.
struct Order: Sendable {
    var id: Int64
    var createdMilliseconds: Int64
    var updatedMilliseconds: Int64
    var customer: Int32
    var subtotalCents: Int32
    var discountCents: Int32 = 0
    var loyaltyCents: Int32 = 0
    var taxCents: Int32
    var totalCents: Int32
    /// Position of the sale that this negative order gives back, or −1.
    var refundOf: Int32 = -1
    var seed: UInt32
    /// Wanted size of the basket; 0 for an order whose lines are not generated.
    var basketDollars: UInt16
    var status: Status
    /// Says `complete` otherwise than its word: nil leaves the field out.
    var complete: Bool?
    /// Alpine has not heard of this order.
    var isUnknownToAlpine = false
    /// Vanished from the POS: neither listed nor found.
    var isGone = false

    static let firstID: Int64 = 900_001
}

/// A contact of Alpine IQ.
struct Persona: Sendable {
    /// Position of the POS customer, or −1 for somebody who joined by phone only.
    var customer: Int32
    var kind: PersonaKind
    var contact: ContactID
    var isMember = true
    var isHidden = false
    var hasPointsField = true
    var isDeleted = false
    var wantsTexts = true
    /// Positions of customers whose personas were merged into this one.
    var mergedCustomers: [Int32] = []
    /// What the balance holds besides the base points.
    var extraThousandths: Int64 = 0
    var insertedSeconds: Int64
    /// Texts that Alpine was told itself.
    var text: CustomerText?
}

extension Persona {
    /// Positions of the customers whose sales count here.
    var customers: [Int32] { (customer >= 0 ? [customer] : []) + mergedCustomers }
}

/// 32 hex digits.
struct ContactID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(seed: UInt64, customer: Int) {
        high = SplitMix64.mixed(seed &* 0x9E37_79B9 &+ UInt64(customer) &* 2 &+ 1)
        low = SplitMix64.mixed(high ^ 0xA1B2_C3D4_E5F6_0718)
    }

    init?(_ text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    var text: String { ContactID.hex(high) + ContactID.hex(low) }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A change of points that somebody asked Alpine for, or a reward taken.
struct Movement: Sendable {
    var persona: Int
    var thousandths: Int64
    var note: String?
    var campaign: String?
    var seconds: Int64
    var isRedemption = false
}
