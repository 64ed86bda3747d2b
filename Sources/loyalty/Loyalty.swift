import ArgumentParser

/// The program. docs/contract.md, "Commands".
struct Loyalty: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loyalty",
        abstract: "Runs and looks after a loyalty system.",
        discussion: """
            Settings come from the environment (LOYALTY_…) and from the file that --config or LOYALTY_CONFIG names; \
            docs/operations.md lists them. Exit codes: 0 done, 1 found a problem, 2 wrong usage or settings, 69 a \
            needed service is not available.
            """,
        subcommands: [
            Serve.self, Work.self, Migrate.self, TenantCommand.self, UserCommand.self, ApiKeyCommand.self,
            IntegrationCommand.self, Sync.self, Recalculate.self, LedgerCommand.self, Explain.self,
            SettingsCommand.self, SecretsCommand.self,
            Demo.self, Doctor.self, Bench.self,
        ])
}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "A file with lines KEY=VALUE; the environment wins.")
    var config: String?

    @Flag(help: "Print JSON for programs instead of words for people.")
    var json = false

    /// The settings, checked whole.
    func settings(needs: Config.Needs = []) throws -> Config { try Config.load(file: config, needs: needs) }

    /// Where results go.
    var output: Output { Output(isJSON: json) }
}
