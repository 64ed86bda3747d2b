import Mustache

/// A struct as swift-mustache looks into it, reflected once instead of once for each tag.
///
/// A property that is nil answers with `Nothing` rather than not at all: otherwise the library would go on to the
/// enclosing sections, and a field without a problem would show the problem of its page.
struct Context: MustacheParent {
    private let children: [String: any Sendable]

    init(_ children: [String: any Sendable]) { self.children = children }

    func child(named name: String) -> Any? { children[name] }

    /// The names that a template can use.
    var names: [String] { children.keys.sorted() }

    /// The properties of a struct; nothing for what has none.
    init(reflecting value: Any) { self.init(Self.properties(of: value)) }

    /// Both sets of properties, those of `other` first.
    func adding(_ other: Context) -> Context { Context(children.merging(other.children) { $1 }) }

    private static func properties(of value: Any) -> [String: any Sendable] {
        var children: [String: any Sendable] = [:]
        for case (let name?, let child) in Mirror(reflecting: value).children { children[name] = printable(child) }
        return children
    }

    /// What the library can print or enter: text, truth, markup, a context, or a list of these.
    private static func printable(_ value: Any) -> any Sendable {
        switch value {
        case let text as String: return text
        case let truth as Bool: return truth
        case let markup as HTML: return Markup(renderText: markup.text)
        case let number as any BinaryInteger: return String(describing: number)
        case let list as [String]: return list
        case let list as [Any]: return list.map { element in reflected(element) }
        default: return reflected(value)
        }
    }

    private static func reflected(_ value: Any) -> any Sendable {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let wrapped = mirror.children.first?.value else { return Nothing() }
            return printable(wrapped)
        }
        return Context(reflecting: value)
    }
}

/// Stands for nil: prints nothing, enters no section, and ends the search in the enclosing ones.
struct Nothing: MustacheCustomRenderable {
    let renderText = ""
    let isNull = true
}

/// Stands for `HTML`.
struct Markup: MustacheCustomRenderable {
    let renderText: String
    let isNull = false
}

/// Escapes for HTML over bytes. The library's own does so by `Character` and can be passed by (`escapedHTML`).
struct ByteWiseHTML: MustacheContentType {
    /// What a template's first line names.
    static let name = "BYTEWISE_HTML"

    func escapeText(_ text: String) -> String { escapedHTML(text) }
}
