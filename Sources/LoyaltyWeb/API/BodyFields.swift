import JSONText
import LoyaltyRules
import LoyaltyStore

/// An object of a call's body, read member by member; everything wrong with it is gathered, to be told at once.
struct BodyFields {
    private(set) var problems: [FieldProblem] = []
    private let members: [(name: String, value: JSONValue)]
    private let pointer: String
    private var read: Set<[UInt8]> = []

    /// contract.md has no limit; architecture.md's.
    private static let depthMax = 16
    /// Beyond that nobody reads on.
    private static let problemsMax = 50

    /// - Throws: `InvalidFields` when `body` is not the JSON of one object.
    init(_ body: [UInt8]) throws {
        let document: JSONDocument
        do {
            document = try JSONDocument.strict(body, depth: Self.depthMax)
        } catch {
            throw InvalidFields(problems: [Self.problem(of: error)])
        }
        guard let members = document.root.members else {
            throw InvalidFields(
                problems: [FieldProblem(pointer: "", code: "wrong_type", detail: "The body must be a JSON object.")])
        }
        self.init(members, at: "")
    }

    /// The same for a call whose body may be left out.
    init(orEmpty body: [UInt8]) throws {
        if body.isEmpty { self.init([], at: "") } else { try self.init(body) }
    }

    private init(_ members: [(name: String, value: JSONValue)], at pointer: String) {
        self.members = members
        self.pointer = pointer
    }

    private static func problem(of defect: JSONDocument.Defect) -> FieldProblem {
        let (code, detail) =
            switch defect {
            case .encoding: ("invalid", "The body is not UTF-8.")
            case .malformed: ("invalid", "The body is not JSON.")
            case .tooDeep: ("invalid", "The body is nested deeper than \(depthMax) levels.")
            case .repeatedName(let name): ("repeated_field", "The body names “\(shown(name))” twice in one object.")
            }
        return FieldProblem(pointer: "", code: code, detail: detail)
    }

    /// A text of the given number of characters, not all blank, on one line.
    mutating func text(_ name: String, _ length: ClosedRange<Int>) -> String? {
        guard let text = string(name) else { return nil }
        let scalars = text.unicodeScalars
        guard length.contains(scalars.count), scalars.contains(where: { !$0.properties.isWhitespace }) else {
            return refuse(
                name, "out_of_range",
                "“\(name)” must have \(length.lowerBound) to \(length.upperBound) characters, not only blanks.")
        }
        guard scalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return refuse(name, "invalid", "“\(name)” has characters that cannot be shown.")
        }
        return text
    }

    /// A whole number; `10`, `10.0` and `1e1` are the same.
    mutating func integer(_ name: String, _ range: ClosedRange<Int64>, except excluded: Int64? = nil) -> Int64? {
        guard let value = value(name) else { return missing(name) }
        let words = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard value.kind == .number, let text = value.text else {
            return refuse(name, "wrong_type", "“\(name)” must be \(words).")
        }
        guard let number = DecimalText.parse(text, places: 0, allowsExponent: true), range.contains(number),
            number != excluded
        else {
            return refuse(
                name, "out_of_range", "“\(name)” must be \(words)\(excluded.map { ", but not \($0)" } ?? "").")
        }
        return number
    }

    /// Yes or no.
    mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return missing(name) }
        switch value.kind {
        case .true: return true
        case .false: return false
        default: return refuse(name, "wrong_type", "“\(name)” must be true or false.")
        }
    }

    /// Somebody else's id, as of an order or a store: 1 to 64 characters of ASCII, blanks only inside.
    mutating func outsideID(_ name: String) -> String? {
        guard let text = string(name) else { return nil }
        let bytes = Array(text.utf8)
        guard (1...64).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) }), bytes.first != 0x20,
            bytes.last != 0x20
        else {
            return refuse(
                name, "invalid", "“\(name)” must have 1 to 64 characters of ASCII, with no blanks around them.")
        }
        return text
    }

    /// Whether an optional field is there; null is as good as left out.
    mutating func has(_ name: String) -> Bool { value(name).map { $0.kind != .null } ?? false }

    /// A string as it stands.
    mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return missing(name) }
        guard value.kind == .string, let text = value.text else {
            return refuse(name, "wrong_type", "“\(name)” must be a text.")
        }
        return text
    }

    /// What `body` reads from an object inside this one, with all that is wrong with it.
    mutating func object<Result>(_ name: String, _ body: (inout BodyFields) -> Result?) -> Result? {
        guard let value = value(name) else { return missing(name) }
        guard let members = value.members else { return refuse(name, "wrong_type", "“\(name)” must be an object.") }
        var inner = BodyFields(members, at: pointer + FieldProblem.step(name))
        let result = body(&inner)
        inner.refuseOthers()
        problems += inner.problems
        return inner.problems.isEmpty ? result : nil
    }

    /// Which of `names` are there.
    func present(_ names: [String]) -> [String] {
        names.filter { name in members.contains { $0.name.utf8.elementsEqual(name.utf8) } }
    }

    /// Whether `name` is there and `null`.
    mutating func isNull(_ name: String) -> Bool { value(name)?.kind == .null }

    /// Refuses every member that nobody asked for.
    mutating func refuseOthers() {
        for member in members where !read.contains(Array(member.name.utf8)) {
            // Also for the empty name, which elsewhere means the object itself.
            let place = pointer + FieldProblem.step(member.name)
            problems.append(
                FieldProblem(
                    pointer: place, code: "unknown_field", detail: "There is no field “\(Self.shown(member.name))”."))
        }
    }

    /// All that was gathered; call it when something is.
    var refusal: InvalidFields { InvalidFields(problems: Array(problems.prefix(Self.problemsMax))) }

    /// Notes a problem of a field of this object, or of the object itself for an empty name.
    ///
    /// - Returns: nil, for there is no value.
    mutating func refuse<Value>(_ name: String, _ code: String, _ detail: String) -> Value? {
        note(name, code, detail)
        return nil
    }

    /// Notes a problem of a field of this object, or of the object itself for an empty name.
    mutating func note(_ name: String, _ code: String, _ detail: String) {
        let place = name.isEmpty ? pointer : pointer + FieldProblem.step(name)
        problems.append(FieldProblem(pointer: place, code: code, detail: detail))
    }

    private mutating func missing<Value>(_ name: String) -> Value? {
        refuse(name, "required", "“\(name)” is missing.")
    }

    private mutating func value(_ name: String) -> JSONValue? {
        read.insert(Array(name.utf8))
        // Names are compared as bytes: two texts that look the same are not the same name.
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    private static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(60)))
    }
}
