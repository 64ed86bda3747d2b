import MariaDB

/// Slows down guessing, for an account and for an address.
///
/// An attempt counts as failed until `forgive` says otherwise: counting afterwards would let many at once pass by. A
/// block ends by itself after at most 15 minutes, so nobody is locked out for good, and no thread ever waits.
public struct LoginThrottle {
    private let connection: Connection
    private let account: [UInt8]
    private let address: [UInt8]

    /// Failures that cost nothing, per account: people mistype.
    static let accountFreeCount: Int64 = 5
    /// The same per address, behind which a whole shop may sit.
    static let addressFreeCount: Int64 = 20
    /// The first block; each further failure doubles it.
    static let firstBlockSeconds: Int64 = 10
    /// The longest block.
    static let blockSecondsMax: Int64 = 900
    /// One failure is forgotten for each such span without any.
    static let forgetSeconds: Int64 = 600

    init(connection: Connection, email: String, address: String) {
        self.connection = connection
        account = Array("account:\(email.lowercased())".utf8.prefix(300))
        self.address = Array("address:\(address)".utf8.prefix(300))
    }

    /// Counts an attempt and returns nil, or returns the seconds to wait before the next when one is not due yet.
    public func begin() throws -> Int64? {
        try connection.transaction { connection in
            // Both rows are made and locked in the same order everywhere.
            for subject in [account, address] {
                try connection.execute(
                    """
                    INSERT INTO login_attempts (subject, failures, last_at) VALUES (\(subject), 0, UTC_TIMESTAMP(6))
                    ON DUPLICATE KEY UPDATE subject = subject
                    """)
            }
            let wait = try connection.one(
                """
                SELECT COALESCE(MAX(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), blocked_until) + 999999) DIV 1000000, 0)
                       AS seconds
                  FROM login_attempts WHERE subject IN (\(account), \(address)) FOR UPDATE
                """
            ) { try $0.get("seconds", as: Int64.self) }
            if wait > 0 { return wait }
            try count(account, freeCount: Self.accountFreeCount, connection)
            try count(address, freeCount: Self.addressFreeCount, connection)
            return nil
        }
    }

    /// The attempt was good: the account starts anew, and the address is not held to account for it.
    public func forgive() throws {
        try connection.transaction { connection in
            try connection.execute("DELETE FROM login_attempts WHERE subject = \(account)")
            try connection.execute(
                """
                UPDATE login_attempts SET failures = IF(failures > 0, failures - 1, 0), blocked_until = NULL
                 WHERE subject = \(address)
                """)
        }
    }

    private func count(_ subject: [UInt8], freeCount: Int64, _ connection: Connection) throws {
        let failures = try connection.one(
            """
            SELECT GREATEST(0, CAST(failures AS SIGNED)
                     - TIMESTAMPDIFF(SECOND, last_at, UTC_TIMESTAMP(6)) DIV \(Self.forgetSeconds)) + 1 AS failures
              FROM login_attempts WHERE subject = \(subject)
            """
        ) { try $0.get("failures", as: Int64.self) }
        let doublings = failures - freeCount
        let blockSeconds =
            doublings < 0 ? 0 : min(Self.blockSecondsMax, Self.firstBlockSeconds << min(doublings, 10))
        try connection.execute(
            """
            UPDATE login_attempts SET failures = \(failures), last_at = UTC_TIMESTAMP(6),
              blocked_until = IF(\(blockSeconds) > 0, UTC_TIMESTAMP(6) + INTERVAL \(blockSeconds) SECOND, NULL)
             WHERE subject = \(subject)
            """)
    }
}

extension Store {
    /// The throttle of an attempt to sign in to the account `email` from `address`.
    public func loginThrottle(email: String, address: String) -> LoginThrottle {
        LoginThrottle(connection: connection, email: email, address: address)
    }
}
