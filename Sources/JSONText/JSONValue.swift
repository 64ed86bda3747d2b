import Foundation

/// One value of a `JSONDocument`.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int32

    private var node: JSONDocument.Node { document.nodes[Int(index)] }
    private var raw: ArraySlice<UInt8> { document.bytes[Int(node.start)..<Int(node.end)] }

    /// What the value is.
    public var kind: JSONDocument.Kind { node.kind }

    /// The text of a string or, as written, of a number; nil for anything else.
    public var text: String? {
        switch kind {
        case .string: node.hasEscapes ? unescaped(raw) : String(decoding: raw, as: UTF8.self)
        case .number: String(decoding: raw, as: UTF8.self)
        default: nil
        }
    }

    /// The value's text as it was sent, a string's without its quotes.
    public func withText<Answer>(_ read: (UnsafeBufferPointer<UInt8>) -> Answer) -> Answer {
        let (start, end) = (Int(node.start), Int(node.end))
        return document.bytes.withUnsafeBufferPointer { read(UnsafeBufferPointer(rebasing: $0[start..<end])) }
    }

    /// The values of an array; nil for anything else.
    public var elements: [JSONValue]? {
        guard kind == .array else { return nil }
        var found: [JSONValue] = []
        var at = index + 1
        while at < node.next {
            found.append(JSONValue(document: document, index: at))
            at = document.nodes[Int(at)].next
        }
        return found
    }

    /// The names and values of an object, in order; nil for anything else.
    public var members: [(name: String, value: JSONValue)]? {
        guard kind == .object else { return nil }
        var found: [(name: String, value: JSONValue)] = []
        var at = index + 1
        while at < node.next {
            let name = JSONValue(document: document, index: at).text ?? ""
            found.append((name, JSONValue(document: document, index: at + 1)))
            at = document.nodes[Int(at + 1)].next
        }
        return found
    }

    /// The member of that name, the last if there are several, `null` included; nil when there is none.
    public func member(_ name: StaticString) -> JSONValue? {
        let found = document.nodes.withUnsafeBufferPointer { nodes -> Int32? in
            let object = nodes[Int(index)]
            guard object.kind == .object else { return nil }
            return document.bytes.withUnsafeBufferPointer { bytes in
                var found: Int32?
                var at = index + 1
                while at < object.next {
                    if isName(nodes[Int(at)], at, name, in: bytes) { found = at + 1 }
                    at = nodes[Int(at + 1)].next
                }
                return found
            }
        }
        return found.map { JSONValue(document: document, index: $0) }
    }

    /// The member of that name, if it is there and not `null`.
    public subscript(_ name: StaticString) -> JSONValue? {
        guard let value = member(name), value.kind != .null else { return nil }
        return value
    }

    /// The member of the first of these names that is there and not `null`.
    public subscript(_ names: StaticString...) -> JSONValue? {
        for name in names {
            if let value = self[name] { return value }
        }
        return nil
    }

    private func isName(
        _ node: JSONDocument.Node, _ at: Int32, _ name: StaticString, in bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if node.hasEscapes { return JSONValue(document: document, index: at).text == "\(name)" }
        let count = Int(node.end - node.start)
        guard count == name.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
        return memcmp(start + Int(node.start), name.utf8Start, count) == 0
    }

    /// The names of the keys, sorted, for a log: never a value, nor a key that may be one (an id, an address).
    public var shapeFingerprint: String {
        switch kind {
        case .object:
            let names = Set((members ?? []).map { printableKey($0.name) }).sorted()
            return "{" + names.prefix(40).joined(separator: ",") + (names.count > 40 ? ",…" : "") + "}"
        case .array: return "[" + (elements?.first?.shapeFingerprint ?? "") + "]"
        default: return "\(kind)"
        }
    }
}

/// A key that looks like a name in a program, cut to 40 letters; `#` for a number, `?` for anything else.
private func printableKey(_ name: String) -> String {
    let bytes = Array(name.utf8)
    let isDigits = !bytes.isEmpty && bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isDigits { return "#" }
    let isName = bytes.enumerated().allSatisfy { offset, byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): offset > 0 && bytes.count < 24
        default: false
        }
    }
    return isName && !bytes.isEmpty ? String(name.prefix(40)) : "?"
}

/// The text of a string with its escapes undone; half a surrogate pair becomes U+FFFD.
private func unescaped(_ raw: ArraySlice<UInt8>) -> String {
    var units: [UInt16] = []
    var text = ""
    var plain: [UInt8] = []
    var at = raw.startIndex
    func flushUnits() {
        if !units.isEmpty { text += String(decoding: units, as: UTF16.self) }
        units = []
    }
    func flushPlain() {
        if !plain.isEmpty { text += String(decoding: plain, as: UTF8.self) }
        plain = []
    }
    while at < raw.endIndex {
        guard raw[at] == UInt8(ascii: "\\") else {
            flushUnits()
            plain.append(raw[at])
            at += 1
            continue
        }
        if raw[at + 1] == UInt8(ascii: "u") {
            flushPlain()
            units.append(raw[(at + 2)..<(at + 6)].reduce(0) { $0 << 4 | UInt16(hexValue($1) ?? 0) })
            at += 6
        } else {
            flushUnits()
            plain.append(plainEscape(raw[at + 1]))
            at += 2
        }
    }
    flushUnits()
    flushPlain()
    return text
}

private func plainEscape(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: byte
    }
}
