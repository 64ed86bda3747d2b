import FastCGI
import Foundation
import LoyaltyRules

/// Takes a form's fields as typed, and notes what no browser would send.
struct FormReader {
    private let fields: FormFields
    private(set) var problems = FormProblems()

    init(_ fields: FormFields) { self.fields = fields }

    /// The field as typed; empty when it was not sent.
    mutating func text(_ name: String) -> String {
        if fields.isDuplicated(name) { problems.add(name, "This was sent twice. Enter it again.") }
        return fields[name] ?? ""
    }

    /// Whether a checkbox was on.
    mutating func isOn(_ name: String) -> Bool {
        let value = text(name)
        if !value.isEmpty && value != "1" { problems.add(name, "Tick the box or leave it empty.") }
        return value == "1"
    }

    /// The rows of a table, the empty list when they cannot be read.
    mutating func rows(_ prefix: String, atMost limit: Int) -> [[String: String]] {
        do {
            let rows = try fields.rows(prefix, atMost: limit)
            for (position, row) in rows.enumerated() {
                for box in ["delete", "enabled"] where (row.fields[box] ?? "1") != "1" {
                    problems.add("\(prefix)[\(position)][\(box)]", "Tick the box or leave it empty.")
                }
            }
            return rows.map(\.fields)
        } catch {
            problems.add(prefix, "\(error.detail) Open the page again and repeat your changes.")
            return []
        }
    }
}

extension String {
    /// As it is stored: without blanks around it, and in one spelling of each accent, so that equal names are equal.
    var cleaned: String {
        precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A number as people type it: `$1,240` is 1240.
    var plainNumber: String {
        var bytes = Array(cleaned.utf8)
        if bytes.first == UInt8(ascii: "$") { bytes.removeFirst() }
        // Commas only where thousands are marked; `1,5` must not become 15.
        let groups = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false).first
        let parts = (groups ?? []).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count > 1 else { return String(decoding: bytes, as: UTF8.self) }
        guard let first = parts.first, (1...3).contains(first.count), parts.dropFirst().allSatisfy({ $0.count == 3 })
        else { return cleaned }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: ",") }, as: UTF8.self)
    }
}

extension Cents {
    /// As a field shows it: `200`, `12.50`.
    var fieldText: String { dollarsText.hasSuffix(".00") ? String(dollarsText.dropLast(3)) : dollarsText }
}

extension FormProblems {
    /// Each a value, or a stand-in with a problem beside the field: the form is refused then, and its value never used.
    mutating func dollars(_ text: String, _ field: String, _ message: String) -> Cents {
        guard let cents = Cents(dollars: text.plainNumber) else {
            add(field, message)
            return .zero
        }
        return cents
    }

    mutating func whole(_ text: String, _ field: String, _ message: String) -> Int64 {
        guard let number = wholeNumber(parsing: text.plainNumber) else {
            add(field, message)
            return 0
        }
        return number
    }

    mutating func decimal(_ text: String, _ field: String, _ message: String) -> Thousandths {
        guard let number = Thousandths(parsing: text.plainNumber) else {
            add(field, message)
            return .one
        }
        return number
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ field: String, orElse standIn: Choice
    ) -> Choice {
        guard let choice = Choice(rawValue: text) else {
            add(field, "Choose one of the options.")
            return standIn
        }
        return choice
    }

    /// The id of a row that the tab has, or a new one for a blank; refused when it is another's or comes twice.
    mutating func rowID<Kind>(
        _ text: String, _ field: String, known: [ID<Kind>], seen: inout Set<ID<Kind>>, newID: () -> UInt128
    ) -> ID<Kind> {
        if text.isEmpty { return ID(rawValue: newID()) }
        guard let id = ID<Kind>(text), known.contains(id) else {
            add(field, "This row is not there any more. Open the page again.")
            return ID(rawValue: 0)
        }
        if !seen.insert(id).inserted { add(field, "This row was sent twice. Open the page again.") }
        return id
    }

    /// Takes over what the settings themselves find wrong. `rows` says which row of the form each of theirs is, for
    /// they drop what is removed and put the rest in order.
    mutating func add(_ found: [SettingsProblem], table: String = "", rows: [Int] = []) {
        for problem in found {
            var field = problem.field
            for (position, row) in rows.enumerated() where field.hasPrefix("\(table)[\(position)][") {
                field = "\(table)[\(row)][" + field.dropFirst("\(table)[\(position)][".count)
                break
            }
            add(field, problem.message)
        }
    }
}
