import Connectors
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyJobs

/// Points that are given back take their discount with them, as far as the point of sale allows.
extension DiscountCarrierTests {
    @Test("points given back before anything was sent send nothing")
    func voidedEarly() throws {
        let redemption = try redeem()
        try shop.void(redemption)
        try run()
        #expect(try state(redemption) == nil && desk.readCount == 0)
    }

    @Test("points given back put the prices back")
    func voidedPrices() throws {
        let redemption = try redeem(.points(400))
        try run()
        try shop.void(redemption)
        #expect(try state(redemption)?.state == .applied)
        desk.next(.takes, .takesThen { throw ConnectorError.cutAnswer })
        try run()
        clock.pass(seconds: 10)
        try run()
        #expect(desk.order.prices == ["1": 10_00, "2": 20_00, "3": 5_00])
        #expect(desk.writes.count == 4)
        #expect(try state(redemption) == nil)
    }

    @Test("a discount that no call takes off is said to be still there")
    func voidedDiscount() throws {
        let redemption = try redeem()
        try run()
        try shop.void(redemption)
        try run()
        let found = try #require(try state(redemption))
        #expect(found.state == .applied && found.words?.contains("still on the order") == true)
        #expect(desk.writes == ["discount 55"])
    }

    @Test("points given back after the order was paid leave it alone, and say so", arguments: [true, false])
    func voidedPaid(isDiscount: Bool) throws {
        let redemption = try redeem(isDiscount ? .reward(RewardID(rawValue: 2)) : .points(100))
        try run()
        desk.change { $0.status = "completed" }
        try shop.void(redemption)
        try run()
        #expect(try state(redemption)?.words?.contains("had been paid with the discount on it") == true)
        #expect(desk.writes.count == 1)
    }

    @Test("a price that somebody changed since is not put back")
    func changedSince() throws {
        let redemption = try redeem(.points(100))
        try run()
        desk.change { $0.prices["2"] = 9_00 }
        try shop.void(redemption)
        try run()
        #expect(try state(redemption)?.words?.contains("were changed meanwhile") == true)
        #expect(desk.order.prices["2"] == 9_00)
    }

    @Test("points given back while the answer is lost: what is found is said, what is not there is sent no more")
    func voidedWhileUnclear() throws {
        let lost = try redeem(.points(100))
        desk.next(.takesThen { throw ConnectorError.timedOut })
        try run()
        try shop.void(lost)
        clock.pass(seconds: 100)
        try run()
        #expect(try state(lost) == nil && desk.order.prices["2"] == 20_00)
        let never = try redeem(.points(100))
        desk.next(.refuses { throw ConnectorError.timedOut })
        try run()
        try shop.void(never)
        clock.pass(seconds: 100)
        try run()
        #expect(try state(never) == nil && desk.order == PosDesk.Order())
    }
}
