/// What a column or a parameter can hold. There is no floating point: exact decimals come as text.
public enum Value: Sendable, Hashable {
    /// SQL's NULL.
    case null
    /// A signed whole number.
    case int(Int64)
    /// An unsigned whole number.
    case uint(UInt64)
    /// Text in UTF-8; also DECIMAL, DATE and TIME columns, as the server writes them.
    case text(String)
    /// Bytes of a BINARY, VARBINARY or BLOB column.
    case bytes([UInt8])
    /// The bytes of a BINARY(16) column as two numbers, highest byte first: keys need no array of their own.
    case key(UInt64, UInt64)
    /// A DATETIME, which is always UTC.
    case time(UTCTime)

    /// The kind of value, for messages that must not show the value.
    var kind: String {
        switch self {
        case .null: "NULL"
        case .int: "a signed integer"
        case .uint: "an unsigned integer"
        case .text: "text"
        case .bytes, .key: "bytes"
        case .time: "a time"
        }
    }
}

/// A value that can be bound to a statement.
public protocol SQLBindable {
    /// What is sent to the server.
    var sqlValue: Value { get }
}

/// A value that a column can be read as.
public protocol SQLDecodable {
    /// Reads a column's value; throws `UnexpectedValue` when it is of another kind or out of range.
    init(sqlValue: Value) throws
}

/// A column's value could not be read as the type asked for. `Row` turns this into a `DatabaseError`.
public struct UnexpectedValue: Error {
    /// What was found instead, never the value itself.
    public let found: String

    /// - Parameter found: a kind of value, or what is wrong with it; not the value.
    public init(_ found: String) { self.found = found }

    /// - Parameter value: what was found; only its kind is kept.
    public init(_ value: Value) { self.found = value.kind }
}

extension SQLBindable where Self: RawRepresentable, RawValue: SQLBindable {
    /// The raw value.
    @inlinable public var sqlValue: Value { rawValue.sqlValue }
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
    /// Reads the raw value; throws for one that has no case.
    @inlinable public init(sqlValue: Value) throws {
        guard let known = Self(rawValue: try RawValue(sqlValue: sqlValue)) else {
            throw UnexpectedValue("a value without a case")
        }
        self = known
    }
}

extension Value: SQLBindable, SQLDecodable {
    /// The value itself.
    @inlinable public var sqlValue: Value { self }
    /// The value itself.
    @inlinable public init(sqlValue: Value) { self = sqlValue }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
    /// NULL for `nil`.
    @inlinable public var sqlValue: Value {
        switch self {
        case .some(let value): value.sqlValue
        case .none: .null
        }
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    /// `nil` for NULL.
    @inlinable public init(sqlValue: Value) throws {
        if case .null = sqlValue { self = nil } else { self = try Wrapped(sqlValue: sqlValue) }
    }
}
