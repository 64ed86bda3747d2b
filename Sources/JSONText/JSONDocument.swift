/// A JSON text taken apart once, its values read only when asked for.
///
/// Foundation's coders were not used for wire data: one reads numbers as floating point, the other gives up a whole
/// page for one bad field, and neither tells a text that breaks off from one that is no JSON.
public final class JSONDocument: Sendable {
    /// What a value is.
    public enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object
    }

    /// One value: where its text stands, and where the next value after all that it contains.
    struct Node: Sendable {
        var kind: Kind
        var hasEscapes = false
        var start: Int32
        var end: Int32
        var next: Int32
    }

    /// Why a text is not read.
    public enum Fault: Error {
        /// It ends too early.
        case cut
        /// It is no JSON, or nested beyond `depthMax`.
        case malformed
    }

    /// The deepest nesting that is read.
    public static let depthMax = 64

    let bytes: [UInt8]
    /// In order of appearance; an object's names and values take turns.
    let nodes: [Node]

    /// Takes a text apart that may nest as deep as `depth`. It is read as third parties send it; `strict`
    /// asks for more.
    public init(_ bytes: [UInt8], depth: Int = JSONDocument.depthMax) throws(Fault) {
        guard bytes.count < Int(Int32.max) else { throw Fault.malformed }
        self.bytes = bytes
        nodes = try Self.nodes(of: bytes, depth: depth)
    }

    private static func nodes(of bytes: [UInt8], depth: Int) throws(Fault) -> [Node] {
        let result = bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer, depthMax: depth)
            do throws(Fault) {
                try parser.document()
                return Result<[Node], Fault>.success(parser.nodes)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// One pass over a text by the grammar of RFC 8259.
private struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let depthMax: Int
    private var position = 0
    private(set) var nodes: [JSONDocument.Node] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
        nodes.reserveCapacity(bytes.count / 12)
    }

    mutating func document() throws(JSONDocument.Fault) {
        // A byte order mark is not allowed, and sent all the same.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .malformed }
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte after white space, which stays unread.
    private mutating func peek() throws(JSONDocument.Fault) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw .cut }
        return bytes[position]
    }

    private mutating func append(_ kind: JSONDocument.Kind, from start: Int, to end: Int, hasEscapes: Bool = false) {
        nodes.append(
            JSONDocument.Node(
                kind: kind, hasEscapes: hasEscapes, start: Int32(start), end: Int32(end), next: Int32(nodes.count + 1)))
    }

    private mutating func value(depth: Int) throws(JSONDocument.Fault) {
        switch try peek() {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): try container(.object, depth: depth)
        case UInt8(ascii: "["): try container(.array, depth: depth)
        case UInt8(ascii: "t"): try word("true", .true)
        case UInt8(ascii: "f"): try word("false", .false)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func word(_ text: StaticString, _ kind: JSONDocument.Kind) throws(JSONDocument.Fault) {
        let start = position
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count else { throw .cut }
            guard bytes[position] == text.utf8Start[offset] else { throw .malformed }
            position += 1
        }
        append(kind, from: start, to: position)
    }

    private mutating func container(_ kind: JSONDocument.Kind, depth: Int) throws(JSONDocument.Fault) {
        guard depth < depthMax else { throw .malformed }
        let index = nodes.count
        let end = kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        append(kind, from: position, to: position)
        position += 1
        if try peek() != end {
            while true {
                if kind == .object {
                    guard try peek() == UInt8(ascii: "\"") else { throw .malformed }
                    try string()
                    guard try peek() == UInt8(ascii: ":") else { throw .malformed }
                    position += 1
                }
                try value(depth: depth + 1)
                let mark = try peek()
                if mark == end { break }
                guard mark == UInt8(ascii: ",") else { throw .malformed }
                position += 1
            }
        }
        position += 1
        nodes[index].end = Int32(position)
        nodes[index].next = Int32(nodes.count)
    }

    private mutating func string() throws(JSONDocument.Fault) {
        position += 1
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(.string, from: start, to: position, hasEscapes: hasEscapes)
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0..<0x20: throw .malformed
            default: position += 1
            }
        }
        throw .cut
    }

    private mutating func escape() throws(JSONDocument.Fault) {
        guard position + 1 < bytes.count else { throw .cut }
        switch bytes[position + 1] {
        case UInt8(ascii: "u"):
            for offset in 2..<6 {
                guard position + offset < bytes.count else { throw .cut }
                guard hexValue(bytes[position + offset]) != nil else { throw .malformed }
            }
            position += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        default: throw .malformed
        }
    }

    private mutating func number() throws(JSONDocument.Fault) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let wholeStart = position
        try digits()
        if position - wholeStart > 1, bytes[wholeStart] == UInt8(ascii: "0") { throw .malformed }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
                position += 1
            }
            try digits()
        }
        append(.number, from: start, to: position)
    }

    private mutating func digits() throws(JSONDocument.Fault) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else {
            if position == bytes.count { throw .cut }
            throw .malformed
        }
    }
}

/// The value of a hexadecimal digit; nil for another byte.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
