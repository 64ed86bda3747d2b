import ArgumentParser
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Synchronization

/// `loyalty bench`, for script/bench: what a checkout costs without HTTP. The statements are those of a request, on as
/// many connections, with the same durability.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures checkouts without HTTP. For script/bench: it writes to the tenant.", shouldDisplay: false,
        subcommands: [Prepare.self, Run.self, Webhooks.self])

    /// Makes customers with points, and prints their ids.
    struct Prepare: ParsableCommand {
        @Option(help: "Whose.") var tenant: String
        @Option(help: "How many customers.") var customers: Int
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore(isLong: true)
            let tenant = store.tenant(try store.knownTenant(tenant).id)
            let names = (1...max(1, customers)).map { "bench-\($0)" }
            let profiles = names.map { CustomerProfile(posID: $0, firstName: "Bench", lastName: "") }
            _ = try tenant.importCustomers(profiles, settings: try tenant.settings(), at: .now())
            let ids = try tenant.customers(.alleaves, outsideIDs: Set(names)).values.sorted()
            for id in ids {
                try tenant.transaction { tx in
                    guard var customer = try tx.lock([id]).first else { return }
                    let gift = Movement(
                        points: 100_000_000, kind: .adjustment, key: "bench:\(id)", reason: "Benchmark",
                        settingsVersion: 1)
                    try tx.append([gift], to: &customer, at: .now())
                }
                print(id)
            }
        }
    }

    /// Prints signed deliveries of sales, one a line: the signature, a blank, the body. No two are of one sale.
    struct Webhooks: ParsableCommand {
        @Option(help: "Whose.") var tenant: String
        @Option(help: "The tenant's webhook secret.") var secret: String
        @Option(help: "How many deliveries.") var count: Int
        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try options.settings().openStore(isLong: true)
            let tenant = store.tenant(try store.knownTenant(tenant).id)
            let buyers = 70_001...70_500
            let profiles = buyers.map { CustomerProfile(posID: "\($0)", firstName: "Bench", lastName: "") }
            _ = try tenant.importCustomers(profiles, settings: try tenant.settings(), at: .now())
            let first = Instant.now().microsecondsSince1970 / 1_000
            for number in 0..<Int64(count) {
                let body = """
                    {"event":"order.created","data":{"id":\(first + number),"id_customer":\(buyers.randomElement() ?? 0),\
                    "locationId":1000,"status":"completed","total":60.00}}
                    """
                print(HMACSHA256.hex(Array(body.utf8), key: Array(secret.utf8)), body)
            }
        }
    }

    /// What is done again and again.
    enum Kind: String, ExpressibleByArgument, CaseIterable { case redeem, order }

    /// Prints how often a second it was done.
    struct Run: ParsableCommand {
        @Option(help: "Whose.") var tenant: String
        @Option(help: "An API key of the tenant.") var key: String
        @Option(help: "A file with ids of customers, one a line.") var ids: String
        @Option(help: "redeem or order.") var kind: Kind
        @Option(help: "How many connections.") var connections: Int
        @Option(help: "For how long.") var seconds: Int
        @OptionGroup var options: CommonOptions

        func run() throws {
            let config = try options.settings()
            let tenant = try config.openStore().knownTenant(tenant).id
            let customers = try String(contentsOfFile: ids, encoding: .utf8).split(separator: "\n")
                .compactMap { CustomerID(String($0)) }
            guard !customers.isEmpty else { throw CommandFailure.problem("\(ids) holds no ids of customers.") }
            let done = Mutex<Int64>(0)
            let failure = Mutex<String?>(nil)
            let end = Instant.now().advanced(bySeconds: Int64(seconds))
            let group = DispatchGroup()
            for _ in 0..<connections {
                group.enter()
                let thread = Thread { [kind, key] in
                    do {
                        let count = try Checkouts(
                            store: config.openStore(), tenant: tenant, keyHash: SHA256.digest(Array(key.utf8)),
                            customers: customers
                        ).perform(kind, until: end)
                        done.withLock { $0 += count }
                    } catch {
                        failure.withLock { $0 = String(reflecting: error) }
                    }
                    group.leave()
                }
                thread.stackSize = 4 << 20
                thread.start()
            }
            group.wait()
            if let words = failure.withLock({ $0 }) { throw CommandFailure.problem(words) }
            print(done.withLock { $0 } / Int64(seconds))
        }
    }
}

/// One connection's work, statement for statement what the API's handlers do.
private struct Checkouts {
    let store: Store
    let tenant: TenantID
    let keyHash: [UInt8]
    let customers: [CustomerID]

    func perform(_ kind: Bench.Kind, until end: Instant) throws -> Int64 {
        var count: Int64 = 0
        var history: SettingsHistory?
        while Instant.now() < end {
            guard let key = try store.apiKey(secretHash: keyHash), key.tenant == tenant,
                let customer = customers.randomElement()
            else { throw Refusal(.unauthorized, "The key is not the tenant's.") }
            switch kind {
            case .redeem: try redeem(customer, key)
            case .order: try tell(customer, key, &history)
            }
            count += 1
        }
        return count
    }

    private func redeem(_ customer: CustomerID, _ key: ApiKey) throws {
        let id = RandomBytes.token()
        try once(id) { tx in
            let found = try tx.customerID(of: .id(customer))
            let redemption = try tx.redeem(
                .points(100), of: found, on: RedemptionOrder(total: Cents(rawValue: 6_000)), isHold: false,
                by: .api(key: key.id, words: "API key \(key.name)", requestID: id), at: .now())
            try tx.append(audit("redemption.redeem", key, id, subject: "\(redemption.id)", redemption.words))
            _ = try tx.availablePoints(of: found)
        }
    }

    private func tell(_ customer: CustomerID, _ key: ApiKey, _ history: inout SettingsHistory?) throws {
        let id = RandomBytes.token()
        var known = history
        try once(id) { tx in
            let now = Instant.now()
            let terms = try tx.settingsHistory(asOf: now, unlessChanged: known)
            known = terms
            let told = ToldOrder(
                OrderRevision(
                    source: .api, posOrderID: id, posCustomerID: nil, posLocationID: nil, status: "completed",
                    isCompleted: true, total: Cents(rawValue: 6_000), completedAt: now, updatedAt: nil),
                buyer: .named(.id(customer)))
            let recorded = try tx.record(told, under: terms, cause: PostingCause(requestID: id), at: now)
            try tx.append(audit("orders.record", key, id, subject: "\(recorded.order.id)", ""))
        }
        history = known
    }

    private func once(_ id: String, _ work: (TenantTransaction) throws -> Void) throws {
        let key = IdempotencyKey(text: Array(id.utf8), requestHash: SHA256.digest(Array(id.utf8)))
        _ = try store.tenant(tenant).once(key, refusal: { _ in nil }) { tx in
            try work(tx)
            return KeptAnswer(status: 201, body: Array(repeating: 0x20, count: 400))
        }
    }

    private func audit(
        _ action: String, _ key: ApiKey, _ id: String, subject: String, _ detail: String
    ) -> AuditRecord {
        AuditRecord(
            actor: "api key \(key.id)", action: action, subject: subject, detail: detail, requestID: id,
            address: "127.0.0.1")
    }
}
