import Connectors
import Foundation
import LoyaltyJobs
import LoyaltyRules
import LoyaltyStore
import Secrets

/// An integration's credentials as JSON, checked and ready to be sealed.
///
/// What is sealed is `{"username","password","pin"?,"webhookSecrets":[…]}` for Alleaves, which reads as
/// `AlleavesCredentials` too, and `{"apiKey","uid"}` for Alpine IQ.
struct IntegrationDocument {
    let kind: IntegrationKind
    private let sealedForm: [UInt8]

    private struct Webhook: Codable {
        var webhookSecret: String?
        var webhookSecrets: [String]?
    }

    private struct Alleaves: Encodable {
        let username: String
        let password: String
        let pin: String?
        let webhookSecrets: [String]
    }

    /// Checks `json`: one `webhookSecret` or two `webhookSecrets` may stand beside the credentials of Alleaves.
    ///
    /// - Throws: `CommandFailure` that names the field; no value is quoted.
    init(_ kind: IntegrationKind, json: [UInt8]) throws {
        self.kind = kind
        let data = Data(json)
        do {
            switch kind {
            case .alleaves: sealedForm = try Self.alleaves(data)
            case .alpine: sealedForm = try Self.alpine(data)
            }
        } catch let error as DecodingError {
            throw CommandFailure.usage(DecodingWords.of(error))
        }
    }

    /// Seals them into the tenant's row.
    func save(in store: TenantStore, sealer: Sealer) throws {
        let sealed = sealer.seal(sealedForm, context: credentialsContext(tenant: store.tenant, kind: kind))
        try store.saveCredentials(kind, sealed: sealed, at: .now())
    }

    /// Whether the sealed credentials of `kind` open and read.
    static func check(_ kind: IntegrationKind, in store: TenantStore, sealer: Sealer) throws {
        guard let sealed = try store.sealedCredentials(kind) else { return }
        do {
            let context = credentialsContext(tenant: store.tenant, kind: kind)
            _ = try IntegrationDocument(kind, json: try sealer.open(sealed, context: context))
        } catch let problem as Sealer.Problem {
            let words =
                if case .unknownKey(let id) = problem { "add the key “\(id)” to LOYALTY_SECRET_KEY again" } else {
                    "they were changed or copied from another row; set them again"
                }
            throw CommandFailure.problem("cannot be opened: \(words) (loyalty integration set)")
        }
    }

    private static func alleaves(_ data: Data) throws -> [UInt8] {
        let credentials = try JSONDecoder().decode(AlleavesCredentials.self, from: data)
        let webhook = try JSONDecoder().decode(Webhook.self, from: data)
        let secrets = (webhook.webhookSecret.map { [$0] } ?? []) + (webhook.webhookSecrets ?? [])
        try require(credentials.username, "username")
        try require(credentials.password, "password")
        guard secrets.count <= 2, secrets.allSatisfy({ (8...200).contains($0.utf8.count) }) else {
            throw CommandFailure.usage("webhookSecrets: at most two, each of 8 to 200 characters.")
        }
        return try encoded(
            Alleaves(
                username: credentials.username, password: credentials.password, pin: credentials.pin,
                webhookSecrets: secrets))
    }

    private static func alpine(_ data: Data) throws -> [UInt8] {
        let credentials = try JSONDecoder().decode(AlpineCredentials.self, from: data)
        try require(credentials.apiKey, "apiKey")
        try require(credentials.uid, "uid")
        return try encoded(credentials)
    }

    /// Text that may stand in a header: printable ASCII.
    private static func require(_ text: String, _ field: String) throws(CommandFailure) {
        guard (1...500).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .usage("\(field): 1 to 500 plain characters.")
        }
    }

    private static func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(value))
    }
}
