import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct RedeemTests {
    let store: TestStore

    init() throws { store = try TestStore() }

    @Test(
        "a redemption takes points and gives dollars as the table of rules.md says",
        arguments: [  // balance, order, use, partial, share, points, value
            (300, 60_00, .reward(2), 100, 250, 15_00), (300, 10_00, .reward(2), 100, 167, 10_00),
            (150, 60_00, .points(150), 100, 150, 7_50), (600, 60_00, .reward(3), 50, 429, 30_00),
            (400, 60_00, .points(150), 100, 150, 7_50),
        ] as [(Int64, Cents, TestStore.Use, Int64, Int64, Cents)])
    func table(balance: Int64, total: Cents, use: TestStore.Use, share: Int64, points: Int64, value: Cents) throws {
        try store.save(\.redemptions) { $0.maxOrderPercent = share }
        let customer = try store.member(points: balance)
        let redemption = try store.redeem(use, of: customer, total, order: "A")
        #expect(redemption.price.points == points && redemption.price.value == value)
        #expect(redemption.status == .captured && redemption.expiresAt == nil && redemption.capturedAt != nil)
        #expect(try store.entries("1") == [balance, -points])
        #expect(try store.tenant.availablePoints(of: customer) == balance - points)
        #expect(try store.differences() == [])
    }

    @Test("a redemption is an entry with its cause, and a line of the timeline")
    func recorded() throws {
        let customer = try store.member(points: 300)
        let redemption = try store.redeem(.reward(2), of: customer, 60_00, order: "A-1")
        let entries = try store.count(
            """
            SELECT COUNT(*) AS number FROM ledger_entries WHERE tenant_id = \(store.id) AND kind = 'redeem'
               AND entry_key = \(Array("redeem:\(redemption.id)".utf8)) AND redemption_id = \(redemption.id)
               AND reason = '250 points for $15.00 off order A-1' AND user_id = \(TestStore.cashier)
               AND request_id = 'req-1' AND settings_version = 1
            """)
        #expect(entries == 1)
        #expect(try store.causes(customer, .pointsRedeemed) == ["250 points for $15.00 off order A-1"])
        #expect(redemption.label == "$15 off" && redemption.source == .till && redemption.user == TestStore.cashier)
        let ledger = try store.tenant.ledger(of: customer, .first, limit: 9)
        #expect(ledger.rows.map(\.posOrderID) == ["A-1", nil])
    }

    @Test("with partial redemption off a reward larger than the order is refused, and nothing is taken")
    func wholeOnly() throws {
        try store.save(\.redemptions) { $0.partialRedemption = false }
        let customer = try store.member(points: 300)
        #expect(try refusal { try store.redeem(.reward(2), of: customer, 10_00) } == .rewardExceedsOrder)
        #expect(try refusal { try store.redeem(.points(150), of: customer, 60_00) } == .notRedeemable)
        #expect(try store.redeem(.reward(2), of: customer, 15_00).price.points == 250)
        #expect(try store.entries("1") == [300, -250])
    }

    @Test("points that are missing are refused with available, balance, required and how many are short")
    func short() throws {
        let customer = try store.member(points: 90)
        #expect(
            try shortage { try store.redeem(.reward(1), of: customer, 60_00) }
                == InsufficientPoints(available: 90, balance: 90, required: 100))
        let holder = try store.member("2", points: 130)
        // $2.00 of the $5.00 that 100 points are worth: 40 points.
        try store.redeem(.reward(1), of: holder, 2_00, isHold: true)
        let short = try shortage { try store.redeem(.reward(1), of: holder, 60_00) }
        #expect(short == InsufficientPoints(available: 90, balance: 130, required: 100) && short?.shortBy == 10)
        // The full cost is needed, also when the order takes one cent only.
        #expect(try shortage { try store.redeem(.reward(2), of: holder, 0_01) }?.required == 250)
        #expect(try store.differences() == [])
    }

    @Test("an order below the minimum, an unknown tier and too few points are refused")
    func refused() throws {
        try store.save(\.redemptions) { $0.minimumOrder = 20_00 }
        let customer = try store.member(points: 300)
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 19_99) } == .belowMinimumOrder)
        #expect(try refusal { try store.redeem(.reward(9), of: customer, 60_00) } == .notFound)
        #expect(try refusal { try store.redeem(.points(99), of: customer, 60_00) } == .notRedeemable)
        #expect(try refusal { try store.redeem(.reward(1), of: CustomerID(rawValue: 5), 60_00) } == .notFound)
        #expect(try store.entries("1") == [300])
    }

    @Test("what other redemptions of the same order take, its cap leaves less for the next")
    func cap() throws {
        let customer = try store.member(points: 500)
        let other = try store.member("2", points: 500)
        let open = try store.redeem(.reward(2), of: other, 20_00, order: "A", isHold: true)
        let next = try store.redeem(.reward(2), of: customer, 20_00, order: "A")
        #expect(next.price.points == 84 && next.price.value == 5_00)
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 20_00, order: "A") } == .rewardExceedsOrder)
        // Another order, and one that is not named, have caps of their own.
        #expect(try store.redeem(.reward(1), of: customer, 20_00, order: "a").price.value == 5_00)
        #expect(try store.redeem(.reward(1), of: customer, 20_00).price.value == 5_00)
        // What is voided, given back or lapsed takes nothing.
        try store.void(open)
        #expect(try store.redeem(.reward(1), of: customer, 20_00, order: "A").price.value == 5_00)
        let lapsed = try store.redeem(.reward(2), of: other, 20_00, order: "B", isHold: true)
        try store.age(lapsed, minutes: 20)
        #expect(try store.redeem(.reward(1), of: customer, 20_00, order: "B").price.value == 5_00)
        #expect(try store.differences() == [])
    }

    @Test("a quote says what a redemption would, and reserves nothing")
    func quote() throws {
        let customer = try store.member(points: 500)
        try store.redeem(.reward(2), of: try store.member("2", points: 500), 20_00, order: "A", isHold: true)
        let quote = try store.tenant.redemptionQuote(of: customer, on: RedemptionOrder(total: 20_00, posOrderID: "A"))
        #expect(quote.available == 500)
        #expect(quote.options.map(\.price.points) == [100, 84, 72])
        #expect(quote.options.map(\.price.value) == [5_00, 5_00, 5_00])
        #expect(quote.bestPartial?.points == 100)
        #expect(try store.kept(customer) == [500, 0])
        let redemption = try store.redeem(.reward(3), of: customer, 20_00, order: "A")
        #expect(redemption.price == quote.options[2].price)
        #expect(
            try refusal {
                _ = try store.tenant.redemptionQuote(
                    of: CustomerID(rawValue: 5), on: RedemptionOrder(total: 20_00))
            } == .notFound)
    }

    @Test("a paused program refuses new holds and redemptions; open holds are captured, and voids work")
    func paused() throws {
        let customer = try store.member(points: 900)
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        let used = try store.redeem(.reward(1), of: customer, 60_00)
        let second = try store.redeem(.reward(1), of: customer, 60_00, isHold: true)
        try store.save(\.program) { $0.paused = true }
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 60_00) } == .programPaused)
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 60_00, isHold: true) } == .programPaused)
        let quote = try store.tenant.redemptionQuote(of: customer, on: RedemptionOrder(total: 60_00))
        #expect(quote.options.allSatisfy { $0.problem == .programPaused })
        #expect(try store.capture(hold).status == .captured)
        #expect(try store.void(used).status == .voided)
        #expect(try store.void(second).status == .voided)
        #expect(try store.kept(customer) == [650, 0])
        #expect(try store.differences() == [])
    }

    @Test("an erased customer redeems nothing, and their open holds end")
    func erased() throws {
        let customer = try store.member(points: 900)
        let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
        let used = try store.redeem(.reward(1), of: customer, 60_00)
        try store.tenant.transaction { tx in
            for var locked in try tx.lock([customer]) {
                try tx.endHolds(of: &locked, because: "Released: the customer was erased", at: .now())
                #expect(locked.available == 800)
            }
        }
        try store.root.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE id = \(customer)")
        #expect(try store.stored(hold)?.status == .voided)
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 60_00) } == .conflict)
        #expect(try refusal { try store.capture(hold) } == .conflict)
        #expect(try refusal { try store.void(used) } == .conflict)
        #expect(try store.kept(customer) == [800, 0])
        #expect(try store.differences() == [])
    }

    @Test("a redemption of another tenant is not there")
    func foreign() throws {
        let customer = try store.member(points: 900)
        let hold = try store.redeem(.reward(2), of: customer, 60_00, order: "A", isHold: true)
        let other = try TestStore()
        #expect(try other.stored(hold) == nil)
        #expect(try refusal { try other.capture(hold) } == .notFound)
        #expect(try refusal { try other.void(hold) } == .notFound)
        #expect(try other.tenant.redemptions(posOrderID: "A").isEmpty)
        // Its orders are others, too.
        let theirs = try other.redeem(.reward(2), of: try other.member(points: 900), 20_00, order: "A")
        #expect(theirs.price.value == 15_00)
    }

    @Test("redemptions are read by customer and by order, and holds with the time left")
    func reading() throws {
        let customer = try store.member(points: 900)
        let first = try store.redeem(.reward(1), of: customer, 60_00, order: "A")
        let second = try store.redeem(.reward(1), of: customer, 60_00, order: "A", isHold: true)
        let third = try store.redeem(.reward(2), of: customer, 60_00, order: "B", isHold: true)
        #expect(try store.tenant.redemptions(of: customer, limit: 2).map(\.id) == [third.id, second.id])
        #expect(try store.tenant.redemptions(posOrderID: "A").map(\.id) == [first.id, second.id])
        try store.age(third, minutes: 5)
        let open = try store.tenant.openHolds(of: customer)
        #expect(open.map(\.id) == [third.id, second.id])
        #expect(try #require(open[0].secondsLeft) <= 600 && #require(open[1].secondsLeft) > 600)
        try store.age(third, minutes: 10)
        #expect(try store.tenant.openHolds(of: customer).map(\.id) == [second.id])
        #expect(try store.stored(third)?.status == .expired)
    }
}
