/// A statement's text with a `?` for every value, and the values. Interpolation binds:
///
///     connection.optional("SELECT balance FROM account WHERE tenant_id = \(tenant) AND id = \(id)") { … }
///
/// No value ever becomes part of the text. A column to sort by comes from an enum (`\(identifier:)`), and a nested
/// `SQL` is spliced with its values.
public struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// The text, with a `?` where each value belongs.
    public private(set) var text: String
    /// The values, in the order of their `?`.
    public private(set) var values: [Value]

    /// A statement without values.
    public init(stringLiteral text: StaticString) {
        self.text = text.description
        self.values = []
    }

    /// A statement with values: what the compiler makes of an interpolated literal.
    public init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
        self.values = stringInterpolation.values
    }

    /// Text that was checked in some other way, such as the text of a migration.
    init(unchecked text: String, values: [Value] = []) {
        self.text = text
        self.values = values
    }

    /// Fragments one after the other with `separator` between them, as in `conditions.joined(" AND ")`.
    public static func joined(_ parts: [SQL], separator: StaticString) -> SQL {
        SQL(
            unchecked: parts.map(\.text).joined(separator: separator.description), values: parts.flatMap(\.values))
    }

    /// Collects text and values of an interpolated literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [Value] = []

        /// Makes room.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        /// Appends text of the program itself.
        public mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        /// Binds a value.
        @inlinable public mutating func appendInterpolation(_ value: some SQLBindable) { bind(value.sqlValue) }

        /// Binds a value, or NULL for `nil`.
        @inlinable
        public mutating func appendInterpolation<Wrapped: SQLBindable>(_ value: Wrapped?) { bind(value.sqlValue) }

        @usableFromInline
        mutating func bind(_ value: Value) {
            text += "?"
            values.append(value)
        }

        /// Splices a fragment with its values.
        public mutating func appendInterpolation(_ fragment: SQL) {
            text += fragment.text
            values += fragment.values
        }

        /// Appends a name that the program itself knows.
        public mutating func appendInterpolation(identifier: some SQLIdentifier) {
            text += "`" + identifier.rawValue.split(separator: "`").joined(separator: "``") + "`"
        }

        /// Binds each value, with commas between: for `IN (…)`. An empty list becomes NULL, which matches nothing.
        @inlinable
        public mutating func appendInterpolation(list: some Collection<some SQLBindable>) {
            if list.isEmpty { appendLiteral("NULL") }
            var isFirst = true
            for value in list {
                if !isFirst { appendLiteral(", ") }
                isFirst = false
                bind(value.sqlValue)
            }
        }
    }
}

/// The columns a page may sort by, or other names a statement may choose from: an enum, so that no text of a visitor
/// can become one.
public protocol SQLIdentifier: RawRepresentable, CaseIterable where RawValue == String {}

/// A pattern for LIKE in which the text's own `%`, `_` and `\` mean themselves.
public struct LikePattern: SQLBindable, Sendable, Hashable {
    /// The pattern with its wildcards.
    public let pattern: String

    /// Matches what starts with `text`: the only form that can use an index.
    public init(startingWith text: String) { self.pattern = Self.escaped(text) + "%" }

    /// Matches what contains `text`.
    public init(containing text: String) { self.pattern = "%" + Self.escaped(text) + "%" }

    /// The pattern, bound as text.
    public var sqlValue: Value { .text(pattern) }

    // Over scalars: an accent after `%` makes one Character of both, and the wildcard would slip through.
    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
