import JSONText
import LoyaltyRules

/// Whether an adjustment of ours is among those that Alpine IQ lists.
public enum AdjustmentPresence: Equatable, Sendable {
    /// A row carries our note.
    case found
    /// No row can be ours.
    case absent
    /// None carries our note, but of some it cannot be said whose they are: they say nothing is proved.
    case uncertain

    /// The names of a row's members beyond the contact's are a guess, so the note is looked for in all of its texts. It
    /// has an id in it: nothing else contains it by chance, whatever is put before or after.
    init(of note: String, value: Int64, among rows: [JSONValue]) {
        if rows.contains(where: { $0.carries(note) }) {
            self = .found
        } else {
            self = rows.contains { $0.mayBe(value) } ? .uncertain : .absent
        }
    }
}

extension JSONValue {
    fileprivate func carries(_ note: String) -> Bool {
        (members ?? []).contains { $0.value.text.map { Array($0.utf8).contains(Array(note.utf8)) } ?? false }
    }

    /// Whether a row that tells no note may be an adjustment by `value`.
    fileprivate func mayBe(_ value: Int64) -> Bool {
        if let note = member("note"), note.kind == .string, !(note.text ?? "").isEmpty { return false }
        guard let told = self["value"]?.text.flatMap({ wholePart(of: $0) }) else { return true }
        return told == value
    }
}
