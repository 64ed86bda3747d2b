import Foundation

/// A file with a setting on each line.
enum ConfigFile {
    /// Reads lines `KEY=VALUE`; empty lines and `#` comments are skipped, quotes around a value are taken off.
    static func parse(_ text: String, name: String) throws(ConfigProblems) -> [String: String] {
        var values: [String: String] = [:]
        var problems: [ConfigProblem] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\r")))
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, isName(parts[0]) else {
                problems.append(ConfigProblem(key: "\(name), line \(index + 1)", words: "should be KEY=VALUE"))
                continue
            }
            guard values.updateValue(unquoted(parts[1]), forKey: String(parts[0])) == nil else {
                problems.append(ConfigProblem(key: String(parts[0]), words: "stands in \(name) twice"))
                continue
            }
        }
        guard problems.isEmpty else { throw ConfigProblems(list: problems) }
        return values
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    private static func unquoted(_ text: Substring) -> String {
        for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }
}
