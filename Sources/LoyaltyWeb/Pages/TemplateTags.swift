/// The tags of a template, read by the few rules that ours keep to.
///
/// Only what is checked needs to be known here: the library does the printing.
struct TemplateTags {
    /// One tag in the order of the file.
    enum Tag: Equatable {
        case variable(String)
        case markup(String)
        case sectionStart(String)
        case invertedStart(String)
        case end(String)
        case partial(String)
        case parent(String)
        case block(String)
    }

    let tags: [Tag]

    /// Reads `text`; an error says what may not stand in a template of ours.
    init(_ text: String) throws(TemplateProblem) {
        var tags: [Tag] = []
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            let isMarkup = rest.hasPrefix("{")
            guard let close = rest.firstRange(of: isMarkup ? "}}}" : "}}") else {
                throw TemplateProblem("a tag is not closed")
            }
            let inside = rest[..<close.lowerBound]
            rest = rest[close.upperBound...]
            if let tag = try Self.tag(inside) { tags.append(tag) }
        }
        self.tags = tags
    }

    /// Partials and parents that the template needs.
    var templateNames: [String] {
        tags.compactMap {
            switch $0 {
            case .partial(let name), .parent(let name): name
            default: nil
            }
        }
    }

    private static func tag(_ inside: Substring) throws(TemplateProblem) -> Tag? {
        guard let sign = inside.first else { throw TemplateProblem("a tag is empty") }
        let name = String(inside.dropFirst().filter { $0 != " " })
        switch sign {
        case "{": return .markup(name)
        case "#": return .sectionStart(name)
        case "^": return .invertedStart(name)
        case "/": return .end(name)
        case ">": return .partial(name)
        case "<": return .parent(name)
        case "$": return .block(name)
        case "!": return nil
        case "&": throw TemplateProblem("markup is printed with three braces, not with {{&")
        case "=", "%": throw TemplateProblem("delimiters and content types stay as they are")
        default: return .variable(String(inside.filter { $0 != " " }))
        }
    }
}

/// A template that cannot be used; found at start.
public struct TemplateProblem: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
