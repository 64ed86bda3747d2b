import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

struct SyncPageTests {
    let app: TestApp
    let customer: CustomerID
    let vanished: ExceptionID
    let notice: ExceptionID

    /// A run that found an order gone, and a refund of nothing.
    init() throws {
        app = try TestApp()
        let store = app.tenantStore
        let profile = CustomerProfile(posID: "1", firstName: "Ada", lastName: "Byron")
        _ = try store.importCustomers([profile], settings: store.settings(), at: .now())
        customer = try #require(try store.customers(.alleaves, outsideIDs: ["1"])["1"])
        let sale = OrderRevision(
            source: .pos, posOrderID: "77", posCustomerID: "1", posLocationID: nil, status: "completed",
            isCompleted: true, total: 50_00, completedAt: .now().advanced(bySeconds: -3_600), updatedAt: nil)
        try store.transaction { tx in _ = try tx.store([sale], ignoresOlder: false, at: .now()) }
        try store.postOrders(
            of: [customer], under: store.settingsHistory(asOf: .now()), cause: PostingCause(), at: .now())
        let asked = try store.requestSync(forced: false, trigger: .user)
        let run = try #require(try app.store.claimRun([.all], worker: "test", silenceSeconds: 30, only: asked.id))
        let order = try #require(try store.account(ofOrder: "77")).order.id
        try store.transaction { tx in
            try tx.noteAbsent([order], run: run.id)
            try tx.listVanished(
                RunException(subject: "77", reason: "The order is gone <b>.", vanished: order), run: run.id)
        }
        var result = RunResult()
        result.exceptionCount = 2
        result.ordersChanged = 3
        try store.finish(
            run, state: .succeeded, result: result,
            exceptions: [RunException(subject: "78", reason: "A refund that names no sale.")], error: nil,
            watermark: nil)
        let open = try store.openExceptions(limit: 9)
        vanished = try #require(open.first { $0.order != nil }).id
        notice = try #require(open.first { $0.order == nil }).id
    }

    private func decide(
        _ action: String, _ reason: String = "Asked the till", about id: ExceptionID? = nil,
        as person: TestApp.Person = .dispensaryAdmin
    ) throws -> Response {
        try app.post(
            "\(Path.sync)/exceptions/\(id ?? vanished)", ["action": action, "reason": reason], as: person)
    }

    private func balance() throws -> Int64 { try app.tenantStore.balances(of: [customer])[customer] ?? -1 }

    private func audits() throws -> [String] {
        try app.owner.all(
            "SELECT detail FROM audit_log WHERE tenant_id = \(app.tenant.id) AND action = 'sync.exception'"
        ) { try $0.get("detail") }
    }

    @Test("the page tells what each run brought and what waits for a decision")
    func shown() throws {
        let page = try app.get(Path.sync, as: .dispensaryAdmin).bodyText
        #expect(page.contains("0 new orders and 3 changed") && page.contains("2 things to look at."))
        #expect(page.contains("77") && page.contains("The order is gone &lt;b&gt;."))
        #expect(page.contains("A refund that names no sale.") && page.contains("Seen"))
        #expect(page.components(separatedBy: "value=\"take_back\"").count == 2)
    }

    @Test("an admin takes a vanished order back, once however often it is pressed")
    func takenBack() throws {
        let response = try decide("take_back")
        #expect(response.status == .seeOther && response.headers[.location] == Path.sync)
        #expect(try balance() == 0)
        #expect(try decide("take_back").status == .seeOther)
        #expect(try app.get(Path.sync, as: .dispensaryAdmin).bodyText.contains("That was decided before."))
        #expect(try audits() == ["take_back: Asked the till"])
        let notes = try app.tenantStore.activities(of: customer, .first, limit: 20).rows.filter { $0.kind == .note }
        #expect(notes.count == 1 && notes[0].cause.hasSuffix("Asked the till"))
        #expect(try app.tenantStore.verifyLedger().differences == [])
    }

    @Test("an admin keeps a vanished order, and it is no longer listed")
    func kept() throws {
        #expect(try decide("keep", "").status == .seeOther)
        #expect(try balance() == 50)
        #expect(try !app.get(Path.sync, as: .dispensaryAdmin).bodyText.contains("The order is gone"))
    }

    @Test("what is no order can be seen, and not taken back")
    func seen() throws {
        #expect(try decide("take_back", about: notice).status == .conflict)
        #expect(try decide("keep", "", about: notice).status == .seeOther)
        #expect(try app.tenantStore.openExceptionCount() == 1)
    }

    @Test("without a reason nothing is taken back: 422, as typed, with the error beside the field")
    func refused() throws {
        let response = try decide("take_back", "  ")
        #expect(response.status == .unprocessableContent)
        #expect(
            response.bodyText.contains("Say why, in 1 to 200 characters.") && response.bodyText.contains("aria-invalid")
        )
        #expect(try decide("burn").status == .unprocessableContent)
        #expect(try balance() == 50 && audits().isEmpty)
    }

    @Test("an auditor reads and decides nothing; managers and tills do not see the page")
    func roles() throws {
        let page = try app.get(Path.sync, as: .auditor)
        #expect(page.status == .ok && !page.bodyText.contains("value=\"keep\""))
        #expect(try decide("keep", as: .auditor).status == .forbidden)
        for person in [TestApp.Person.manager, .budtender] {
            #expect(try app.get(Path.sync, as: person).status == .forbidden)
            #expect(try decide("keep", as: person).status == .forbidden)
        }
        #expect(try app.tenantStore.openExceptionCount() == 2)
    }

    @Test("another tenant's exception is not there")
    func stranger() throws {
        let path = "\(Path.sync)/exceptions/\(vanished)"
        let response = try app.post(
            path, ["action": "keep", "reason": "x", "org": app.other.slug], as: .partner)
        #expect(response.status == .notFound)
        #expect(try app.tenantStore.openExceptionCount() == 2)
    }
}
