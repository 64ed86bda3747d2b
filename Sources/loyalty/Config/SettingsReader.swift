import Configuration
import Foundation

/// Something wrong with a setting. Its value is never quoted, for it may be a secret.
struct ConfigProblem: Equatable, Sendable {
    /// The setting.
    let key: String
    /// What it should be.
    let words: String
}

/// All that is wrong with the settings, told at once.
struct ConfigProblems: Error, Equatable, CustomStringConvertible {
    let list: [ConfigProblem]
    var description: String { list.map { "\($0.key): \($0.words)" }.joined(separator: "\n") }
}

/// Reads settings by name and collects what is wrong with them.
struct SettingsReader {
    /// The environment first, then the file.
    private let sources: [ConfigReader]
    private(set) var problems: [ConfigProblem] = []
    private(set) var namesAsked: Set<String> = []

    init(environment: [String: String], file: [String: String]) {
        sources = [environment, file].map {
            ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: $0))
        }
    }

    /// Notes a problem.
    mutating func refuse(_ key: String, _ words: String) { problems.append(ConfigProblem(key: key, words: words)) }

    /// The text of `key`, or of the file that `key_FILE` names; nil when neither is set. Empty counts as not set.
    mutating func text(_ key: String) -> String? {
        namesAsked.formUnion([key, key + "_FILE"])
        for source in sources {
            if let value = Self.value(source, key) { return value }
            guard let path = Self.value(source, key + "_FILE") else { continue }
            guard let content = content(of: path, for: key) else { return nil }
            return content
        }
        return nil
    }

    private static func value(_ source: ConfigReader, _ key: String) -> String? {
        let components = key.lowercased().split(separator: "_").map(String.init)
        let value = source.string(forKey: ConfigKey(components), isSecret: true)
        return value?.isEmpty == false ? value : nil
    }

    private mutating func content(of path: String, for key: String) -> String? {
        do {
            var text = try String(contentsOfFile: path, encoding: .utf8)
            while let last = text.unicodeScalars.last, last == "\n" || last == "\r" {
                text.unicodeScalars.removeLast()
            }
            if text.isEmpty { refuse(key + "_FILE", "the file \(path) is empty") }
            return text
        } catch {
            refuse(key + "_FILE", "should name a text file that can be read, and \(path) cannot")
            return nil
        }
    }

    /// A whole number, or `otherwise`.
    mutating func number(_ key: String, _ otherwise: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = text(key) else { return otherwise }
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isDigits, let number = Int(text), range.contains(number) else {
            refuse(key, "should be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return otherwise
        }
        return number
    }

    /// A switch; on unless it is set.
    mutating func flag(_ key: String) -> Bool {
        switch text(key)?.lowercased() {
        case nil, "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            refuse(key, "should be true or false")
            return true
        }
    }

    /// At most two secrets, separated by blanks, commas or line ends: during a change both are good.
    mutating func secrets(_ key: String) -> [String] {
        let list = (text(key) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        guard list.count <= 2 else {
            refuse(key, "should be one value, or two separated by a comma")
            return []
        }
        return list
    }

    /// An address of a service: https, or http on this machine.
    mutating func address(_ key: String, _ otherwise: String? = nil) -> String? {
        guard let text = text(key) else { return otherwise }
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.scheme == "https" || parts.scheme == "http" && Loopback.isMeant(by: host)
        else {
            refuse(key, "should be an address that begins with https:// (http:// only on this machine)")
            return otherwise
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// This machine alone.
enum Loopback {
    /// Whether only this machine reaches what listens on `address`.
    static func isMeant(by address: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(address.lowercased()) { return true }
        let parts = address.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0].elementsEqual("127".utf8)
            && parts.allSatisfy { part in
                (1...3).contains(part.count)
                    && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}
