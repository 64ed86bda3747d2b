import ArgumentParser
import LoyaltyRules
import LoyaltyStore

/// `loyalty tenant …`.
struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Makes and lists tenants.", subcommands: [Create.self, List.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a tenant with default settings.")

        @Argument(help: "Its name in addresses: letters, digits, “-”, “_” and “.”.") var slug: String
        @Option(help: "The shop's name, as customers see it.") var name: String
        @Option(help: "Decides what a day is.") var timeZone = "America/New_York"
        @Option(help: "Another name: an org, brand or location id. May be repeated.") var alias: [String] = []
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            let tenant = try store.createTenant(slug: slug, name: name, timeZone: timeZone, aliases: alias)
            try options.output.show(
                Line(slug: tenant.slug, name: name, timeZone: timeZone, isDemo: false, settingsVersion: 1),
                "Made the tenant \(tenant.slug).")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the tenants.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            let lines = try store.tenants().map { tenant in
                let business = try store.tenant(tenant.id).settings().business
                return Line(
                    slug: tenant.slug, name: business.name, timeZone: business.timeZone, isDemo: tenant.isDemo,
                    settingsVersion: tenant.settingsVersion)
            }
            let text = lines.map { "\($0.slug)\t\($0.name)\t\($0.timeZone)\($0.isDemo ? "\tdemo" : "")" }
            try options.output.show(lines, text.isEmpty ? "There are no tenants." : text.joined(separator: "\n"))
        }
    }

    private struct Line: Encodable {
        let slug: String
        let name: String
        let timeZone: String
        let isDemo: Bool
        let settingsVersion: Int64
    }
}
