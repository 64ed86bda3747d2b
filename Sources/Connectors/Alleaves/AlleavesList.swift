import JSONText
import LoyaltyRules

/// Tells the shapes of a list apart, in this order: an array; an object that holds one under a known name; an object
/// whose keys are all numbers, of which one without keys is an empty page. Anything else is not understood: read as
/// "no rows", it would end a sync as if the shop had no customers. alleaves.md, section 4.
func alleavesRows(
    _ answer: OutboundAnswer, what: String, names: [StaticString], idNames: [StaticString]
) throws(ConnectorError) -> [JSONValue] {
    let root = try answer.document(of: what)
    let rows = try list(root, in: answer, what: what, names: names)
    let hasID = rows.contains { row in idNames.contains { row.member($0) != nil } }
    guard rows.isEmpty || hasID else {
        throw ConnectorError.notUnderstood(what: what, shapeFingerprint: root.shapeFingerprint)
    }
    return rows
}

private func list(
    _ root: JSONValue, in answer: OutboundAnswer, what: String, names: [StaticString]
) throws(ConnectorError) -> [JSONValue] {
    if let rows = root.elements { return rows }
    if hasErrorMember(root) { throw ConnectorError.rejected(status: answer.status) }
    for name in names {
        if let rows = root.member(name)?.elements { return rows }
    }
    if let members = root.members, members.allSatisfy({ isNumber($0.name) }) { return members.map(\.value) }
    if isApplicationError(root) { throw ConnectorError.rejected(status: answer.status) }
    throw ConnectorError.notUnderstood(what: what, shapeFingerprint: root.shapeFingerprint)
}

private func isNumber(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

/// Whether an object tells a failure by `error`, whatever its status says.
func hasErrorMember(_ root: JSONValue) -> Bool {
    guard let error = root["error"] else { return false }
    return error.kind != .false && error.text != ""
}

/// Whether an object that holds nothing we know tells a failure, by `error` or by `message`.
func isApplicationError(_ root: JSONValue) -> Bool {
    hasErrorMember(root) || (root["message"]?.text ?? "") != ""
}
