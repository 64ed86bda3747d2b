import ArgumentParser
import Foundation
import LoyaltyStore
import LoyaltyWeb
import MariaDB

/// `loyalty doctor`.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks settings, database, schema, socket, templates and credentials.",
        discussion: "A line for each, with what to do. Exit code 1 when something is wrong.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let findings = findings()
        let text = findings.map { "\($0.isGood ? "ok      " : "PROBLEM ") \($0.what): \($0.words)" }
        try options.output.show(findings, text.joined(separator: "\n"))
        if !findings.allSatisfy(\.isGood) { throw ExitCode(1) }
    }

    /// What was looked at and how it is.
    struct Finding: Encodable, Equatable {
        let what: String
        let isGood: Bool
        let words: String
    }

    private func findings() -> [Finding] {
        do {
            let config = try options.settings(needs: [.secretKey, .responder])
            return [Finding(what: "settings", isGood: true, words: "complete")] + Checks(config: config).all
        } catch let problems as ConfigProblems {
            return problems.list.map { Finding(what: "settings", isGood: false, words: "\($0.key) \($0.words)") }
        } catch {
            return [Finding(what: "settings", isGood: false, words: Ending(of: error).words)]
        }
    }

    /// The checks that need good settings.
    private struct Checks {
        let config: Config

        var all: [Finding] {
            let store = Store(Connection(config.database))
            let database = check("database") {
                try store.connection.one("SELECT VERSION() AS version") { "\(try $0.get("version", as: String.self))" }
            }
            guard database.isGood else { return [database, socket, templates] }
            let schema = check("schema") {
                try config.checkSchema(of: store)
                return "version \(try store.schemaVersion())"
            }
            guard schema.isGood else { return [database, schema, socket, templates] }
            return [database, schema, demo(store), socket, templates] + credentials(store)
        }

        private func check(_ what: String, _ body: () throws -> String) -> Finding {
            do { return Finding(what: what, isGood: true, words: try body()) } catch {
                return Finding(what: what, isGood: false, words: Ending(of: error).words)
            }
        }

        private func demo(_ store: Store) -> Finding {
            check("demo data") {
                let hasDemoData = try store.hasDemoData()
                if let refusal = DemoExposure.refusal(listen: config.listen, hasDemoData: hasDemoData) { throw refusal }
                return hasDemoData ? "here, and only this machine reaches them" : "none"
            }
        }

        private var socket: Finding {
            check("socket") {
                let directory = URL(fileURLWithPath: config.responderSocket ?? "/").deletingLastPathComponent().path
                guard FileManager.default.isWritableFile(atPath: directory) else {
                    throw CommandFailure.problem(
                        "\(directory) cannot be written to: make it, or set LOYALTY_FCGI_LISTEN to another place")
                }
                return config.responderSocket ?? ""
            }
        }

        private var templates: Finding {
            check("templates") {
                _ = try Templates(directory: config.templatesDirectory ?? "")
                return config.templatesDirectory ?? ""
            }
        }

        private func credentials(_ store: Store) -> [Finding] {
            do {
                return try store.tenants().flatMap { tenant in
                    let tenantStore = store.tenant(tenant.id)
                    return try tenantStore.integrations().sorted { $0.rawValue < $1.rawValue }.map { kind in
                        check("credentials of \(tenant.slug), \(kind.rawValue)") {
                            try IntegrationDocument.check(kind, in: tenantStore, sealer: try config.requiredSealer())
                            return "open"
                        }
                    }
                }
            } catch {
                return [Finding(what: "credentials", isGood: false, words: Ending(of: error).words)]
            }
        }
    }
}
