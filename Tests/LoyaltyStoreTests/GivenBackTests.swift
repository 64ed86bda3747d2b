import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

/// Captured redemptions that are taken back: by somebody, or because their order was undone.
struct GivenBackTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.member(points: 300)
    }

    private func reverse() throws -> Int { try store.tenant.reverseUndone(requestID: "req-9", at: .now()) }

    @Test("a captured redemption is voided within 24 hours, once")
    func void() throws {
        let redemption = try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        let voided = try store.void(redemption)
        #expect(voided.status == .voided && voided.voidedAt != nil && voided.capturedAt != nil)
        #expect(try store.entries("1") == [300, -250, 250])
        #expect(try refusal { try store.void(redemption) } == .redemptionNotOpen)
        #expect(try store.causes(customer, .pointsRedeemed).contains("Gives back 250 points for $15.00 off order A"))
        let entries = try store.count(
            """
            SELECT COUNT(*) AS number FROM ledger_entries WHERE tenant_id = \(store.id) AND kind = 'redeem_reversal'
               AND entry_key = \(Array("reversal:\(redemption.id)".utf8)) AND user_id = \(TestStore.cashier)
            """)
        #expect(entries == 1)
        #expect(try store.differences() == [])
    }

    @Test("after 24 hours only who may adjust points voids")
    func late() throws {
        let redemption = try store.redeem(.reward(2), of: customer, 60_00)
        try store.age(redemption, minutes: 24 * 60)
        #expect(try refusal { try store.void(redemption) } == .forbidden)
        #expect(try store.entries("1") == [300, -250])
        #expect(try store.void(redemption, mayBeLate: true).status == .voided)
        #expect(try store.entries("1") == [300, -250, 250])
    }

    @Test("points given back settle what is owed")
    func settles() throws {
        let buyer = try store.member("2", points: 0)
        try store.post(.sale("A", of: "2", 100_00))
        let redemption = try store.redeem(.reward(1), of: buyer, 60_00)
        try store.post(.sale("A", of: "2", 0))
        #expect(try store.account("2").owed == 100)
        try store.void(redemption)
        #expect(try store.entries("2") == [100, -100, 100, -100])
        #expect(try store.account("2").owed == 0)
        #expect(try store.differences() == [])
    }

    @Test(
        "when its order is voided, cancelled, refunded or returned a redemption is given back by itself, once",
        arguments: ["voided", "cancelled", "refunded", "Returned"])
    func undone(word: String) throws {
        let redemption = try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        try store.post(.sale("A", of: "1", 45_00))
        #expect(try reverse() == 0)
        try store.post(.sale("A", of: "1", 45_00, status: word, isCompleted: false))
        #expect(try reverse() == 1)
        #expect(try store.stored(redemption)?.status == .reversed)
        #expect(try store.balance("1") == 300)
        let reasons = try store.tenant.ledger(of: customer, .first, limit: 1).rows.map(\.reason)
        #expect(reasons == ["Gives back 250 points for $15.00 off order A, which was \(word.lowercased())"])
        // Told again, by a webhook or the next sync.
        try store.post(.sale("A", of: "1", 44_00, status: word, isCompleted: false))
        #expect(try reverse() == 0)
        #expect(try refusal { try store.void(redemption, mayBeLate: true) } == .redemptionNotOpen)
        #expect(try store.balance("1") == 300)
        #expect(try store.differences() == [])
    }

    @Test("a redemption on an order that was voided before we ever saw it is given back")
    func unseen() throws {
        try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        try store.post(.sale("A", of: "1", 45_00, status: "voided", isCompleted: false))
        #expect(try reverse() == 1)
        #expect(try store.entries("1") == [300, -250, 250])
    }

    @Test("an order that is still open, or that a reward paid wholly, keeps its redemption")
    func standing() throws {
        try store.redeem(.reward(2), of: customer, 15_00, order: "A")
        try store.post(.sale("A", of: "1", 15_00, status: "processing", isCompleted: false))
        try store.post(.sale("A", of: "1", 0, status: "completed"))
        try store.post(.sale("A", of: "1", 0, status: "completed", tax: 0))
        #expect(try reverse() == 0)
        #expect(try store.entries("1") == [300, -250])
    }

    @Test("the whole refund gives a redemption back also when it came before its sale, a partial one never")
    func refundFirst() throws {
        try store.redeem(.reward(1), of: customer, 60_00, order: "A")
        try store.redeem(.reward(1), of: customer, 60_00, order: "B")
        try store.post(.sale("R1", of: "1", -55_00, refundOf: "A"), .sale("R2", of: "1", -50_00, refundOf: "B"))
        #expect(try reverse() == 0)
        try store.post(.sale("A", of: "1", 55_00), .sale("B", of: "1", 55_00))
        #expect(try reverse() == 1)
        #expect(try store.balance("1") == 300 - 100 + 5)
        #expect(try store.differences() == [])
    }

    @Test("a partial refund posts no redemption, told either way; the whole refund gives it back")
    func refunds() throws {
        try store.redeem(.reward(1), of: customer, 60_00, order: "A")
        try store.redeem(.reward(1), of: customer, 60_00, order: "B")
        try store.post(.sale("A", of: "1", 55_00), .sale("B", of: "1", 55_00))
        try store.post(.sale("A", of: "1", 20_00), .sale("R1", of: "1", -35_00, refundOf: "B"))
        #expect(try reverse() == 0)
        try store.post(.sale("A", of: "1", 0), .sale("R2", of: "1", -20_00, refundOf: "B"))
        #expect(try reverse() == 2)
        #expect(try store.balance("1") == 300)
        #expect(try store.account("1").owed == 0)
        #expect(try store.differences() == [])
    }

    @Test("a reopened order does not redeem again: it is listed")
    func reopened() throws {
        let start = Instant.now().advanced(bySeconds: -3_600)
        let redemption = try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        try store.post(.sale("A", of: "1", 45_00))
        try store.post(.sale("A", of: "1", 45_00, status: "voided", isCompleted: false))
        #expect(try reverse() == 1)
        #expect(try store.tenant.reopenedOrders(since: start) == [])
        try store.post(.sale("A", of: "1", 45_00))
        #expect(try reverse() == 0)
        #expect(try store.tenant.reopenedOrders(since: start) == ["A"])
        #expect(try store.stored(redemption)?.status == .reversed)
        #expect(try store.balance("1") == 345)
        try store.post(.sale("A", of: "1", 45_00, status: "voided", isCompleted: false))
        #expect(try reverse() == 0)
        #expect(try store.tenant.reopenedOrders(since: start) == [])
        #expect(try store.balance("1") == 300)
        #expect(try store.differences() == [])
    }

    @Test("an order that stands again before anything was given back keeps its redemption")
    func wavering() throws {
        try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        try store.post(.sale("A", of: "1", 45_00, status: "voided", isCompleted: false))
        try store.post(.sale("A", of: "1", 45_00))
        #expect(try reverse() == 0)
        #expect(try store.entries("1") == [300, -250, 45])
        try store.post(.sale("A", of: "1", 45_00, status: "voided", isCompleted: false))
        #expect(try reverse() == 1)
    }

    @Test("a hold on an order that was undone is not captured, and nothing new is redeemed on it")
    func undoneBefore() throws {
        let hold = try store.redeem(.reward(1), of: customer, 60_00, order: "A", isHold: true)
        try store.post(.sale("A", of: "1", 60_00), .sale("R", of: "1", -60_00, refundOf: "A"))
        #expect(try reverse() == 0)
        #expect(try refusal { try store.capture(hold) } == .conflict)
        #expect(try refusal { try store.redeem(.reward(1), of: customer, 60_00, order: "A") } == .conflict)
        let order = RedemptionOrder(total: 60_00, posOrderID: "A")
        #expect(try refusal { _ = try store.tenant.redemptionQuote(of: customer, on: order) } == .conflict)
        #expect(try store.void(hold).status == .voided)
        #expect(try store.balance("1") == 300)
    }

    @Test("redemptions of several customers on one order are all given back, by the order's second id too")
    func several() throws {
        let other = try store.member("2", points: 100)
        let erased = try store.member("3", points: 100)
        try store.redeem(.reward(1), of: customer, 60_00, order: "web-7")
        try store.redeem(.reward(1), of: other, 60_00, order: "A")
        try store.redeem(.reward(1), of: erased, 60_00, order: "A")
        try store.root.execute("UPDATE customers SET erased_at = UTC_TIMESTAMP(6) WHERE id = \(erased)")
        var sale = OrderRevision.sale("A", of: "1", 50_00, status: "voided", isCompleted: false)
        sale.externalID = "web-7"
        try store.post(sale)
        #expect(try reverse() == 3)
        #expect(try ["1", "2", "3"].map(store.balance) == [300, 100, 100])
        #expect(try store.differences() == [])
    }

    @Test("an order known by two ids has one cap, and is given back by either", arguments: ["web-7", "500"])
    func secondID(redeemedOn: String) throws {
        let noon = Instant.now().advanced(bySeconds: -3_600)
        var told = OrderRevision.sale("web-7", of: "1", 20_00, at: noon)
        told.source = .api
        var shown = OrderRevision.sale("500", of: "1", 20_00, at: noon)
        shown.externalID = "web-7"
        try store.post(told)
        try store.post(shown)
        try store.redeem(.reward(2), of: customer, 20_00, order: redeemedOn)
        let rest = try store.redeem(
            .reward(1), of: try store.member("2", points: 300), 20_00, order: "500", isHold: true)
        #expect(rest.price.value == 5_00)
        #expect(
            try refusal {
                try store.redeem(.points(100), of: try store.member("3", points: 300), 20_00, order: "web-7")
            }
                == .rewardExceedsOrder)
        #expect(try store.tenant.redemptions(posOrderID: "web-7").count == 2)
        (shown.status, shown.isCompleted) = ("voided", false)
        try store.post(shown)
        #expect(try reverse() == 1)
        #expect(try refusal { try store.capture(rest) } == .conflict)
        #expect(try store.balance("1") == 300)
        #expect(try store.differences() == [])
    }
}
