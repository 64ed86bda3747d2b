import Foundation

/// Where a command's result goes: standard output, for people or for programs.
struct Output: Sendable {
    /// Whether a program reads it.
    let isJSON: Bool

    /// Prints `value` as one line of JSON, or `text`.
    func show(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
        print(isJSON ? try Self.json(value) : text())
    }

    /// `value` as JSON with its names in order, on one line unless `isPretty`.
    static func json(_ value: some Encodable, isPretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// Words on standard error: progress, warnings, what went wrong.
func tell(_ words: String) {
    FileHandle.standardError.write(Data((words + "\n").utf8))
}
