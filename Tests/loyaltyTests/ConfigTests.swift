import Foundation
import Logging
import MariaDB
import Testing

@testable import loyalty

struct ConfigTests {
    private static let key = "1:" + Data(repeating: 7, count: 32).base64EncodedString()

    /// Complete, with `changes` on top; an empty value takes a setting away.
    private static func environment(_ changes: [String: String] = [:]) -> [String: String] {
        [
            "LOYALTY_DB_SOCKET": "/run/db.sock", "LOYALTY_DB_USER": "app", "LOYALTY_SECRET_KEY": key,
            "LOYALTY_FCGI_LISTEN": "/run/app.sock", "LOYALTY_SQL_DIR": root + "/sql",
            "LOYALTY_TEMPLATES_DIR": root + "/templates",
        ].merging(changes) { _, new in new }
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private func load(_ changes: [String: String] = [:], file: String? = nil) throws -> Config {
        try Config.load(file: file, needs: [.secretKey, .responder], environment: Self.environment(changes))
    }

    private func problems(_ changes: [String: String]) throws -> [ConfigProblem] {
        let error = #expect(throws: ConfigProblems.self) { try load(changes) }
        return try #require(error).list
    }

    @Test("what is not set has the default of the contract")
    func defaults() throws {
        let config = try load()
        #expect(config.responderThreads == 32)
        #expect(config.services.alleavesBaseURL == "https://app.alleaves.com/api")
        #expect(config.services.alpineBaseURL == "https://lab.alpineiq.com/api")
        #expect((config.services.alleavesRate, config.services.alpineRate, config.apiRate) == (2, 4, 200))
        #expect(config.publicURL == "http://127.0.0.1:8080")
        #expect(config.logLevel == .info)
        #expect(config.cronSecrets.isEmpty && config.metricsTokens.isEmpty)
        let switches = config.switches
        #expect(
            switches.cron && switches.overrides && switches.outbound && switches.campaigns && switches.gamification)
    }

    @Test(
        "a missing setting is named",
        arguments: [
            "LOYALTY_DB_SOCKET", "LOYALTY_DB_USER", "LOYALTY_SECRET_KEY", "LOYALTY_FCGI_LISTEN",
        ])
    func missing(key: String) throws {
        let problems = try problems([key: ""])
        #expect(problems.map(\.key) == [key])
        #expect(problems.first?.words.contains("is missing") == true)
    }

    @Test(
        "a malformed setting is named, and its value is not printed",
        arguments: [
            ("LOYALTY_PORT", "80a"), ("LOYALTY_PORT", "0"), ("LOYALTY_PORT", "+80"), ("LOYALTY_DB_PORT", "99999"),
            ("LOYALTY_DB_TLS_CA", "/nowhere/ca.pem"), ("LOYALTY_DB_HOST", "db.example"),
            ("LOYALTY_FCGI_LISTEN", "127.0.0.1:9000"), ("LOYALTY_FCGI_LISTEN", "relative.sock"),
            ("LOYALTY_FCGI_THREADS", "0"), ("LOYALTY_SECRET_KEY", "1:dG9vIHNob3J0"), ("LOYALTY_SECRET_KEY", "hunter2"),
            ("LOYALTY_CRON_SECRET", "one,two,three"), ("LOYALTY_METRICS_TOKEN", "one two three"),
            ("LOYALTY_PUBLIC_URL", "http://shop.example"), ("LOYALTY_LOG_LEVEL", "loud"),
            ("LOYALTY_ALLEAVES_BASE_URL", "ftp://x"), ("LOYALTY_ALPINE_BASE_URL", "https:///quiet"),
            ("LOYALTY_GEMINI_BASE_URL", "gemini"), ("LOYALTY_SLACK_WEBHOOK_URL", "http://hooks.example/secret"),
            ("LOYALTY_ALLEAVES_RATE", "-1"), ("LOYALTY_ALPINE_RATE", "1.5"), ("LOYALTY_API_RATE", "many"),
            ("LOYALTY_CRON_ENABLED", "maybe"), ("LOYALTY_OVERRIDES_ENABLED", "2"), ("LOYALTY_OUTBOUND_ENABLED", "oui"),
            ("LOYALTY_CAMPAIGNS_ENABLED", "x"), ("LOYALTY_GAMIFICATION_ENABLED", "x"),
            ("LOYALTY_SQL_DIR", "/nowhere"), ("LOYALTY_TEMPLATES_DIR", "/nowhere"),
        ])
    func malformed(key: String, value: String) throws {
        let problems = try problems([key: value])
        #expect(problems.count == 1)
        let named = try #require(problems.first)
        #expect(named.key == key || key == "LOYALTY_DB_HOST" && named.key == "LOYALTY_DB_SOCKET")
        #expect(value.utf8.count < 5 || !named.words.contains(value))
    }

