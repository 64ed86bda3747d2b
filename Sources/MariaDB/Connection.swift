import Logging

/// A connection to MariaDB for one thread. It opens with the first statement, and opens again after a loss, but never
/// inside a transaction.
///
/// Writes belong in `transaction`; statements outside one commit by themselves.
public final class Connection {
    let options: ConnectionOptions
    let logger: Logger?
    var session: Session?
    /// Set while a transaction is open.
    var isInTransaction = false
    /// What a statement of the open transaction failed with: nothing but ROLLBACK may follow, for after a deadlock
    /// the next statement would commit by itself.
    var failure: DatabaseError?
    private var isStreaming = false
    private var hostIndex = 0

    /// A connection that is not open yet.
    public init(_ options: ConnectionOptions, logger: Logger? = nil) {
        self.options = options
        self.logger = logger
    }

    /// Another connection to the same database, not open yet.
    public func another() -> Connection { Connection(options, logger: logger) }

    /// Ends the session; the next statement opens another.
    public func close() {
        precondition(!isStreaming, "a connection cannot close while its rows are read")
        session = nil
    }

    /// Runs a statement and returns the number of rows it inserted, deleted, or, for UPDATE, matched.
    @discardableResult
    public func execute(_ sql: SQL) throws -> UInt64 {
        try noting { () throws(DatabaseError) in
            let statement = try executed(sql)
            let affected = statement.affectedRows
            try statement.freeResult()
            return affected
        }
    }

    /// All rows. The statement bounds them with LIMIT, or reads them with `forEach`.
    public func all(_ sql: SQL) throws -> [Row] {
        try noting { () throws(DatabaseError) in
            let statement = try executed(sql)
            try statement.store()
            var rows: [Row] = []
            while let row = try statement.fetch() { rows.append(row) }
            try statement.freeResult()
            return rows
        }
    }

    /// All rows, decoded.
    public func all<T>(_ sql: SQL, _ decode: (Row) throws -> T) throws -> [T] {
        try all(sql).map(decode)
    }

    /// The row, if there is one; throws when there are several.
    public func optional<T>(_ sql: SQL, _ decode: (Row) throws -> T) throws -> T? {
        let rows = try all(sql)
        guard rows.count <= 1 else {
            throw DatabaseError.wrongRowCount(statement: sql.text, expected: "0 or 1", found: rows.count)
        }
        return try rows.first.map(decode)
    }

    /// The only row; throws when there is none, or several.
    public func one<T>(_ sql: SQL, _ decode: (Row) throws -> T) throws -> T {
        let rows = try all(sql)
        guard let row = rows.first, rows.count == 1 else {
            throw DatabaseError.wrongRowCount(statement: sql.text, expected: "1", found: rows.count)
        }
        return try decode(row)
    }

    /// Each row as it arrives, so that a large result needs no more memory than one row. `body` cannot use this
    /// connection; an error of its ends the reading.
    public func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        let statement = try noting { () throws(DatabaseError) in try executed(sql) }
        isStreaming = true
        defer { isStreaming = false }
        do {
            while let row = try next(of: statement) { try body(row) }
        } catch {
            // After a failed fetch there is no session left whose rows could be dropped.
            if session != nil { try noting { () throws(DatabaseError) in try statement.freeResult() } }
            throw error
        }
        try noting { () throws(DatabaseError) in try statement.freeResult() }
    }

    /// Runs one statement as plain text, without values: for schema changes that cannot be prepared. Rows are dropped.
    public func executeText(_ text: String) throws {
        try noting { () throws(DatabaseError) in
            try checkUsable()
            try opened().run(text)
        }
    }

    /// Runs each statement of a script (see `Script`) as plain text.
    public func executeScript(_ script: String) throws {
        for statement in try Script.statements(of: script) { try executeText(statement) }
    }
}

extension Connection {
    /// Sends the statement, again once if the server had dropped the prepared form, or if the session had ended
    /// while idle and the statement only reads.
    func executed(_ sql: SQL) throws(DatabaseError) -> Statement {
        try checkUsable()
        let wasOpen = session != nil
        do {
            return try executedOnce(sql)
        } catch  where error.needsPreparing {
            session?.forget(sql.text)
        } catch  where error.isConnectionLost && wasOpen && !isInTransaction && sql.isRead {
            close(after: error)
        }
        return try executedOnce(sql)
    }

    /// Runs `body` and keeps what it fails with: the session is closed if it broke, the transaction is spoiled.
    func noting<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        do {
            return try body()
        } catch {
            if isInTransaction, failure == nil { failure = error }
            if error.breaksConnection { close(after: error) }
            throw error
        }
    }

    /// The next row of a result that is not stored. When that fails, the library cannot tell whether more would come.
    private func next(of statement: Statement) throws(DatabaseError) -> Row? {
        do {
            return try noting { () throws(DatabaseError) in try statement.fetch() }
        } catch {
            close(after: error)
            throw error
        }
    }

    func checkUsable() throws(DatabaseError) {
        precondition(!isStreaming, "a connection takes no statement while its rows are read")
        if let failure { throw failure }
    }

    /// The open session, or a new one on the host used last or the first of the others that answers.
    func opened() throws(DatabaseError) -> Session {
        if let session { return session }
        guard case .hosts(let hosts, _) = options.place else {
            let opened = try Session(options, host: nil)
            session = opened
            return opened
        }
        var last = DatabaseError.misused(statement: "connect", problem: "no hosts")
        for _ in hosts {
            do {
                let opened = try Session(options, host: hosts[hostIndex])
                session = opened
                return opened
            } catch {
                last = error
                hostIndex = (hostIndex + 1) % hosts.count
                logger?.warning("database host not usable", metadata: ["error": "\(error.debugDescription)"])
            }
        }
        throw last
    }

    func close(after error: DatabaseError) {
        session = nil
        // 1047: the node answers, but is not part of the cluster.
        if error.code == 1047, case .hosts(let hosts, _) = options.place { hostIndex = (hostIndex + 1) % hosts.count }
        logger?.notice("database connection closed", metadata: ["error": "\(error.debugDescription)"])
    }

    private func executedOnce(_ sql: SQL) throws(DatabaseError) -> Statement {
        let statement = try opened().statement(sql.text)
        try statement.execute(sql.values)
        return statement
    }
}

extension SQL {
    /// Whether the statement changes nothing, so that it can be sent twice.
    fileprivate var isRead: Bool {
        let first = text.utf8.drop { $0 <= UInt8(ascii: " ") || $0 == UInt8(ascii: "(") }.prefix(6)
        return String(first)?.uppercased() == "SELECT"
    }
}
