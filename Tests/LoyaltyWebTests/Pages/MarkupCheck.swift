/// A narrow reading of HTML, for pages that we write: every element closed, in order, nothing inline.
struct MarkupCheck {
    private(set) var problems: [String] = []
    private var open: [String] = []
    private var ids: Set<String> = []

    private static let empty: Set<String> = ["meta", "link", "input", "br", "hr", "use", "rect", "path", "!doctype"]
    private static let phrasingOnly: Set<String> = ["p", "label", "h1", "h2", "h3", "span", "a", "button", "summary"]
    private static let flow: Set<String> = [
        "p", "div", "ul", "ol", "form", "fieldset", "table", "section", "h1", "h2", "h3", "nav", "header",
    ]

    init(_ text: String) {
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ">") else {
                problems.append("a tag is not closed")
                return
            }
            read(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        if !open.isEmpty { problems.append("left open: \(open)") }
    }

    private mutating func read(_ tag: Substring) {
        if tag.hasPrefix("/") {
            let name = String(tag.dropFirst())
            if open.popLast() != name { problems.append("</\(name)> closes something else") }
            return
        }
        let name = tag.prefix { $0 != " " && $0 != "/" }.lowercased()
        if name == "style" || name == "script" && !tag.contains("src=") { problems.append("inline \(name)") }
        if tag.contains(" style=") || tag.contains(" on") && tag.contains("\"javascript") { problems.append("\(tag)") }
        if let parent = open.last, Self.phrasingOnly.contains(parent), Self.flow.contains(name) {
            problems.append("<\(name)> in <\(parent)>")
        }
        if name == "form", open.contains("form") { problems.append("a form in a form") }
        checkAttributes(tag)
        if !Self.empty.contains(name), !tag.hasSuffix("/") { open.append(name) }
    }

    private mutating func checkAttributes(_ tag: Substring) {
        if tag.count(where: { $0 == "\"" }) % 2 != 0 { problems.append("a quote is missing: \(tag)") }
        guard let start = tag.firstRange(of: " id=\"") else { return }
        let id = String(tag[start.upperBound...].prefix { $0 != "\"" })
        if !ids.insert(id).inserted { problems.append("the id \(id) is there twice") }
    }
}
