import Connectors
import FastCGI
import Foundation
import HTTPTypes
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Testing

@testable import LoyaltyJobs
@testable import LoyaltyWeb

/// A shop of one customer, POS id 501, whose Program page is saved as a browser saves it. What the worker would do is
/// done here; Alpine IQ knows the customer and says `alpinePoints`.
final class ProgramScene {
    /// The worker goes over all tenants, so this suite's are not among others'.
    private static let database = TestApp.Database { try TestApp.migratedDatabase() }

    let shop: TillShop
    let customer: CustomerID
    let alpine: FakeTransport
    private let parties: ThirdParties
    var app: TestApp { shop.app }
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(alpinePoints: Int64 = 0) throws {
        shop = try TillShop(TestApp(database: Self.database))
        customer = try shop.member("501", points: 0)
        alpine = FakeTransport { request, _ in
            let person = """
                {"contactID":"c501","srcID":"501","platform":"alleaves","loyalty":true,"loyaltyPoints":\(alpinePoints)}
                """
            if request.method == "PUT" { return .json(#"{"success":true,"data":null}"#) }
            let isOne = request.url.path().hasSuffix("/c501")
            return .json(#"{"success":true,"data":\#(isOne ? person : #"{"results":[\#(person)]}"#)}"#)
        }
        let address = try #require(URL(string: "https://api.example"))
        parties = ThirdParties(
            JobConfiguration(
                database: shop.app.appOptions, sealer: shop.app.sealer, alleavesBaseURL: address,
                alpineBaseURL: address, alleavesPerSecond: 0, alpinePerSecond: 0),
            transport: alpine)
    }

    /// Opens the Program page, changes fields and presses Save; an empty value unticks a box.
    func save(_ changes: [String: String]) throws {
        let settings = try app.tenantStore.settings()
        var fields = ProgramForm(from: settings.program, version: 0).values.merging(changes) { $1 }
        fields["version"] = String(settings.version(of: .program))
        fields["action"] = "save"
        let answer = try app.post(SettingsTab.program.path, fields.filter { !$0.value.isEmpty }, as: .dispensaryAdmin)
        try #require(answer.status == .seeOther, "\(answer.bodyText)")
    }

    func connect(_ kind: IntegrationKind) throws {
        let document =
            switch kind {
            case .alleaves: try JSONEncoder().encode(AlleavesCredentials(username: "owner", password: "secret"))
            case .alpine: try JSONEncoder().encode(AlpineCredentials(apiKey: "key", uid: "1234"))
            }
        let context = credentialsContext(tenant: app.tenant.id, kind: kind)
        try app.tenantStore.saveCredentials(
            kind, sealed: app.sealer.seal(Array(document), context: context), at: .now())
    }

    /// A sale of the point of sale, posted.
    func sell(_ dollars: Int64, hoursAgo: Int64) throws {
        let sale = OrderRevision(
            source: .pos, posOrderID: "9001", posCustomerID: "501", posLocationID: nil, status: "completed",
            isCompleted: true, total: Cents(rawValue: dollars * 100),
            completedAt: .now().advanced(bySeconds: -3_600 * hoursAgo), updatedAt: nil)
        _ = try app.tenantStore.transaction { tx in try tx.store([sale], ignoresOlder: true, at: .now()) }
        try PostDue(store: app.tenantStore, cause: PostingCause(), now: { .now() }).post(orders: ["9001"])
    }

    /// The run of this customer, which compares with Alpine IQ: what came out, and the balance after.
    func compare() throws -> String {
        if try !app.tenantStore.integrations().contains(.alpine) { try connect(.alpine) }
        let run = try app.tenantStore.requestCustomerSync(posCustomerID: "501", trigger: .api)
        let claimed = try #require(
            try app.store.claimRun([.customer], worker: "test", silenceSeconds: 30, only: run.id))
        _ = try RunPerformer(parties: parties, logger: silent).perform(claimed, app.tenantStore)
        let standing = try #require(try app.tenantStore.alpineStandings(of: [customer])[customer])
        return "\(standing.outcome), \(try shop.balance(customer)) points"
    }

    /// One round of the worker's clock, so long after its start: the syncs it queued for this shop.
    func syncsQueued(afterMinutes minutes: Int64) throws -> Int {
        let start = Instant.now()
        let scheduler = Scheduler(store: app.store, logger: silent, startedAt: start)
        try scheduler.tick(at: start.advanced(bySeconds: minutes * 60))
        return try app.tenantStore.latestRuns(limit: 9).count
    }

    /// One round of the outbox: the points that Alpine IQ was sent.
    func pushed() throws -> Int {
        _ = try Pusher(store: app.store, parties: parties, isEnabled: true, logger: silent).tick()
        return alpine.requests.count { $0.method == "PUT" }
    }
}
