import JSONText
import LoyaltyRules

/// A line of a table of fields.
struct ApiField: Sendable, Equatable {
    /// With the names of what it stands in: `customer.phone`, `entries[].points`.
    let fieldName: String
    /// In words.
    let fieldType: String
    let isRequired: Bool
    var fieldWords: [ApiText] = []
}

extension ApiDescription {
    /// Deeper than that nobody reads on.
    private static let depthMax = 3

    /// The fields of an object, those of objects in it after it.
    func fields(of schema: JSONValue, in prefix: String = "", depth: Int = 0) -> [ApiField] {
        let schema = resolved(schema)
        guard depth < Self.depthMax else { return [] }
        var fields: [ApiField] = []
        let required = Set((schema.named("required")?.elements ?? []).compactMap(\.text))
        for (name, property) in schema.named("properties")?.members ?? [] {
            let value = resolved(property)
            let fieldName = prefix + name
            fields.append(
                ApiField(
                    fieldName: fieldName, fieldType: type(of: value), isRequired: required.contains(name),
                    fieldWords: ApiText.read(words(of: property))))
            fields += self.fields(of: value, in: fieldName + ".", depth: depth + 1)
            if let items = value.named("items") {
                fields += self.fields(of: items, in: fieldName + "[].", depth: depth + 1)
            }
        }
        for part in schema.named("allOf")?.elements ?? [] { fields += self.fields(of: part, in: prefix, depth: depth) }
        let variants = (schema.named("oneOf")?.elements ?? schema.named("anyOf")?.elements ?? [])
            .map { self.fields(of: $0, in: prefix, depth: depth) }
        for field in variants.joined() where !fields.contains(where: { $0.fieldName == field.fieldName }) {
            // Only what every variant asks for must always be there.
            let isRequired = variants.allSatisfy { $0.contains { $0.fieldName == field.fieldName && $0.isRequired } }
            fields.append(
                ApiField(
                    fieldName: field.fieldName, fieldType: field.fieldType, isRequired: isRequired,
                    fieldWords: field.fieldWords))
        }
        return fields
    }

    /// A type in words a reader knows.
    func type(of schema: JSONValue) -> String {
        let schema = resolved(schema)
        if let words = schema.named("enum")?.elements {
            return "one of " + words.map { $0.text ?? "null" }.joined(separator: ", ")
        }
        let names = schema.named("type")?.elements?.compactMap(\.text) ?? [schema.named("type")?.text].compactMap { $0 }
        if names.isEmpty {
            let variants = schema.named("oneOf")?.elements ?? schema.named("anyOf")?.elements ?? []
            return Self.unique(variants.map { type(of: $0) }).joined(separator: " or ")
        }
        return names.map { word(for: $0, schema) }.joined(separator: " or ")
    }

    private func word(for type: String, _ schema: JSONValue) -> String {
        switch (type, schema.named("format")?.text) {
        case ("string", "date-time"): "time"
        case ("string", "date"): "date"
        case ("string", _): "text" + (schema.named("maxLength")?.text.map { " up to \($0)" } ?? "")
        case ("integer", _): "whole number"
        case ("boolean", _): "true or false"
        case ("array", _): "list"
        default: type
        }
    }

    /// What is said of the property where it stands, else of its schema.
    private func words(of property: JSONValue) -> String {
        let value = resolved(property)
        let inner = value.named("oneOf")?.elements?.first.map(resolved)
        return property.named("description")?.text ?? value.named("description")?.text
            ?? inner?.named("description")?.text ?? ""
    }

    private static func unique(_ words: [String]) -> [String] {
        words.reduce(into: []) { list, word in if !list.contains(word) { list.append(word) } }
    }
}

/// Part of a sentence: words, or something of a program's that stood between backticks. One of the two is there.
struct ApiText: Sendable, Equatable {
    var plain: String?
    var code: String?

    /// Takes a paragraph apart.
    static func read(_ text: String) -> [ApiText] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        return parts.enumerated().compactMap { index, part in
            let words = part.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
            if words.isEmpty { return nil }
            return index.isMultiple(of: 2) ? ApiText(plain: words) : ApiText(code: words)
        }
    }
}

/// Sentences that belong together.
struct ApiParagraph: Sendable, Equatable {
    let parts: [ApiText]

    /// Takes a text apart at its empty lines.
    static func read(_ text: String) -> [ApiParagraph] {
        var paragraphs: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { paragraphs.append([]) } else { paragraphs[paragraphs.count - 1].append(line) }
        }
        return paragraphs.filter { !$0.isEmpty }.map { ApiParagraph(parts: ApiText.read($0.joined(separator: "\n"))) }
    }
}
