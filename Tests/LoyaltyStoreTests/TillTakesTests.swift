import LoyaltyRules
import LoyaltyStore
import Synchronization
import TestSupport
import Testing

/// Several lanes press for one member at once: each press has a key of its own, as pages found anew have.
struct TillTakesTests {
    let store: TestStore

    init() throws { store = try TestStore() }

    /// What ten lanes, each with its own connection, say of a press that was shown `seen`: nil for taken.
    private func tenLanes(_ customer: CustomerID, seen: Set<RedemptionID>) throws -> [(any Error)?] {
        let door = store.door
        let start = MeetingPoint(10)
        let results = Mutex<[(any Error)?]>([])
        try inParallel(
            (0..<10).map { _ in
                {
                    let tenant = door.open()
                    _ = try tenant.settingsVersion()
                    start.meet()
                    var failure: (any Error)?
                    do { try tenant.press(customer, seen: seen) } catch { failure = error }
                    results.withLock { $0.append(failure) }
                }
            })
        return results.withLock { $0 }
    }

    @Test("of ten lanes at once with points for all, one takes and nine are asked")
    func once() throws {
        let customer = try store.member(points: 5_000)
        var seen: Set<RedemptionID> = []
        for round in 1...3 {
            let results = try tenLanes(customer, seen: seen)
            #expect(results.filter { $0 == nil }.count == 1)
            #expect(results.compactMap { $0 as? TakenBefore }.count == 9)
            let taken = try store.tenant.tillTakes(of: customer, before: RedemptionOrder(total: 60_00))
            #expect(taken.count == round)
            seen = Set(taken.map(\.id))
        }
        #expect(try store.tenant.availablePoints(of: customer) == 4_700)
        #expect(try store.differences() == [])
    }

    @Test("a sale known by two numbers is one order, whichever of them a lane types")
    func twoNumbers() throws {
        let customer = try store.member(points: 1_000)
        var told = OrderRevision.sale("web-1", of: "1", 0)
        told.source = .api
        var shown = OrderRevision.sale("7001", of: "1", 0)
        shown.externalID = "web-1"
        try store.post(told)
        try store.post(shown)
        try store.tenant.press(customer, order: "7001", seen: [])
        #expect(throws: TakenBefore()) { try store.tenant.press(customer, order: "web-1", seen: []) }
        try store.tenant.press(customer, order: "7002", seen: [])
        #expect(try store.tenant.availablePoints(of: customer) == 800)
    }
}

extension TenantStore {
    fileprivate func press(_ customer: CustomerID, order: String? = nil, seen: Set<RedemptionID>) throws {
        try transaction { tx in
            _ = try tx.redeemAtTill(
                .points(100), of: customer, on: RedemptionOrder(total: 60_00, posOrderID: order), seen: seen,
                by: .till(TestStore.cashier), at: .now())
        }
    }
}
