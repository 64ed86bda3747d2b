import Foundation
import Mustache

/// All templates, read and checked once at start.
public struct Templates: Sendable {
    /// Changes with the files under `templates/static`; pages ask for `/static/style.css?v=…`.
    public let assetVersion: String

    /// The API's description, `docs/openapi.json`; empty when it is not there.
    let apiDescription: [UInt8]

    private let library: MustacheLibrary
    /// The tags of each template, for the tests that compare them with the pages' properties.
    let tags: [String: TemplateTags]

    /// Reads `directory` and everything below it. Throws for a template that does not parse, names another that is not
    /// there, or prints markup by other means than three braces.
    public init(directory: String) throws {
        MustacheContentTypes.register(ByteWiseHTML(), named: ByteWiseHTML.name)
        var library = MustacheLibrary()
        var tags: [String: TemplateTags] = [:]
        var assets = Checksum()
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory).sorted() {
            let file = URL(fileURLWithPath: directory).appending(path: path)
            if path.hasPrefix("static/"), !file.hasDirectoryPath {
                assets.add(try Self.contents(of: file))
            } else if path.hasSuffix(".mustache") {
                let text = Self.prepared(String(decoding: try Data(contentsOf: file), as: UTF8.self))
                let name = String(path.dropLast(".mustache".count))
                tags[name] = try Self.named(name) { try TemplateTags(text) }
                try Self.named(name) { try library.register(Self.prefix + text, named: name) }
            }
        }
        self.library = library
        self.tags = tags
        assetVersion = assets.text
        let description = URL(fileURLWithPath: directory).appending(path: "docs/openapi.json")
        let isThere = FileManager.default.fileExists(atPath: description.path)
        apiDescription = isThere ? Array(try Data(contentsOf: description)) : []
        try checkNames()
    }

    /// The whole page.
    public func render(_ page: some Page, in chrome: Chrome) throws -> String {
        let context = Context(reflecting: chrome)
            .adding(Context(["title": page.title, "assetVersion": assetVersion]))
            .adding(Context(reflecting: page))
        guard let text = library.render(context, withTemplate: type(of: page).template) else {
            throw TemplateProblem("there is no template \(type(of: page).template)")
        }
        return text
    }

    /// A page that stands alone, such as the public bar: no chrome, only the page's own properties.
    public func render(_ page: some Page) throws -> String {
        let context = Context(["title": page.title, "assetVersion": assetVersion])
            .adding(Context(reflecting: page))
        guard let text = library.render(context, withTemplate: type(of: page).template) else {
            throw TemplateProblem("there is no template \(type(of: page).template)")
        }
        return text
    }

    /// The library starts every template with its own escaping, so each of ours switches it over.
    private static let prefix = "{{% CONTENT_TYPE:\(ByteWiseHTML.name)}}"

    /// Blanks at the start of a line mean nothing in our pages, and without them a partial is not indented again, line
    /// by line, wherever it is used.
    private static func prepared(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: true)
            .map { line in line.drop { $0 == " " || $0 == "\t" } }
            .filter { !$0.isEmpty }
            .joined(separator: "\n") + "\n"
    }

    private static func named<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let problem as MustacheTemplate.ParserError {
            throw TemplateProblem("template \(name), line \(problem.context.lineNumber): \(problem.error)")
        } catch {
            throw TemplateProblem("template \(name): \(error)")
        }
    }

    private static func contents(of file: URL) throws -> Data {
        let values = try file.resourceValues(forKeys: [.isRegularFileKey])
        return values.isRegularFile == true ? try Data(contentsOf: file) : Data()
    }

    private func checkNames() throws {
        for (name, tags) in tags {
            for needed in tags.templateNames where self.tags[needed] == nil {
                throw TemplateProblem("template \(name) uses \(needed), which is not there")
            }
        }
    }
}

/// FNV-1a over all files: enough to tell two stylesheets apart, and no more is asked of it.
private struct Checksum {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: Data) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    var text: String { String(value, radix: 16) }
}
