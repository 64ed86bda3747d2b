import FastCGI
import HTTPTypes
import JSONText
import Synchronization

/// `/docs/api`: the API for people who write programs.
struct ApiDocsPage: Page {
    static let template = "docs/api"

    let title = "API for programs"
    let introduction: [ApiParagraph]
    /// What the examples in Python need before them.
    let pythonStart: String
    let groups: [Group]

    /// A part of the API.
    struct Group: Sendable {
        let group: String
        let calls: [Entry]
    }

    /// One call.
    struct Entry: Sendable {
        let anchor: String
        let method: String
        let path: String
        let summary: String
        let paragraphs: [ApiParagraph]
        let hasParameters: Bool
        let parameters: [ApiField]
        let hasBody: Bool
        let body: [ApiField]
        let samples: [ApiSample]
        let outcomes: [Outcome]
        let failures: [Outcome]
    }

    /// An answer.
    struct Outcome: Sendable {
        let status: String
        let meaning: [ApiText]
        let example: String?
        let hasFields: Bool
        let fields: [ApiField]
    }

    init(_ description: ApiDescription, address: String) {
        introduction = ApiParagraph.read(description.introduction)
        pythonStart = Self.pythonStart(address)
        groups = description.groups.map { name, calls in
            Group(group: name, calls: calls.map { Entry($0, at: address) })
        }
    }

    private init(groups: [Group]) {
        introduction = ApiParagraph.read("Send `JSON`.")
        pythonStart = Self.pythonStart("https://loyalty.example")
        self.groups = groups
    }

    static let samples = [
        ApiDocsPage(groups: [
            Group(
                group: "Customers",
                calls: [
                    Entry(
                        anchor: "join", method: "POST", path: "/api/v1/customers", summary: "Somebody joins",
                        paragraphs: ApiParagraph.read("Scope `customers`.\n\nOnce."), hasParameters: true,
                        parameters: [.sample], hasBody: true, body: [.sample],
                        samples: [ApiSample(sampleName: "a phone", curl: "curl …", python: "call(…)")],
                        outcomes: [
                            Outcome(
                                status: "200", meaning: ApiText.read("The `customer`."), example: "{}",
                                hasFields: true, fields: [.sample])
                        ],
                        failures: [
                            Outcome(
                                status: "404", meaning: ApiText.read("`not_found`: nobody."), example: nil,
                                hasFields: false,
                                fields: [])
                        ])
                ])
        ])
    ]
}

extension ApiField {
    fileprivate static let sample = ApiField(
        fieldName: "phone", fieldType: "text", isRequired: true, fieldWords: ApiText.read("How to `call`."))
}

extension ApiDocsPage.Entry {
    fileprivate init(_ call: ApiDescription.Call, at address: String) {
        let description = call.description
        anchor = call.name
        method = call.method
        path = call.path
        summary = call.summary
        paragraphs = ApiParagraph.read(call.words)
        parameters = call.parameters.map { parameter in
            ApiField(
                fieldName: parameter.named("name")?.text ?? "",
                fieldType: (parameter.named("in")?.text ?? "") + ", "
                    + (parameter.named("schema").map { description.type(of: $0) } ?? ""),
                isRequired: parameter.named("required")?.kind == .true,
                fieldWords: ApiText.read(parameter.named("description")?.text ?? ""))
        }
        hasParameters = !parameters.isEmpty
        body = call.body.map { description.fields(of: $0.schema) } ?? []
        hasBody = !body.isEmpty
        samples = call.samples(at: address)
        let answers = call.answers.map { (status: $0.status, outcome: ApiDocsPage.Outcome($0.status, $0.answer, call)) }
        outcomes = answers.filter { $0.status < "400" }.map(\.outcome)
        failures = answers.filter { $0.status >= "400" }.map(\.outcome)
    }
}

extension ApiDocsPage.Outcome {
    fileprivate init(_ status: String, _ answer: JSONValue, _ call: ApiDescription.Call) {
        self.status = status
        meaning = ApiText.read(answer.named("description")?.text ?? "")
        let content = call.content(of: answer)
        example = content?.example.map { SampleText.json.write($0) }
        fields = status < "400" ? content.map { call.description.fields(of: $0.schema) } ?? [] : []
        hasFields = !fields.isEmpty
    }
}

extension Site {
    /// `/docs/api`: made once.
    func showApiDocs(_ call: Call) throws -> Response {
        let chrome = Chrome(shopName: "Loyalty", csrf: "", reference: call.request.id)
        let page = try shared.apiDocs.page(at: shared.configuration.publicURL, shared.templates)
        var response = Response.html(try shared.templates.render(page, in: chrome))
        response.setHeader(.cacheControl, "public, max-age=60")
        return response
    }

    /// `/docs/openapi.json`: the same for programs that make programs.
    func showApiDescription(_ call: Call) throws -> Response {
        var response = Response.json(shared.templates.apiDescription)
        response.setHeader(.cacheControl, "public, max-age=60")
        return response
    }
}
