import Logging
import LoyaltyStore
import MariaDB

extension Config {
    /// The migrations of this program.
    var migrator: Migrator { Migrator(directory: sqlDirectory) }

    /// A connection that answered, to a database whose schema is not older than the program.
    ///
    /// - Parameter isLong: for work whose statements may take minutes.
    func openStore(isLong: Bool = false, logger: Logger? = nil) throws -> Store {
        let store = Store(
            Connection(isLong ? database.forMigrations() : database, logger: logger),
            isGamificationEnabled: switches.gamification)
        try checkSchema(of: store)
        return store
    }

    /// Refuses a schema older than the program.
    func checkSchema(of store: Store) throws {
        let (found, needed) = (try store.schemaVersion(), try migrator.latestVersion())
        guard found >= needed else {
            throw CommandFailure.problem(
                "The database's schema is at version \(found), and this program needs \(needed). Run: loyalty migrate")
        }
    }
}

extension Store {
    /// The tenant that `name` means, or a failure that says what to do.
    func knownTenant(_ name: String) throws -> Tenant {
        guard let tenant = try tenant(named: name) else {
            throw CommandFailure.problem("There is no tenant “\(name)”. `loyalty tenant list` shows them all.")
        }
        return tenant
    }
}
