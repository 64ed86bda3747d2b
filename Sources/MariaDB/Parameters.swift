import CMariaDB

/// The values of one execution, laid out for the library: they live until it has sent them.
final class Parameters {
    let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let count: Int
    private let lengths: UnsafeMutablePointer<UInt>
    private let data: UnsafeMutableRawPointer

    init(_ values: [Value], statement: String) throws(DatabaseError) {
        count = values.count
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND(), count: count)
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0, count: count)
        data = .allocate(byteCount: values.reduce(0) { $0 + Self.room($1) }, alignment: 16)
        var offset = 0
        for (index, value) in values.enumerated() {
            try fill(index, value, data + offset, statement)
            offset += Self.room(value)
        }
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        data.deallocate()
    }

    private func fill(
        _ index: Int, _ value: Value, _ place: UnsafeMutableRawPointer, _ statement: String
    ) throws(DatabaseError) {
        binds[index].buffer = place
        binds[index].buffer_type = value.bufferType
        switch value {
        case .null: break
        case .int(let number): place.storeBytes(of: number, as: Int64.self)
        case .uint(let number):
            place.storeBytes(of: number, as: UInt64.self)
            binds[index].is_unsigned = 1
        case .time(let time): place.storeBytes(of: try time.field(statement), as: MYSQL_TIME.self)
        case .text, .bytes, .key:
            lengths[index] = UInt(value.copyBytes(to: place))
            binds[index].length = lengths + index
            binds[index].buffer_length = lengths[index]
        }
    }

    // Rounded up, so that the next value is aligned.
    private static func room(_ value: Value) -> Int { (value.byteCount + 15) / 16 * 16 }
}

extension Value {
    var bufferType: enum_field_types {
        switch self {
        case .null: MYSQL_TYPE_NULL
        case .int, .uint: MYSQL_TYPE_LONGLONG
        case .text: MYSQL_TYPE_STRING
        case .bytes, .key: MYSQL_TYPE_BLOB
        case .time: MYSQL_TYPE_DATETIME
        }
    }

    /// How much room the value takes on its way.
    var byteCount: Int {
        switch self {
        case .null: 0
        case .int, .uint: MemoryLayout<Int64>.size
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .key: 16
        case .time: MemoryLayout<MYSQL_TIME>.size
        }
    }

    /// Copies text or bytes, and returns how many there were.
    func copyBytes(to place: UnsafeMutableRawPointer) -> Int {
        func copy(_ source: UnsafeBufferPointer<UInt8>) -> Int {
            if let start = source.baseAddress { place.copyMemory(from: start, byteCount: source.count) }
            return source.count
        }
        switch self {
        case .text(var text): return text.withUTF8(copy)
        case .bytes(let bytes): return bytes.withUnsafeBufferPointer(copy)
        case .key(let high, let low):
            place.storeBytes(of: high.bigEndian, as: UInt64.self)
            place.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            return 16
        default: return 0
        }
    }
}

extension UTCTime {
    /// The library's form; throws outside the years 1 to 9999, which a DATETIME cannot hold.
    func field(_ statement: String) throws(DatabaseError) -> MYSQL_TIME {
        let fields = civil
        guard (1...9_999).contains(fields.year) else {
            throw .misused(statement: statement, problem: "a time outside the years 1 to 9999")
        }
        var time = MYSQL_TIME()
        time.year = UInt32(fields.year)
        time.month = UInt32(fields.month)
        time.day = UInt32(fields.day)
        time.hour = UInt32(fields.hour)
        time.minute = UInt32(fields.minute)
        time.second = UInt32(fields.second)
        time.second_part = UInt(fields.microsecond)
        time.time_type = MYSQL_TIMESTAMP_DATETIME
        return time
    }

    /// `nil` for the server's zero dates, which are no instants.
    init?(_ time: MYSQL_TIME) {
        guard time.month > 0, time.day > 0, time.neg == 0 else { return nil }
        self.init(
            CivilTime(
                year: Int64(time.year), month: Int64(time.month), day: Int64(time.day), hour: Int64(time.hour),
                minute: Int64(time.minute), second: Int64(time.second), microsecond: Int64(time.second_part)))
    }
}
