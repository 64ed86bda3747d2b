import Foundation
import Logging
import MariaDB
import Secrets

/// All settings, read and checked once at start. docs/contract.md, "Settings".
struct Config: Sendable {
    /// Where the data are.
    let database: ConnectionOptions
    /// Where nginx listens: decides whether demo data may exist.
    let listen: String
    /// The responder's socket.
    let responderSocket: String?
    /// Requests answered at the same time.
    let responderThreads: Int
    /// Seals credentials; nil when no key was given.
    let sealer: Sealer?
    /// 32 bytes that sign what a browser keeps before it is signed in; the same on all hosts with the same key.
    let formKey: [UInt8]?
    /// One or two; none: nobody may call cron.
    let cronSecrets: [String]
    /// One or two; none: nobody may read the metrics.
    let metricsTokens: [String]
    /// Where the public reaches us, without a slash at the end.
    let publicURL: String
    /// The least that is logged.
    let logLevel: Logger.Level
    /// Third parties.
    let services: Services
    /// What is on.
    let switches: Switches
    /// Requests per second and API key; 0 is without limit.
    let apiRate: Int
    /// The migrations.
    let sqlDirectory: String
    /// The pages; nil when they were not found.
    let templatesDirectory: String?

    /// Third parties' addresses and how often they may be asked.
    struct Services: Equatable, Sendable {
        let alleavesBaseURL: String
        let alpineBaseURL: String
        /// Requests per second; 0 is without limit.
        let alleavesRate: Int
        /// Requests per second; 0 is without limit, the one per minute too.
        let alpineRate: Int
        let geminiBaseURL: String?
        let geminiAPIKey: String?
        let geminiModel: String?
        let slackWebhookURL: String?
    }

    /// Switches of the whole installation; tenants have their own besides.
    struct Switches: Equatable, Sendable {
        let cron: Bool
        let overrides: Bool
        let outbound: Bool
        let campaigns: Bool
        let gamification: Bool
    }

    /// What a command cannot do without.
    struct Needs: OptionSet {
        let rawValue: Int
        /// LOYALTY_SECRET_KEY.
        static let secretKey = Needs(rawValue: 1)
        /// What the responder needs beside it.
        static let responder = Needs(rawValue: 2)
    }

    /// Reads the environment and the file, if one is named.
    static func load(
        file: String?, needs: Needs = [], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Config {
        var fileValues: [String: String] = [:]
        if let path = file ?? environment["LOYALTY_CONFIG"], !path.isEmpty {
            fileValues = try ConfigFile.parse(try Self.text(path), name: path)
        }
        var reader = SettingsReader(environment: environment, file: fileValues)
        let config = Config(&reader, needs)
        for key in fileValues.keys.sorted() where !reader.namesAsked.contains(key) && !isForScripts(key) {
            reader.refuse(key, "is not a setting; docs/operations.md lists them")
        }
        guard let config, reader.problems.isEmpty else { throw ConfigProblems(list: reader.problems) }
        return config
    }

    /// The sealer, for commands that `needs` it.
    func requiredSealer() throws(ConfigProblems) -> Sealer {
        guard let sealer else { throw ConfigProblems(list: [Self.missingSecretKey]) }
        return sealer
    }

    private static func text(_ path: String) throws(ConfigProblems) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw ConfigProblems(list: [
                ConfigProblem(key: "LOYALTY_CONFIG", words: "should name a text file that can be read; \(path) cannot")
            ])
        }
    }

    /// The file may serve script/server too.
    private static func isForScripts(_ key: String) -> Bool {
        ["LOYALTY_HOME", "LOYALTY_BIN_DIR"].contains(key) || key.hasPrefix("LOYALTY_SIMULATOR_")
            || key.hasPrefix("LOYALTY_DB_MIGRATION_") || !key.hasPrefix("LOYALTY_")
    }
}
