public import LoyaltyRules
import MariaDB

/// A signed-in browser, as one look-up finds it.
public struct Session: Sendable {
    /// SHA-256 of the token in the cookie: the key.
    public let tokenHash: [UInt8]
    /// Who.
    public let user: UserID
    /// Their address.
    public let email: String
    /// Whether every tenant is open.
    public let isSuper: Bool
    /// What every form of this session carries.
    public let csrfToken: String
    /// What the last POST left to be told.
    public let notice: String?
    /// Where they have which role, by slug; empty for a super user.
    public let memberships: [Membership]

    /// How long the session lasts without use. A till is looked after all day by the one who signed in at it.
    var idleSeconds: Int64 { Self.idleSeconds(isTillOnly: Self.isTillOnly(memberships, isSuper: isSuper)) }

    static func isTillOnly(_ memberships: [Membership], isSuper: Bool) -> Bool {
        !isSuper && !memberships.isEmpty && memberships.allSatisfy { $0.role == .budtender }
    }

    static func idleSeconds(isTillOnly: Bool) -> Int64 { isTillOnly ? 12 * 3_600 : 30 * 60 }

    /// No session lasts longer, however much it is used.
    static let absoluteSeconds: Int64 = 12 * 3_600
    /// Use is written down at most this often.
    static let touchSeconds: Int64 = 60
}

extension Store {
    /// Opens a session for `user`.
    ///
    /// - Parameters:
    ///   - tokenHash: SHA-256 of 32 random bytes that only the cookie holds.
    ///   - csrfToken: random too.
    public func createSession(tokenHash: [UInt8], for user: User, csrfToken: String) throws {
        let isTillOnly = try Session.isTillOnly(memberships(of: user.id), isSuper: user.isSuper)
        let idleSeconds = Session.idleSeconds(isTillOnly: isTillOnly)
        try connection.execute(
            """
            INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, seen_at, idle_until, ends_at)
            VALUES (\(tokenHash), \(user.id), \(csrfToken), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
              UTC_TIMESTAMP(6) + INTERVAL \(idleSeconds) SECOND,
              UTC_TIMESTAMP(6) + INTERVAL \(Session.absoluteSeconds) SECOND)
            """)
    }

    /// The session of a token, if it has not ended, with the user's roles; its idle end moves on.
    public func session(tokenHash: [UInt8]) throws -> Session? {
        let rows = try connection.all(
            """
            SELECT users.id AS user_id, email, is_super, csrf_token, notice,
                   TIMESTAMPDIFF(SECOND, seen_at, UTC_TIMESTAMP(6)) AS unseen_seconds,
                   tenants.id, slug, tenants.is_demo, settings_version, role
              FROM sessions
              JOIN users ON users.id = sessions.user_id
              LEFT JOIN user_tenants ON user_tenants.user_id = users.id
              LEFT JOIN tenants ON tenants.id = user_tenants.tenant_id
             WHERE token_hash = \(tokenHash) AND disabled_at IS NULL
               AND idle_until > UTC_TIMESTAMP(6) AND ends_at > UTC_TIMESTAMP(6)
             ORDER BY slug LIMIT 1000
            """)
        guard let first = rows.first else { return nil }
        let memberships = try rows.compactMap { row in
            try row.get("role", as: Role?.self).map { Membership(tenant: try Tenant(row: row), role: $0) }
        }
        let session = Session(
            tokenHash: tokenHash, user: try first.get("user_id"), email: try first.get("email"),
            isSuper: try first.get("is_super"), csrfToken: try first.get("csrf_token"),
            notice: try first.get("notice"), memberships: memberships)
        if try first.get("unseen_seconds", as: Int64.self) >= Session.touchSeconds { try touch(session) }
        return session
    }

    private func touch(_ session: Session) throws {
        try connection.execute(
            """
            UPDATE sessions SET seen_at = UTC_TIMESTAMP(6),
              idle_until = LEAST(ends_at, UTC_TIMESTAMP(6) + INTERVAL \(session.idleSeconds) SECOND)
             WHERE token_hash = \(session.tokenHash)
            """)
    }

    /// Ends a session: its cookie is worth nothing from now on.
    public func endSession(tokenHash: [UInt8]) throws {
        try connection.execute("DELETE FROM sessions WHERE token_hash = \(tokenHash)")
    }

    /// Leaves `notice`, at most 300 characters, for the next page of the session.
    public func setNotice(_ notice: String, ofSession tokenHash: [UInt8]) throws {
        let short = String(String.UnicodeScalarView(notice.unicodeScalars.prefix(300)))
        try connection.execute("UPDATE sessions SET notice = \(short) WHERE token_hash = \(tokenHash)")
    }

    /// Forgets the notice that a page has told.
    public func clearNotice(ofSession tokenHash: [UInt8]) throws {
        try connection.execute("UPDATE sessions SET notice = NULL WHERE token_hash = \(tokenHash)")
    }

    /// Removes what has ended: sessions, and failed sign-ins of yesterday. For the nightly job.
    public func removeEndedSessions() throws {
        try connection.execute("DELETE FROM sessions WHERE ends_at < UTC_TIMESTAMP(6) LIMIT 10000")
        try connection.execute(
            "DELETE FROM login_attempts WHERE last_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY LIMIT 10000")
    }
}
