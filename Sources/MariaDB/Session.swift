import CMariaDB

/// One open connection of the C library with the statements prepared on it. It lives as long as the server's session:
/// after a loss a new one is made.
final class Session {
    /// Bounds what one session prepares: threads × statements × hosts stays below the server's 16,382.
    static let statementsMax = 256

    let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [String: Statement] = [:]
    private var uses: UInt64 = 0

    // The library's own first call is not safe from several threads.
    private static let isLibraryReady: Bool = mysql_server_init(0, nil, nil) == 0

    init(_ options: ConnectionOptions, host: String?) throws(DatabaseError) {
        guard Self.isLibraryReady, let handle = mysql_init(nil) else {
            throw .misused(statement: "", problem: "the client library has no memory")
        }
        self.handle = handle
        try setLimits(options)
        if let host { try setTransport(options, host) }
        try connect(options, host)
        try run(Self.setup(options))
    }

    deinit {
        // First the connection: closing a statement of an open one would send a command.
        mysql_close(handle)
    }

    /// Runs text as it is, and discards rows.
    func run(_ text: String) throws(DatabaseError) {
        let failed = text.utf8CString.withUnsafeBufferPointer { buffer in
            mysql_real_query(handle, buffer.baseAddress, UInt(buffer.count - 1)) != 0
        }
        if failed { throw error(text) }
        if let result = mysql_store_result(handle) {
            mysql_free_result(result)
        } else if mysql_errno(handle) != 0 {
            throw error(text)
        }
    }

    /// The statement with this text, prepared now or earlier.
    func statement(_ text: String) throws(DatabaseError) -> Statement {
        uses += 1
        if let known = statements[text] {
            known.lastUse = uses
            return known
        }
        if statements.count >= Self.statementsMax, let oldest = statements.values.min(by: { $0.lastUse < $1.lastUse }) {
            statements[oldest.text] = nil
        }
        let statement = try Statement(text, session: self)
        statement.lastUse = uses
        statements[text] = statement
        return statement
    }

    /// Closes a statement that the server no longer knows as it was prepared.
    func forget(_ text: String) { statements[text] = nil }

    func error(_ statement: String) -> DatabaseError { Self.error(handle, statement) }

    static func error(_ handle: UnsafeMutablePointer<MYSQL>, _ statement: String) -> DatabaseError {
        .reported(
            statement, code: mysql_errno(handle), sqlState: String(cString: mysql_sqlstate(handle)),
            message: String(cString: mysql_error(handle)))
    }
}

extension Session {
    private func setLimits(_ options: ConnectionOptions) throws(DatabaseError) {
        try set(MYSQL_OPT_CONNECT_TIMEOUT, options.connectTimeoutSeconds)
        try set(MYSQL_OPT_READ_TIMEOUT, options.readTimeoutSeconds)
        try set(MYSQL_OPT_WRITE_TIMEOUT, options.writeTimeoutSeconds)
        try set(MYSQL_OPT_LOCAL_INFILE, 0 as UInt32)
        // A transaction must never go on, half of it, in another session.
        try set(MYSQL_OPT_RECONNECT, 0 as CChar)
        try set(MYSQL_REPORT_DATA_TRUNCATION, 1 as CChar)
        try check(mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4"))
    }

    private func setTransport(_ options: ConnectionOptions, _ host: String) throws(DatabaseError) {
        // "localhost" would otherwise mean a socket.
        try set(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
        guard let file = options.tlsCAFile else {
            guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
                throw .misused(statement: "", problem: "a server on another host needs tlsCAFile")
            }
            return
        }
        try check(mysql_options(handle, MYSQL_OPT_SSL_CA, file))
        try set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, 1 as CChar)
    }

    private func connect(_ options: ConnectionOptions, _ host: String?) throws(DatabaseError) {
        var port: UInt32 = 0
        var socket: String?
        switch options.place {
        case .socket(let path): socket = path
        case .hosts(_, let number): port = UInt32(number)
        }
        let connected = mysql_real_connect(
            handle, host, options.user, options.password, options.database, port, socket, UInt(CLIENT_FOUND_ROWS))
        if connected == nil { throw error("connect") }
        // Without this check the library falls back to plain text without an error.
        if host != nil, options.tlsCAFile != nil, mysql_get_ssl_cipher(handle) == nil {
            throw .misused(statement: "connect", problem: "the connection is not encrypted")
        }
    }

    private static func setup(_ options: ConnectionOptions) -> String {
        """
        SET time_zone = '+00:00', sql_mode = 'TRADITIONAL,ONLY_FULL_GROUP_BY', \
        innodb_lock_wait_timeout = \(options.lockWaitSeconds), max_statement_time = \(options.statementSeconds), \
        idle_transaction_timeout = \(options.idleTransactionSeconds), tx_isolation = 'READ-COMMITTED', \
        innodb_snapshot_isolation = ON
        """
    }

    private func set<T: BitwiseCopyable>(_ option: mysql_option, _ value: T) throws(DatabaseError) {
        try check(withUnsafePointer(to: value) { mysql_options(handle, option, $0) })
    }

    private func check(_ status: Int32) throws(DatabaseError) {
        if status != 0 { throw error("option") }
    }
}
