import Foundation
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct PosDiscountCallsTests {
    let api: ApiCaller
    private let path = "/api/v1/redemptions"

    init() throws { api = try ApiCaller() }

    @Test("a discount that is carried to the point of sale is on the redemption, from the first answer on")
    func posDiscount() throws {
        let store = api.app.tenantStore
        try store.saveCredentials(.alleaves, sealed: "sealed", at: .now())
        var settings = try store.settings()
        settings.program.posDiscountEnabled = true
        try store.save(settings.program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
        let id = try api.customer(points: 300)
        let answer = try api.post(
            path, #"{"customerId":"\#(id)","points":100,"orderTotalCents":6000,"posOrderId":"55"}"#)
        let redemption = try #require(try answer.json["id"] as? String)
        func discount() throws -> [String: Any]? {
            try api.get("\(path)/\(redemption)").json["posDiscount"] as? [String: Any]
        }
        #expect((try answer.json["posDiscount"] as? [String: Any])?["state"] as? String == "queued")
        #expect(try discount()?["detail"] is NSNull)
        let now = Instant.now().advanced(bySeconds: 60)
        let due = try #require(try store.discountsDue(at: now, limit: 1).first)
        let claimed = try #require(try store.claimDiscount(due, at: now))
        #expect(claimed.posOrderID == "55" && claimed.value == 5_00 && claimed.plan == nil)
        try store.record(.refused("No such order."), of: claimed, at: now)
        #expect(try discount()?["state"] as? String == "failed")
        #expect(try discount()?["detail"] as? String == "No such order.")
    }
}
