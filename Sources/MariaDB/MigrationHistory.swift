/// The table `schema_migrations`: which files were applied, and how far.
struct MigrationHistory {
    struct Record {
        let version: Int
        let checksum: String
        let isDone: Bool
    }

    let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func createTables() throws {
        try connection.executeScript(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
              version INT UNSIGNED NOT NULL PRIMARY KEY,
              name VARCHAR(255) NOT NULL,
              checksum VARBINARY(64) NOT NULL,
              statements INT UNSIGNED NOT NULL,
              statements_done INT UNSIGNED NOT NULL,
              started_at DATETIME(6) NOT NULL,
              applied_at DATETIME(6) NULL);
            CREATE TABLE IF NOT EXISTS schema_migrations_lease (
              id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
              fence BIGINT UNSIGNED NOT NULL,
              held_until DATETIME(6) NOT NULL);
            INSERT INTO schema_migrations_lease (id, fence, held_until) VALUES (1, 0, '1970-01-01')
              ON DUPLICATE KEY UPDATE id = id;
            """)
    }

    /// All records; none when the table does not exist yet.
    func records() throws -> [Record] {
        do {
            return try connection.all(
                "SELECT version, checksum, applied_at FROM schema_migrations ORDER BY version"
            ) { row in
                Record(
                    version: try row.get("version"), checksum: try row.get("checksum"),
                    isDone: try row.get("applied_at", as: UTCTime?.self) != nil)
            }
        } catch let error as DatabaseError where error.code == 1146 {
            return []
        }
    }

    func checksum(_ text: String) throws -> String {
        try connection.one("SELECT SHA2(\(text), 256) AS checksum") { try $0.get("checksum") }
    }

    /// Records that the file is being applied, and returns how many of its statements were done by an earlier run
    /// with the same contents.
    func begin(_ file: MigrationFile, statementCount: Int, _ lease: MigrationLease) throws -> Int {
        let checksum = try checksum(file.text)
        return try connection.transaction { tx in
            try lease.check(tx)
            let done = try tx.optional(
                """
                SELECT statements_done FROM schema_migrations
                WHERE version = \(file.version) AND checksum = \(checksum) AND statements = \(statementCount)
                """
            ) { try $0.get("statements_done", as: Int.self) }
            if let done { return done }
            try tx.execute(
                """
                INSERT INTO schema_migrations (version, name, checksum, statements, statements_done, started_at)
                VALUES (\(file.version), \(file.name), \(checksum), \(statementCount), 0, UTC_TIMESTAMP(6))
                ON DUPLICATE KEY UPDATE name = VALUES(name), checksum = VALUES(checksum),
                  statements = VALUES(statements), statements_done = 0, started_at = VALUES(started_at)
                """)
            return 0
        }
    }

    func record(_ done: Int, of file: MigrationFile, _ lease: MigrationLease) throws {
        try connection.transaction { tx in
            try lease.check(tx)
            try tx.execute(
                "UPDATE schema_migrations SET statements_done = \(done) WHERE version = \(file.version)")
        }
    }

    func finish(_ file: MigrationFile, _ lease: MigrationLease) throws {
        try connection.transaction { tx in
            try lease.check(tx)
            try tx.execute(
                "UPDATE schema_migrations SET applied_at = UTC_TIMESTAMP(6) WHERE version = \(file.version)")
        }
    }
}
