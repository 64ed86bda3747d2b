import JSONText
import LoyaltyRules

/// Opens the envelope of an answer: its `data`, nil where that is `null`.
///
/// A failure may come with status 200: as `success: false`, as a `code`, or, where `success` is absent, as `errors`.
func alpineData(_ answer: OutboundAnswer, what: String) throws(ConnectorError) -> JSONValue? {
    let root = try answer.document(of: what)
    try refuseFailure(root)
    guard let data = root.member("data") else {
        throw ConnectorError.notUnderstood(what: what, shapeFingerprint: root.shapeFingerprint)
    }
    return data.kind == .null ? nil : data
}

/// Throws what an envelope tells as a failure.
func refuseFailure(_ root: JSONValue) throws(ConnectorError) {
    var success: Bool?
    do { success = try root.flag("success") } catch { success = false }
    let code = root["code"]?.text.flatMap { wholePart(of: $0) }
    if success != true, let code, let status = Int(exactly: code), status >= 400,
        let error = ConnectorError(status: status)
    {
        throw error
    }
    let hasErrors = root["errors"]?.elements.map { !$0.isEmpty } ?? false
    if success == false || (success == nil && hasErrors) { throw ConnectorError.rejected(status: 200) }
}
