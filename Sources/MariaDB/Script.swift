/// A file of statements as the `mariadb` client reads it: `;` ends a statement, except in quotes, comments, and after
/// a line such as `DELIMITER //`, which names another end for triggers and procedures.
public enum Script {
    /// A script that ends in the middle of a quote or a comment.
    public struct Unfinished: Error, Sendable {
        /// What is open at the end.
        public let what: String
    }

    /// The statements without their delimiters. Comments stay in, except where they are all there is.
    public static func statements(of script: String) throws -> [String] {
        var splitter = Splitter(bytes: Array(script.utf8))
        return try splitter.statements()
    }
}

/// Walks the bytes once: all that matters is ASCII, and no byte of a longer character is.
private struct Splitter {
    let bytes: [UInt8]
    var position = 0
    var start = 0
    var delimiter = Array(";".utf8)
    /// Whether the statement being read has anything but space and comments.
    var hasText = false
    var found: [String] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func statements() throws -> [String] {
        while position < bytes.count {
            if isAtLineStart, !hasText, let named = delimiterLine() {
                delimiter = named
            } else if isAt(delimiter) {
                end()
            } else {
                try step()
            }
        }
        end()
        return found
    }

    /// Over one byte, quote or comment.
    private mutating func step() throws {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
            hasText = true
            try skipQuoted(byte)
        case UInt8(ascii: "#"): skipLine()
        case UInt8(ascii: "-") where isLineComment: skipLine()
        case UInt8(ascii: "/") where isAt(Array("/*".utf8)):
            // The server runs what stands in /*! … */.
            if isAt(Array("/*!".utf8)) || isAt(Array("/*M!".utf8)) { hasText = true }
            try skip(to: Array("*/".utf8), what: "comment")
        default:
            if !Self.isSpace(byte) { hasText = true }
            position += 1
        }
    }

    private mutating func skipQuoted(_ quote: UInt8) throws {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            // A doubled quote reads as the end of one text and the start of the next: the same bytes.
            position += byte == UInt8(ascii: "\\") && quote != UInt8(ascii: "`") ? 2 : 1
            if byte == quote { return }
        }
        throw Script.Unfinished(what: "quote")
    }

    private mutating func skip(to end: [UInt8], what: String) throws {
        position += end.count
        while position < bytes.count {
            if isAt(end) {
                position += end.count
                return
            }
            position += 1
        }
        throw Script.Unfinished(what: what)
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func end() {
        if hasText {
            let text = bytes[start..<min(position, bytes.count)].drop(while: Self.isSpace)
            let last = text.lastIndex { !Self.isSpace($0) } ?? text.startIndex
            found.append(String(decoding: text[...last], as: UTF8.self))
        }
        position += delimiter.count
        start = position
        hasText = false
    }

    /// Reads a line `DELIMITER x` and returns x.
    private mutating func delimiterLine() -> [UInt8]? {
        let line = bytes[position...].prefix { $0 != UInt8(ascii: "\n") }
        let words = line.split(whereSeparator: Self.isSpace)
        guard words.count == 2, String(decoding: words[0], as: UTF8.self).uppercased() == "DELIMITER" else {
            return nil
        }
        position = line.endIndex
        start = position
        return Array(words[1])
    }

    private var isAtLineStart: Bool { position == 0 || bytes[position - 1] == UInt8(ascii: "\n") }

    /// `--` starts a comment only before a space or at a line's end.
    private var isLineComment: Bool {
        guard isAt(Array("--".utf8)) else { return false }
        return position + 2 >= bytes.count || bytes[position + 2] <= UInt8(ascii: " ")
    }

    private func isAt(_ text: [UInt8]) -> Bool { bytes[position...].starts(with: text) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte <= UInt8(ascii: " ") }
}
