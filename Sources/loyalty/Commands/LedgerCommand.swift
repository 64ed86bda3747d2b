import ArgumentParser
import LoyaltyStore

/// `loyalty ledger verify`.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Proves the ledger.", subcommands: [Verify.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes every balance from its entries.",
            discussion: "Exit code 0 and a count when everything adds up, 1 and the differences when not.")

        @Option(help: "Only this tenant.") var tenant: String?
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore(isLong: true)
            let tenants = try tenant.map { [try store.knownTenant($0)] } ?? store.tenants()
            var report = Report()
            for tenant in tenants {
                report.add(try store.tenant(tenant.id).verifyLedger(), of: tenant.slug)
            }
            try options.output.show(report, report.text)
            if !report.differences.isEmpty { throw ExitCode(1) }
        }
    }

    /// The sum over tenants.
    struct Report: Encodable {
        var tenants = 0
        var customers: Int64 = 0
        var entries: Int64 = 0
        var differences: [Difference] = []

        struct Difference: Encodable {
            let tenant: String
            let words: String
        }

        mutating func add(_ proof: LedgerProof, of tenant: String) {
            tenants += 1
            customers += proof.customers
            entries += proof.entries
            differences += proof.differences.map { Difference(tenant: tenant, words: $0) }
        }

        var text: String {
            let count = "\(entries) entries of \(customers) customers at \(tenants) tenants"
            if differences.isEmpty { return "The ledger adds up: \(count)." }
            let lines = differences.map { "\($0.tenant): \($0.words)" }.joined(separator: "\n")
            return lines + "\nThe ledger does not add up: \(differences.count) differences in \(count)."
        }
    }
}
