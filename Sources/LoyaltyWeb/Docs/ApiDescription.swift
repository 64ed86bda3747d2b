import JSONText

/// docs/openapi.yaml, as far as the page for readers needs it. The file read is its copy in JSON, which a test keeps the
/// same: JSON takes no reader of its own.
struct ApiDescription {
    private let root: JSONValue

    /// - Throws: `TemplateProblem` for a text that is no description.
    init(_ json: [UInt8]) throws {
        do {
            root = try JSONDocument(json).root
        } catch {
            throw TemplateProblem("docs/openapi.json is not JSON")
        }
        guard root.named("paths")?.members != nil else { throw TemplateProblem("docs/openapi.json describes no calls") }
    }

    /// What stands before all calls.
    var introduction: String { root.named("info")?.named("description")?.text ?? "" }

    /// Parts of the API in their order, each with its calls.
    var groups: [(name: String, calls: [Call])] {
        let names = (root.named("tags")?.elements ?? []).compactMap { $0.named("name")?.text }
        let calls = self.calls
        return names.map { name in (name, calls.filter { $0.group == name }) }
    }

    private var calls: [Call] {
        (root.named("paths")?.members ?? []).flatMap { path, item in
            (item.members ?? []).map { method, operation in
                Call(method: method.uppercased(), path: path, operation: operation, description: self)
            }
        }
    }

    /// The value itself, or the one that its `$ref` names.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value.named("$ref")?.text else { return value }
        let steps = reference.split(separator: "/").dropFirst().map(String.init)
        var found: JSONValue? = root
        for step in steps { found = found?.named(step) }
        return found ?? value
    }

    /// One call.
    struct Call {
        let method: String
        let path: String
        let operation: JSONValue
        let description: ApiDescription

        var name: String { operation.named("operationId")?.text ?? "" }
        var group: String? { operation.named("tags")?.elements?.first?.text }
        var summary: String { operation.named("summary")?.text ?? "" }
        var words: String { operation.named("description")?.text ?? "" }

        /// What stands in the path, the query and the headers.
        var parameters: [JSONValue] {
            (operation.named("parameters")?.elements ?? []).map(description.resolved)
        }

        /// The schema of the body and its examples; nil for a call without one.
        var body: (schema: JSONValue, examples: [(name: String, value: JSONValue)])? {
            guard let request = operation.named("requestBody"),
                let content = description.resolved(request).named("content")?.named("application/json"),
                let schema = content.named("schema")
            else { return nil }
            return (schema, Self.examples(of: content))
        }

        /// The answers by status.
        var answers: [(status: String, answer: JSONValue)] {
            (operation.named("responses")?.members ?? []).map { ($0.name, description.resolved($0.value)) }
        }

        /// Of an answer: its schema and its first example.
        func content(of answer: JSONValue) -> (schema: JSONValue, example: JSONValue?)? {
            guard let content = answer.named("content")?.named("application/json"), let schema = content.named("schema")
            else { return nil }
            return (schema, Self.examples(of: content).first?.value)
        }

        private static func examples(of content: JSONValue) -> [(name: String, value: JSONValue)] {
            if let only = content.named("example") { return [("", only)] }
            return (content.named("examples")?.members ?? []).compactMap { name, example in
                example.named("value").map { (name, $0) }
            }
        }
    }
}

extension JSONValue {
    /// The member of that name; nil when there is none.
    func named(_ name: String) -> JSONValue? {
        members?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}
