import CMariaDB

extension Connection {
    /// Inserts many rows with one prepared INSERT of one row, in calls of at most 1,000 rows, and returns how many
    /// were inserted. Only inside a transaction, which alone makes the calls one. Each of `rows` is asked for when its turn
    /// has come: made lazily, a row lives no longer than that.
    ///
    /// A column's values are all of one kind, or NULL.
    @discardableResult
    public func bulkInsert(_ statement: StaticString, rows: some Sequence<[Value]>) throws -> UInt64 {
        let text = statement.description
        precondition(isInTransaction, "bulkInsert belongs inside a transaction")
        precondition(text.utf8.starts(with: "INSERT ".utf8), "bulkInsert is for INSERT only")
        return try noting { () throws(DatabaseError) in
            try checkUsable()
            let prepared = try opened().statement(text)
            let batch = BulkBatch(columnCount: prepared.parameterCount, statement: text)
            var inserted: UInt64 = 0
            for row in rows {
                try batch.append(row)
                if batch.isFull { inserted += try prepared.insert(batch) }
            }
            if batch.count > 0 { inserted += try prepared.insert(batch) }
            return inserted
        }
    }
}

extension Statement {
    /// Sends what `batch` holds in one call, and empties it.
    fileprivate func insert(_ batch: BulkBatch) throws(DatabaseError) -> UInt64 {
        var binds = batch.columns.map { $0.bound() }
        try setArraySize(batch.count)
        let failed = withExtendedLifetime(batch) {
            mysql_stmt_bind_param(handle, &binds) != 0 || mysql_stmt_execute(handle) != 0
        }
        if failed { throw error() }
        batch.removeAll()
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

/// Rows on their way to the server, column by column.
private final class BulkBatch {
    static let rowsMax = 1_000
    /// Well under the server's smallest limit for one packet.
    static let bytesMax = 4_000_000

    let columns: [BulkColumn]
    private(set) var count = 0
    private var byteCount = 0
    private let statement: String

    init(columnCount: Int, statement: String) {
        columns = (0..<columnCount).map { _ in BulkColumn(rowsMax: Self.rowsMax) }
        self.statement = statement
    }

    var isFull: Bool { count == Self.rowsMax || byteCount > Self.bytesMax }

    func append(_ row: [Value]) throws(DatabaseError) {
        guard row.count == columns.count else {
            throw .misused(statement: statement, problem: "\(row.count) values for \(columns.count) places")
        }
        for (column, value) in zip(columns, row) {
            try column.append(value, statement)
            byteCount += value.byteCount
        }
        count += 1
    }

    func removeAll() {
        for column in columns { column.removeAll() }
        (count, byteCount) = (0, 0)
    }
}

/// One column of many rows, as the library's array binding takes it: numbers side by side, all else by pointer.
private final class BulkColumn {
    private var bind = MYSQL_BIND()
    /// Whether a value has told what kind the column is of.
    private var hasKind = false
    private var count = 0
    private let indicators: UnsafeMutablePointer<CChar>
    private let numbers: UnsafeMutablePointer<Int64>
    private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let lengths: UnsafeMutablePointer<UInt>
    /// Where each value that is no number begins in `data`, which may move while it grows.
    private let offsets: UnsafeMutablePointer<Int>
    private var data: UnsafeMutableRawPointer
    private var capacity = 1 << 12
    private var end = 0

    init(rowsMax: Int) {
        indicators = .allocate(capacity: rowsMax)
        numbers = .allocate(capacity: rowsMax)
        pointers = .allocate(capacity: rowsMax)
        lengths = .allocate(capacity: rowsMax)
        offsets = .allocate(capacity: rowsMax)
        data = .allocate(byteCount: capacity, alignment: 16)
        bind.buffer_type = MYSQL_TYPE_LONGLONG
        bind.u.indicator = indicators
        bind.length = lengths
    }

    deinit {
        indicators.deallocate()
        numbers.deallocate()
        pointers.deallocate()
        lengths.deallocate()
        offsets.deallocate()
        data.deallocate()
    }

    /// The column as the library takes it, until the next change.
    func bound() -> MYSQL_BIND {
        if bind.buffer_type == MYSQL_TYPE_LONGLONG {
            bind.buffer = UnsafeMutableRawPointer(numbers)
        } else {
            for index in 0..<count { pointers[index] = indicators[index] == 0 ? data + offsets[index] : nil }
            bind.buffer = UnsafeMutableRawPointer(pointers)
        }
        return bind
    }

    func removeAll() { (count, end) = (0, 0) }

    func append(_ value: Value, _ statement: String) throws(DatabaseError) {
        let index = count
        count += 1
        (indicators[index], numbers[index], lengths[index]) = (0, 0, 0)
        if value == .null {
            indicators[index] = CChar(STMT_INDICATOR_NULL.rawValue)
            return
        }
        if !hasKind {
            hasKind = true
            bind.buffer_type = value.bufferType
            if case .uint = value { bind.is_unsigned = 1 }
        }
        guard value.bufferType == bind.buffer_type else {
            throw .misused(statement: statement, problem: "a column with values of several kinds")
        }
        switch value {
        case .null: break
        case .int(let number): numbers[index] = try signed(number, statement)
        case .uint(let number): numbers[index] = try signed(number, statement)
        case .time(let time): place(value, at: index).storeBytes(of: try time.field(statement), as: MYSQL_TIME.self)
        case .text, .bytes, .key: lengths[index] = UInt(value.copyBytes(to: place(value, at: index)))
        }
    }

    /// Room for the value. Rounded up, so that the next one is aligned; an empty text too needs a place to point to.
    private func place(_ value: Value, at index: Int) -> UnsafeMutableRawPointer {
        let room = (value.byteCount + 16) / 16 * 16
        if end + room > capacity {
            capacity = max(capacity * 2, end + room)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            larger.copyMemory(from: data, byteCount: end)
            data.deallocate()
            data = larger
        }
        offsets[index] = end
        end += room
        return data + offsets[index]
    }

    /// The number's bits under the column's sign.
    private func signed<N: FixedWidthInteger>(_ number: N, _ statement: String) throws(DatabaseError) -> Int64 {
        let bits = bind.is_unsigned != 0 ? UInt64(exactly: number).map(Int64.init(bitPattern:)) : Int64(exactly: number)
        guard let bits else { throw .misused(statement: statement, problem: "a column with integers of both signs") }
        return bits
    }
}
