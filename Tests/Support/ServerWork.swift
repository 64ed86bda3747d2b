import MariaDB

/// What a database server does for one database, on all its connections: counted, for a time says little about work.
public struct ServerWork {
    private let root: Connection
    private let database: String

    /// - Parameter root: the administrator, on a connection that the work itself does not use.
    public init(_ root: Connection, database: String) throws {
        self.root = root
        self.database = database
        try root.executeText("SET GLOBAL userstat = 1")
    }

    /// Rows read since the server counts.
    public func rowsRead() throws -> Int64 {
        try root.one(
            """
            SELECT CAST(COALESCE(SUM(ROWS_READ), 0) AS SIGNED) AS number
              FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = \(database)
            """
        ) { try $0.get("number") }
    }

    /// Rows that `body` has the server read.
    public func rowsRead(during body: () throws -> Void) throws -> Int64 {
        let before = try rowsRead()
        try body()
        return try rowsRead() - before
    }
}

extension Connection {
    /// Statements that `body` has the server carry out on this connection.
    public func statements(during body: () throws -> Void) throws -> Int64 {
        let before = try statements()
        try body()
        // Not the one that asked.
        return try statements() - before - 1
    }

    private func statements() throws -> Int64 {
        try one("SHOW SESSION STATUS LIKE 'Questions'") { row in
            Int64(try row.get("Value", as: String.self)) ?? 0
        }
    }
}
