import ArgumentParser
import LoyaltyJobs
import LoyaltyRules
import LoyaltyStore

/// `loyalty recalculate`.
struct Recalculate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Works out tiers and segments of all customers anew.",
        discussion: "What the worker does every night. It can run any number of times.")

    @Option(help: "Whose.") var tenant: String
    @Option(help: "As of noon of this day in the tenant's time zone, as YYYY-MM-DD; now unless given.") var asOf: Day?
    @OptionGroup var options: CommonOptions

    func run() throws {
        let store = try options.settings().openStore(isLong: true)
        let tenant = try store.knownTenant(tenant)
        let tenantStore = store.tenant(tenant.id)
        let asked = try asOf.map { try noon(of: $0, at: tenantStore) }
        let moment = asked ?? Instant.now()
        var bar = ProgressBar(isShown: !options.json)
        let customers = try Recalculation(store: tenantStore, asOf: moment).perform { done in
            bar.show("Recalculating tiers", done: done, expected: nil)
        }
        bar.finish()
        try options.output.show(
            Report(tenant: tenant.slug, customers: customers, asOf: "\(moment)"),
            "Looked at \(groupedDigits(customers)) customers of \(tenant.slug).")
    }

    private func noon(of day: Day, at store: TenantStore) throws -> Instant {
        try store.settings().business.calendar.start(of: day).advanced(bySeconds: 12 * 3_600)
    }

    private struct Report: Encodable {
        let tenant: String
        let customers: Int64
        let asOf: String
    }
}

extension Day: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}
