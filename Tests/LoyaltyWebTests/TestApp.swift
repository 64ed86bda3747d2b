import FastCGI
import Foundation
import HTTPTypes
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Synchronization
import TestSupport

@testable import LoyaltyWeb

/// The site on a real database, asked without a socket. Each has tenants and users of its own; the schema is shared.
final class TestApp {
    /// Who asks.
    enum Person: String, CaseIterable, Sendable {
        case anonymous, budtender, manager, dispensaryAdmin, auditor, superUser
        /// Admin of the other tenant only.
        case stranger
        /// Admin of both tenants.
        case partner

        var role: Role? {
            switch self {
            case .anonymous, .stranger: nil
            case .partner, .dispensaryAdmin: .dispensaryAdmin
            case .budtender: .budtender
            case .manager: .manager
            case .auditor: .auditor
            case .superUser: .superUser
            }
        }

        /// Whether their forms must name the tenant.
        var hasSeveralTenants: Bool { self == .superUser || self == .partner }
    }

    static let password = "a long enough password"
    static let cronSecret = "test-cron-secret"
    static let metricsToken = "test-metrics-token"
    /// Argon2 is slow on purpose: one hash serves all users.
    private static let passwordHash = Result { try PasswordHash(of: password).text }
    typealias Database = Result<(owner: ConnectionOptions, app: ConnectionOptions), any Error>
    private static let database = Database { try migratedDatabase() }
    private static let count = Atomic<Int>(0)

    /// Seals what integrations keep.
    let sealer: Sealer
    let site: Site
    let tenant: Tenant
    let other: Tenant
    /// The schema's owner, for what the application's own user may not do.
    let owner: Connection
    /// How another thread of the responder reaches the database.
    let appOptions: ConnectionOptions
    /// Where these requests come from, so that one test's failures throttle no other.
    let address: String
    let number: Int
    private var cookies: [Person: String] = [:]
    private var csrfTokens: [Person: String] = [:]

    /// - Parameter database: of a suite's own, for what goes over all tenants.
    init(schemaVersion: Int? = nil, apiRate: Int = 0, database: Database? = nil) throws {
        let (ownerOptions, appOptions) = try (database ?? Self.database).get()
        number = Self.count.add(1, ordering: .relaxed).newValue
        address = "10.0.\(number / 250).\(number % 250)"
        owner = Connection(ownerOptions)
        self.appOptions = appOptions
        let store = Store(Connection(appOptions))
        var configuration = SiteConfiguration(
            publicURL: "http://localhost:8080", formKey: Array(repeating: 7, count: 32),
            schemaVersion: try schemaVersion ?? Migrator(directory: Self.root + "/sql").latestVersion())
        configuration.cronSecrets = [Self.cronSecret]
        configuration.metricsTokens = [Self.metricsToken]
        configuration.isDemoAllowed = true
        sealer = try Sealer(keyLines: Sealer.newKeyLine(id: "test"))
        configuration.sealer = sealer
        configuration.apiRate = apiRate
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let shared = SiteShared(
            configuration: configuration, templates: try Templates(directory: Self.root + "/templates"),
            logger: logger)
        site = Site(store: store, shared: shared)
        tenant = try store.createTenant(slug: "shop\(number)", name: "Shop \(number)", aliases: ["org_\(number)"])
        other = try store.createTenant(slug: "other\(number)", name: "Other \(number)")
        for person in Person.allCases where person != .anonymous { try create(person) }
    }

    var store: Store { site.store }
    var tenantStore: TenantStore { store.tenant(tenant.id) }

    /// Puts 40 of a customer's points on hold, who has 100 or more.
    func hold40(of customer: CustomerID) throws {
        try tenantStore.transaction { tx in
            // $2.00 of the $5.00 that 100 points are worth.
            _ = try tx.redeem(
                .reward(RewardID(rawValue: 1)), of: customer, on: RedemptionOrder(total: 2_00), isHold: true,
                by: .till(UserID.make()), at: .now())
        }
    }

