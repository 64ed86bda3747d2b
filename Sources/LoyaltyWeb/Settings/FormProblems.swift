import LoyaltyRules

/// Why a form was refused: what to say beside each field, and what concerns the whole form.
public struct FormProblems: Error, Equatable, Sendable {
    /// In the order found.
    public private(set) var problems: [SettingsProblem]

    /// Makes a list; an empty one means that nothing was refused.
    public init(_ problems: [SettingsProblem] = []) { self.problems = problems }

    /// A problem of a field that only the store could find: `["tier[2][delete]": "Two customers are pinned to Gold."]`.
    public init(field: String, _ message: String) { problems = [SettingsProblem(field, message)] }

    /// Nothing was refused.
    public static let none = FormProblems()

    /// What to say beside the field; nil when it is right.
    public subscript(field: String) -> String? {
        let messages = problems.filter { $0.field == field }.map(\.message)
        return messages.isEmpty ? nil : messages.joined(separator: " ")
    }

    mutating func add(_ field: String, _ message: String) {
        // The first message about a field is the cause; what follows from it would only be noise.
        guard self[field] == nil else { return }
        problems.append(SettingsProblem(field, message))
    }

    /// The value when there is nothing to say against it.
    func checked<Value>(_ value: Value) throws(FormProblems) -> Value {
        guard problems.isEmpty else { throw self }
        return value
    }
}
