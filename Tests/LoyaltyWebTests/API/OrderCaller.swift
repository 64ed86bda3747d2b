import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// A shop with one member, `p1`, whose till tells its orders.
struct OrderCaller {
    let api: ApiCaller
    let id: CustomerID
    /// A time before now that no test's settings were saved after.
    let now = Instant.now()

    init(_ app: TestApp? = nil) throws {
        api = try ApiCaller(app)
        id = try api.customer()
    }

    /// The body of an order of `p1`; nil for `customer` leaves it out.
    func body(
        _ posID: String = "o1", cents: Int = 100_00, customer: String? = #"{"posId":"p1"}"#,
        status: String = "completed", at: Instant? = nil, more: String = ""
    ) -> String {
        let buyer = customer.map { #""customer":\#($0),"# } ?? ""
        return #"""
            {"posOrderId":"\#(posID)",\#(buyer)"status":"\#(status)","totalCents":\#(cents),
             "completedAt":"\#(at ?? now.advanced(bySeconds: -60))"\#(more.isEmpty ? "" : "," + more)}
            """#
    }

    func tell(
        _ posID: String = "o1", cents: Int = 100_00, customer: String? = #"{"posId":"p1"}"#,
        status: String = "completed", at: Instant? = nil, more: String = ""
    ) throws -> Answer {
        try api.post(
            "/api/v1/orders",
            body(posID, cents: cents, customer: customer, status: status, at: at, more: more))
    }

    /// Takes in an order as the POS feed tells it.
    func feed(
        _ posID: String = "o1", cents: Int64 = 100_00, customer: String? = nil, isCompleted: Bool = true,
        at: Instant? = nil
    ) throws {
        let store = api.app.tenantStore
        let revision = OrderRevision(
            source: .pos, posOrderID: posID, posCustomerID: customer, posLocationID: "1", status: "completed",
            isCompleted: isCompleted, total: Cents(rawValue: cents), completedAt: at ?? now.advanced(bySeconds: -60),
            updatedAt: nil)
        try store.transaction { _ = try $0.store([revision], ignoresOlder: false, at: .now()) }
        let due = try store.customersToPost(posOrderIDs: [posID])
        let history = try store.settingsHistory(asOf: .now())
        for customers in [due.losing, due.owning] where !customers.isEmpty {
            try store.postOrders(of: customers, under: history, cause: PostingCause(), at: .now())
        }
        _ = try store.settleOrdersOfNobody(limit: 100)
    }

    /// The points of the member's entries, oldest first.
    func entries() throws -> [Int] {
        try api.get("/api/v1/customers/\(id)/ledger").entries.compactMap { $0["points"] as? Int }.reversed()
    }

    func save<Tab: SettingsTabValue>(_ tab: WritableKeyPath<Settings, Tab>, _ change: (inout Tab) -> Void) throws {
        let store = api.app.tenantStore
        var settings = try store.settings()
        change(&settings[keyPath: tab])
        try store.save(settings[keyPath: tab], ifVersion: settings.version(of: Tab.tab), by: nil, requestID: nil)
    }

    func expectProof() throws {
        let proof = try api.app.tenantStore.verifyLedger()
        #expect(proof.differences.isEmpty && proof.customers > 0)
    }
}
