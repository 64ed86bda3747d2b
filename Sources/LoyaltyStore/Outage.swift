import MariaDB

/// What a failure of the store means to somebody who waits for an answer.
public enum Outage {
    /// Whether `error` says that the database is away, overloaded or too slow: 503, try again.
    public static func isMeant(by error: any Error) -> Bool {
        if error is CommitOutcomeUnknown { return true }
        guard let error = error as? DatabaseError else { return false }
        return error.isUnavailable || error.isTimeout || error.isRetryable
    }
}

extension Store {
    /// The number of the newest migration that was applied wholly.
    public func schemaVersion() throws -> Int { try Migrator.currentVersion(connection) }
}
