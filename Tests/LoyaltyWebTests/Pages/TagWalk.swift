@testable import LoyaltyWeb

/// Follows a template as the library does and notes the tags that have no property.
struct TagWalk {
    let templates: [String: TemplateTags]
    /// Tags without a property, each as `template: name`.
    private(set) var missing: Set<String> = []
    /// Three-brace tags whose value is not `HTML`.
    private(set) var unescaped: Set<String> = []
    /// Sections seen, and those that a sample has entered: what is never entered is never checked.
    private(set) var sections: Set<String> = []
    private(set) var entered: Set<String> = []
    private(set) var used: Set<String> = []

    init(_ templates: Templates) { self.templates = templates.tags }

    mutating func walk(_ name: String, _ stack: [Any]) {
        used.insert(name)
        let tags = templates[name]?.tags ?? []
        walk(tags[...], in: name, stack)
    }

    private mutating func walk(_ tags: ArraySlice<TemplateTags.Tag>, in template: String, _ stack: [Any]) {
        var index = tags.startIndex
        while index < tags.endIndex {
            let place = "\(template) \(index)"
            switch tags[index] {
            case .variable(let name): _ = look(name, stack, template)
            case .markup(let name):
                if !(look(name, stack, template) is Markup) { unescaped.insert("\(template): \(name)") }
            case .partial(let name): walk(name, stack)
            case .sectionStart(let name), .invertedStart(let name), .block(let name), .parent(let name):
                let end = Self.end(of: name, from: index, tags)
                enter(tags[index], tags[(index + 1)..<end], place, in: template, stack)
                index = end
            case .end: break
            }
            index += 1
        }
    }

    private mutating func enter(
        _ tag: TemplateTags.Tag, _ inside: ArraySlice<TemplateTags.Tag>, _ place: String, in template: String,
        _ stack: [Any]
    ) {
        switch tag {
        case .parent(let name):
            walk(name, stack)
            walk(inside, in: template, stack)
        case .sectionStart(let name):
            sections.insert("\(place) \(name)")
            for frame in Self.frames(look(name, stack, template)) {
                entered.insert("\(place) \(name)")
                walk(inside, in: template, frame.map { stack + [$0] } ?? stack)
            }
        case .invertedStart(let name):
            sections.insert("\(place) ^\(name)")
            if Self.frames(look(name, stack, template)).isEmpty {
                entered.insert("\(place) ^\(name)")
                walk(inside, in: template, stack)
            }
        default: walk(inside, in: template, stack)
        }
    }

    /// What is pushed for each round of a section; nil for a round that pushes nothing.
    private static func frames(_ value: Any?) -> [Any?] {
        switch value {
        case let truth as Bool: truth ? [nil] : []
        case is Nothing: []
        case let list as [Any]: list
        case .some(let value): [value]
        case .none: []
        }
    }

    private mutating func look(_ name: String, _ stack: [Any], _ template: String) -> Any? {
        if name == "." { return stack.last }
        for frame in stack.reversed() {
            if let value = (frame as? Context)?.child(named: name) { return value }
        }
        missing.insert("\(template): \(name)")
        return nil
    }

    private static func end(of name: String, from start: Int, _ tags: ArraySlice<TemplateTags.Tag>) -> Int {
        var depth = 0
        for index in start..<tags.endIndex {
            switch tags[index] {
            case .sectionStart(name), .invertedStart(name), .block(name), .parent(name): depth += 1
            case .end(name):
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
        }
        return tags.endIndex
    }
}
