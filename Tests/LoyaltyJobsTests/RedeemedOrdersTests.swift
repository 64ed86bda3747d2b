import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

@testable import LoyaltyJobs

/// rules.md, "Redemption": what becomes of points when the order they were used on is undone.
struct RedeemedOrdersTests {
    private func exceptions(_ subject: String, of run: RunSummary, in shop: Shop) throws -> Int64 {
        try shop.count(
            """
            SELECT COUNT(*) AS number FROM sync_exceptions
             WHERE tenant_id = \(shop.tenant.tenant) AND run_id = \(run.id) AND subject = \(subject)
            """)
    }

    @Test("a sync that finds the order voided gives its redemption back, once; reopened it is an exception of the run")
    func voided() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let customer = try shop.customer(1_005)
        let before = try shop.balance(1_005)
        let worth = shop.script.world[sale: 6].cents / 100
        let redemption = try shop.redeem(100, of: customer, order: "6")
        shop.script.world[sale: 6].status = "voided"
        try shop.sync()
        #expect(try shop.tenant.redemption(redemption.id)?.status == .reversed)
        #expect(try shop.balance(1_005) == before - worth)
        // First back, then taken: nothing was owed meanwhile.
        #expect(try shop.tenant.customer(customer)?.card.pointsOwed == 0)
        #expect(
            try shop.tenant.ledger(of: customer, .first, limit: 3).rows.map(\.kind)
                == [.clawback, .redeemReversal, .redeem])
        let again = try shop.sync()
        #expect(try exceptions("6", of: again, in: shop) == 0)
        shop.script.world[sale: 6].status = "completed"
        let reopened = try shop.sync()
        #expect(try exceptions("6", of: reopened, in: shop) == 1)
        #expect(try shop.tenant.redemption(redemption.id)?.status == .reversed)
        #expect(try shop.balance(1_005) == before)
        #expect(try shop.differences() == [])
    }

    @Test("of two refunds only the one that completes the whole gives the redemption back")
    func refunded() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let customer = try shop.customer(1_005)
        let before = try shop.balance(1_005)
        let cents = shop.script.world[sale: 6].cents
        try shop.redeem(100, of: customer, order: "6")
        for (id, part) in [(801, cents / 2), (802, cents - cents / 2)] {
            var refund = World.Sale(id, 1_005, -part, at: .now().advanced(bySeconds: -60))
            refund.external = 6
            shop.script.world.sales.append(refund)
            try shop.sync()
            let reversals = try shop.count(
                """
                SELECT COUNT(*) AS number FROM ledger_entries
                 WHERE tenant_id = \(shop.tenant.tenant) AND kind = 'redeem_reversal'
                """)
            #expect(reversals == (id == 801 ? 0 : 1))
        }
        #expect(try shop.balance(1_005) == before - cents / 100)
        #expect(try shop.differences() == [])
    }

    @Test("a customer's own run gives back what was redeemed on an order that a webhook marked")
    func customerRun() throws {
        let shop = try Shop(connected: [.alleaves])
        try shop.sync()
        let redemption = try shop.redeem(100, of: try shop.customer(1_005), order: "6")
        shop.script.world[sale: 6].status = "cancelled"
        try shop.tenant.transaction { tx in try tx.markForReread(posOrderID: "6", posCustomerID: nil) }
        try shop.syncCustomer(1_005)
        #expect(try shop.tenant.redemption(redemption.id)?.status == .reversed)
        #expect(try shop.differences() == [])
    }
}

extension Shop {
    /// A member with so many points.
    func member(_ posID: Int, points: Int64) throws -> CustomerID {
        _ = try tenant.importCustomers(
            [CustomerProfile(posID: "\(posID)", firstName: "Ada", lastName: "Byron")], settings: tenant.settings(),
            at: .now())
        let id = try customer(posID)
        _ = try tenant.transaction { tx in
            try tx.adjust(id, by: Adjustment(points: points, reason: "A start", key: "start:\(id)"), at: .now())
        }
        return id
    }

    @discardableResult
    func redeem(
        _ points: Int64, of customer: CustomerID, order: String? = nil, isHold: Bool = false
    ) throws -> Redemption {
        try tenant.transaction { tx in
            try tx.redeem(
                .points(points), of: customer, on: RedemptionOrder(total: 60_00, posOrderID: order), isHold: isHold,
                by: .till(UserID(rawValue: 77)), at: .now())
        }
    }

    func held(_ customer: CustomerID) throws -> Int64 {
        try root.one("SELECT held FROM customers WHERE tenant_id = \(tenant.tenant) AND id = \(customer)") {
            try $0.get("held")
        }
    }
}

extension OrderRevision {
    /// A sale of nobody's that was voided.
    static func voided(_ id: String) -> OrderRevision {
        OrderRevision(
            source: .pos, posOrderID: id, posCustomerID: nil, posLocationID: nil, status: "voided", isCompleted: false,
            total: 60_00, completedAt: .now(), updatedAt: nil)
    }
}
