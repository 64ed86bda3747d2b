import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import TestSupport
import Testing

struct RedemptionsAtOnceTests {
    let store: TestStore

    init() throws { store = try TestStore() }

    /// What `count` threads, each with its own connection, say of `body`: nil for done, or the refusal.
    private func atOnce(
        _ count: Int, _ body: @escaping @Sendable (TenantStore, Int) throws -> Void
    ) throws -> [(any Error)?] {
        let door = store.door
        let start = MeetingPoint(count)
        let results = Mutex<[(any Error)?]>([])
        try inParallel(
            (0..<count).map { number in
                {
                    let tenant = door.open()
                    _ = try tenant.settingsVersion()
                    start.meet()
                    var failure: (any Error)?
                    do { try body(tenant, number) } catch { failure = error }
                    results.withLock { $0.append(failure) }
                }
            })
        return results.withLock { $0 }
    }

    @Test("of fifty redemptions at once with points for one, one succeeds and 49 are refused with figures")
    func fifty() throws {
        let customer = try store.member(points: 250)
        let results = try atOnce(50) { tenant, number in
            try tenant.redeem(.reward(2), of: customer, 60_00, isHold: number.isMultiple(of: 2))
        }
        #expect(results.filter { $0 == nil }.count == 1)
        let refusals = results.compactMap { $0 as? InsufficientPoints }
        #expect(refusals.count == 49)
        #expect(refusals.allSatisfy { $0.available == 0 && $0.required == 250 && $0.shortBy == 250 })
        #expect(try store.tenant.availablePoints(of: customer) == 0)
        #expect(try store.differences() == [])
    }

    @Test("ten customers at once never take more off one order than it costs")
    func oneOrder() throws {
        let customers = try (1...10).map { try store.member("\($0)", points: 500) }
        let results = try atOnce(10) { tenant, number in
            try tenant.redeem(.reward(2), of: customers[number], 20_00, order: "A", isHold: number < 5)
        }
        let redemptions = try store.tenant.redemptions(posOrderID: "A")
        #expect(redemptions.reduce(0) { $0 + $1.price.value.rawValue } == 20_00)
        #expect(redemptions.map(\.price.value) == [15_00, 5_00] && results.filter { $0 == nil }.count == 2)
        #expect(results.compactMap { ($0 as? Refusal)?.code } == Array(repeating: .rewardExceedsOrder, count: 8))
        #expect(try store.differences() == [])
    }

    @Test("a hold that is captured and voided at once has one of both")
    func captureAndVoid() throws {
        let customer = try store.member(points: 250)
        for _ in 0..<5 {
            let hold = try store.redeem(.reward(2), of: customer, 60_00, isHold: true)
            let results = try atOnce(8) { tenant, number in
                if number.isMultiple(of: 2) { try tenant.capture(hold) } else { try tenant.void(hold) }
            }
            let refused = results.compactMap { ($0 as? Refusal)?.code }
            #expect(refused.allSatisfy { $0 == .redemptionNotOpen })
            // Voided first: all else is refused. Captured first: one void follows.
            #expect(results.count - refused.count == (try store.stored(hold)?.capturedAt == nil ? 1 : 2))
            #expect(try store.kept(customer) == [250, 0])
        }
        #expect(try store.differences() == [])
    }

    @Test("an order voided while it is redeemed on ends with the points given back, or never taken", arguments: 1...6)
    func voidedMeanwhile(round: Int) throws {
        let customer = try store.member(points: 250)
        let hold = try store.redeem(.reward(2), of: customer, 60_00, order: "A", isHold: true)
        if round.isMultiple(of: 2) { try store.post(.sale("A", of: "1", 45_00)) }
        let results = try atOnce(2) { tenant, number in
            if number == 0 {
                try tenant.capture(hold)
            } else {
                try tenant.store([.sale("A", of: "1", 45_00, status: "voided", isCompleted: false)])
            }
        }
        let failures = results.compactMap { $0 }
        #expect(failures.allSatisfy { ($0 as? Refusal)?.code == .conflict })
        #expect(try store.tenant.reverseUndone(at: .now()) == 1 - failures.count)
        try store.tenant.postDue()
        if !failures.isEmpty { try store.void(hold) }
        #expect(try store.kept(customer) == [250, 0])
        #expect(try store.differences() == [])
    }

    @Test("holds that lapse, are captured late, released and made anew at once leave no point behind")
    func lapsing() throws {
        let customer = try store.member(points: 1_000)
        let holds = try (0..<6).map { _ in try store.redeem(.reward(1), of: customer, 60_00, isHold: true) }
        for hold in holds { try store.age(hold, minutes: 20) }
        let results = try atOnce(12) { tenant, number in
            switch number % 3 {
            case 0: try tenant.endLapsedHolds(limit: 9)
            case 1: try tenant.capture(holds[number / 3])
            default: try tenant.redeem(.reward(1), of: customer, 60_00, isHold: true)
            }
        }
        #expect(results.allSatisfy { $0 == nil })
        #expect(try store.kept(customer) == [600, 400])
        #expect(try store.differences() == [])
    }

    @Test("what is captured twice, voided twice and undone on four threads is given back once")
    func doubleDelivery() throws {
        let customer = try store.member(points: 250)
        try store.redeem(.reward(2), of: customer, 60_00, order: "A")
        let results = try atOnce(4) { tenant, _ in
            try tenant.store([.sale("A", of: "1", 45_00, status: "voided", isCompleted: false)], ignoresOlder: true)
            try tenant.reverseUndone(at: .now())
        }
        #expect(results.allSatisfy { $0 == nil })
        #expect(try store.entries("1") == [250, -250, 250])
        #expect(try store.differences() == [])
    }
}
