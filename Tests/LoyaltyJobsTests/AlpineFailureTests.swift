import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct AlpineFailureTests {
    @Test(
        "Alpine IQ fails: sales are posted, what was compared before stays, the rest is counted",
        arguments: Failure.allCases,
        [0, 100])
    func fails(failure: Failure, start: Int) throws {
        let shop = try Shop()
        shop.script.fault = { call, answer in
            call == .people(start: start) ? try failure.answer(instead: answer) : answer
        }
        let run = try shop.sync()
        let result = try run.outcome
        #expect(run.state == .degraded)
        #expect(run.error == nil)
        #expect(result.alleavesProblem == nil)
        #expect(result.alpineProblem?.hasPrefix("Alpine IQ") == true)
        #expect(result.alpineProblem?.hasSuffix(failure.words) == true)
        #expect(result.entriesPosted == 250)
        #expect(try shop.standingRows() == Int64(start))
        #expect(result.compared == Int64(start))
        #expect(result.within == Int64(start))
        #expect(result.degraded == 150 - Int64(start))
        #expect(shop.script.calls.count { $0 == .people(start: start) } == (failure.isLoss ? 8 : 1))
        for buyer in shop.script.world.buyers {
            #expect(try shop.balance(buyer.id) == shop.script.world.points(of: buyer.id))
        }
        #expect(try shop.tenant.watermark().historyReadAt != nil)

        shop.script.healAll()
        let next = try shop.sync()
        #expect(next.state == .succeeded)
        #expect(try next.outcome.compared == 150)
    }

    @Test("a list of nobody compares nobody and is no failure", arguments: ["null", "[]"])
    func nobody(rows: String) throws {
        let shop = try Shop()
        shop.script.fault = { call, answer in
            if case .people = call { return .json(#"{"success":true,"data":{"size":0,"results":\#(rows)}}"#) }
            return answer
        }
        let run = try shop.sync()
        #expect(run.state == .succeeded)
        #expect(try run.outcome.degraded == 150)
    }

    @Test("a failure told with status 200 loses the source")
    func hiddenFailure() throws {
        let shop = try Shop()
        shop.script.fault = { call, answer in
            call.isAlpine ? .json(#"{"success":false,"errors":[{"message":"no"}]}"#) : answer
        }
        #expect(try shop.sync().state == .degraded)
    }
}
