/// What an identifier names; gives its public prefix.
public protocol Entity: Sendable {
    /// The letters before the underscore, as in `cus_…`.
    static var idPrefix: String { get }
}

/// A 128-bit identifier (UUIDv7) whose public form is a TypeID: prefix, underscore, 26 base-32 characters.
///
/// contract.md, "API v1"; the TypeID specification 0.3.0. Two kinds of id do not mix, for the compiler keeps them apart.
public struct ID<Kind: Entity>: Hashable, Comparable, Sendable {
    /// The 128 bits.
    public let rawValue: UInt128

    /// Wraps 128 bits.
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// Builds a version 7 UUID (RFC 9562) from a time and 74 random bits; what exceeds them is ignored.
    public init(millisecondsSince1970: UInt64, random: UInt128) {
        let high = (UInt128(millisecondsSince1970) & 0xFFFF_FFFF_FFFF) << 80
        let middle = UInt128(0x7) << 76 | ((random >> 62) & 0xFFF) << 64
        let low = UInt128(0b10) << 62 | random & 0x3FFF_FFFF_FFFF_FFFF
        self.init(rawValue: high | middle | low)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The 16 bytes, highest first, as the database keeps them.
    public var bytes: [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: rawValue >> UInt128(120 - 8 * $0)) } }

    /// Reads 16 bytes, highest first.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) })
    }

    private static var alphabet: [UInt8] { Array("0123456789abcdefghjkmnpqrstvwxyz".utf8) }

    /// Reads the public form; nil for another prefix, length or letter.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        let prefix = Array(Kind.idPrefix.utf8) + [UInt8(ascii: "_")]
        guard bytes.count == prefix.count + 26, bytes.starts(with: prefix) else { return nil }
        let alphabet = Self.alphabet
        var value: UInt128 = 0
        for (index, byte) in bytes[prefix.count...].enumerated() {
            guard let digit = alphabet.firstIndex(of: byte), index > 0 || digit < 8 else { return nil }
            value = value << 5 | UInt128(digit)
        }
        self.init(rawValue: value)
    }
}

extension ID: CustomStringConvertible {
    /// The public form.
    public var description: String {
        let alphabet = Self.alphabet
        let letters = (0..<26).map { alphabet[Int(truncatingIfNeeded: rawValue >> UInt128(125 - 5 * $0) & 31)] }
        return Kind.idPrefix + "_" + String(decoding: letters, as: UTF8.self)
    }
}

extension ID: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not an id with the prefix \(Kind.idPrefix)"))
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What a `CustomerID` names.
public enum CustomerEntity: Entity { public static let idPrefix = "cus" }
/// What an `OrderID` names.
public enum OrderEntity: Entity { public static let idPrefix = "ord" }
/// What an `EntryID` names.
public enum EntryEntity: Entity { public static let idPrefix = "ent" }
/// What a `RedemptionID` names.
public enum RedemptionEntity: Entity { public static let idPrefix = "red" }
/// What a `RunID` names.
public enum RunEntity: Entity { public static let idPrefix = "run" }
/// What a `UserID` names.
public enum UserEntity: Entity { public static let idPrefix = "usr" }
/// What a `TierID` names.
public enum TierEntity: Entity { public static let idPrefix = "tier" }
/// What a `RewardID` names: a redemption tier.
public enum RewardEntity: Entity { public static let idPrefix = "rew" }
/// What a `ProgramID` names: a discount program.
public enum ProgramEntity: Entity { public static let idPrefix = "prog" }

/// What a `ReadingID` names: what Alpine IQ said about a customer.
public enum ReadingEntity: Entity { public static let idPrefix = "rdg" }
/// What a `DiscrepancyID` names: a difference to Alpine IQ to look at.
public enum DiscrepancyEntity: Entity { public static let idPrefix = "dif" }
/// What an `IncidentID` names: many differences at once.
public enum IncidentEntity: Entity { public static let idPrefix = "inc" }
/// What a `PushID` names: something to be told to another system.
public enum PushEntity: Entity { public static let idPrefix = "psh" }

/// A member of a tenant's program.
public typealias CustomerID = ID<CustomerEntity>
/// A POS or web order.
public typealias OrderID = ID<OrderEntity>
/// A movement of points.
public typealias EntryID = ID<EntryEntity>
/// One use of points.
public typealias RedemptionID = ID<RedemptionEntity>
/// One sync run.
public typealias RunID = ID<RunEntity>
/// Somebody who signs in.
public typealias UserID = ID<UserEntity>
/// A tier of a tenant.
public typealias TierID = ID<TierEntity>
/// What Alpine IQ said about a customer.
public typealias ReadingID = ID<ReadingEntity>
/// A difference to Alpine IQ to look at.
public typealias DiscrepancyID = ID<DiscrepancyEntity>
/// Many differences at once.
public typealias IncidentID = ID<IncidentEntity>
/// A row of the outbox.
public typealias PushID = ID<PushEntity>
/// A redemption tier of a tenant.
public typealias RewardID = ID<RewardEntity>
/// A discount program of a tenant.
public typealias ProgramID = ID<ProgramEntity>

/// One dispensary business; all data belongs to exactly one.
public struct TenantID: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    /// The number that every key of this tenant's rows begins with.
    public let rawValue: Int64
    /// Wraps the number.
    public init(rawValue: Int64) { self.rawValue = rawValue }
    public static func < (left: TenantID, right: TenantID) -> Bool { left.rawValue < right.rawValue }
}
