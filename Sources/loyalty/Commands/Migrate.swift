import ArgumentParser
import LoyaltyStore
import MariaDB

/// `loyalty migrate`.
struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema up to date.",
        discussion: "LOYALTY_DB_USER must be a user who may change the schema: docs/operations.md, “Database users”.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let config = try options.settings()
        let connection = Connection(config.database.forMigrations())
        let applied = try config.migrator.migrate(connection) { progress in
            guard !options.json else { return }
            switch progress {
            case .waiting: tell("Another migration is running: waiting for it.")
            case .statement: break
            case .applied(let file): tell("Applied \(file).")
            }
        }
        let version = try Store(connection).schemaVersion()
        try options.output.show(
            Report(applied: applied, version: version),
            "The schema is at version \(version)\(applied.isEmpty ? ": nothing was to be done" : "").")
    }

    private struct Report: Encodable {
        let applied: [String]
        let version: Int
    }
}
