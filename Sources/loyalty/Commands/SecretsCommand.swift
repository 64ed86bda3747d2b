import ArgumentParser
import LoyaltyStore
import Secrets

/// `loyalty secrets rotate`.
struct SecretsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets", abstract: "Looks after what is sealed.", subcommands: [Rotate.self])

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seals everything anew with the first key, and says what is left.",
            discussion: """
                Put the new key first in LOYALTY_SECRET_KEY and restart serve and work before. Exit code 1 while \
                something is still sealed with another key; after 0 the other keys can go.
                """)

        @OptionGroup var options: CommonOptions

        func run() throws {
            let config = try options.settings(needs: .secretKey)
            let sealer = try config.requiredSealer()
            let store = try config.openStore()
            var report = Report(key: sealer.firstKeyID)
            for tenant in try store.tenants() {
                let tenantStore = store.tenant(tenant.id)
                for sealed in try tenantStore.sealedTexts() {
                    report.add(
                        try Self.rotate(sealed.text, at: sealed.place, in: tenantStore, sealer), of: tenant.slug,
                        sealed.place)
                }
            }
            try options.output.show(report, report.text)
            if !report.left.isEmpty { throw ExitCode(1) }
        }

        private static func rotate(
            _ text: String, at place: SealedPlace, in store: TenantStore, _ sealer: Sealer
        ) throws -> Report.Outcome {
            do {
                let context = place.context(of: store.tenant)
                // Opened also where nothing is to do: what does not open is left.
                let secret = try sealer.open(text, context: context)
                guard try sealer.needsResealing(text) else { return .unchanged }
                let isReplaced = try store.replace(text, at: place, by: sealer.seal(secret, context: context))
                return isReplaced ? .resealed : .left("was set meanwhile: rotate once more")
            } catch let problem as Sealer.Problem {
                guard case .unknownKey(let id) = problem else { return .left("was changed or copied: set it again") }
                return .left("add the key “\(id)” to LOYALTY_SECRET_KEY again")
            }
        }
    }

    /// What became of everything.
    struct Report: Encodable {
        let key: String
        var resealed = 0
        var unchanged = 0
        var left: [Left] = []

        struct Left: Encodable {
            let tenant: String
            let what: String
            let words: String
        }

        enum Outcome {
            case resealed
            case unchanged
            case left(String)
        }

        init(key: String) { self.key = key }

        mutating func add(_ outcome: Outcome, of tenant: String, _ place: SealedPlace) {
            switch outcome {
            case .resealed: resealed += 1
            case .unchanged: unchanged += 1
            case .left(let words): left.append(Left(tenant: tenant, what: place.words, words: words))
            }
        }

        var text: String {
            let done = "\(resealed) sealed anew with the key “\(key)”, \(unchanged) were already."
            if left.isEmpty { return done + " No other key is needed any more." }
            let lines = left.map { "\($0.tenant), \($0.what): \($0.words)" }.joined(separator: "\n")
            return lines + "\n" + done + " \(left.count) are left."
        }
    }
}

extension SealedPlace {
    fileprivate var words: String {
        switch self {
        case .credentials(let kind): "credentials of \(kind.rawValue)"
        case .tombstoneKey: "key of erased customers"
        }
    }
}