    func email(_ person: Person) -> String { "\(person.rawValue.lowercased())@shop\(number).example" }

    private func create(_ person: Person) throws {
        let hash = try Self.passwordHash.get()
        switch person {
        case .superUser: try store.createUser(email: email(person), passwordHash: hash, role: .superUser, at: nil)
        case .stranger:
            try store.createUser(email: email(person), passwordHash: hash, role: .dispensaryAdmin, at: other.id)
        default:
            let id = try store.createUser(
                email: email(person), passwordHash: hash, role: person.role ?? .auditor, at: tenant.id)
            if person == .partner { try store.setRole(.dispensaryAdmin, of: id, at: other.id) }
        }
    }

    /// The token of the person's session, opened when there is none.
    func sessionToken(_ person: Person) throws -> String {
        if let token = cookies[person] { return token }
        guard let user = try store.user(email: email(person)) else { throw Missing(what: "user") }
        let (token, csrf) = (RandomBytes.token(), RandomBytes.token())
        try store.createSession(tokenHash: SHA256.digest(Array(token.utf8)), for: user, csrfToken: csrf)
        cookies[person] = token
        csrfTokens[person] = csrf
        return token
    }

    func csrf(_ person: Person) throws -> String {
        _ = try sessionToken(person)
        return csrfTokens[person] ?? ""
    }

    struct Missing: Error { let what: String }
}

extension TestApp {
    /// Asks for a page; `path` may have a query.
    func get(
        _ path: String, as person: Person = .anonymous, headers: HTTPFields = [:],
        method: HTTPRequest.Method = .get
    ) throws -> Response {
        try send(request(method, path, person, headers))
    }

    /// Posts a form as the site's own pages do: with `csrf`, and `org` for those with several tenants. What `form`
    /// names itself stays as it is.
    func post(
        _ path: String, _ form: [String: String] = [:], as person: Person = .anonymous, headers: HTTPFields = [:],
        addsCSRF: Bool = true
    ) throws -> Response {
        var fields = form.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if addsCSRF, person != .anonymous, !fields.contains(where: { $0.0 == "csrf" }) {
            fields.append(("csrf", try csrf(person)))
        }
        if person.hasSeveralTenants, !fields.contains(where: { $0.0 == "org" }) { fields.append(("org", tenant.slug)) }
        var request = try request(.post, path, person, headers)
        if request.headers[.contentType] == nil {
            request.headers[.contentType] = "application/x-www-form-urlencoded"
        }
        request.body = Array(FormFields(fields).encoded.utf8)
        return try send(request)
    }

    func send(_ request: Request) throws -> Response { try site.respond(to: request) }

    func request(
        _ method: HTTPRequest.Method, _ path: String, _ person: Person, _ headers: HTTPFields = [:]
    ) throws -> Request {
        let parts = path.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1)
        var headers = headers
        if person != .anonymous { headers[.cookie] = "session=\(try sessionToken(person))" }
        return Request(
            method: method, path: parts.first.map { String(decoding: $0, as: UTF8.self) } ?? "/",
            query: try FormFields(parsing: parts.count > 1 ? Array(parts[1]) : []), headers: headers,
            remoteAddress: address, host: "localhost")
    }

    private static let root = String(#filePath.dropLast("/Tests/LoyaltyWebTests/TestApp.swift".count))

    static func migratedDatabase() throws -> (owner: ConnectionOptions, app: ConnectionOptions) {
        let owner = try TestDatabase.fresh()
        let connection = Connection(owner.forMigrations())
        try Migrator(directory: root + "/sql").migrate(connection)
        var app = owner
        app.user = "app_\(owner.database)"
        app.password = "not-a-secret"
        try connection.executeText("CREATE USER \(app.user)@localhost IDENTIFIED BY '\(app.password)'")
        try connection.executeText("GRANT loyalty_application TO \(app.user)@localhost")
        try connection.executeText("SET DEFAULT ROLE loyalty_application FOR \(app.user)@localhost")
        return (owner, app)
    }
}
