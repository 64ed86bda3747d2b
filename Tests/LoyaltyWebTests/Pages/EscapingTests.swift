import FastCGI
import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct EscapingTests {
    @Test(
        "text cannot leave its place in a page",
        arguments: [
            ("<script>", "&lt;script&gt;"), ("a & b", "a &amp; b"), ("\"'", "&quot;&#39;"),
            ("\"\u{301} onfocus=x", "&quot;\u{301} onfocus=x"), ("<\u{301}b>\u{300}", "&lt;\u{301}b&gt;\u{300}"),
            ("&\u{fe0f}amp;", "&amp;\u{fe0f}amp;"), ("Zoë – 5 ¢ 🌿", "Zoë – 5 ¢ 🌿"), ("", ""),
        ])
    func escapes(text: String, expected: String) {
        // Bytes, because `==` on strings would call equal what a browser does not.
        #expect(Array(escapedHTML(text).utf8) == Array(expected.utf8))
        #expect(Array(HTML(escaping: text).text.utf8) == Array(expected.utf8))
    }

    @Test("a value of a form is escaped in pages too, in partials and rows, with a combining accent behind the quote")
    func inPages() throws {
        let templates = try Templates.ofCheckout()
        let attack = "\"\u{301}><img src=x>\u{301}"
        let fields: FormFields = [
            "version": "1", "qualifying_window": "lifetime", "demotion_inactive_days": Self.attackText,
            "tier[0][name]": Self.attackText, "tier[0][benefits]": "</textarea>\(attack)", "tier[0][threshold]": "0",
        ]
        let text = try templates.render(TiersPage(TiersForm(from: fields), .none, .sample), in: .sample)
        #expect(!Array(text.utf8).containsText("<img"))
        #expect(text.utf8.split(separator: UInt8(ascii: "\"")).allSatisfy { !$0.starts(with: "\u{301}".utf8) })
        #expect(text.contains("&lt;/textarea&gt;"))
        var chrome = Chrome.sample
        chrome.notices = [.alert(Self.attackText, link: Chrome.Link(Self.attackText, to: Self.attackText))]
        chrome.shopName = Self.attackText
        let page = try templates.render(SignInPage(email: Self.attackText, problem: Self.attackText), in: chrome)
        #expect(!Array(page.utf8).containsText("<img"))
    }

    private static let attackText = "\"\u{301}><img src=x>\u{301}"
}

extension [UInt8] {
    fileprivate func containsText(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0...].starts(with: wanted) }
    }
}
