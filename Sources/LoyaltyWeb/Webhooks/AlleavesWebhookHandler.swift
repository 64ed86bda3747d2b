import FastCGI
import HTTPTypes
import LoyaltyJobs
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/webhooks/alleaves/{org}`: 200 once it is stored and posted. contract.md, "Webhook".
    func receiveAlleavesWebhook(_ call: Call) throws -> Response {
        guard let tenant = try store.tenant(named: call.parameter("org")) else {
            throw Refusal(.notFound, "There is no such organization.")
        }
        guard let sealer = shared.configuration.sealer else {
            throw Refusal(.notConfigured, "This server has no key to open webhook secrets with.")
        }
        let webhook = try AlleavesWebhook(store.tenant(tenant.id), sealer: sealer)
        let outcome = try webhook.receive(
            call.request.body, signature: call.request.headers[.alleavesSignature], requestID: call.request.id,
            at: .now())
        return try json(WebhookAnswer(outcome: outcome.rawValue))
    }
}

/// What the sender is told.
private struct WebhookAnswer: Encodable {
    let success = true
    let outcome: String

    enum CodingKeys: CodingKey {
        case success
        case outcome
    }
}

extension HTTPField.Name {
    static let alleavesSignature = HTTPField.Name(known: "x-alleaves-signature")
}
