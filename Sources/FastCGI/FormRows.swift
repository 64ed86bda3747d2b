extension FormFields {
    /// The most rows that one table of a form may have.
    public static let rowCountMax = 500
    /// The longest name of a field in a row, in bytes.
    static let rowFieldNameLengthMax = 64

    /// One row of a table in a form: the fields `tier[3][name]`, `tier[3][color]`, … of index 3.
    public struct Row: Sendable, Equatable {
        /// The number between the first brackets, 0 to 9,999.
        public let index: Int
        /// Values by the name between the second brackets, which is of letters, digits and `_`.
        public let fields: [String: String]

        /// A row by hand, for tests.
        public init(index: Int, fields: [String: String]) {
            self.index = index
            self.fields = fields
        }
    }

    /// The rows of the table `prefix`, by index. A name that begins with `prefix[` and is malformed, occurs twice,
    /// or makes more than `limit` rows refuses the form.
    public func rows(_ prefix: String, atMost limit: Int = rowCountMax) throws(BadRequest) -> [Row] {
        var rows: [Int: [String: String]] = [:]
        let start = Array(prefix.utf8) + [UInt8(ascii: "[")]
        for field in fields where field.name.utf8.starts(with: start) {
            guard let (index, name) = Self.rowName(Array(field.name.utf8.dropFirst(start.count))) else {
                throw BadRequest(detail: "A field of a row has a malformed name.")
            }
            guard rows[index, default: [:]].updateValue(field.value, forKey: name) == nil else {
                throw BadRequest(detail: "A field of a row was sent twice.")
            }
            guard rows.count <= limit else { throw BadRequest(detail: "The form has more than \(limit) rows.") }
        }
        return rows.sorted { $0.key < $1.key }.map { Row(index: $0.key, fields: $0.value) }
    }

    /// Splits `3][name]`. Only one spelling of an index is taken, so that no two names mean one field.
    private static func rowName(_ bytes: [UInt8]) -> (index: Int, name: String)? {
        let digits = bytes.prefix(while: ASCII.isDigit)
        let rest = bytes.dropFirst(digits.count)
        guard (1...4).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
            rest.starts(with: "][".utf8), rest.last == UInt8(ascii: "]")
        else { return nil }
        let name = rest.dropFirst(2).dropLast()
        guard (1...rowFieldNameLengthMax).contains(name.count),
            name.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        let index = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return (index, String(decoding: name, as: UTF8.self))
    }
}
