/// What a failure means to the code that called.
extension DatabaseError {
    /// The name of the unique key that refused a duplicate (1062).
    public var duplicateKey: String? { code == 1062 ? Self.lastQuoted(message) : nil }

    /// Whether a unique key, or the one called `name`, refused a duplicate.
    public func isDuplicateKey(_ name: String? = nil) -> Bool {
        guard let duplicateKey else { return false }
        return name == nil || duplicateKey == name
    }

    /// The name of the foreign key that refused a row: without its parent (1452), or still having children (1451).
    public var refusedForeignKey: String? { code == 1451 || code == 1452 ? constraintName : nil }

    /// The name of the CHECK that refused a row (4025).
    public var refusedCheck: String? { code == 4025 ? constraintName : nil }

    /// The message of a trigger's SIGNAL (1644).
    public var signalledMessage: String? { code == 1644 ? message : nil }

    /// A deadlock, a changed record or a lock wait: another attempt may succeed. After the attempts of `transaction`
    /// it means busy: 503 with Retry-After.
    public var isRetryable: Bool { code == 1213 || code == 1020 || code == 1205 }

    /// No usable server, or the connection to it was lost: 503.
    public var isUnavailable: Bool { isConnectionLost || code == 1040 || code == 1203 }

    /// The statement took longer than it may, or was interrupted (1969, 1317): 503.
    public var isTimeout: Bool { code == 1969 || code == 1317 }

    /// The session ended, or the node cannot be used; what was not committed is undone.
    var isConnectionLost: Bool {
        switch code {
        case 1047, 1053, 1152, 1184, 1927, 2002, 2003, 2005, 2006, 2012, 2013, 2026, 2055: true
        default: false
        }
    }

    /// The client's and the server's view of the connection may differ: it must be closed.
    var breaksConnection: Bool {
        guard let code, code != 2057, code != 2034 else { return false }
        return isConnectionLost || code == 1153 || (2000..<3000).contains(code)
    }

    /// The prepared statement is no longer the server's: it must be prepared again.
    var needsPreparing: Bool { code == 1243 || code == 2057 || code == 1615 }

    private var constraintName: String? {
        let parts = message.split(separator: "CONSTRAINT `", maxSplits: 1)
        guard parts.count == 2 || message.hasPrefix("CONSTRAINT `") else { return nil }
        return parts.last?.split(separator: "`").first.map(String.init)
    }
}
