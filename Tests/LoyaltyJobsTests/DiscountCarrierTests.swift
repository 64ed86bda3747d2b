import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport
import Testing

@testable import LoyaltyJobs

/// Issue: "Effect at the POS". Customer 1 has 1,000 points; rewards of $5 and $15 name no discount or 55.
struct DiscountCarrierTests {
    let shop: Shop
    let desk = PosDesk()
    let clock = PassingClock()

    init() throws {
        var world = World()
        for number in 1...2 {
            world.buyers.append(World.Buyer(id: number))
            world.sales.append(World.Sale(number, number, 1_000_00))
        }
        world.agree()
        shop = try Shop(world)
        try shop.sync()
        try shop.carryRewards(discounts: ["55"])
    }

    func carrier(isEnabled: Bool = true) -> DiscountCarrier {
        let store = Store(Connection(shop.database.options))
        let clock = clock
        return DiscountCarrier(
            store: store,
            parties: ThirdParties(shop.configuration, transport: desk, clock: shop.script.clock), isEnabled: isEnabled,
            logger: .silent, time: { try store.databaseTime().advanced(bySeconds: clock.passedSeconds) })
    }

    func run(isEnabled: Bool = true) throws {
        let carrier = carrier(isEnabled: isEnabled)
        while try carrier.tick() > 0 {}
    }

    func redeem(
        _ use: RedemptionRequest = .reward(RewardID(rawValue: 2)), of customer: Int = 1, order: String? = "7001"
    ) throws -> Redemption {
        try shop.redeem(use, of: customer, 100_00, order: order)
    }

    func state(_ redemption: Redemption) throws -> PosDiscount? {
        try shop.tenant.redemption(redemption.id)?.posDiscount
    }

