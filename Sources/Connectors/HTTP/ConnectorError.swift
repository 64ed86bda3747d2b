/// Why a third party gave nothing usable. Never holds a secret, a token, a body or a person's data.
public enum ConnectorError: Error, Equatable, Sendable {
    /// No connection was made, so nothing was sent.
    case unreachable
    /// No whole answer within the time allowed.
    case timedOut
    /// The credentials, or the token made from them, were refused.
    case refusedCredentials
    /// Too many requests, still so after the last attempt.
    case rateLimited
    /// A status of 500 or above.
    case serverFault(status: Int)
    /// An answer of a shape that is none of those known: what was asked for, and the sorted names of its keys.
    case notUnderstood(what: String, shapeFingerprint: String)
    /// There is no such thing there.
    case notFound
    /// The connection or the text ended in the middle of an answer.
    case cutAnswer
    /// The answer, or the number of pages, is larger than ever expected.
    case tooLarge
    /// Any other status, or an application error told with status 200.
    case rejected(status: Int)

    /// Whether asking again later may help. These count as a lost request.
    public var isLoss: Bool {
        switch self {
        case .unreachable, .timedOut, .rateLimited, .serverFault, .cutAnswer: true
        case .refusedCredentials, .notUnderstood, .notFound, .tooLarge, .rejected: false
        }
    }

    /// Whether a write that ended so may nevertheless have been done; then it is looked for before it is sent again.
    public var leavesWriteUnclear: Bool {
        switch self {
        case .timedOut, .serverFault, .notUnderstood, .cutAnswer, .tooLarge: true
        case .unreachable, .refusedCredentials, .rateLimited, .notFound, .rejected: false
        }
    }
}

extension ConnectorError: CustomStringConvertible, CustomDebugStringConvertible {
    /// For the owner of the shop.
    public var description: String {
        switch self {
        case .unreachable: "The service could not be reached."
        case .timedOut: "The service did not answer in time."
        case .refusedCredentials: "The service refused the user name, password or key. Check them in the settings."
        case .rateLimited: "The service asked us to slow down. The next sync tries again."
        case .serverFault: "The service has a fault of its own. The next sync tries again."
        case .notUnderstood: "The service answered in a form that we do not know. Nothing was read from it."
        case .notFound: "The service does not know what was asked for."
        case .cutAnswer: "The answer of the service broke off."
        case .tooLarge: "The service sent more than we accept in one answer."
        case .rejected: "The service refused the request."
        }
    }

    public var debugDescription: String {
        switch self {
        case .serverFault(let status): "server fault, status \(status)"
        case .rejected(let status): "rejected, status \(status)"
        case .notUnderstood(let what, let shape): "not understood: \(what), shape \(shape)"
        case .unreachable: "unreachable"
        case .timedOut: "timed out"
        case .refusedCredentials: "credentials refused"
        case .rateLimited: "rate limited"
        case .notFound: "not found"
        case .cutAnswer: "cut answer"
        case .tooLarge: "too large"
        }
    }
}

/// Two requests in a row were lost, each after all its attempts: the run asks this source nothing more. rules.md,
/// "Sync".
public struct SourceLost: Error, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// `Alleaves` or `Alpine IQ`.
    public let source: String
    /// What became of the second request.
    public let cause: ConnectorError

    /// As of the cause. Also true, to be safe, for a write that was not sent because the source had been lost before.
    public var leavesWriteUnclear: Bool { cause.leavesWriteUnclear }

    public var description: String { "\(source) stopped answering. \(cause.description)" }
    public var debugDescription: String { "\(source) lost: \(cause.debugDescription)" }
}

/// The process was told to end while a request waited or ran.
public struct Stopped: Error, Equatable, CustomStringConvertible {
    /// Makes the error.
    public init() {}
    public var description: String { "Interrupted because the program is ending." }
}
