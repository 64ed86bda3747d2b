import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// The rows of a discount that is carried to the point of sale; the worker's part is in `DiscountCarrierTests`.
struct PosDiscountStoreTests {
    let store: TestStore
    let customer: CustomerID

    init() throws {
        store = try TestStore()
        customer = try store.member(points: 1_000)
        try store.tenant.saveCredentials(.alleaves, sealed: "sealed", at: .now())
        try store.save(\.program) { $0.posDiscountEnabled = true }
        try store.save(\.redemptions) { $0.rewards[1].posDiscountID = "55" }
    }

    private var later: Instant { .now().advanced(bySeconds: 60) }

    private func claims() throws -> [ClaimedDiscount] {
        try store.tenant.discountsDue(at: later, limit: 10).compactMap { try store.tenant.claimDiscount($0, at: later) }
    }

    @Test("what is carried is what was charged, with the shop's discount for a whole reward only")
    func claimed() throws {
        let whole = try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        let part = try store.redeem(.reward(2), of: customer, 10_00, order: "B")
        // One at a time for a customer.
        let first = try #require(try claims().first)
        #expect(first.redemption == whole.id && first.posOrderID == "A" && first.value == 15_00)
        #expect(first.discountName == "55" && first.attempt == 1 && !first.isRemoval && first.plan == nil)
        try store.tenant.record(.done, of: first, at: later)
        let second = try #require(try claims().first)
        #expect(second.redemption == part.id && second.value == 10_00 && second.discountName == "")
        #expect(try store.stored(whole)?.posDiscount == PosDiscount(state: .applied))
        #expect(try store.differences() == [])
    }

    @Test("two customers' discounts on one order follow each other")
    func oneOrder() throws {
        let other = try store.member("2", points: 1_000)
        for id in [customer, other] { try store.redeem(.reward(1), of: id, 60_00, order: "A") }
        let first = try claims()
        #expect(first.count == 1)
        try store.tenant.record(.unclear("lost", since: later, next: later), of: first[0], at: later)
        #expect(try claims().map(\.redemption) == first.map(\.redemption))
        try store.tenant.record(.done, of: first[0], at: later)
        #expect(try claims().count == 1)
    }

    @Test("a discount that was taken over is neither planned nor settled by whoever had it")
    func takenOver() throws {
        let redemption = try store.redeem(.reward(1), of: customer, 60_00, order: "A")
        let claim = try #require(try claims().first)
        let plan = PosDiscountPlan.discount(id: 55, before: .zero)
        #expect(try store.tenant.keep(plan, of: claim))
        try store.tenant.record(.again("busy", next: later), of: claim, at: later)
        let next = try #require(try claims().first)
        #expect(next.attempt == 2 && next.plan == plan)
        #expect(try !store.tenant.keep(.prices([]), of: claim))
        try store.tenant.record(.refused("late"), of: claim, at: later)
        #expect(try store.stored(redemption)?.posDiscount == PosDiscount(state: .queued))
    }

    @Test("a redemption given back because its order was voided has its discount taken off")
    func undone() throws {
        try store.post(.sale("A", of: "1", 60_00))
        let redemption = try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        let claim = try #require(try claims().first)
        try store.tenant.record(.done, of: claim, at: later)
        try store.post(.sale("A", of: "1", 60_00, status: "voided", isCompleted: false))
        _ = try store.tenant.reverseUndone(at: .now())
        let removal = try #require(try claims().first)
        #expect(removal.isRemoval && removal.redemption == redemption.id)
        #expect(try store.stored(redemption)?.posDiscount?.state == .applied)
        try store.tenant.record(.done, of: removal, at: later)
        #expect(try store.stored(redemption)?.posDiscount == nil && claims().isEmpty)
    }

    @Test("a hold that is released had nothing to carry, and a customer who was merged keeps what is on its way")
    func heldAndMerged() throws {
        let hold = try store.redeem(.reward(1), of: customer, 60_00, order: "A", isHold: true)
        try store.void(hold)
        #expect(try claims().isEmpty)
        let redemption = try store.redeem(.reward(1), of: customer, 60_00, order: "B")
        let survivor = try store.member("2", points: 10)
        try store.tenant.merge(
            CustomerMerging(survivor: survivor, merged: customer, reason: "One person", user: TestStore.cashier),
            audit: AuditRecord(actor: "test", action: "merge"), at: .now())
        #expect(try claims().map(\.redemption) == [redemption.id])
    }

    @Test("settings that another connection saved are seen by the next reading")
    func savedElsewhere() throws {
        let other = store.door.open()
        #expect(try other.settings() == store.tenant.settings())
        try store.save(\.program) { $0.paused = true }
        #expect(try other.settings().program.paused)
        #expect(try other.settings() == store.tenant.settings())
    }
}
