/// What is wrong with one field of a call. contract.md, "API v1".
struct FieldProblem: Equatable, Sendable {
    /// A JSON pointer (RFC 6901) into the body; for a query `/` and the field's name.
    let pointer: String
    /// `required`, `wrong_type`, `out_of_range`, `invalid`, `unknown_field`, `repeated_field` or `ambiguous`.
    let code: String
    /// For a person.
    let detail: String

    var json: OrderedJSON {
        .object([("pointer", .text(pointer)), ("code", .text(code)), ("detail", .text(detail))])
    }

    /// `name` as a step of a pointer.
    static func step(_ name: String) -> String {
        var bytes = [UInt8(ascii: "/")]
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes += "~0".utf8
            case UInt8(ascii: "/"): bytes += "~1".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A call that cannot be understood: 400 with all its problems at once.
struct InvalidFields: Error, CustomStringConvertible {
    let problems: [FieldProblem]

    /// A query field that cannot be what it says.
    static func query(_ name: String, _ code: String, _ detail: String) -> InvalidFields {
        InvalidFields(problems: [FieldProblem(pointer: FieldProblem.step(name), code: code, detail: detail)])
    }

    var description: String {
        if problems.count == 1, let only = problems.first { return only.detail }
        return "\(problems.count) things are wrong with the request; errors has them all."
    }
}
