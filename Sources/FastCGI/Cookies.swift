/// The cookies of a request, looked up by the exact bytes of the name.
public struct Cookies: Sendable {
    private let pairs: [(name: String, value: String)]

    /// Reads the value of a `Cookie` header. A part without `=` is passed over; quotes belong to the value.
    public init(parsing header: String?) {
        let parts = (header ?? "").utf8.split(separator: UInt8(ascii: ";"))
        pairs = parts.compactMap { part in
            let trimmed = part.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = trimmed[equals...].dropFirst()
            return (String(decoding: trimmed[..<equals], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// The first cookie called `name`.
    public subscript(name: String) -> String? { all(name).first }

    /// All cookies called `name`: browsers send several when their paths differ.
    public func all(_ name: String) -> [String] {
        pairs.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }
}
