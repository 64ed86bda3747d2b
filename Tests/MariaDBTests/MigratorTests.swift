import Foundation
import MariaDB
import Testing
import TestSupport

final class MigratorTests {
    let options: ConnectionOptions
    let connection: Connection
    let directory: String
    let migrator: Migrator

    init() throws {
        options = try TestDatabase.fresh().forMigrations()
        connection = Connection(options)
        directory = "\(NSTemporaryDirectory())/migrations-\(UUID().uuidString)"
        migrator = Migrator(directory: directory, leaseSeconds: 2, waitSecondsMax: 10)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write("0001_create_a.sql", "CREATE TABLE IF NOT EXISTS a (id INT NOT NULL PRIMARY KEY);")
        try write(
            "0002_create_b.sql",
            """
            CREATE TABLE IF NOT EXISTS b (id INT NOT NULL PRIMARY KEY);
            ALTER TABLE b ADD COLUMN IF NOT EXISTS name VARCHAR(10) NULL;
            DELIMITER //
            CREATE OR REPLACE TRIGGER b_bi BEFORE INSERT ON b FOR EACH ROW BEGIN
              SET NEW.name = COALESCE(NEW.name, 'none');
            END//
            DELIMITER ;
            INSERT INTO b (id) VALUES (1) ON DUPLICATE KEY UPDATE id = VALUES(id);
            """)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    func problem(_ body: () throws -> Void) -> Migrator.Problem? {
        #expect(throws: Migrator.Problem.self, performing: body)
    }

    @Test("files are applied once, in order")
    func apply() throws {
        #expect(try Migrator.currentVersion(connection) == 0)
        #expect(try migrator.pending(connection) == ["0001_create_a.sql", "0002_create_b.sql"])
        var told: [Migrator.Progress] = []
        #expect(try migrator.migrate(connection) { told.append($0) } == ["0001_create_a.sql", "0002_create_b.sql"])
        #expect(told.last == .applied(file: "0002_create_b.sql"))
        #expect(told.contains(.statement(4, of: 4, file: "0002_create_b.sql")))
        #expect(try connection.one("SELECT name FROM b") { try $0.get("name") } == "none")
        #expect(try Migrator.currentVersion(connection) == 2)
        #expect(try migrator.migrate(connection) == [])
        try write("0003_more.sql", "INSERT INTO a (id) VALUES (1) ON DUPLICATE KEY UPDATE id = id")
        #expect(try migrator.latestVersion() == 3)
        #expect(try migrator.migrate(connection) == ["0003_more.sql"])
    }

    @Test("a file that changed after it was applied is refused by name")
    func changed() throws {
        try migrator.migrate(connection)
        try write("0001_create_a.sql", "CREATE TABLE IF NOT EXISTS a (id BIGINT NOT NULL PRIMARY KEY);")
        #expect(problem { try migrator.migrate(connection) } == .changed(file: "0001_create_a.sql"))
    }

    @Test("a file without a number, a number twice, and a late number are refused by name")
    func misnamed() throws {
        try write("create_c.sql", "SELECT 1")
        #expect(problem { try migrator.migrate(connection) } == .misnamed(file: "create_c.sql"))
        try FileManager.default.removeItem(atPath: "\(directory)/create_c.sql")
        try write("0002_twice.sql", "SELECT 1")
        #expect(problem { try migrator.migrate(connection) } == .misnamed(file: "0002_twice.sql"))
        try FileManager.default.moveItem(atPath: "\(directory)/0002_twice.sql", toPath: "\(directory)/0005_c.sql")
        try migrator.migrate(connection)
        try write("0004_late.sql", "SELECT 1")
        #expect(problem { try migrator.migrate(connection) } == .late(file: "0004_late.sql"))
    }

    @Test("after a crash in a file the next run goes on with the statement under way")
    func crash() throws {
        try connection.executeText("CREATE TABLE gate (id INT NOT NULL PRIMARY KEY)")
        // The second statement has its effect, and the session dies before that is recorded.
        try write(
            "0003_crash.sql",
            """
            CREATE TABLE c (id INT NOT NULL PRIMARY KEY);
            DELIMITER //
            BEGIN NOT ATOMIC
              IF (SELECT COUNT(*) FROM gate) = 0 THEN
                INSERT INTO gate (id) VALUES (1);
                KILL CONNECTION CONNECTION_ID();
              END IF;
            END//
            DELIMITER ;
            CREATE TABLE d (id INT NOT NULL PRIMARY KEY);
            """)
        #expect(throws: DatabaseError.self) { try migrator.migrate(connection) }
        #expect(try Migrator.currentVersion(connection) == 2)
        // A killed process would also have left its lease behind.
        try connection.execute(
            "UPDATE schema_migrations_lease SET held_until = UTC_TIMESTAMP(6) + INTERVAL 1500000 MICROSECOND")
        var told: [Migrator.Progress] = []
        try migrator.migrate(connection) { told.append($0) }
        #expect(told.first == .waiting)
        #expect(told.dropFirst().first == .statement(2, of: 3, file: "0003_crash.sql"))
        #expect(try Migrator.currentVersion(connection) == 3)
    }

    @Test("a migrator that lost its lease stops")
    func superseded() throws {
        let other = Connection(options)
        let told = problem {
            try migrator.migrate(connection) { progress in
                guard progress == .statement(2, of: 4, file: "0002_create_b.sql") else { return }
                do {
                    try other.execute("UPDATE schema_migrations_lease SET fence = fence + 1")
                } catch {
                    Issue.record(error)
                }
            }
        }
        #expect(told == .superseded)
        #expect(try Migrator.currentVersion(connection) == 1)
    }

    @Test("a file that failed half way may be corrected, and starts over")
    func corrected() throws {
        try write("0003_wrong.sql", "INSERT INTO a (id) VALUES (1) ON DUPLICATE KEY UPDATE id = id; SELEKT 1;")
        #expect(throws: DatabaseError.self) { try migrator.migrate(connection) }
        #expect(try Migrator.currentVersion(connection) == 2)
        try write("0003_wrong.sql", "INSERT INTO a (id) VALUES (1) ON DUPLICATE KEY UPDATE id = id; SELECT 1;")
        #expect(try migrator.migrate(connection) == ["0003_wrong.sql"])
    }

    @Test("of two migrators at once one works and the other finds nothing left")
    func two() throws {
        let (options, migrator) = (options, migrator)
        try write("0003_slow.sql", "DO SLEEP(0.3); CREATE TABLE c (id INT NOT NULL PRIMARY KEY); DO SLEEP(0.3);")
        try inParallel([{ try migrator.migrate(Connection(options)) }, { try migrator.migrate(Connection(options)) }])
        #expect(try Migrator.currentVersion(connection) == 3)
        let done: Int = try connection.one("SELECT fence FROM schema_migrations_lease") { try $0.get("fence") }
        #expect(done == 2)
    }
}
