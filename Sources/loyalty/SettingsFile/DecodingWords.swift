import Foundation

/// What is wrong with a JSON text, for the person who wrote it. No value is quoted, for it may be a secret.
enum DecodingWords {
    /// Where it is wrong and what should stand there.
    static func of(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])): is missing."
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            "\(path(context.codingPath)): should be \(name(of: type))."
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "This is not JSON."
        case .dataCorrupted(let context): "\(path(context.codingPath)): this value is not known."
        @unknown default: "This is not understood."
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch "\(type)" {
        case "String": "a text"
        case "Bool": "true or false"
        case "Int64", "Int": "a whole number"
        case "Decimal": "a number"
        case let name where name.hasPrefix("Array"): "a list"
        default: "an object"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { text, key in
            if let index = key.intValue { return text + "[\(index)]" }
            return text.isEmpty ? key.stringValue : text + "." + key.stringValue
        }
    }
}

/// Finds names that a reader of JSON would pass over in silence.
enum UnknownNames {
    /// The paths of names in `given` that `known` has not at the same place.
    static func paths(in given: Data, beside known: Data) -> [String] {
        do {
            let decoder = JSONDecoder()
            return paths(try decoder.decode(Tree.self, from: given), try decoder.decode(Tree.self, from: known), "")
        } catch {
            return []
        }
    }

    private static func paths(_ given: Tree, _ known: Tree, _ path: String) -> [String] {
        switch (given, known) {
        case (.object(let given), .object(let known)):
            return given.keys.sorted().flatMap { name in
                let here = path.isEmpty ? name : path + "." + name
                guard let knownValue = known[name], let value = given[name] else { return [here] }
                return paths(value, knownValue, here)
            }
        case (.list(let given), .list(let known)):
            return zip(given, known).enumerated().flatMap { paths($1.0, $1.1, path + "[\($0)]") }
        default: return []
        }
    }

    private enum Tree: Decodable {
        case object([String: Tree])
        case list([Tree])
        case leaf

        init(from decoder: any Decoder) throws {
            if let container = try Self.attempt({ try decoder.container(keyedBy: AnyKey.self) }) {
                var members: [String: Tree] = [:]
                for key in container.allKeys { members[key.stringValue] = try container.decode(Tree.self, forKey: key) }
                self = .object(members)
            } else if var container = try Self.attempt({ try decoder.unkeyedContainer() }) {
                var items: [Tree] = []
                while !container.isAtEnd { items.append(try container.decode(Tree.self)) }
                self = .list(items)
            } else {
                self = .leaf
            }
        }

        private static func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
            do { return try body() } catch is DecodingError { return nil }
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
