import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization
import Testing

/// Where Alleaves fails.
enum Place: CaseIterable, Sendable {
    case signIn
    case customers
    case secondOrders

    func isMeant(by call: Call) -> Bool {
        switch (self, call) {
        case (.signIn, .signIn), (.customers, .customers), (.secondOrders, .orders(page: 2, _, _)): true
        default: false
        }
    }
}

struct AlleavesFailureTests {
    @Test(
        "Alleaves fails for good: what is good is kept, nobody is compared", arguments: Failure.allCases, Place.allCases
    )
    func fails(failure: Failure, place: Place) throws { try fails(failure, place, Shop()) }

    @Test("nor is anybody where pages are asked for before the last is opened", arguments: Failure.allCases)
    func failsUnlimited(failure: Failure) throws { try fails(failure, .secondOrders, Shop(isLimited: false)) }

    private func fails(_ failure: Failure, _ place: Place, _ shop: Shop) throws {
        shop.script.fault = { call, answer in
            place.isMeant(by: call) ? try failure.answer(instead: answer) : answer
        }
        let run = try shop.sync()
        let result = try run.outcome
        let keeps = place == .secondOrders
        #expect(run.state == (keeps ? .degraded : .failed))
        #expect(run.error == (keeps ? nil : result.alleavesProblem))
        #expect(result.alleavesProblem?.hasPrefix("Alleaves") == true)
        #expect(result.alleavesProblem?.hasSuffix(failure.words) == true)
        #expect(result.alpineProblem == "Alpine IQ was not asked, because Alleaves was not read to its end.")
        #expect(!shop.script.calls.contains { $0.isAlpine })
        #expect(try shop.standingRows() == 0)
        #expect(result.compared == 0)
        #expect(try shop.customerRows() == (keeps ? 150 : 0))
        #expect(try shop.orderRows() == (keeps ? 100 : 0))
        #expect(try shop.entryRows() == (keeps ? 100 : 0))
        #expect(result.entriesPosted == (keeps ? 100 : 0))
        #expect(result.degraded == (keeps ? 150 : 0))
        #expect(try shop.tenant.watermark().historyReadAt == nil)
        #expect(try shop.tenant.watermark().longWindowDay == nil)
        #expect(try shop.differences() == [])

        shop.script.healAll()
        #expect(try shop.sync().state == .succeeded)
        #expect(try shop.tenant.watermark().historyReadAt != nil)
        for buyer in shop.script.world.buyers {
            #expect(try shop.balance(buyer.id) == shop.script.world.points(of: buyer.id))
        }
    }

    @Test("a balance is untouched by what was not read", arguments: Place.allCases)
    func untouched(place: Place) throws {
        let shop = try Shop()
        try shop.sync()
        let before = try (shop.checksums(), shop.tenant.watermark())
        shop.script.fault = { call, answer in
            if place.isMeant(by: call) { throw ConnectorError.unreachable }
            return answer
        }
        let run = try shop.sync(forced: true)
        #expect(run.state == (place == .secondOrders ? .degraded : .failed))
        #expect(try shop.checksums() == before.0)
        #expect(try shop.tenant.watermark().historyReadAt == before.1.historyReadAt)
        #expect(try shop.tenant.watermark().longWindowDay == before.1.longWindowDay)
    }

    @Test("an empty object is an empty page of customers or orders, and no sign-in", arguments: Place.allCases)
    func empty(place: Place) throws {
        let shop = try Shop()
        try shop.sync()
        let before = try shop.checksums()
        shop.script.fault = { call, answer in place.isMeant(by: call) ? .json("{}") : answer }
        let run = try shop.sync(forced: true)
        #expect(run.state == (place == .signIn ? .failed : .succeeded))
        #expect(try shop.checksums() == before)
    }

    @Test(
        "a request is lost after four attempts and asked once more; then the source has ended",
        arguments: Failure.allCases)
    func attempts(failure: Failure) throws {
        let shop = try Shop()
        shop.script.fault = { call, answer in
            Place.customers.isMeant(by: call) ? try failure.answer(instead: answer) : answer
        }
        try shop.sync()
        let asked = shop.script.calls.count { Place.customers.isMeant(by: $0) }
        // A refused token is made anew once; what is not understood is not asked again.
        #expect(asked == (failure.isLoss ? 8 : [.unauthorized, .forbidden].contains(failure) ? 2 : 1))
        #expect(shop.script.calls.count { $0 == .signIn } == ([.unauthorized, .forbidden].contains(failure) ? 2 : 1))
    }

    @Test("one lost request is asked again, and the run is whole", arguments: Failure.allCases.filter(\.isLoss))
    func oneLoss(failure: Failure) throws {
        let shop = try Shop()
        let left = Mutex(7)
        shop.script.fault = { call, answer in
            guard Place.secondOrders.isMeant(by: call) else { return answer }
            let fails = left.withLock { left in
                left -= 1
                return left >= 0
            }
            return fails ? try failure.answer(instead: answer) : answer
        }
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.alleavesProblem == nil)
        #expect(try shop.orderRows() == 250)
        #expect(try shop.tenant.watermark().historyReadAt != nil)
    }

    @Test("the time that Alleaves asks for is waited")
    func retryAfter() throws {
        let shop = try Shop()
        let isFirst = Mutex(true)
        shop.script.fault = { call, answer in
            guard Place.customers.isMeant(by: call),
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return answer }
            return try Failure.tooMany.answer(instead: answer)
        }
        #expect(try shop.sync().state == .succeeded)
        #expect((7_000...7_250).contains(shop.script.sleptMilliseconds))
    }

    @Test("a shop without customers and orders succeeds")
    func nothing() throws {
        let shop = try Shop(World())
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.totalProcessed == 0)
    }

    @Test("the same page for ever is noticed, and ends the reading")
    func repeatedPage() throws {
        let shop = try Shop()
        let world = shop.script.world
        shop.script.fault = { call, answer in
            if case .customers = call { return world.answer(to: .customers(page: 1)) }
            return answer
        }
        let run = try shop.sync()
        #expect(run.state == .degraded)
        #expect(shop.script.calls.count { if case .customers = $0 { true } else { false } } == 2)
        #expect(try shop.customerRows() == 100)
    }
}
