/// Comma-separated values as spreadsheets open them: RFC 4180, UTF-8, lines ended by CR LF.
enum CSV {
    static func bytes(_ rows: [[String]]) -> [UInt8] {
        rows.flatMap { row in row.map(field).joined(separator: [UInt8(ascii: ",")]) + [0x0D, 0x0A] }
    }

    /// One field. What a spreadsheet would take for a formula begins with a single quote, so that it is text.
    static func field(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        if let first = bytes.first, Self.formulaStarts.contains(first) { bytes.insert(UInt8(ascii: "'"), at: 0) }
        let quote = UInt8(ascii: "\"")
        guard bytes.contains(where: { [quote, UInt8(ascii: ","), 0x0A, 0x0D].contains($0) }) else { return bytes }
        return [quote] + bytes.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
    }

    private static let formulaStarts: [UInt8] = Array("=+-@\t\r".utf8)
}
