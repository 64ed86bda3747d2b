import Foundation
import Testing

@testable import LoyaltyWeb

struct TemplatesTests {
    let templates: Templates

    init() throws { templates = try Templates.ofCheckout() }

    @Test("every page prints with its chrome, and before signing in")
    func prints() throws {
        for page in everyPage {
            for chrome in [Chrome.sample, .sampleRunning, .signedOut] {
                let text = try templates.render(page, in: chrome)
                #expect(text.hasPrefix("<!DOCTYPE html>"))
                #expect(text.hasSuffix("</html>\n"))
                #expect(!text.contains("{{") && !text.contains("Optional("))
            }
        }
    }

    @Test("every tag of every template has a property, and only markup stands in three braces")
    func tags() throws {
        var walk = TagWalk(templates)
        for page in everyPage {
            for chrome in [Chrome.sample, .sampleRunning, .signedOut] {
                let context = Context(reflecting: chrome)
                    .adding(Context(["title": page.title, "assetVersion": "1"])).adding(Context(reflecting: page))
                walk.walk(type(of: page).template, [context])
            }
        }
        for page in everyPublicPage {
            let context = Context(["title": page.title, "assetVersion": "1"]).adding(Context(reflecting: page))
            walk.walk(type(of: page).template, [context])
        }
        #expect(walk.missing.isEmpty)
        #expect(walk.unescaped.isEmpty)
        #expect(walk.sections.subtracting(walk.entered).sorted().isEmpty)
        #expect(Set(templates.tags.keys).subtracting(walk.used).sorted().isEmpty)
    }

    @Test("no page has a property of the chrome's name, which it would hide")
    func names() {
        let chrome = Set(Context(reflecting: Chrome.sample).names)
        for page in everyPage {
            #expect(chrome.isDisjoint(with: Context(reflecting: page).names), "\(type(of: page))")
        }
    }

    @Test("elements nest, attributes are quoted, and no style or script stands in a page")
    func markup() throws {
        for page in everyPage {
            let text = try templates.render(page, in: .sample)
            #expect(MarkupCheck(text).problems == [], "\(type(of: page))")
        }
    }

    @Test("a template that names no other, is not closed or prints unescaped by & is refused at start")
    func refused() throws {
        for text in ["{{>nowhere}}", "{{#open}}", "{{name", "{{&raw}}", "{{=<% %>=}}", "{{}}", "{{/end}}"] {
            let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: directory.appending(path: "page.mustache"))
            #expect(throws: TemplateProblem.self, "\(text)") { try Templates(directory: directory.path) }
            try FileManager.default.removeItem(at: directory)
        }
    }

    @Test("the asset version changes with a file that is served")
    func assets() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let styles = directory.appending(path: "static")
        try FileManager.default.createDirectory(at: styles, withIntermediateDirectories: true)
        try Data("a".utf8).write(to: styles.appending(path: "style.css"))
        let before = try Templates(directory: directory.path).assetVersion
        try Data("b".utf8).write(to: styles.appending(path: "style.css"))
        #expect(try Templates(directory: directory.path).assetVersion != before)
        try FileManager.default.removeItem(at: directory)
    }
}
