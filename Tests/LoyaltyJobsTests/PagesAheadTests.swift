import Connectors
import Dispatch
import Testing

@testable import LoyaltyJobs

struct PagesAheadTests {
    private struct Page: ListPage {
        let number: Int
        let isLast = false
    }

    @Test("when no more is asked for, whoever waits gets the page that was under way, and is let go")
    func cancelled() throws {
        let isAsked = DispatchSemaphore(value: 0)
        let mayAnswer = DispatchSemaphore(value: 0)
        let pages = PagesAhead(from: 1, of: ()) { number, _ in
            isAsked.signal()
            mayAnswer.wait()
            return Page(number: number)
        }
        let taking = Ahead { () throws -> [Int] in
            var taken: [Int] = []
            do {
                while true { taken += try pages.next().map(\.number) }
            } catch is CancellationError {
                return taken
            }
        }
        isAsked.wait()
        pages.cancel()
        mayAnswer.signal()
        #expect(try taking.value() == [1])
        pages.end()
    }
}
