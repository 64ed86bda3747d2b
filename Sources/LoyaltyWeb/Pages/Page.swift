/// What one template prints: a struct of stored properties, ready to print.
///
/// Templates see stored properties only. A nested struct is a section of its own, an array a repetition, `nil` and
/// `false` an absent section; text is escaped, and only a value of type `HTML` may stand in three braces.
public protocol Page: Sendable {
    /// The file under `templates/`, without its ending: `settings/points`.
    static var template: String { get }
    /// Pages in their states (filled, refused, empty), with every property of the type used at least once. Tests
    /// print them and fail on a tag without a property.
    static var samples: [Self] { get }
    /// The page's name: first part of the browser's title, and the heading.
    var title: String { get }
}

/// Markup that is printed as it is, with `{{{name}}}`. Whoever makes one answers for its escaping.
public struct HTML: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The markup.
    public let text: String

    /// Trusts `text` to be markup.
    public init(trusted text: String) { self.text = text }

    /// A literal is ours, and so trusted.
    public init(stringLiteral text: String) { self.text = text }

    /// Text as markup: every character means itself.
    public init(escaping text: String) { self.text = escapedHTML(text) }
}

/// `text` for an HTML text or a quoted attribute.
///
/// It works on bytes: by characters, a quote followed by a combining accent is one `Character` that is not `"`, and so
/// leaves the attribute unescaped.
public func escapedHTML(_ text: String) -> String {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "&"): escaped += "&amp;".utf8
        case UInt8(ascii: "<"): escaped += "&lt;".utf8
        case UInt8(ascii: ">"): escaped += "&gt;".utf8
        case UInt8(ascii: "\""): escaped += "&quot;".utf8
        case UInt8(ascii: "'"): escaped += "&#39;".utf8
        default: escaped.append(byte)
        }
    }
    return String(decoding: escaped, as: UTF8.self)
}
