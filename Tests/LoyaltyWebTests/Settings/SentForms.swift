import FastCGI
import LoyaltyRules

@testable import LoyaltyWeb

/// The form of `settings` as a browser would send it, with some fields changed.
///
/// - Parameter ids: of the rows, in their order.
func sent<Form: SettingsForm>(
    _ form: Form.Type, of settings: Form.Value, changing changes: [String: String] = [:], ids: [String] = []
) -> FormFields {
    var pairs: [(String, String)] = [("version", "1"), ("action", "save")]
    let values = Form(from: settings, version: 1).values
    for (name, value) in values where !name.contains("[") && !value.isEmpty { pairs.append((name, value)) }
    let cells = values.filter { $0.key.contains("[") && !($0.key.hasSuffix("[enabled]") && $0.value.isEmpty) }
    for (index, id) in ids.enumerated() {
        for (name, value) in cells where name.contains("[\(id)]") {
            pairs.append((name.replacing("[\(id)]", with: "[\(index)]"), value))
        }
        if let table = cells.keys.first?.split(separator: "[").first { pairs.append(("\(table)[\(index)][id]", id)) }
    }
    pairs.removeAll { changes.keys.contains($0.0) }
    return FormFields(pairs + changes.map { ($0.key, $0.value) })
}

/// What the form asks for; new rows get the ids 1001, 1002, …
func checked<Form: SettingsForm>(_ form: Form, replacing settings: Form.Value) throws -> Form.Value {
    var next: UInt128 = 1_000
    return try form.validated(replacing: settings) {
        next += 1
        return next
    }
}

/// The fields that a form was refused for, in order of name; empty when it was accepted.
func problems<Form: SettingsForm>(_ form: Form, replacing settings: Form.Value) -> [String] {
    do throws(FormProblems) {
        _ = try form.validated(replacing: settings) { 1_001 }
        return []
    } catch {
        return error.problems.map(\.field).sorted()
    }
}
