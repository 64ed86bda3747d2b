import ArgumentParser
import LoyaltyRules
import LoyaltyStore
import Secrets

/// `loyalty apikey …`.
struct ApiKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apikey", abstract: "Makes, lists and revokes keys of the API.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a key and prints it, this once.")

        @Option(help: "Whose.") var tenant: String
        @Option(help: "What it is for.") var name: String
        @Option(
            help: "What it may do: customers, orders, redemptions, events, adjustments, sync; each may end in :read.")
        var scopes: String
        @OptionGroup var options: CommonOptions

        func validate() throws {
            do { _ = try Self.scopes(scopes) } catch { throw ValidationError(error.description) }
        }

        func run() throws {
            let store = try options.settings().openStore()
            let tenant = try store.knownTenant(tenant)
            let id = Hex.encode(RandomBytes.bytes(6))
            let key = "loy_\(id)_\(RandomBytes.token())"
            let scopes = try Self.scopes(scopes)
            try store.tenant(tenant.id).transaction { tx in
                try tx.createApiKey(
                    id: id, name: name, secretHash: SHA256.digest(Array(key.utf8)), scopes: scopes)
            }
            try options.output.show(
                ["id": id, "name": name, "key": key, "tenant": tenant.slug],
                "\(key)\nKeep it now: it is stored nowhere and cannot be shown again.")
        }

        /// A list with commas, every word of it known.
        static func scopes(_ text: String) throws(CommandFailure) -> Set<Scope> {
            var scopes: Set<Scope> = []
            for word in text.split(separator: ",") {
                guard let scope = Scope(String(word)) else {
                    let parts = Scope.Part.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .usage("--scopes: “\(word)” is none of \(parts), each with or without :read.")
                }
                scopes.insert(scope)
            }
            guard !scopes.isEmpty else { throw .usage("--scopes: at least one is needed.") }
            return scopes
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists a tenant's keys, never their text.")

        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            let lines = try store.tenant(try store.knownTenant(tenant).id).apiKeys().map(Line.init)
            let text = lines.map(\.text).joined(separator: "\n")
            try options.output.show(lines, lines.isEmpty ? "There are no keys." : text)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a key for good.")

        @Argument(help: "The key's id: the part between the underscores.") var id: String
        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            try store.tenant(try store.knownTenant(tenant).id).transaction { try $0.revokeApiKey(id: id) }
            try options.output.show(["revoked": id], "Revoked \(id).")
        }
    }

    private struct Line: Encodable {
        let id: String
        let name: String
        let scopes: [String]
        let createdAt: String
        let usedAt: String?
        let revokedAt: String?

        init(_ key: ApiKey) {
            id = key.id
            name = key.name
            scopes = key.scopes.map(\.description).sorted()
            createdAt = "\(key.createdAt)"
            usedAt = key.usedAt.map { "\($0)" }
            revokedAt = key.revokedAt.map { "\($0)" }
        }

        var text: String {
            let use = revokedAt.map { "revoked \($0)" } ?? usedAt.map { "used \($0)" } ?? "never used"
            return "\(id)\t\(name)\t\(scopes.joined(separator: ","))\t\(use)"
        }
    }
}
