/// What a statement can fail with. Bound values are in no description: errors get printed.
public enum DatabaseError: Error, Sendable {
    /// The server or the client library reported `code`. `message` has had every quoted value removed.
    case failed(statement: String, code: UInt32, sqlState: String, message: String)
    /// A column could not be read as the type asked for; `found` is a kind of value.
    case undecodable(statement: String, column: String, type: String, found: String)
    /// `one` or `optional` found another number of rows.
    case wrongRowCount(statement: String, expected: String, found: Int)
    /// The statement and its values do not fit together: a defect of the program.
    case misused(statement: String, problem: String)

    /// The statement, with `?` in place of values.
    public var statement: String {
        switch self {
        case .failed(let statement, _, _, _), .undecodable(let statement, _, _, _),
            .wrongRowCount(let statement, _, _), .misused(let statement, _):
            statement
        }
    }

    /// The server's or the client library's error number, when one of them failed.
    public var code: UInt32? {
        guard case .failed(_, let code, _, _) = self else { return nil }
        return code
    }

    var message: String {
        guard case .failed(_, _, _, let message) = self else { return "" }
        return message
    }
}

/// The connection was lost while COMMIT was under way: the work is either all done or not done at all, and only a
/// read on a new connection can tell.
public struct CommitOutcomeUnknown: Error, Sendable {
    /// What COMMIT failed with.
    public let cause: DatabaseError
}

extension DatabaseError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Words without statement, names or values.
    public var description: String {
        switch self {
        case .failed(_, let code, _, _): "The database could not do this (error \(code))."
        case .undecodable: "The database holds a value of an unexpected kind."
        case .wrongRowCount(_, let expected, let found): "The database found \(found) rows instead of \(expected)."
        case .misused: "A database statement is wrong."
        }
    }

    /// Everything known but the bound values.
    public var debugDescription: String {
        switch self {
        case .failed(let statement, let code, let sqlState, let message):
            "error \(code) (\(sqlState)): \(message) in: \(statement)"
        case .undecodable(let statement, let column, let type, let found):
            "column \(column) is not a \(type) but \(found) in: \(statement)"
        case .wrongRowCount(let statement, let expected, let found):
            "\(found) rows instead of \(expected) in: \(statement)"
        case .misused(let statement, let problem): "\(problem) in: \(statement)"
        }
    }
}

extension CommitOutcomeUnknown: CustomStringConvertible, CustomDebugStringConvertible {
    /// Words without statement, names or values.
    public var description: String { "It is not known whether the change was stored." }
    /// Everything known but the bound values.
    public var debugDescription: String { "outcome of COMMIT unknown: \(cause.debugDescription)" }
}

extension DatabaseError {
    /// The error that the server or the library reported, with the message made safe.
    static func reported(_ statement: String, code: UInt32, sqlState: String, message: String) -> DatabaseError {
        .failed(
            statement: statement, code: code, sqlState: sqlState, message: withoutValues(message, code: code))
    }

    /// Messages of these codes hold names and our own words, never a value. All others lose what is quoted.
    private static let safeMessages: Set<UInt32> = [
        1020, 1044, 1045, 1047, 1053, 1054, 1064, 1142, 1143, 1146, 1193, 1205, 1213, 1451, 1452, 1644, 1927, 1969,
        4025,
    ]

    private static func withoutValues(_ message: String, code: UInt32) -> String {
        if safeMessages.contains(code) || (2000..<3000).contains(code) { return message }
        if code == 1062 { return "Duplicate entry for key '\(lastQuoted(message))'" }
        // From the first quote to the last one, for a value may itself hold quotes.
        guard let first = message.utf8.firstIndex(of: UInt8(ascii: "'")),
            let last = message.utf8.lastIndex(of: UInt8(ascii: "'")), first < last
        else { return message }
        return message[..<first] + "'…'" + message[message.utf8.index(after: last)...]
    }

    static func lastQuoted(_ message: String) -> String {
        let parts = message.utf8.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        return parts.count >= 3 ? String(parts[parts.count - 2]) ?? "" : ""
    }
}
