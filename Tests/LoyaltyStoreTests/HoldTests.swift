import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct HoldTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.member(points: 300)
    }

    @Test("a hold reserves points for the minutes of the settings, and moves none")
    func hold() throws {
        try store.save(\.redemptions) { $0.holdMinutes = 7 }
        let hold = try store.redeem(.reward(2), of: customer, 60_00, order: "A", isHold: true)
        #expect(hold.status == .held && hold.capturedAt == nil)
        #expect(try (400...420).contains(#require(hold.secondsLeft)))
        #expect(try store.kept(customer) == [300, 250])
        #expect(try store.tenant.availablePoints(of: customer) == 50)
        #expect(try store.causes(customer, .hold) == ["Reserves 250 points for $15.00 off order A"])
        #expect(try shortage { try store.redeem(.reward(1), of: customer, 60_00) }?.available == 50)
        #expect(try store.differences() == [])
    }

    @Test("two holds reserve the sum of both, and a third only what is left")
    func two() throws {
        try store.redeem(.reward(1), of: customer, 60_00, isHold: true)
        try store.redeem(.reward(1), of: customer, 60_00, isHold: true)
        #expect(try store.kept(customer) == [300, 200])
        #expect(try shortage { try store.redeem(.points(101), of: customer, 60_00, isHold: true) }?.shortBy == 1)
        try store.redeem(.points(100), of: customer, 60_00, isHold: true)
        #expect(try store.kept(customer) == [300, 300])
        #expect(try store.differences() == [])
    }

    @Test("capturing spends what was reserved, once")
    func capture() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        let captured = try store.capture(hold)
        #expect(captured.status == .captured && captured.price == hold.price && !captured.isLate)
        #expect(captured.secondsLeft == nil)
        #expect(try store.entries("1") == [300, -250])
        #expect(try store.kept(customer) == [50, 0])
        #expect(try refusal { try store.capture(hold) } == .redemptionNotOpen)
        #expect(try store.differences() == [])
    }

    @Test("a hold keeps its price, whatever becomes of the tiers and rules")
    func price() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        try store.save(\.redemptions) {
            $0 = RedemptionSettings(
                rewards: [Reward(id: RewardID(rawValue: 1), pointsCost: 9_000, value: 1_00)],
                partialRedemption: false, maxOrderPercent: 1, minimumOrder: 500_00)
        }
        let captured = try store.capture(hold, total: 10_00)
        #expect(captured.price.points == 167 && captured.price.value == 10_00)
        #expect(captured.settingsVersion == 1 && captured.label == "$15 off")
    }

    @Test(
        "a smaller order shrinks the charge, a larger one changes nothing",
        arguments: [
            (60_00, 10_00, 167, 10_00), (60_00, 15_00, 250, 15_00), (10_00, 8_00, 134, 8_00),
            (10_00, 99_00, 167, 10_00),
            (60_00, 0_01, 1, 0_01),
        ] as [(Cents, Cents, Int64, Cents)])
    func shrink(total: Cents, captured: Cents, points: Int64, value: Cents) throws {
        let hold = try store.redeem(.reward(2), of: customer, total, isHold: true)
        let redemption = try store.capture(hold, total: captured)
        #expect(redemption.price.points == points && redemption.price.value == value)
        #expect(redemption.orderTotal == captured)
        #expect(try store.entries("1") == [300, -points])
        #expect(try store.kept(customer) == [300 - points, 0])
        #expect(try store.differences() == [])
    }

    @Test("a hold made without partial redemption is not shrunk: it is refused and stays")
    func wholeOnly() throws {
        try store.save(\.redemptions) { $0.partialRedemption = false }
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        try store.save(\.redemptions) { $0.partialRedemption = true }
        #expect(try refusal { try store.capture(hold, total: 10_00) } == .rewardExceedsOrder)
        #expect(try refusal { try store.capture(hold, total: 0) } == .rewardExceedsOrder)
        #expect(try store.stored(hold)?.status == .held)
        #expect(try store.capture(hold, total: 15_00).price.points == 250)
    }

    @Test("a share of the order, and what others took of it, cap a capture too")
    func capped() throws {
        try store.save(\.redemptions) { $0.maxOrderPercent = 50 }
        let hold = try store.redeem(.reward(2), of: customer, 60_00, order: "A", isHold: true)
        let other = try store.member("2", points: 300)
        try store.redeem(.reward(1), of: other, 60_00, order: "A")
        // Half of $20.00, less the $5.00.
        #expect(try store.capture(hold, total: 20_00).price.value == 5_00)
        #expect(try store.kept(customer) == [216, 0])
        #expect(try store.differences() == [])
    }

    @Test("an abandoned hold lapses by itself: its points are there for whoever looks next")
    func lapse() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        #expect(try store.tenant.endLapsedHolds(limit: 9) == 0)
        try store.age(hold, minutes: 16)
        // Nobody has ended it yet, and still it reserves nothing.
        #expect(try store.kept(customer) == [300, 250])
        #expect(try store.stored(hold)?.status == .expired)
        #expect(try store.tenant.availablePoints(of: customer) == 300)
        #expect(try store.tenant.customer(customer)?.card.available == 300)
        #expect(try store.tenant.records(of: .id(customer), limit: 1).map(\.card.available) == [300])
        #expect(try store.tenant.customers(.first, limit: 9).rows.map(\.available) == [300])
        #expect(try store.differences() == [])
        try store.redeem(.reward(2), of: customer, 60_00)
        #expect(try store.kept(customer) == [50, 0])
        #expect(
            try Set(store.causes(customer, .hold)) == [
                "Reserves 250 points for $15.00 off", "The hold of 250 points for $15.00 off lapsed",
            ])
        #expect(try store.differences() == [])
    }

    @Test("the worker ends what has lapsed, of many customers, and settles with it what they owe")
    func worker() throws {
        try store.post(.sale("A", of: "1", 100_00))
        let hold = try store.redeem(.points(400), of: customer, 60_00, isHold: true)
        let open = try store.redeem(.reward(1), of: try store.member("2", points: 300), 60_00, isHold: true)
        let third = try store.redeem(.reward(1), of: try store.member("3", points: 300), 60_00, isHold: true)
        try store.post(.sale("A", of: "1", 0))
        #expect(try store.account("1").owed == 100)
        for lapsed in [hold, third] { try store.age(lapsed, minutes: 15) }
        #expect(try store.tenant.endLapsedHolds(limit: 9) == 2)
        #expect(try store.tenant.endLapsedHolds(limit: 9) == 0)
        #expect(try store.stored(open)?.status == .held)
        #expect(try store.entries("1") == [300, 100, -100])
        #expect(try store.account("1").owed == 0)
        #expect(try store.kept(customer) == [300, 0])
        #expect(try store.differences() == [])
    }

    @Test("a hold that lapsed less than 24 hours ago is captured late, if its points are still there")
    func late() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        try store.age(hold, minutes: 15 + 23 * 60)
        let captured = try store.capture(hold)
        #expect(captured.status == .captured && captured.isLate)
        #expect(try store.entries("1") == [300, -250])
        #expect(try store.kept(customer) == [50, 0])
        let second = try store.redeem(.points(20 + 80), of: try store.member("2", points: 100), 60_00, isHold: true)
        try store.age(second, minutes: 15 + 24 * 60)
        #expect(try refusal { try store.capture(second) } == .redemptionNotOpen)
        #expect(try store.differences() == [])
    }

    @Test("a late capture finds its points gone, and is refused with figures")
    func lateAndGone() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        try store.age(hold, minutes: 16)
        try store.redeem(.reward(1), of: customer, 60_00)
        #expect(
            try shortage { try store.capture(hold) }
                == InsufficientPoints(available: 200, balance: 200, required: 250))
        // For a smaller order they suffice.
        #expect(try store.capture(hold, total: 12_00).price.points == 200)
        #expect(try store.differences() == [])
    }

    @Test("a late capture takes no more of the order than others left, unless the order has grown")
    func lateAndTaken() throws {
        let other = try store.member("2", points: 500)
        let first = try store.redeem(.reward(2), of: customer, 20_00, order: "A", isHold: true)
        try store.age(first, minutes: 16)
        try store.redeem(.reward(2), of: other, 20_00, order: "A")
        #expect(try store.capture(first).price.value == 5_00)
        let grown = try store.redeem(.reward(1), of: customer, 20_00, order: "B", isHold: true)
        try store.age(grown, minutes: 16)
        try store.redeem(.reward(2), of: other, 40_00, order: "B")
        #expect(try store.capture(grown).price.value == 5_00)
        #expect(try store.differences() == [])
    }

    @Test("voiding a hold releases it, once; a lapsed one has nothing to release")
    func void() throws {
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        #expect(try store.void(hold).status == .voided)
        #expect(try store.kept(customer) == [300, 0])
        #expect(try store.entries("1") == [300])
        #expect(try refusal { try store.void(hold) } == .redemptionNotOpen)
        #expect(try refusal { try store.capture(hold) } == .redemptionNotOpen)
        let lapsed = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        try store.age(lapsed, minutes: 16)
        #expect(try refusal { try store.void(lapsed) } == .redemptionNotOpen)
        #expect(try store.differences() == [])
    }

    @Test("points on hold are not clawed back, and releasing them settles what is owed")
    func owed() throws {
        let buyer = try store.member("2", points: 0)
        try store.post(.sale("A", of: "2", 100_00))
        let hold = try store.redeem(.reward(1), of: buyer, 60_00, isHold: true)
        try store.post(.sale("A", of: "2", 0))
        #expect(try store.account("2").owed == 100)
        try store.void(hold)
        #expect(try store.entries("2") == [100, -100])
        #expect(try store.account("2").owed == 0)
        // A capture that takes less than was reserved does so too.
        try store.post(.sale("B", of: "2", 100_00))
        let second = try store.redeem(.reward(1), of: buyer, 60_00, isHold: true)
        try store.post(.sale("B", of: "2", 0))
        try store.capture(second, total: 2_00)
        #expect(try store.entries("2") == [100, -100, 100, -40, -60])
        #expect(try store.account("2").owed == 40)
        #expect(try store.differences() == [])
    }
}
