import Foundation
import Testing

@testable import LoyaltyWeb

struct TemplatesTests {
    let templates: Templates

    init() throws { templates = try Templates.ofCheckout() }

    @Test("every page prints with its chrome, and before signing in")
    func prints() throws {
        for page in everyPage {
            for chrome in [Chrome.sample, .signedOut] {
                let text = try templates.render(page, in: chrome)
                #expect(text.hasPrefix("<!DOCTYPE html>"))
                #expect(text.hasSuffix("</html>\n"))
                #expect(!text.contains("{{") && !text.contains("Optional("))
            }
        }
    }
}
