import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyWeb

/// Points that Alpine IQ did not take or confirm, on the page of the syncs.
struct LostPushesTests {
    let shop: TillShop
    let ada: CustomerID
    private var app: TestApp { shop.app }
    private var store: TenantStore { shop.app.tenantStore }

    /// Ada's 300 points were refused.
    init() throws {
        shop = try TillShop()
        try shop.app.tenantStore.saveCredentials(.alpine, sealed: "sealed", at: .now())
        ada = try shop.member(points: 0)
        let standing = AlpineStanding(
            customer: ada, contactID: "A-\(shop.app.number)", figure: .known(0), readAt: .now(), outcome: .within,
            calculated: 0, difference: 0)
        try shop.app.tenantStore.record([standing], run: RunID(rawValue: 1))
        try push(300, .refused("Alpine IQ refused these points <400>."))
    }

    /// Moves points and has Alpine IQ's side of it end like this.
    private func push(_ points: Int64, _ outcome: PushOutcome) throws {
        try shop.give(points, to: ada)
        let now = try app.store.databaseTime()
        let id = try #require(try store.pushesDue(at: now, limit: 1).first)
        let claimed = try #require(try store.claimPush(id, at: now))
        try store.record(outcome, of: claimed, at: now)
    }

    private func problem() throws -> PushProblem { try #require(try store.outboxProblems(limit: 1).first) }

    private func decide(_ action: String, as person: TestApp.Person = .dispensaryAdmin) throws -> Response {
        try app.post("\(Path.sync)/pushes/\(problem().id)", ["action": action], as: person)
    }

    private func audits() throws -> [String] {
        try app.owner.all(
            "SELECT detail FROM audit_log WHERE tenant_id = \(app.tenant.id) AND action = 'sync.push'"
        ) { try $0.get("detail") }
    }

    @Test("the page lists whose points did not reach Alpine and what that means, and Today leads there")
    func listed() throws {
        try push(-40, .unsettled("Its answer was lost."))
        let page = try app.get(Path.sync, as: .dispensaryAdmin).bodyText
        #expect(page.contains("Points that did not reach Alpine") && page.contains("Ada Byron"))
        #expect(page.contains("+300") && page.contains("Alpine IQ refused these points &lt;400&gt;."))
        #expect(page.contains("counted as missing at Alpine") && page.contains("is not compared with Alpine"))
        #expect(page.components(separatedBy: "value=\"send_again\"").count == 3)
        let today = try app.get(Path.today, as: .dispensaryAdmin).bodyText
        #expect(today.contains("2 movements of points did not reach Alpine.") && today.contains("\(Path.sync)#pushes"))
    }

    @Test("an admin says once that Alpine has them, or has them sent again", arguments: PushResolution.allCases)
    func decided(resolution: PushResolution) throws {
        let path = "\(Path.sync)/pushes/\(try problem().id)"
        for _ in 0..<2 {
            let response = try app.post(path, ["action": resolution.rawValue], as: .dispensaryAdmin)
            #expect(response.status == .seeOther && response.headers[.location] == Path.sync)
        }
        let page = try app.get(Path.sync, as: .dispensaryAdmin).bodyText
        #expect(page.contains("That was decided before.") && !page.contains("Points that did not reach Alpine"))
        #expect(try store.outboxProblemCount() == 0)
        #expect(try store.pushesDue(at: app.store.databaseTime(), limit: 9).count == (resolution == .sendAgain ? 1 : 0))
        #expect(try audits() == [resolution.rawValue])
        #expect(try !app.get(Path.today, as: .dispensaryAdmin).bodyText.contains("did not reach Alpine"))
    }

    @Test("an answer that is none decides nothing, nor does an auditor, a manager, or another shop's admin")
    func refused() throws {
        #expect(try decide("burn").status == .badRequest)
        for person in [TestApp.Person.auditor, .manager, .budtender] {
            #expect(try decide("taken", as: person).status == .forbidden)
        }
        #expect(try !app.get(Path.sync, as: .auditor).bodyText.contains("value=\"taken\""))
        let strange = try app.post(
            "\(Path.sync)/pushes/\(problem().id)", ["action": "taken", "org": app.other.slug], as: .partner)
        #expect(strange.status == .seeOther)
        #expect(try store.outboxProblemCount() == 1 && audits().isEmpty)
    }
}
