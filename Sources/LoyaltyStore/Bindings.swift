import LoyaltyRules
import MariaDB

// How the domain's values stand in columns: numbers as BIGINT or INT, ids as BINARY(16), moments as DATETIME(6).

extension Cents: SQLBindable, SQLDecodable {}
extension Thousandths: SQLBindable, SQLDecodable {}
extension TenantID: SQLBindable, SQLDecodable {}
extension Rounding: SQLBindable, SQLDecodable {}
extension EarnBase: SQLBindable, SQLDecodable {}
extension NoPointsReason: SQLBindable, SQLDecodable {}
extension EntryKind: SQLBindable, SQLDecodable {}
extension RedemptionStatus: SQLBindable, SQLDecodable {}
extension RedemptionSource: SQLBindable, SQLDecodable {}
extension PosDiscountState: SQLBindable, SQLDecodable {}
extension OrderSource: SQLBindable, SQLDecodable {}
extension Segment: SQLBindable, SQLDecodable {}
extension EquityStatus: SQLBindable, SQLDecodable {}
extension EngagementType: SQLBindable, SQLDecodable {}
extension SettingsTab: SQLBindable, SQLDecodable {}

extension ID: SQLBindable, SQLDecodable {
    /// The 16 bytes.
    public var sqlValue: Value { Value(rawValue) }

    /// Reads 16 bytes.
    public init(sqlValue: Value) throws { self.init(rawValue: try UInt128(sixteenBytes: sqlValue)) }
}

extension WireDigest: SQLBindable, SQLDecodable {
    /// The 16 bytes.
    public var sqlValue: Value { Value(rawValue) }

    /// Reads 16 bytes.
    public init(sqlValue: Value) throws { self.init(rawValue: try UInt128(sixteenBytes: sqlValue)) }
}

extension Value {
    fileprivate init(_ number: UInt128) {
        self = .key(UInt64(truncatingIfNeeded: number >> 64), UInt64(truncatingIfNeeded: number))
    }
}

extension UInt128 {
    fileprivate init(sixteenBytes value: Value) throws {
        if case .key(let high, let low) = value {
            self = UInt128(high) << 64 | UInt128(low)
            return
        }
        let bytes = try [UInt8](sqlValue: value)
        guard bytes.count == 16 else { throw UnexpectedValue("not 16 bytes") }
        self = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}

extension Instant: SQLBindable, SQLDecodable {
    /// A DATETIME(6).
    public var sqlValue: Value { .time(UTCTime(microsecondsSince1970: microsecondsSince1970)) }

    /// Reads a DATETIME(6).
    public init(sqlValue: Value) throws {
        self.init(microsecondsSince1970: try UTCTime(sqlValue: sqlValue).microsecondsSince1970)
    }

    /// The clock of this process. Business times come from callers; deadlines use the database's clock.
    public static func now() -> Instant { Instant(microsecondsSince1970: UTCTime.now().microsecondsSince1970) }
}

extension Day: SQLBindable, SQLDecodable {
    /// A DATE as text.
    public var sqlValue: Value { .text(description) }

    /// Reads a DATE.
    public init(sqlValue: Value) throws {
        guard let day = Day(parsing: try String(sqlValue: sqlValue)) else { throw UnexpectedValue("not a date") }
        self = day
    }
}

extension ID {
    /// A fresh id (UUIDv7): ids made later sort later.
    public static func make(at instant: Instant = .now()) -> Self {
        Self(
            millisecondsSince1970: UInt64(max(0, instant.microsecondsSince1970 / 1_000)),
            random: UInt128(RandomWords.next()) << 64 | UInt128(RandomWords.next()))
    }

    /// A fresh id that sorts by `number` among those of the same moment, for up to 4,096 of them.
    public static func make(at instant: Instant, number: Int) -> Self {
        let low = UInt128(RandomWords.next() >> 2)
        return Self(
            millisecondsSince1970: UInt64(max(0, instant.microsecondsSince1970 / 1_000)),
            random: UInt128(number & 0xFFF) << 62 | low)
    }
}
