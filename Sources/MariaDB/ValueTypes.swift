extension SQLBindable where Self: FixedWidthInteger & SignedInteger {
    /// A signed whole number.
    @inlinable public var sqlValue: Value { .int(Int64(self)) }
}

extension SQLBindable where Self: FixedWidthInteger & UnsignedInteger {
    /// An unsigned whole number.
    @inlinable public var sqlValue: Value { .uint(UInt64(self)) }
}

extension SQLDecodable where Self: FixedWidthInteger {
    /// Reads a whole number of either sign that fits the type.
    @inlinable public init(sqlValue: Value) throws {
        let number: Self? =
            switch sqlValue {
            case .int(let number): Self(exactly: number)
            case .uint(let number): Self(exactly: number)
            default: throw UnexpectedValue(sqlValue)
            }
        guard let number else { throw UnexpectedValue("an integer out of range") }
        self = number
    }
}

extension Int: SQLBindable, SQLDecodable {}
extension Int64: SQLBindable, SQLDecodable {}
extension Int32: SQLBindable, SQLDecodable {}
extension UInt64: SQLBindable, SQLDecodable {}
extension UInt32: SQLBindable, SQLDecodable {}
extension UInt16: SQLBindable, SQLDecodable {}
extension UInt8: SQLBindable, SQLDecodable {}

extension Bool: SQLBindable, SQLDecodable {
    /// 1 or 0.
    @inlinable public var sqlValue: Value { .int(self ? 1 : 0) }

    /// Reads 1 or 0, and nothing else.
    @inlinable public init(sqlValue: Value) throws {
        switch sqlValue {
        case .int(0), .uint(0): self = false
        case .int(1), .uint(1): self = true
        case .int, .uint: throw UnexpectedValue("an integer other than 0 and 1")
        default: throw UnexpectedValue(sqlValue)
        }
    }
}

extension String: SQLBindable, SQLDecodable {
    /// Text in UTF-8.
    @inlinable public var sqlValue: Value { .text(self) }

    /// Reads text, or bytes that are valid UTF-8: keys and references are stored as bytes.
    @inlinable public init(sqlValue: Value) throws {
        switch sqlValue {
        case .text(let text): self = text
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw UnexpectedValue("bytes that are not UTF-8")
            }
            self = text
        case .key:
            try self.init(sqlValue: .bytes([UInt8](sqlValue: sqlValue)))
        default: throw UnexpectedValue(sqlValue)
        }
    }
}

extension [UInt8]: SQLBindable {
    /// Bytes, unchanged.
    @inlinable public var sqlValue: Value { .bytes(self) }
}

extension [UInt8]: SQLDecodable {
    /// Reads bytes, or the UTF-8 of text.
    @inlinable public init(sqlValue: Value) throws {
        switch sqlValue {
        case .bytes(let bytes): self = bytes
        case .text(let text): self = Array(text.utf8)
        case .key(let high, let low):
            self = Swift.withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
        default: throw UnexpectedValue(sqlValue)
        }
    }
}

extension UTCTime: SQLBindable, SQLDecodable {
    /// A DATETIME(6).
    @inlinable public var sqlValue: Value { .time(self) }

    /// Reads a DATETIME column.
    @inlinable public init(sqlValue: Value) throws {
        guard case .time(let time) = sqlValue else { throw UnexpectedValue(sqlValue) }
        self = time
    }
}
