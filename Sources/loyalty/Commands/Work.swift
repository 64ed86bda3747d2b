import ArgumentParser
import Connectors
import FastCGI
import Foundation
import Logging
import LoyaltyJobs
import LoyaltyStore
import MariaDB

/// `loyalty work`.
struct Work: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs syncs and other jobs, and keeps the clock for them, until it is told to stop.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        StopSignals.block()
        let config = try options.settings(needs: .secretKey)
        let logger = JSONLog.logger("work", level: config.logLevel)
        try config.openStore(logger: logger).connection.close()
        let runner = JobRunner(try config.jobConfiguration(), logger: logger)
        runner.start()
        logger.notice("working")
        let signal = StopSignals.wait()
        logger.notice("stopping", metadata: ["signal": "\(signal)"])
        if !runner.stop(waitingAtMost: 9) { logger.warning("a job was cut off; another worker goes on with it") }
    }
}

extension Config {
    /// What jobs are told.
    func jobConfiguration() throws -> JobConfiguration {
        var jobs = JobConfiguration(
            database: database, sealer: try requiredSealer(),
            alleavesBaseURL: try Self.url(services.alleavesBaseURL, "LOYALTY_ALLEAVES_BASE_URL"),
            alpineBaseURL: try Self.url(services.alpineBaseURL, "LOYALTY_ALPINE_BASE_URL"),
            alleavesPerSecond: services.alleavesRate, alpinePerSecond: services.alpineRate,
            isOutboundEnabled: switches.outbound, areOverridesEnabled: switches.overrides)
        jobs.isGamificationEnabled = switches.gamification
        return jobs
    }

    private static func url(_ text: String, _ key: String) throws(ConfigProblems) -> URL {
        guard let url = URL(string: text) else {
            throw ConfigProblems(list: [ConfigProblem(key: key, words: "should be an address")])
        }
        return url
    }
}