    @Test("all problems are told at once")
    func allAtOnce() throws {
        let problems = try problems(["LOYALTY_PORT": "x", "LOYALTY_LOG_LEVEL": "x", "LOYALTY_DB_USER": ""])
        #expect(Set(problems.map(\.key)) == ["LOYALTY_PORT", "LOYALTY_LOG_LEVEL", "LOYALTY_DB_USER"])
    }

    @Test("an address that others reach asks for a public address and a cron secret of one's own")
    func exposure() throws {
        let missing = try problems(["LOYALTY_LISTEN": "0.0.0.0"])
        #expect(missing.map(\.key) == ["LOYALTY_PUBLIC_URL", "LOYALTY_CRON_SECRET"])
        let wellKnown = try problems([
            "LOYALTY_LISTEN": "10.0.0.5", "LOYALTY_PUBLIC_URL": "https://shop.example",
            "LOYALTY_CRON_SECRET": "mine,demo-cron-secret",
        ])
        #expect(wellKnown.map(\.key) == ["LOYALTY_CRON_SECRET"])
    }

    @Test("hosts are kept in order, and two secrets are two")
    func lists() throws {
        let config = try load([
            "LOYALTY_DB_SOCKET": "", "LOYALTY_DB_HOST": "db1, db2", "LOYALTY_DB_PORT": "3307",
            "LOYALTY_CRON_SECRET": "new,old",
        ])
        #expect(config.database.place == .hosts(["db1", "db2"], port: 3307))
        #expect(config.cronSecrets == ["new", "old"])
    }

    @Test("a value may stand in a file of its own, and in a settings file that the environment overrides")
    func files() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "loyalty-config-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: directory) } catch { Issue.record(error) } }
        let password = directory.appending(path: "password")
        try "s3cret\n".write(to: password, atomically: true, encoding: .utf8)
        let file = directory.appending(path: "settings")
        try "# ours\nLOYALTY_DB_PASSWORD_FILE=\(password.path)\nLOYALTY_LOG_LEVEL='debug'\nLOYALTY_FCGI_THREADS=5\n"
            .write(to: file, atomically: true, encoding: .utf8)
        let config = try load(["LOYALTY_FCGI_THREADS": "7", "LOYALTY_CONFIG": file.path])
        #expect(config.database.password == "s3cret")
        #expect(config.logLevel == .debug)
        #expect(config.responderThreads == 7)
        try "LOYALTY_FCGI_THREAD=5\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try problems(["LOYALTY_CONFIG": file.path]).map(\.key) == ["LOYALTY_FCGI_THREAD"])
        try "nonsense\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try problems(["LOYALTY_CONFIG": file.path]).first?.words == "should be KEY=VALUE")
        #expect(try problems(["LOYALTY_CONFIG": "/nowhere"]).map(\.key) == ["LOYALTY_CONFIG"])
        #expect(try problems(["LOYALTY_CRON_SECRET_FILE": "/nowhere"]).map(\.key) == ["LOYALTY_CRON_SECRET_FILE"])
    }

    @Test("secrets are printed nowhere")
    func secrets() throws {
        let secrets = ["db-password", "gemini-key", "cron-token", "metrics-token", "hook-path"]
        let config = try load([
            "LOYALTY_DB_PASSWORD": secrets[0], "LOYALTY_GEMINI_API_KEY": secrets[1], "LOYALTY_CRON_SECRET": secrets[2],
            "LOYALTY_METRICS_TOKEN": secrets[3], "LOYALTY_SLACK_WEBHOOK_URL": "https://slack.example/\(secrets[4])",
        ])
        var dumped = ""
        dump(config, to: &dumped)
        for text in ["\(config)", String(reflecting: config), dumped] {
            for secret in secrets + [Self.key] { #expect(!text.contains(secret)) }
        }
    }

    @Test(
        "an address is this machine's alone or not",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
            ("::", false), ("10.0.0.1", false), ("127.0.0.1.example.com", false), ("127.example", false), ("", false),
        ])
    func loopback(address: String, isLoopback: Bool) {
        #expect(Loopback.isMeant(by: address) == isLoopback)
    }

    @Test(
        "demo data and an address that others reach do not go together",
        arguments: [
            ("127.0.0.1", true, false), ("0.0.0.0", false, false), ("0.0.0.0", true, true), ("::", true, true),
        ])
    func demoRefusal(listen: String, hasDemoData: Bool, isRefused: Bool) {
        let refusal = DemoExposure.refusal(listen: listen, hasDemoData: hasDemoData)
        #expect((refusal != nil) == isRefused)
        #expect(refusal.map { $0.code == 2 && $0.description.contains("LOYALTY_LISTEN=\(listen)") } ?? true)
    }
}
