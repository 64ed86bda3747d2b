import CMariaDB

/// Where the library puts the columns of a fetched row.
final class ResultBuffers {
    /// Longer values are fetched a second time, from the row already received, into room of their own length.
    private static let roomMax = 512

    private enum Kind { case int, uint, text, bytes, key, time }

    let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let columns: Columns
    private let kinds: [Kind]
    private let signatures: [Signature]
    private let room: [UnsafeMutableRawPointer]
    private let lengths: UnsafeMutablePointer<UInt>
    private let flags: UnsafeMutablePointer<my_bool>

    private struct Signature: Equatable {
        let type: enum_field_types.RawValue
        let flags: UInt32
        let charset: UInt32

        init(_ field: MYSQL_FIELD) {
            self.type = field.type.rawValue
            self.flags = field.flags & UInt32(UNSIGNED_FLAG)
            self.charset = field.charsetnr
        }
    }

    init(_ fields: UnsafeBufferPointer<MYSQL_FIELD>, statement: String) {
        let count = fields.count
        columns = Columns(statement: statement, names: fields.map { String(cString: $0.name) })
        kinds = fields.map(Self.kind)
        signatures = fields.map(Signature.init)
        let sizes = zip(fields, kinds).map { field, kind in
            switch kind {
            case .int, .uint: MemoryLayout<Int64>.size
            case .time: MemoryLayout<MYSQL_TIME>.size
            case .text, .bytes, .key: max(1, min(Int(clamping: field.length), Self.roomMax))
            }
        }
        room = sizes.map { UnsafeMutableRawPointer.allocate(byteCount: $0, alignment: 16) }
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND(), count: count)
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0, count: count)
        flags = .allocate(capacity: 2 * count)
        flags.initialize(repeating: 0, count: 2 * count)
        for index in 0..<count {
            binds[index].buffer_type = Self.bufferType(kinds[index])
            binds[index].buffer = room[index]
            binds[index].buffer_length = UInt(sizes[index])
            binds[index].is_unsigned = kinds[index] == .uint ? 1 : 0
            binds[index].length = lengths + index
            binds[index].is_null = flags + 2 * index
            binds[index].error = flags + 2 * index + 1
        }
    }

    deinit {
        for pointer in room { pointer.deallocate() }
        binds.deallocate()
        lengths.deallocate()
        flags.deallocate()
    }

    /// Whether the columns are of the kinds these buffers were made for.
    func fits(_ fields: UnsafeBufferPointer<MYSQL_FIELD>) -> Bool {
        guard fields.count == signatures.count else { return false }
        for index in fields.indices where Signature(fields[index]) != signatures[index] { return false }
        return true
    }

    /// The row that was just fetched.
    func row(_ statement: Statement) throws(DatabaseError) -> Row {
        var values: [Value] = []
        values.reserveCapacity(kinds.count)
        for index in kinds.indices { values.append(try value(index, statement)) }
        return Row(columns: columns, values: values)
    }

    private func value(_ index: Int, _ statement: Statement) throws(DatabaseError) -> Value {
        if flags[2 * index] != 0 { return .null }
        let isCutOff = flags[2 * index + 1] != 0
        switch kinds[index] {
        case .int where !isCutOff: return .int(room[index].load(as: Int64.self))
        case .uint where !isCutOff: return .uint(room[index].load(as: UInt64.self))
        case .time where !isCutOff:
            guard let time = UTCTime(room[index].load(as: MYSQL_TIME.self)) else {
                throw undecodable(index, "a date outside the calendar")
            }
            return .time(time)
        case .text:
            let text = try withBytes(index, statement) { String(validating: $0, as: UTF8.self) }
            guard let text else { throw undecodable(index, "text that is not UTF-8") }
            return .text(text)
        case .key where lengths[index] == 16:
            return .key(
                UInt64(bigEndian: room[index].load(as: UInt64.self)),
                UInt64(bigEndian: room[index].load(fromByteOffset: 8, as: UInt64.self)))
        case .bytes, .key: return .bytes(try withBytes(index, statement) { Array($0) })
        default: throw undecodable(index, "a value cut off on the way")
        }
    }

    private func withBytes<R>(
        _ index: Int, _ statement: Statement, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(DatabaseError) -> R {
        let length = Int(lengths[index])
        if length <= Int(binds[index].buffer_length) {
            return body(UnsafeRawBufferPointer(start: room[index], count: length))
        }
        let long = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { long.deallocate() }
        var bind = binds[index]
        bind.buffer = long.baseAddress
        bind.buffer_length = UInt(length)
        if mysql_stmt_fetch_column(statement.handle, &bind, UInt32(index), 0) != 0 { throw statement.error() }
        return body(UnsafeRawBufferPointer(long))
    }

    private func undecodable(_ index: Int, _ found: String) -> DatabaseError {
        .undecodable(statement: columns.statement, column: columns.names[index], type: "Value", found: found)
    }

    private static func kind(_ field: MYSQL_FIELD) -> Kind {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            field.flags & UInt32(UNSIGNED_FLAG) != 0 ? .uint : .int
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP: .time
        // Numbers and dates that come as text carry the binary character set too.
        case MYSQL_TYPE_STRING, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_BLOB, MYSQL_TYPE_TINY_BLOB,
            MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_BIT:
            field.charsetnr != 63 ? .text : field.type == MYSQL_TYPE_STRING && field.length == 16 ? .key : .bytes
        default: .text
        }
    }

    private static func bufferType(_ kind: Kind) -> enum_field_types {
        switch kind {
        case .int, .uint: MYSQL_TYPE_LONGLONG
        case .time: MYSQL_TYPE_DATETIME
        case .text: MYSQL_TYPE_STRING
        case .bytes, .key: MYSQL_TYPE_BLOB
        }
    }
}
