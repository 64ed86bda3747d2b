import Foundation
import Logging
import MariaDB
import Secrets

extension Config {
    static let missingSecretKey = ConfigProblem(
        key: "LOYALTY_SECRET_KEY",
        words: "is missing: lines id:base64 of 32 bytes, or LOYALTY_SECRET_KEY_FILE; make one with: "
            + "echo \"1:$(head -c 32 /dev/urandom | base64)\"")

    /// Every setting is looked at, whatever is wrong with others; nil when the database is not named.
    init?(_ reader: inout SettingsReader, _ needs: Needs) {
        listen = reader.text("LOYALTY_LISTEN") ?? "127.0.0.1"
        let port = reader.number("LOYALTY_PORT", 8080, in: 1...65_535)
        responderSocket = reader.socket(needs)
        responderThreads = reader.number("LOYALTY_FCGI_THREADS", 32, in: 1...512)
        (sealer, formKey) = reader.secretKey(needs)
        cronSecrets = reader.secrets("LOYALTY_CRON_SECRET")
        metricsTokens = reader.secrets("LOYALTY_METRICS_TOKEN")
        publicURL = reader.address("LOYALTY_PUBLIC_URL") ?? "http://\(listen):\(port)"
        logLevel = reader.logLevel()
        services = Services(&reader)
        switches = Switches(&reader)
        apiRate = reader.number("LOYALTY_API_RATE", 200, in: 0...1_000_000)
        templatesDirectory = reader.directory("LOYALTY_TEMPLATES_DIR", holding: "templates/layout.mustache")
        let sqlDirectory = reader.directory("LOYALTY_SQL_DIR", holding: "sql/0001_tenants_and_settings.sql")
        let database = reader.database()
        if needs.contains(.responder) { reader.checkExposure(self.listen, cronSecrets, templatesDirectory) }
        guard let database, let sqlDirectory else { return nil }
        self.database = database
        self.sqlDirectory = sqlDirectory
    }
}

extension Config.Services {
    fileprivate init(_ reader: inout SettingsReader) {
        let alleaves = "https://app.alleaves.com/api"
        let alpine = "https://lab.alpineiq.com/api"
        alleavesBaseURL = reader.address("LOYALTY_ALLEAVES_BASE_URL", alleaves) ?? alleaves
        alpineBaseURL = reader.address("LOYALTY_ALPINE_BASE_URL", alpine) ?? alpine
        alleavesRate = reader.number("LOYALTY_ALLEAVES_RATE", 2, in: 0...1_000)
        alpineRate = reader.number("LOYALTY_ALPINE_RATE", 4, in: 0...1_000)
        geminiBaseURL = reader.address("LOYALTY_GEMINI_BASE_URL")
        geminiAPIKey = reader.text("LOYALTY_GEMINI_API_KEY")
        geminiModel = reader.text("LOYALTY_GEMINI_MODEL")
        slackWebhookURL = reader.address("LOYALTY_SLACK_WEBHOOK_URL")
    }
}

