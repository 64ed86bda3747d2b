import LoyaltyRules

/// One field of a form, ready for the partials under `templates/form`.
struct Field: Sendable {
    let id: String
    let name: String
    let label: String
    let value: String
    let type: String
    let size: String
    let inputmode: String?
    let unitBefore: String?
    let unitAfter: String?
    /// A fact about the value: `Default: 30`.
    let note: String?
    let help: String?
    let problem: String?
    /// What somebody else saved meanwhile, where it differs.
    let theirs: String?
    let describedBy: String?
    let rows: String?
    let isOn: Bool
    let options: [Option]
    /// Whether the keyboard is here when the page opens.
    let isStart: Bool

    /// One of several values.
    struct Option: Sendable {
        let optionValue: String
        let optionLabel: String
        let optionHelp: String?
        let isChosen: Bool
    }

    /// How a field is filled in.
    enum Kind {
        case short, long, whole, decimal, date, color, address, check
        case lines(Int)
        /// Value, label, help.
        case choice([(String, String, String?)])
    }
}

extension Field.Kind {
    fileprivate var isCheck: Bool {
        if case .check = self { true } else { false }
    }

    fileprivate var type: String {
        switch self {
        case .date: "date"
        case .color: "color"
        case .address: "url"
        case .check: "checkbox"
        default: "text"
        }
    }

    fileprivate var size: String {
        switch self {
        case .whole, .decimal: "number"
        case .date: "date"
        case .color: "color"
        case .long, .address, .lines: "long"
        default: "short"
        }
    }

    fileprivate var inputmode: String? {
        switch self {
        case .whole: "numeric"
        case .decimal: "decimal"
        default: nil
        }
    }
}

/// Makes the fields of one page and remembers which problems found their place.
struct FieldMaker {
    private let problems: FormProblems
    /// Set before ids where a page has several forms with fields of the same name.
    private let idPrefix: String
    private let theirs: [String: String]?
    /// Names of the fields made so far, with what to call them.
    private var placed: [(name: String, label: String)] = []
    /// What of the form is not among `theirs`, in words.
    private(set) var differences: [String] = []
    /// The row whose fields are being made: `Gold`.
    var owner: String?
    /// The name of the field where the keyboard is when the page opens.
    var start: String?

    /// - Parameter theirs: the values that somebody else saved, by field name; nil without a conflict.
    init(problems: FormProblems, theirs: [String: String]? = nil, idPrefix: String = "") {
        self.problems = problems
        self.idPrefix = idPrefix
        self.theirs = theirs
    }

    /// A field with what is wrong and what is new beside it.
    ///
    /// - Parameter key: the field's name among `theirs`, where it differs from `name`.
    mutating func make(
        _ name: String, _ label: String, _ value: String, _ kind: Field.Kind = .short, before: String? = nil,
        after: String? = nil, help: String? = nil, note: String? = nil, key: String? = nil
    ) -> Field {
        placed.append((name, title(label)))
        let id = idPrefix + Self.id(name)
        let theirValue = theirs?[key ?? name].flatMap { Self.isSame($0, value) ? nil : $0 }
        var lines: String?
        var options: [Field.Option] = []
        if case .lines(let count) = kind { lines = String(count) }
        if case .choice(let choices) = kind {
            options = choices.map {
                Field.Option(optionValue: $0.0, optionLabel: $0.1, optionHelp: $0.2, isChosen: $0.0 == value)
            }
        }
        var theirWords = theirValue.map { text in options.first { $0.optionValue == text }?.optionLabel ?? text }
        if case .check = kind { theirWords = theirValue.map { $0 == "1" ? "on" : "off" } }
        if let theirWords {
            let mine =
                kind.isCheck ? (value == "1" ? "on" : "off") : options.first { $0.isChosen }?.optionLabel ?? value
            differences.append("\(title(label)): \(Self.shown(mine)) becomes \(Self.shown(theirWords))")
        }
        let described = [
            (note, "note"), (help, "help"), (problems[name], "problem"), (theirWords, "theirs"),
        ].filter { $0.0 != nil }.map { "\(id)-\($0.1)" }
        return Field(
            id: id, name: name, label: label, value: value, type: kind.type, size: kind.size,
            inputmode: kind.inputmode, unitBefore: before, unitAfter: after, note: note, help: help,
            problem: problems[name], theirs: theirWords.map(Self.shown),
            describedBy: described.isEmpty ? nil : described.joined(separator: " "), rows: lines,
            isOn: value == "1", options: options, isStart: name == start)
    }

    /// Notes a row that somebody else's save, or a reset, does not have.
    mutating func noteLostRow() {
        if let owner, theirs != nil { differences.append("“\(owner)” goes") }
    }

    private func title(_ label: String) -> String { (owner.map { $0 + ", " } ?? "") + label }

    private static func shown(_ text: String) -> String {
        text.isEmpty ? "nothing" : text.replacing("\n", with: ", ")
    }

    /// A checkbox.
    mutating func check(
        _ name: String, _ label: String, _ isOn: Bool, help: String? = nil, key: String? = nil
    ) -> Field {
        make(name, label, isOn ? "1" : "", .check, help: help, key: key)
    }

    /// All problems for the top of the page, each leading to its field if it has one here.
    var summary: [SettingsFrame.Problem] {
        let general = problems.problems.filter { problem in !placed.contains { $0.name == problem.field } }
            .map { SettingsFrame.Problem(problemText: $0.message, problemAnchor: nil) }
        return general
            + placed.compactMap { name, label in
                problems[name].map {
                    SettingsFrame.Problem(problemText: "\(label): \($0)", problemAnchor: "#" + idPrefix + Self.id(name))
                }
            }
    }

    /// Whether two texts mean the same: `5` and `5.00` do.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let number = DecimalText.parse(one.plainNumber, places: 3) else { return false }
        return number == DecimalText.parse(other.plainNumber, places: 3)
    }

    /// `tier[0][name]` becomes `tier-0-name`.
    private static func id(_ name: String) -> String {
        let bytes = name.utf8.compactMap { byte -> UInt8? in
            if byte == UInt8(ascii: "[") { return UInt8(ascii: "-") }
            return byte == UInt8(ascii: "]") ? nil : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
