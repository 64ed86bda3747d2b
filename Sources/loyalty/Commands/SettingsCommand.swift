import ArgumentParser
import LoyaltyRules
import LoyaltyStore

/// `loyalty settings …`.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Shows a tenant's settings, writes them to a file and reads them from one.",
        subcommands: [Show.self, Export.self, Import.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints all settings, the equity multiplier too.")

        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            let settings = try store.tenant(try store.knownTenant(tenant).id).settings()
            print(try Output.json(SettingsFile(settings, withEquityMultiplier: true), isPretty: !options.json))
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints all settings but the equity multiplier, for `settings import`.")

        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore()
            let settings = try store.tenant(try store.knownTenant(tenant).id).settings()
            print(try Output.json(SettingsFile(settings, withEquityMultiplier: false), isPretty: !options.json))
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads settings from standard input and saves what differs.",
            discussion: "All of them are checked first: a file with a fault saves nothing.")

        @Option(help: "Whose.") var tenant: String
        @OptionGroup var options: CommonOptions

        func run() throws {
            let file = try SettingsFile(json: try standardInput())
            let store = try options.settings().openStore()
            let tenant = try store.knownTenant(tenant)
            let tenantStore = store.tenant(tenant.id)
            let present = try tenantStore.settings()
            let settings = try file.settings(replacing: present)
            let saved = try tenantStore.save(settings, over: present)
            try options.output.show(
                ["saved": saved],
                saved.isEmpty ? "Nothing differs from what is set." : "Saved: \(saved.joined(separator: ", ")).")
        }
    }
}

extension TenantStore {
    /// Saves the tabs that differ, and returns their names.
    fileprivate func save(_ settings: Settings, over present: Settings) throws -> [String] {
        var saved: [String] = []
        func save<Tab: SettingsTabValue>(_ value: Tab, _ before: Tab) throws {
            guard value != before else { return }
            do {
                try self.save(value, ifVersion: present.version(of: Tab.tab), by: nil, requestID: nil)
            } catch is SettingsConflict {
                throw CommandFailure.problem(
                    "Somebody saved \(Tab.tab.rawValue) in between. Saved so far: "
                        + "\(saved.isEmpty ? "nothing" : saved.joined(separator: ", ")). Run it again.")
            }
            saved.append(Tab.tab.rawValue)
        }
        try save(settings.points, present.points)
        try save(settings.tiers, present.tiers)
        try save(settings.segments, present.segments)
        try save(settings.redemptions, present.redemptions)
        try save(settings.menuDisplay, present.menuDisplay)
        try save(settings.business, present.business)
        try save(settings.program, present.program)
        return saved
    }
}
