import ArgumentParser
import Foundation
import LoyaltyStore

extension IntegrationKind: ExpressibleByArgument {}

/// `loyalty integration set`.
struct IntegrationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integration", abstract: "Connects a tenant to its point of sale and to Alpine IQ.",
        subcommands: [Set.self])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seals credentials that come as JSON from standard input.",
            discussion: """
                alleaves: {"username","password","pin"?,"webhookSecret"? or "webhookSecrets"?: one or two}
                alpine: {"apiKey","uid"}
                """)

        @Argument(help: "alleaves or alpine.") var kind: IntegrationKind
        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let config = try options.settings(needs: .secretKey)
            let document = try IntegrationDocument(kind, json: try standardInput())
            let store = try config.openStore()
            let tenant = try store.knownTenant(tenant)
            try document.save(in: store.tenant(tenant.id), sealer: try config.requiredSealer())
            try options.output.show(
                ["tenant": tenant.slug, "integration": kind.rawValue],
                "Sealed the credentials of \(kind.rawValue) for \(tenant.slug).")
        }
    }
}

/// All of standard input, up to 64 KiB: what is read here is typed or piped in by a person.
func standardInput() throws -> [UInt8] {
    let bytesMax = 64 * 1_024
    var bytes: [UInt8] = []
    while let more = try FileHandle.standardInput.read(upToCount: bytesMax), !more.isEmpty {
        bytes += more
        guard bytes.count <= bytesMax else { throw CommandFailure.usage("Standard input is longer than 64 KiB.") }
    }
    return bytes
}
