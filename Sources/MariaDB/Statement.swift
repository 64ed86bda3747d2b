import CMariaDB

/// A statement prepared on one session.
final class Statement {
    let text: String
    let handle: UnsafeMutablePointer<MYSQL_STMT>
    let parameterCount: Int
    /// When it was last used, counted in uses of the session.
    var lastUse: UInt64 = 0
    private var buffers: ResultBuffers?

    init(_ text: String, session: Session) throws(DatabaseError) {
        guard let handle = mysql_stmt_init(session.handle) else { throw session.error(text) }
        self.text = text
        self.handle = handle
        let failed = text.utf8CString.withUnsafeBufferPointer { buffer in
            mysql_stmt_prepare(handle, buffer.baseAddress, UInt(buffer.count - 1)) != 0
        }
        self.parameterCount = failed ? 0 : Int(mysql_stmt_param_count(handle))
        if failed { throw error() }
    }

    deinit { mysql_stmt_close(handle) }

    /// Sends the statement; rows, if there are any, wait to be fetched.
    func execute(_ values: [Value]) throws(DatabaseError) {
        guard values.count == parameterCount else {
            throw .misused(statement: text, problem: "\(values.count) values for \(parameterCount) places")
        }
        let parameters = try Parameters(values, statement: text)
        if parameterCount > 0, mysql_stmt_bind_param(handle, parameters.binds) != 0 { throw error() }
        let failed = withExtendedLifetime(parameters) { mysql_stmt_execute(handle) != 0 }
        if failed { throw error() }
        if mysql_stmt_field_count(handle) > 0 { try bindResult() }
    }

    /// Rows changed; with FOUND_ROWS, rows matched by an UPDATE. 0 for a query.
    var affectedRows: UInt64 {
        buffers == nil ? mysql_stmt_affected_rows(handle) : 0
    }

    /// Receives all rows. What goes wrong while the server looks for them, such as a lock that is not given, shows
    /// here, and leaves the connection usable.
    func store() throws(DatabaseError) {
        if buffers != nil, mysql_stmt_store_result(handle) != 0 { throw error() }
    }

    /// The next row, or `nil` after the last.
    func fetch() throws(DatabaseError) -> Row? {
        guard let buffers else { return nil }
        switch mysql_stmt_fetch(handle) {
        case 0, MYSQL_DATA_TRUNCATED: return try buffers.row(self)
        case MYSQL_NO_DATA: return nil
        default: throw error()
        }
    }

    /// Drops rows not yet fetched, so that the connection can take the next command.
    func freeResult() throws(DatabaseError) {
        if mysql_stmt_free_result(handle) != 0 { throw error() }
    }

    func error() -> DatabaseError {
        let code = mysql_stmt_errno(handle)
        // A failed fetch of a row that was not stored is noted on the connection alone.
        if code == 0, let session = handle.pointee.mysql { return Session.error(session, text) }
        return .reported(
            text, code: code, sqlState: String(cString: mysql_stmt_sqlstate(handle)),
            message: String(cString: mysql_stmt_error(handle)))
    }

    /// The kinds of columns may differ from the last time: `SELECT ?` has the kind of its value.
    private func bindResult() throws(DatabaseError) {
        guard let fields = mariadb_stmt_fetch_fields(handle) else { throw error() }
        let described = UnsafeBufferPointer(start: fields, count: Int(mysql_stmt_field_count(handle)))
        let current: ResultBuffers
        if let buffers, buffers.fits(described) {
            current = buffers
        } else {
            current = ResultBuffers(described, statement: text)
            buffers = current
        }
        if mysql_stmt_bind_result(handle, current.binds) != 0 { throw error() }
    }
}
