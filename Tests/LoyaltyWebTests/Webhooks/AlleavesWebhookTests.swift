import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Synchronization
import Testing

@testable import LoyaltyWeb

struct AlleavesWebhookTests {
    let app: TestApp
    private static let secret = "a-webhook-secret"

    init() throws {
        app = try TestApp()
        try connect([Self.secret])
        _ = try app.tenantStore.importCustomers(
            [CustomerProfile(posID: "501", firstName: "Ada", lastName: "Byron", phone: Phone("202-555-0143"))],
            settings: app.tenantStore.settings(), at: .now())
    }

    private func connect(_ secrets: [String]) throws {
        struct Document: Encodable { let username = "u", password = "p", webhookSecrets: [String] }
        let sealed = app.sealer.seal(
            Array(try JSONEncoder().encode(Document(webhookSecrets: secrets))),
            context: Array("\(app.tenant.id.rawValue)|integrations|sealed|alleaves".utf8))
        try app.tenantStore.saveCredentials(.alleaves, sealed: sealed, at: .now())
    }

    private func request(_ body: String, signature: String?, org: String? = nil) -> Request {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.alleavesSignature] = signature
        return Request(
            method: .post, path: "/api/webhooks/alleaves/\(org ?? app.tenant.slug)", headers: headers,
            body: Array(body.utf8))
    }

    private func signed(_ body: String, _ secret: String = secret) -> String {
        HMACSHA256.hex(Array(body.utf8), key: Array(secret.utf8))
    }

    @discardableResult
    private func deliver(_ body: String) throws -> String {
        let response = try app.send(request(body, signature: signed(body)))
        #expect(response.status == .ok, "\(response.bodyText)")
        return response.bodyText
    }

    private func order(
        _ id: Int = 9_001, _ customer: String = "501", _ total: String = "39.55", status: String = "completed",
        updated: String? = nil, sent: String = "2026-01-02T12:05:30Z", more: String = ""
    ) -> String {
        """
        {"event":"order.updated","timestamp":"\(sent)","data":{"id":\(id),"id_customer":\(customer),"locationId":1000,\
        "status":"\(status)","total":\(total)\(updated.map { ",\"date_updated\":\"\($0)\"" } ?? "")\(more)}}
        """
    }

    private func detail(_ posID: String = "501") throws -> CustomerDetail {
        let id = try #require(try app.tenantStore.customers(.alleaves, outsideIDs: [posID])[posID])
        return try #require(try app.tenantStore.customer(id))
    }

    private func balance(_ posID: String = "501") throws -> Int64 { try detail(posID).card.balance }

    private func count(_ query: SQL) throws -> Int64 { try app.owner.one(query) { try $0.get("number") } }
    private func entries() throws -> Int64 {
        try count("SELECT COUNT(*) AS number FROM ledger_entries WHERE tenant_id = \(app.tenant.id)")
    }
    private func differences() throws -> [String] { try app.tenantStore.verifyLedger().differences }
    private func marks() throws -> [String] { try app.tenantStore.orderRereads(limit: 100).map(\.posOrderID) }

    @Test("an order is stored and posted in the request: points, tier, segment and timeline, and marked for re-reading")
    func posted() throws {
        let answer = try deliver(order(9_001, "501", "\"250.75\"", sent: Instant.now().description))
        #expect(answer == #"{"outcome":"posted","success":true}"#)
        let customer = try detail()
        #expect(customer.card.balance == 250 && customer.card.orderCount == 1)
        #expect(try customer.card.tier == app.tenantStore.settings().tiers.tiers[1].id)
        let told = try app.tenantStore.activities(of: customer.card.id, .first, limit: 9).rows
        #expect(told.contains { $0.kind == .order && $0.to == "250.75" && $0.cause == "Order 9001" })
        #expect(told.contains { $0.kind == .pointsEarned && $0.points == 250 && $0.cause == "Order 9001" })
        #expect(Set(told.map(\.kind)) == [.order, .pointsEarned, .tierChange])
        #expect(try marks() == ["9001"])
        #expect(try differences() == [])
    }

    @Test("an order voided by a webhook gives back what was redeemed on it in the same request, once")
    func redeemed() throws {
        try deliver(order(9_001, "501", "250.00"))
        let customer = try detail().card.id
        let redemption = try app.tenantStore.transaction { tx in
            try tx.redeem(
                .points(200), of: customer, on: RedemptionOrder(total: 60_00, posOrderID: "9001"), isHold: false,
                by: .till(UserID.make()), at: .now())
        }
        for _ in 1...2 { try deliver(order(9_001, "501", "250.00", status: "voided", sent: "2026-01-02T13:00:00Z")) }
        #expect(try app.tenantStore.redemption(redemption.id)?.status == .reversed)
        #expect(try balance() == 0 && entries() == 4)
        #expect(try detail().card.pointsOwed == 0)
        #expect(try differences() == [])
    }

    @Test("the signature may stand bare or after sha256=, in either case, by either of two secrets")
    func signatures() throws {
        try connect(["an-older-secret", Self.secret])
        let body = order()
        for secret in ["an-older-secret", Self.secret] {
            let hex = signed(body, secret)
            for signature in [hex, "sha256=" + hex, hex.uppercased(), "SHA256=" + hex] {
                #expect(try app.send(request(body, signature: signature)).status == .ok)
            }
        }
        #expect(try entries() == 1)
    }

    @Test("a wrong signature is 401 whatever its shape, and stores nothing")
    func forged() throws {
        let body = order()
        let hex = signed(body)
        let wrong: [String?] = [
            nil, "", "sha256=", "x", String(hex.dropLast()), hex + "00", "sha1=" + hex, signed(body + " "),
            signed(body, "another-secret"), String(repeating: "0", count: 64),
        ]
        for signature in wrong {
            let response = try app.send(request(body, signature: signature))
            #expect(response.status == .unauthorized, "\(signature ?? "none")")
            #expect(response.bodyText.contains(#""success":false"#))
        }
        #expect(try entries() == 0)
        #expect(try marks() == [])
    }

    @Test("no secret configured is 409, an unknown organization 404, another shop's secret 401")
    func configuration() throws {
        let body = order()
        #expect(try app.send(request(body, signature: signed(body), org: "nowhere")).status == .notFound)
        #expect(try app.send(request(body, signature: signed(body), org: app.other.slug)).status == .conflict)
        #expect(try app.send(request(body, signature: signed(body), org: "org_\(app.number)")).status == .ok)
        try connect([])
        #expect(try app.send(request(body, signature: signed(body))).status == .conflict)
    }

    @Test(
        "a body that cannot be read is 400, also when it is signed",
        arguments: [
            "", "{", "[]", "null", "{}", #"{"event":{}}"#, #"{"event":"order.updated"}"#,
            #"{"event":"order.updated","data":[]}"#, #"{"event":"order.updated","data":{"total":5}}"#,
            #"{"event":"customer.updated","data":{"name_first":"Ada"}}"#,
        ])
    func unreadable(body: String) throws {
        #expect(try app.send(request(body, signature: signed(body))).status == .badRequest)
    }

    @Test("events of other things are acknowledged", arguments: ["inventory.updated", "product.deleted", "x"])
    func others(event: String) throws {
        #expect(try deliver(#"{"event":"\#(event)","data":{"id":1}}"#).contains("acknowledged"))
        #expect(try marks() == [])
    }

    @Test("a repeated delivery changes nothing", arguments: [true, false])
    func repeated(isDated: Bool) throws {
        let body = isDated ? order() : order().replacing(#""timestamp":"2026-01-02T12:05:30Z","#, with: "")
        try deliver(body)
        let before = try entries()
        let stored = try app.tenantStore.orderRevision(posOrderID: "9001")
        for _ in 0..<3 { try deliver(body) }
        #expect(try entries() == before && before == 1)
        #expect(try app.tenantStore.orderRevision(posOrderID: "9001") == stored)
    }

    @Test("three deliveries at once are one entry")
    func together() async throws {
        let request = request(order(), signature: signed(order()))
        let (options, shared) = (app.appOptions, app.site.shared)
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do {
                        return try Site(store: Store(Connection(options)), shared: shared).respond(to: request).status
                            .code
                    } catch { return 0 }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [200, 200, 200])
        #expect(try entries() == 1)
        #expect(try balance() == 39)
        #expect(try differences() == [])
    }

    @Test("a delivery strictly older than what is stored is acknowledged and ignored")
    func late() throws {
        try deliver(order(9_001, "501", "60.00", updated: "2026-01-02T13:00:00Z"))
        let late = order(9_001, "501", "39.55", updated: "2026-01-02T12:00:00Z")
        #expect(try deliver(late).contains("stale"))
        // By the envelope's time when the order names none.
        #expect(try deliver(order(9_001, "501", "39.55", sent: "2026-01-02T12:59:59Z")).contains("stale"))
        #expect(try balance() == 60)
        try deliver(order(9_001, "501", "45.00", sent: "2026-01-02T13:00:01Z"))
        #expect(try balance() == 45)
        #expect(try differences() == [])
    }

    @Test("a delivery that names less keeps what is stored: date, tax and shop")
    func partial() throws {
        let made = "2025-12-01T20:15:00.000Z"
        try deliver(
            order(more: #","date_created":"\#(made)","tax":"4.55","subtotal":40,"discount":"5.00""#))
        try deliver(order(9_001, "501", "20.00", sent: "2026-01-03T12:00:00Z"))
        let stored = try #require(try app.tenantStore.orderRevision(posOrderID: "9001"))
        #expect(stored.completedAt.description == made && stored.tax == 4_55 && stored.discount == 5_00)
        #expect(stored.total == 20_00 && stored.posLocationID == "1000")
        #expect(try balance() == 20)
    }

    @Test(
        "an order that lacks id, customer, status or total, or has an odd one, is only marked",
        arguments: [
            #"{"id":9002,"status":"completed","total":5}"#, #"{"id":9002,"id_customer":501,"total":5}"#,
            #"{"id":9002,"id_customer":501,"status":"completed"}"#,
            #"{"id":9002,"id_customer":null,"status":"completed","total":5}"#,
            #"{"id":9002,"id_customer":501,"status":"completed","total":"5,00"}"#,
            #"{"id":9002,"id_customer":501,"status":"completed","total":5,"date_created":"2999-01-01T00:00:00Z"}"#,
        ])
    func incomplete(data: String) throws {
        #expect(try deliver(#"{"event":"order.created","data":\#(data)}"#).contains("marked"))
        #expect(try marks() == ["9002"])
        #expect(try app.tenantStore.orderRevision(posOrderID: "9002") == nil)
    }

    @Test("an unknown customer's order is stored, and earns when the customer becomes known")
    func unknownCustomer() throws {
        try deliver(order(9_001, "777"))
        let reason: String = try app.owner.one(
            "SELECT no_points_reason FROM order_postings WHERE tenant_id = \(app.tenant.id)"
        ) { try $0.get("no_points_reason") }
        #expect(reason == "unknown_customer")
        try deliver(#"{"event":"customer.created","data":{"id_customer":777,"name_first":"Grace"}}"#)
        #expect(try balance("777") == 39)
        #expect(try differences() == [])
    }

    @Test("an anonymous sale earns nothing until the POS names its buyer")
    func anonymous() throws {
        try deliver(order(9_001, "0"))
        #expect(try entries() == 0)
        try deliver(order(9_001, "501", sent: "2026-01-02T12:06:00Z"))
        #expect(try balance() == 39)
    }

    @Test("an order that moves to another customer, a void and a refund are posted at once")
    func changes() throws {
        try deliver(#"{"event":"customer.created","data":{"id":777,"name_first":"Grace"}}"#)
        try deliver(order(9_001, "501", "50.00"))
        try deliver(order(9_001, "777", "50.00", sent: "2026-01-02T12:06:00Z"))
        #expect(try balance() == 0)
        #expect(try balance("777") == 50)
        try deliver(order(9_002, "777", "-20.00", sent: "2026-01-02T12:07:00Z", more: #","id_external":"9001""#))
        #expect(try balance("777") == 30)
        try deliver(order(9_001, "777", "50.00", status: "voided", sent: "2026-01-02T12:08:00Z"))
        #expect(try balance("777") == 0)
        #expect(try differences() == [])
    }

    @Test("a customer event takes the customer in, and what it leaves out stays as it was")
    func customers() throws {
        try deliver(#"{"event":"customer.updated","data":{"id":"501","email":"ada@example.org"}}"#)
        let card = try detail().card
        #expect(card.firstName == "Ada" && card.email == "ada@example.org" && card.phone == Phone("202-555-0143"))
        try deliver(#"{"event":"customer.updated","data":{"id":501,"name_first":"Augusta","name_last":"King"}}"#)
        #expect(try detail().card.firstName == "Augusta")
    }
}
