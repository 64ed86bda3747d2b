#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Lets one migrator work at a time, on all hosts: a row with an end and a number that grows with every holder.
/// GET_LOCK would not exclude other nodes of a cluster. Times are the server's.
struct MigrationLease {
    private let fence: UInt64
    private let seconds: Int

    /// Waits until no other holds the lease; throws `Migrator.Problem.busy` after `waitSecondsMax`.
    static func take(
        _ connection: Connection, seconds: Int, waitSecondsMax: Int, waiting: () -> Void
    ) throws -> MigrationLease {
        for second in 0...waitSecondsMax {
            if let fence = try taken(connection, seconds) { return MigrationLease(fence: fence, seconds: seconds) }
            if second == 0 { waiting() }
            sleep(1)
        }
        throw Migrator.Problem.busy
    }

    private static func taken(_ connection: Connection, _ seconds: Int) throws -> UInt64? {
        try connection.transaction { tx in
            let changed = try tx.execute(
                """
                UPDATE schema_migrations_lease
                SET fence = fence + 1, held_until = UTC_TIMESTAMP(6) + INTERVAL \(seconds) SECOND
                WHERE id = 1 AND held_until <= UTC_TIMESTAMP(6)
                """)
            guard changed == 1 else { return nil }
            return try tx.one("SELECT fence FROM schema_migrations_lease WHERE id = 1") { try $0.get("fence") }
        }
    }

    /// Holds the lease for its whole time again.
    func renew(_ connection: Connection) throws {
        try connection.transaction { tx in
            try check(tx)
            try tx.execute(
                """
                UPDATE schema_migrations_lease SET held_until = UTC_TIMESTAMP(6) + INTERVAL \(seconds) SECOND
                WHERE id = 1 AND fence = \(fence)
                """)
        }
    }

    /// Throws unless the lease is still this one; keeps others from taking it until the transaction ends.
    func check(_ tx: Connection) throws {
        let current = try tx.one("SELECT fence FROM schema_migrations_lease WHERE id = 1 FOR UPDATE") {
            try $0.get("fence", as: UInt64.self)
        }
        guard current == fence else { throw Migrator.Problem.superseded }
    }

    /// Lets the next one begin.
    func release(_ connection: Connection) throws {
        try connection.transaction { tx in
            try tx.execute(
                """
                UPDATE schema_migrations_lease SET held_until = UTC_TIMESTAMP(6)
                WHERE id = 1 AND fence = \(fence)
                """)
        }
    }
}
