import ArgumentParser
import FastCGI
import Foundation
import Logging
import LoyaltyStore
import LoyaltyWeb
import MariaDB

/// `loyalty serve`.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Answers nginx over FastCGI until it is told to stop.")

    @OptionGroup var options: CommonOptions

    private static let webhookBytesMax = 1_024 * 1_024
    private static let bodyBytesMax = 256 * 1_024

    func run() throws {
        // Before any thread exists, for threads inherit what is blocked.
        StopSignals.block()
        let config = try options.settings(needs: [.secretKey, .responder])
        let logger = JSONLog.logger("serve", level: config.logLevel)
        let options = serverOptions(config)
        let shared = SiteShared(
            configuration: try siteConfiguration(config, logger), templates: try templates(config), logger: logger,
            places: options.places)
        let server = Server(options: options, logger: logger) {
            Site(
                store: Store(
                    Connection(config.database, logger: logger), isGamificationEnabled: config.switches.gamification),
                shared: shared)
        }
        do { try server.start() } catch { throw CommandFailure.unavailable("LOYALTY_FCGI_LISTEN: \(error)") }
        logger.notice("serving", metadata: ["threads": "\(config.responderThreads)"])
        let signal = StopSignals.wait()
        logger.notice("stopping", metadata: ["signal": "\(signal)"])
        shared.stopping.set()
        if !server.stop(waitingAtMost: .seconds(8)) { logger.warning("requests were cut off") }
    }

    /// Refuses what must not be served: an old schema, and demo data where others reach them.
    private func siteConfiguration(_ config: Config, _ logger: Logger) throws -> SiteConfiguration {
        let store = try config.openStore(logger: logger)
        defer { store.connection.close() }
        let hasDemoData = try store.hasDemoData()
        if let refusal = DemoExposure.refusal(listen: config.listen, hasDemoData: hasDemoData) { throw refusal }
        guard let formKey = config.formKey else { throw ConfigProblems(list: [Config.missingSecretKey]) }
        var site = SiteConfiguration(
            publicURL: config.publicURL, formKey: formKey, schemaVersion: try config.migrator.latestVersion())
        site.sealer = try config.requiredSealer()
        site.cronSecrets = config.cronSecrets
        site.metricsTokens = config.metricsTokens
        site.isDemoAllowed = Loopback.isMeant(by: config.listen)
        site.isCronEnabled = config.switches.cron
        site.isCampaignsEnabled = config.switches.campaigns
        site.apiRate = config.apiRate
        return site
    }

    private func templates(_ config: Config) throws -> Templates {
        guard let directory = config.templatesDirectory else {
            throw CommandFailure.usage("LOYALTY_TEMPLATES_DIR: is missing")
        }
        return try Templates(directory: directory)
    }

    private func serverOptions(_ config: Config) -> ServerOptions {
        ServerOptions(
            socketPath: config.responderSocket ?? "", threads: config.responderThreads,
            bodyBytesMax: { $0.hasPrefix("/api/webhooks/") ? Self.webhookBytesMax : Self.bodyBytesMax })
    }
}
