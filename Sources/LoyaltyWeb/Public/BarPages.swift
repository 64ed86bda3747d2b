import Foundation
import LoyaltyRules

/// The bar as a whole page, for an iframe.
public struct BarPage: Page {
    public static let template = "public/bar_page"

    public let title: String
    let bar: BarFragment

    /// A page of the shop called `shopName` that shows `bar`.
    public init(_ bar: BarFragment, shopName: String) {
        title = "Loyalty and offers at \(shopName)"
        self.bar = bar
    }

    public static let samples = BarFragment.samples.map { BarPage($0, shopName: "Juniper & Main") }
}

/// The rules for the bar's classes. They are text of our own and name nothing outside the prefix `lb-`.
public struct BarStyle: Page {
    public static let template = "public/bar_style"

    public let title = ""

    public static let samples = [BarStyle()]
}

/// The script that puts the bar where its tag stands.
///
/// It carries the markup with it: the bar stands before anything below it is painted, so nothing moves, and one request
/// brings all.
public struct EmbedScript: Page {
    public static let template = "public/embed"

    public let title = ""
    /// A string of JavaScript, or `null`.
    let markup: HTML

    /// - Parameter markup: the rendered fragment; nil when there is nothing to show.
    public init(markup: String?) throws {
        self.markup = try markup.map { HTML(trusted: try Self.scriptText($0)) } ?? "null"
    }

    /// `text` as a string of JavaScript that stays one wherever it is put: no `<`, so no tag can begin or end in it.
    private static func scriptText(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let encoded = try encoder.encode(text)
        var bytes: [UInt8] = []
        for byte in encoded { bytes += byte == UInt8(ascii: "<") ? Array("\\u003c".utf8) : [byte] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private init(literal: HTML) { markup = literal }

    public static let samples = [
        EmbedScript(literal: #""\u003csection class=\"lb-bar\">\u003c/section>""#), EmbedScript(literal: "null"),
    ]
}
