import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets

/// What a write of the API answers.
struct ApiAnswer {
    var status: HTTPResponse.Status = .ok
    let json: OrderedJSON
    /// Whose data it holds, so that erasing finds the kept copy.
    var customer: CustomerID?
}

extension Site {
    /// Does `work` once per `Idempotency-Key` of the call, in one transaction with its answer; every write of the API
    /// goes through here. contract.md, "API v1": refusals are kept like any answer, an outage or a defect keeps
    /// nothing.
    ///
    /// `work` reads the body too, so that a refused body is kept; it may run twice and touches only its transaction.
    func idempotent(_ visit: KeyVisit, _ work: (TenantTransaction) throws -> ApiAnswer) throws -> Response {
        let (answer, isReplay) = try visit.store.once(
            try visit.idempotencyKey(), refusal: { Self.kept(Failure($0), id: visit.request.id) },
            { tx in
                let answer = try work(tx)
                return KeptAnswer(status: answer.status.code, body: answer.json.bytes, customer: answer.customer)
            })
        var response = Response.json(
            answer.body, status: HTTPResponse.Status(code: answer.status),
            type: answer.status < 400 ? "application/json" : "application/problem+json")
        if isReplay { response.setHeader(.idempotentReplayed, "true") }
        return response
    }

    /// Only decisions are kept: not what asks to come again, and not our own failures.
    private static func kept(_ failure: Failure, id: String) -> KeptAnswer? {
        guard (400..<500).contains(failure.status.code), ![401, 429].contains(failure.status.code) else { return nil }
        return KeptAnswer(status: failure.status.code, body: failure.problemJSON(id: id))
    }
}

extension KeyVisit {
    /// The call's `Idempotency-Key`, tied to what was sent with it.
    fileprivate func idempotencyKey() throws -> IdempotencyKey {
        let text = Array((request.headers[.idempotencyKey] ?? "").utf8)
        guard (1...255).contains(text.count), text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .invalidRequest, "Send the header Idempotency-Key once, with 1 to 255 visible ASCII characters.")
        }
        let request = Array("\(request.method.rawValue)\n\(request.path)\n".utf8) + request.body
        return IdempotencyKey(text: text, requestHash: SHA256.digest(request))
    }

    /// Who calls, for timelines.
    var actor: String { "API key \(key.name)" }

    /// A record for the audit log about this call.
    func audit(_ action: String, subject: String? = nil, detail: String = "") -> AuditRecord {
        AuditRecord(
            actor: "api key \(key.id)", action: action, subject: subject, detail: detail, requestID: request.id,
            address: request.remoteAddress)
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name(known: "Idempotency-Key")
    static let idempotentReplayed = HTTPField.Name(known: "Idempotent-Replayed")
}