    @Test("a reward that names the shop's discount puts it on the order, once")
    func discount() throws {
        let redemption = try redeem()
        #expect(redemption.posDiscount == PosDiscount(state: .queued))
        try run()
        try run()
        #expect(desk.writes == ["discount 55"] && desk.order.discount == 15_00)
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("a number of points, for which there is no discount, lowers the dearest lines")
    func prices() throws {
        let redemption = try redeem(.points(400))
        #expect(redemption.price.value == 24_00)
        try run()
        #expect(desk.writes == ["line 2 0", "line 1 600"])
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("what was held is carried when it is captured, as it came out")
    func held() throws {
        let hold = try shop.redeem(.reward(RewardID(rawValue: 2)), of: 1, 100_00, order: "7001", isHold: true)
        try run()
        #expect(hold.posDiscount == nil && desk.readCount == 0)
        let captured = try shop.tenant.transaction { tx in
            try tx.capture(hold.id, orderTotal: 8_00, by: .till(UserID(rawValue: 7)), at: .now())
        }
        #expect(captured.posDiscount == PosDiscount(state: .queued))
        try run()
        #expect(desk.writes == ["line 2 1200"])
    }

    @Test("nothing is carried while it is switched off, without an order, and for another point of sale")
    func off() throws {
        #expect(try redeem(order: nil).posDiscount == nil)
        try shop.carryRewards(discounts: ["55"], isOn: false)
        let redemption = try redeem()
        try run()
        #expect(try state(redemption) == nil && desk.readCount == 0)
    }

    @Test("the installation's switch and the shop's hold discounts back")
    func heldBack() throws {
        let redemption = try redeem()
        try run(isEnabled: false)
        try shop.carryRewards(discounts: ["55"], isOutboundOn: false)
        try run()
        #expect(desk.readCount == 0 && desk.writes.isEmpty)
        #expect(try state(redemption) == PosDiscount(state: .queued))
        try shop.carryRewards(discounts: ["55"])
        try run()
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("a lost answer is settled by reading the order: what was done is not sent again", arguments: 0..<5)
    func lostAnswer(way: Int) throws {
        let redemption = try redeem()
        desk.next(.takesThen(AlpineDesk.lost[way]))
        try run()
        clock.pass(seconds: 10)
        try run()
        #expect(desk.writes == ["discount 55"] && desk.order.discount == 15_00)
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("a sending that was not done is sent again, after a minute in which it may still arrive", arguments: 0..<4)
    func notDone(way: Int) throws {
        let redemption = try redeem()
        desk.next(.refuses(AlpineDesk.lost[way]))
        for _ in 0..<5 {
            try run()
            clock.pass(seconds: 10)
        }
        #expect(desk.writes.count == 1)
        #expect(try state(redemption) == PosDiscount(state: .queued))
        clock.pass(seconds: 60)
        try run()
        #expect(desk.writes.count == 2 && desk.order.discount == 15_00)
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("of several lines only those are sent again that were not done")
    func partlyDone() throws {
        let redemption = try redeem(.points(400))
        desk.next(.takes, .refuses { throw ConnectorError.timedOut })
        try run()
        clock.pass(seconds: 100)
        try run()
        #expect(desk.writes == ["line 2 0", "line 1 600", "line 1 600"])
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("a worker that dies while it sends leaves a discount that its successor finds")
    func killed() throws {
        let redemption = try redeem()
        let (desk, clock) = (desk, clock)
        struct Killed: Error {}
        desk.before { throw Killed() }
        try run()
        #expect(try shop.discountStates() == [.sending])
        desk.before {}
        desk.change { $0.discount = 15_00 }
        clock.pass(seconds: 700)
        try run()
        #expect(desk.writes.isEmpty)
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("several workers put each discount on its order once")
    func severalWorkers() throws {
        for _ in 0..<3 {
            _ = try redeem(.points(100), of: 1)
            _ = try redeem(.points(100), of: 2)
        }
        let meeting = MeetingPoint(4)
        let (desk, options, configuration, script) = (
            desk, shop.database.options, shop.configuration, shop.script.clock
        )
        try inParallel(
            (0..<4).map { _ in
                {
                    let carrier = DiscountCarrier(
                        store: Store(Connection(options)),
                        parties: ThirdParties(configuration, transport: desk, clock: script), isEnabled: true,
                        logger: .silent)
                    meeting.meet()
                    while try carrier.tick() > 0 {}
                }
            })
        try run()
        #expect(desk.order.prices.values.reduce(0, +) == 5_00)
        #expect(try shop.discountStates() == Array(repeating: .acknowledged, count: 6))
    }

    @Test("an order that is paid, cancelled, unknown or without lines for it gets no discount, and the till is told")
    func impossible() throws {
        for status in ["completed", "voided"] {
            desk.change { $0.status = status }
            let redemption = try redeem()
            try run()
            #expect(try state(redemption)?.state == .failed)
        }
        let elsewhere = try redeem(order: "7002")
        try run()
        let found = try #require(try state(elsewhere))
        #expect(found.state == .failed && found.words?.contains("no order of this number") == true)
        desk.change { $0 = PosDesk.Order(prices: [:]) }
        let empty = try redeem(.points(100))
        try run()
        #expect(try state(empty)?.state == .failed && desk.writes.isEmpty)
    }

    @Test("a discount that the point of sale does not know gives way to prices")
    func unknownDiscount() throws {
        try shop.carryRewards(discounts: ["99"])
        let redemption = try redeem()
        try run()
        #expect(desk.writes == ["discount 99", "line 2 500"])
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }

    @Test("a discount of another amount than the reward is not called applied")
    func otherAmount() throws {
        try shop.carryRewards(discounts: ["56"])
        let redemption = try redeem()
        try run()
        #expect(try state(redemption)?.state == .failed && desk.writes == ["discount 56"])
    }

    @Test("a point of sale that cannot be reached is asked later")
    func unreachable() throws {
        let redemption = try redeem()
        desk.nextReads(.refuses { throw ConnectorError.unreachable })
        try run()
        #expect(try state(redemption) == PosDiscount(state: .queued) && desk.writes.isEmpty)
        clock.pass(seconds: 10)
        try run()
        #expect(try state(redemption) == PosDiscount(state: .applied))
    }
}
