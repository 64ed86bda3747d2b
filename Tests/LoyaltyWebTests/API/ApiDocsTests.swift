import FastCGI
import Foundation
import HTTPTypes
import JSONText
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct ApiDocsTests {
    private func sample(_ json: String, as style: SampleText) throws -> String {
        style.write(try JSONDocument(Array(json.utf8)).root)
    }

    @Test("the page has every call of API v1 with an example for the shell and for Python, and needs no sign-in")
    func page() throws {
        let app = try TestApp()
        let response = try app.get(Path.apiDocs)
        let text = response.bodyText
        #expect(response.status == .ok && response.headers[.contentType]?.hasPrefix("text/html") == true)
        #expect(!text.contains("<script") && !text.contains("{{") && !text.contains("Optional("))
        for route in Routes.all where route.pattern.hasPrefix("/api/v1/") {
            #expect(text.contains("<b>\(route.method.rawValue)</b> <code>\(route.pattern)</code>"), "\(route.pattern)")
        }
        let calls = Routes.all.filter { $0.pattern.hasPrefix("/api/v1/") }.count
        #expect(text.components(separatedBy: "<article").count == calls + 1)
        #expect(text.components(separatedBy: "class=\"curl\"").count > calls)
        #expect(
            text.components(separatedBy: "class=\"curl\"").count + 1
                == text.components(separatedBy: "class=\"python\"").count)
        #expect(!text.lowercased().contains("equitymultiplier"))
        #expect(MarkupCheck(text).problems == [])
        let description = try app.get("/docs/openapi.json")
        #expect(description.headers[.contentType]?.hasPrefix("application/json") == true)
        #expect(description.body == app.site.shared.templates.apiDescription && !description.body.isEmpty)
    }

    @Test("a body is written as JSON for the shell and as a value for Python")
    func styles() throws {
        let json = #"{"a":null,"b":[true,false,1.50],"c":"it's “ü” \"x\""}"#
        #expect(try sample(json, as: .json) == #"{"a": null, "b": [true, false, 1.50], "c": "it's “ü” \"x\""}"#)
        #expect(try sample(json, as: .python) == #"{"a": None, "b": [True, False, 1.50], "c": "it's “ü” \"x\""}"#)
        let long = #"{"name":"\#(String(repeating: "x", count: 80))","list":[1]}"#
        #expect(
            try sample(long, as: .json)
                == "{\n  \"name\": \"\(String(repeating: "x", count: 80))\",\n  \"list\": [1]\n}")
    }

    @Test("words between backticks are code, and empty lines part paragraphs")
    func words() {
        #expect(
            ApiParagraph.read("Send `a`\nor b.\n\nThen `c`") == [
                ApiParagraph(parts: [ApiText(plain: "Send "), ApiText(code: "a"), ApiText(plain: " or b.")]),
                ApiParagraph(parts: [ApiText(plain: "Then "), ApiText(code: "c")]),
            ])
        #expect(ApiParagraph.read("") == [])
    }

    @Test("fields are told with the names they stand in, and required only where every way asks for them")
    func fields() throws {
        let description = try ApiDescription(
            Array(
                #"""
                {"paths":{},"components":{"schemas":{"Who":{"oneOf":[
                {"required":["id","x"],"properties":{"id":{"type":"string"},"x":{"type":"integer"}}},
                {"required":["x"],"properties":{"x":{"type":"integer"}}}]}}}}
                """#.utf8))
        let schema = try JSONDocument(
            Array(
                #"""
                {"required":["who"],"properties":{"who":{"$ref":"#/components/schemas/Who"},
                "list":{"type":"array","items":{"properties":{"at":{"type":["string","null"],"format":"date-time"}}}}}}
                """#.utf8)
        ).root
        let fields = description.fields(of: schema)
        #expect(fields.map(\.fieldName) == ["who", "who.id", "who.x", "list", "list[].at"])
        #expect(fields.map(\.isRequired) == [true, false, true, false, false])
        #expect(fields.last?.fieldType == "time or null" && fields[3].fieldType == "list")
    }
}
