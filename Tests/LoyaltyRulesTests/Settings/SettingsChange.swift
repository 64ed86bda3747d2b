import Testing

@testable import LoyaltyRules

/// One edit of a tab, and the form field (contract.md, "Settings forms") that refuses it; nil when it is accepted.
struct SettingsChange<Tab: SettingsTabValue>: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let field: String?
    private let edit: @Sendable (inout Tab) -> Void

    static func accepted(_ description: String, _ edit: @escaping @Sendable (inout Tab) -> Void) -> Self {
        Self(testDescription: "accepted: " + description, field: nil, edit: edit)
    }

    static func refused(
        _ description: String, under field: String, _ edit: @escaping @Sendable (inout Tab) -> Void
    ) -> Self {
        Self(testDescription: "refused under \(field): " + description, field: field, edit: edit)
    }

    /// Both ends of a range, and what is just outside.
    static func edges(
        of path: any WritableKeyPath<Tab, Int64> & Sendable, _ range: ClosedRange<Int64>, _ field: String
    ) -> [Self] {
        [
            .accepted("\(field) \(range.lowerBound)") { $0[keyPath: path] = range.lowerBound },
            .accepted("\(field) \(range.upperBound)") { $0[keyPath: path] = range.upperBound },
            .refused("\(range.lowerBound - 1)", under: field) { $0[keyPath: path] = range.lowerBound - 1 },
            .refused("\(range.upperBound + 1)", under: field) { $0[keyPath: path] = range.upperBound + 1 },
            .refused("the smallest number", under: field) { $0[keyPath: path] = .min },
            .refused("the largest number", under: field) { $0[keyPath: path] = .max },
        ]
    }

    /// Both ends of a length, what is just outside, and characters that cannot be shown.
    static func lengths(
        of path: any WritableKeyPath<Tab, String> & Sendable, _ range: ClosedRange<Int>, _ field: String
    ) -> [Self] {
        let shortest = String(repeating: "é", count: range.lowerBound)
        let longest = String(repeating: "é", count: range.upperBound)
        let accepted: [Self] = [
            .accepted("\(field) of \(range.lowerBound) characters") { $0[keyPath: path] = shortest },
            .accepted("\(field) of \(range.upperBound) characters") { $0[keyPath: path] = longest },
        ]
        let refused: [Self] = [
            .refused("\(range.upperBound + 1) characters", under: field) { $0[keyPath: path] = longest + "é" },
            .refused("a bell", under: field) { $0[keyPath: path] = "a\u{7}" },
            .refused("two lines", under: field) { $0[keyPath: path] = "a\nb" },
        ]
        guard range.lowerBound > 0 else { return accepted + refused }
        return accepted + refused + [.refused("no text", under: field) { $0[keyPath: path] = "" }]
    }

    /// Expects that `tab` with this edit is refused under the field and no other, or accepted.
    func check(on tab: Tab, sourceLocation: SourceLocation = #_sourceLocation) {
        var tab = tab
        edit(&tab)
        let problems = tab.problems
        #expect(Set(problems.map(\.field)) == Set([field].compactMap { $0 }), sourceLocation: sourceLocation)
        #expect(
            problems.allSatisfy { $0.message.hasSuffix(".") && $0.message.count > 10 }, "a sentence for a person",
            sourceLocation: sourceLocation)
    }
}
