import HTTPTypes

/// The fields of a form or of a query string, in the order sent; a name may occur more than once.
///
/// Names are compared byte by byte.
public struct FormFields: Sendable {
    /// The most fields that one form may have. Settings pages with many rows need some hundreds.
    public static let countMax = 4_000

    struct Field: Sendable {
        let name: String
        let value: String
    }

    private(set) var fields: [Field]

    /// Fields by hand, for tests and for building links.
    public init(_ pairs: [(String, String)] = []) {
        fields = pairs.map { Field(name: $0.0, value: $0.1) }
    }

    /// Reads `application/x-www-form-urlencoded` text: strict percent-encoding, strict UTF-8, no NUL, and at most
    /// `countMax` fields (413 beyond that).
    public init(parsing bytes: some Sequence<UInt8>) throws(BadRequest) {
        fields = []
        let all = ArraySlice(bytes)
        var start = all.startIndex
        while start < all.endIndex {
            let end = all[start...].firstIndex(of: UInt8(ascii: "&")) ?? all.endIndex
            if end > start { try append(all[start..<end]) }
            start = end + 1
        }
    }

    private mutating func append(_ pair: ArraySlice<UInt8>) throws(BadRequest) {
        guard fields.count < Self.countMax else {
            throw BadRequest(status: .contentTooLarge, detail: "The form has more than \(Self.countMax) fields.")
        }
        let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
        let name = try text(percentDecoded(pair[..<equals], in: .form))
        let value = try text(percentDecoded(pair[equals...].dropFirst(), in: .form))
        fields.append(Field(name: name, value: value))
    }

    /// The first value of `name`.
    public subscript(name: String) -> String? {
        fields.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// All values of `name`, in the order sent.
    public func all(_ name: String) -> [String] {
        fields.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }

    /// Each name once, in the order in which they first occur.
    public var names: [String] {
        var seen: Set<[UInt8]> = []
        return fields.map(\.name).filter { seen.insert(Array($0.utf8)).inserted }
    }

    /// Whether `name` occurs more than once.
    public func isDuplicated(_ name: String) -> Bool { all(name).count > 1 }

    /// The value of a field that may occur once; refused when it occurs more often, for two readers could then
    /// see two values.
    public func single(_ name: String) throws(BadRequest) -> String? {
        guard !isDuplicated(name) else { throw BadRequest(detail: "A form field was sent twice.") }
        return self[name]
    }

    /// The fields as `application/x-www-form-urlencoded` text, which `init(parsing:)` reads back.
    public var encoded: String {
        fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    private static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-._~".utf8.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), ASCII.hexDigits[Int(byte >> 4)], ASCII.hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension FormFields: Equatable {
    /// Same names and values, byte for byte, in the same order.
    public static func == (left: FormFields, right: FormFields) -> Bool {
        left.fields.elementsEqual(right.fields) { one, other in
            one.name.hasSameBytes(as: other.name) && one.value.hasSameBytes(as: other.value)
        }
    }
}

extension FormFields: ExpressibleByDictionaryLiteral {
    /// `["name": "value"]`; unlike a dictionary it keeps order and repeated names.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}