extension Config.Services: CustomStringConvertible, CustomReflectable {
    /// The addresses: the key and the webhook's address are secrets.
    var description: String { "Services(\(alleavesBaseURL), \(alpineBaseURL))" }
    var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension Config: CustomStringConvertible, CustomReflectable {
    /// Where it connects, without secrets.
    var description: String { "Config(\(database), listen: \(listen), \(services))" }
    var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension Config.Switches {
    fileprivate init(_ reader: inout SettingsReader) {
        cron = reader.flag("LOYALTY_CRON_ENABLED")
        overrides = reader.flag("LOYALTY_OVERRIDES_ENABLED")
        outbound = reader.flag("LOYALTY_OUTBOUND_ENABLED")
        campaigns = reader.flag("LOYALTY_CAMPAIGNS_ENABLED")
        gamification = reader.flag("LOYALTY_GAMIFICATION_ENABLED")
    }
}

extension SettingsReader {
    fileprivate mutating func socket(_ needs: Config.Needs) -> String? {
        let key = "LOYALTY_FCGI_LISTEN"
        guard let path = text(key) else {
            if needs.contains(.responder) { refuse(key, "is missing: the absolute path of the responder's socket") }
            return nil
        }
        guard path.hasPrefix("/"), path.utf8.count <= 107, !path.contains(":") else {
            refuse(
                key, "should be the absolute path of a socket, of at most 107 bytes and without ':'; never a TCP port")
            return nil
        }
        return path
    }

    fileprivate mutating func secretKey(_ needs: Config.Needs) -> (Sealer?, [UInt8]?) {
        guard let lines = text("LOYALTY_SECRET_KEY") else {
            if needs.contains(.secretKey) { refuse(Config.missingSecretKey.key, Config.missingSecretKey.words) }
            return (nil, nil)
        }
        do {
            let sealer = try Sealer(keyLines: lines)
            // Known to whoever has the keys, and to nobody else; another one than what seals.
            return (sealer, HMACSHA256.code(Array("loyalty sign-in forms".utf8), key: Array(lines.utf8)))
        } catch {
            let place = if case .malformedKey(let line) = error { "line \(line)" } else { "it" }
            refuse("LOYALTY_SECRET_KEY", "should be lines id:base64 of 32 bytes, each with its own id; \(place) is not")
            return (nil, nil)
        }
    }

    fileprivate mutating func logLevel() -> Logger.Level {
        guard let text = text("LOYALTY_LOG_LEVEL") else { return .info }
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            refuse("LOYALTY_LOG_LEVEL", "should be one of \(levels)")
            return .info
        }
        return level
    }

    /// The directory of `holding`: as set, or found near the program or in the working directory.
    fileprivate mutating func directory(_ key: String, holding: String) -> String? {
        let parts = holding.split(separator: "/").map(String.init)
        guard let path = text(key) else {
            let found = ResourceDirectory.find(parts[0], holding: parts[1])
            if found == nil { refuse(key, "is missing, and the directory \(parts[0]) was not found by itself") }
            return found
        }
        guard FileManager.default.isReadableFile(atPath: "\(path)/\(parts[1])") else {
            refuse(key, "should be the directory that holds \(parts[1])")
            return nil
        }
        return path
    }

    fileprivate mutating func database() -> ConnectionOptions? {
        let (socket, hosts) = (text("LOYALTY_DB_SOCKET"), text("LOYALTY_DB_HOST"))
        let port = number("LOYALTY_DB_PORT", 3306, in: 1...65_535)
        let user = text("LOYALTY_DB_USER")
        let (password, name) = (text("LOYALTY_DB_PASSWORD") ?? "", text("LOYALTY_DB_NAME") ?? "loyalty")
        let authority = text("LOYALTY_DB_TLS_CA")
        if let authority, !FileManager.default.isReadableFile(atPath: authority) {
            refuse("LOYALTY_DB_TLS_CA", "should name a file with the authority's certificate, and cannot be read")
        }
        if socket != nil, hosts != nil { refuse("LOYALTY_DB_SOCKET", "is set, and LOYALTY_DB_HOST too: set one") }
        if socket == nil, hosts == nil {
            refuse("LOYALTY_DB_SOCKET", "is missing: the path of the database's socket, or set LOYALTY_DB_HOST")
        }
        guard let user else {
            refuse("LOYALTY_DB_USER", "is missing: the name of the database user")
            return nil
        }
        if let socket { return ConnectionOptions(socket: socket, user: user, password: password, database: name) }
        let list = (hosts ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        return ConnectionOptions(
            hosts: list, port: UInt16(port), user: user, password: password, database: name, tlsCAFile: authority)
    }

    /// What may not happen where others reach us.
    fileprivate mutating func checkExposure(_ listen: String, _ cronSecrets: [String], _ templates: String?) {
        guard !Loopback.isMeant(by: listen) else { return }
        if text("LOYALTY_PUBLIC_URL") == nil {
            refuse("LOYALTY_PUBLIC_URL", "is missing: the https address at which the public reaches LOYALTY_LISTEN")
        }
        if cronSecrets.isEmpty {
            refuse("LOYALTY_CRON_SECRET", "is missing: others can reach LOYALTY_LISTEN=\(listen)")
        } else if cronSecrets.contains("demo-cron-secret") {
            refuse("LOYALTY_CRON_SECRET", "is the demo's, which everybody knows, and others can reach LOYALTY_LISTEN")
        }
    }
}
