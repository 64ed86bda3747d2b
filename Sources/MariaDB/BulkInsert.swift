import CMariaDB

extension Connection {
    /// Inserts many rows with one prepared INSERT of one row, in calls of at most 1,000 rows, and returns how many
    /// were inserted. Only inside a transaction, which alone makes the calls one.
    ///
    /// A column's values are all of one kind, or NULL.
    @discardableResult
    public func bulkInsert(_ statement: StaticString, rows: [[Value]]) throws -> UInt64 {
        let text = statement.description
        precondition(isInTransaction, "bulkInsert belongs inside a transaction")
        precondition(text.utf8.starts(with: "INSERT ".utf8), "bulkInsert is for INSERT only")
        return try noting { () throws(DatabaseError) in
            try checkUsable()
            let prepared = try opened().statement(text)
            var inserted: UInt64 = 0
            var start = 0
            while start < rows.count {
                let end = Self.chunkEnd(rows, from: start)
                inserted += try prepared.insert(rows[start..<end])
                start = end
            }
            return inserted
        }
    }

    /// A chunk ends after 1,000 rows or 4 MB, well under the server's smallest limit for one packet.
    private static func chunkEnd(_ rows: [[Value]], from start: Int) -> Int {
        var byteCount = 0
        for index in start..<min(rows.count, start + 1_000) {
            for value in rows[index] { byteCount += value.byteCount }
            if byteCount > 4_000_000, index > start { return index }
        }
        return min(rows.count, start + 1_000)
    }
}

extension Statement {
    /// Sends `rows` in one call.
    fileprivate func insert(_ rows: ArraySlice<[Value]>) throws(DatabaseError) -> UInt64 {
        for row in rows where row.count != parameterCount {
            throw .misused(statement: text, problem: "\(row.count) values for \(parameterCount) places")
        }
        var columns: [BulkColumn] = []
        for index in 0..<parameterCount { columns.append(try BulkColumn(rows, column: index, statement: text)) }
        var binds = columns.map(\.bind)
        try setArraySize(rows.count)
        let failed = withExtendedLifetime(columns) {
            mysql_stmt_bind_param(handle, &binds) != 0 || mysql_stmt_execute(handle) != 0
        }
        if failed { throw error() }
        let inserted = mysql_stmt_affected_rows(handle)
        // The statement may next be executed for one row.
        try setArraySize(0)
        return inserted
    }

    private func setArraySize(_ count: Int) throws(DatabaseError) {
        let size = UInt32(count)
        let failed = withUnsafePointer(to: size) { mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, $0) != 0 }
        if failed { throw error() }
    }
}

/// One column of many rows, as the library's array binding takes it: numbers side by side, all else by pointer.
private final class BulkColumn {
    private(set) var bind = MYSQL_BIND()
    private let indicators: UnsafeMutablePointer<CChar>
    private let numbers: UnsafeMutablePointer<Int64>
    private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let lengths: UnsafeMutablePointer<UInt>
    private let data: UnsafeMutableRawPointer

    init(_ rows: ArraySlice<[Value]>, column: Int, statement: String) throws(DatabaseError) {
        let first = rows.first { $0[column] != .null }?[column] ?? .int(0)
        indicators = .allocate(capacity: rows.count)
        indicators.initialize(repeating: 0, count: rows.count)
        numbers = .allocate(capacity: rows.count)
        numbers.initialize(repeating: 0, count: rows.count)
        pointers = .allocate(capacity: rows.count)
        pointers.initialize(repeating: nil, count: rows.count)
        lengths = .allocate(capacity: rows.count)
        lengths.initialize(repeating: 0, count: rows.count)
        data = .allocate(byteCount: rows.reduce(0) { $0 + Self.room($1[column]) }, alignment: 16)
        bind.buffer_type = first.bufferType
        bind.u.indicator = indicators
        if case .uint = first { bind.is_unsigned = 1 }
        let isNumber = first.bufferType == MYSQL_TYPE_LONGLONG
        bind.buffer = isNumber ? UnsafeMutableRawPointer(numbers) : UnsafeMutableRawPointer(pointers)
        bind.length = lengths
        var offset = 0
        for (index, row) in rows.enumerated() {
            try fill(index, row[column], data + offset, statement)
            offset += Self.room(row[column])
        }
    }

    deinit {
        indicators.deallocate()
        numbers.deallocate()
        pointers.deallocate()
        lengths.deallocate()
        data.deallocate()
    }

    private func fill(
        _ index: Int, _ value: Value, _ place: UnsafeMutableRawPointer, _ statement: String
    ) throws(DatabaseError) {
        if value == .null {
            indicators[index] = CChar(STMT_INDICATOR_NULL.rawValue)
            return
        }
        guard value.bufferType == bind.buffer_type else {
            throw .misused(statement: statement, problem: "a column with values of several kinds")
        }
        switch value {
        case .null: break
        case .int(let number): numbers[index] = try signed(number, statement)
        case .uint(let number): numbers[index] = try signed(number, statement)
        case .time(let time):
            place.storeBytes(of: try time.field(statement), as: MYSQL_TIME.self)
            pointers[index] = place
        case .text, .bytes, .key:
            lengths[index] = UInt(value.copyBytes(to: place))
            pointers[index] = place
        }
    }

    /// The number's bits under the column's sign.
    private func signed<N: FixedWidthInteger>(_ number: N, _ statement: String) throws(DatabaseError) -> Int64 {
        let bits = bind.is_unsigned != 0 ? UInt64(exactly: number).map(Int64.init(bitPattern:)) : Int64(exactly: number)
        guard let bits else { throw .misused(statement: statement, problem: "a column with integers of both signs") }
        return bits
    }

    // Numbers have their own place; the rest is rounded up, so that the next value is aligned.
    private static func room(_ value: Value) -> Int {
        switch value {
        case .null, .int, .uint: 0
        // An empty text too needs a place to point to.
        default: (value.byteCount + 16) / 16 * 16
        }
    }
}
