/// One row of a result: columns are read by name.
public struct Row: Sendable {
    let columns: Columns
    /// The row's values in the order of the statement's columns.
    public let values: [Value]

    /// Reads a column as `type`. Throws a `DatabaseError` that names statement, column and type when there is no such
    /// column, when it is NULL and `type` is not optional, or when the value does not fit.
    @inlinable
    public func get<T: SQLDecodable>(_ column: String, as type: T.Type = T.self) throws -> T {
        do {
            return try T(sqlValue: value(column, T.self))
        } catch let problem as UnexpectedValue {
            throw undecodable(column, T.self, problem.found)
        }
    }

    /// The columns' names, in the statement's order.
    public var columnNames: [String] { columns.names }

    @usableFromInline
    func value(_ column: String, _ type: Any.Type) throws -> Value {
        guard let index = columns.indexes[column] else { throw undecodable(column, type, "no such column") }
        guard index >= 0 else { throw undecodable(column, type, "several columns of that name") }
        return values[index]
    }

    @usableFromInline
    func undecodable(_ column: String, _ type: Any.Type, _ found: String) -> DatabaseError {
        .undecodable(statement: columns.statement, column: column, type: "\(type)", found: found)
    }
}

/// The columns of one prepared statement: computed once, shared by all its rows.
final class Columns: Sendable {
    let statement: String
    let names: [String]
    /// A name that occurs twice has the index -1, for taking either would be a guess.
    let indexes: [String: Int]

    init(statement: String, names: [String]) {
        self.statement = statement
        self.names = names
        self.indexes = Dictionary(zip(names, names.indices), uniquingKeysWith: { _, _ in -1 })
    }
}
