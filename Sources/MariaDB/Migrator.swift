import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Brings a database's schema up to the files of a directory, in order and never back.
///
/// A file is called `0007_add_rewards.sql`. MariaDB commits every change of the schema by itself, so a crash can leave
/// a file half done, and the statement under way done or not. The next run goes on with exactly that statement.
/// **Every statement is therefore written so that it can run twice**: `CREATE TABLE IF NOT EXISTS`,
/// `CREATE OR REPLACE TRIGGER`, `ALTER TABLE … ADD COLUMN IF NOT EXISTS`, `INSERT … ON DUPLICATE KEY UPDATE`.
///
/// A file that was applied never changes again; one that failed half way may be corrected, and then starts over.
public struct Migrator: Sendable {
    /// Why a directory cannot be applied.
    public enum Problem: Error, Sendable, Equatable {
        /// A `.sql` file without a number, or with a number that another has.
        case misnamed(file: String)
        /// The file was applied with other contents.
        case changed(file: String)
        /// The file is older than one that was applied.
        case late(file: String)
        /// Another migrator took too long to finish.
        case busy
        /// Another migrator has taken over, since this one seemed dead.
        case superseded
    }

    /// What `migrate` is doing, for the terminal.
    public enum Progress: Sendable, Equatable {
        /// Another migrator is at work.
        case waiting
        /// A statement is about to run; counted from 1.
        case statement(Int, of: Int, file: String)
        /// The file is done.
        case applied(file: String)
    }

    private let directory: String
    private let leaseSeconds: Int
    private let waitSecondsMax: Int

    /// - Parameters:
    ///   - directory: where the files are.
    ///   - leaseSeconds: after this time without a sign a migrator counts as dead; longer than the longest statement.
    ///   - waitSecondsMax: how long to wait for another migrator.
    public init(directory: String, leaseSeconds: Int = 600, waitSecondsMax: Int = 660) {
        self.directory = directory
        self.leaseSeconds = leaseSeconds
        self.waitSecondsMax = waitSecondsMax
    }

    /// Applies what is pending and returns the names of those files. Open the connection with
    /// `ConnectionOptions.forMigrations()`.
    @discardableResult
    public func migrate(_ connection: Connection, progress: (Progress) -> Void = { _ in }) throws -> [String] {
        let history = MigrationHistory(connection)
        try history.createTables()
        let lease = try MigrationLease.take(
            connection, seconds: leaseSeconds, waitSecondsMax: waitSecondsMax, waiting: { progress(.waiting) })
        do {
            let applied = try applyPending(history, lease, progress)
            try lease.release(connection)
            return applied
        } catch {
            // A lease that stays behind only delays the next attempt: the first error is the one to tell.
            do {
                try lease.release(connection)
            } catch let second {
                connection.logger?.warning("lease not released", metadata: ["error": "\(String(reflecting: second))"])
            }
            throw error
        }
    }

    /// The names of the files that `migrate` would apply. Changes nothing.
    public func pending(_ connection: Connection) throws -> [String] {
        try pendingFiles(MigrationHistory(connection)).map(\.name)
    }

    /// The number of the newest file that was applied wholly; 0 for an empty database.
    public static func currentVersion(_ connection: Connection) throws -> Int {
        try MigrationHistory(connection).records().filter(\.isDone).map(\.version).max() ?? 0
    }

    /// The number of the newest file of the directory: what `serve` asks the database for.
    public func latestVersion() throws -> Int { try files().last?.version ?? 0 }

    private func applyPending(
        _ history: MigrationHistory, _ lease: MigrationLease, _ progress: (Progress) -> Void
    ) throws -> [String] {
        let files = try pendingFiles(history)
        for file in files {
            try apply(file, history, lease, progress)
            progress(.applied(file: file.name))
        }
        return files.map(\.name)
    }

    private func apply(
        _ file: MigrationFile, _ history: MigrationHistory, _ lease: MigrationLease, _ progress: (Progress) -> Void
    ) throws {
        let statements = try Script.statements(of: file.text)
        let done = try history.begin(file, statementCount: statements.count, lease)
        for (index, statement) in statements.enumerated().dropFirst(done) {
            progress(.statement(index + 1, of: statements.count, file: file.name))
            try lease.renew(history.connection)
            try history.connection.executeText(statement)
            try history.record(index + 1, of: file, lease)
        }
        try history.finish(file, lease)
    }

    private func pendingFiles(_ history: MigrationHistory) throws -> [MigrationFile] {
        let records = Dictionary(uniqueKeysWithValues: try history.records().map { ($0.version, $0) })
        let newest = records.values.filter(\.isDone).map(\.version).max() ?? 0
        return try files().filter { file in
            guard let record = records[file.version], record.isDone else {
                guard file.version > newest else { throw Problem.late(file: file.name) }
                return true
            }
            guard try history.checksum(file.text) == record.checksum else { throw Problem.changed(file: file.name) }
            return false
        }
    }

    private func files() throws -> [MigrationFile] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }
        var seen: Set<Int> = []
        return try names.sorted().map { name in
            guard let version = MigrationFile.version(name), seen.insert(version).inserted else {
                throw Problem.misnamed(file: name)
            }
            return MigrationFile(
                version: version, name: name, text: try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8))
        }
    }
}

struct MigrationFile {
    let version: Int
    let name: String
    let text: String

    /// The four digits before the first underscore.
    static func version(_ name: String) -> Int? {
        let digits = name.utf8.prefix { $0 != UInt8(ascii: "_") }
        guard digits.count == 4, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
