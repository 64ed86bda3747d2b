import Connectors
import Dispatch
import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore
import Synchronization
import Testing

@testable import LoyaltyJobs

struct PagesAheadTests {
    private struct Page: ListPage, Equatable {
        let number: Int
        var isLast = false
        var rowIDs: [String?] = []
    }

    private struct Unreadable: Error, Equatable {
        let number: Int
    }

    private let asker = Asker("Alleaves", Logger(label: "test"), run: .make(at: .now()))

    /// All that comes, and what ends it; nil for the last page.
    private func taken(from pages: PagesAhead<Page>) -> (numbers: [Int], end: (any Error)?) {
        var numbers: [Int] = []
        do {
            while true {
                let next = try pages.next()
                numbers += next.map(\.number)
                if next.last?.isLast == true { return (numbers, nil) }
            }
        } catch {
            return (numbers, error)
        }
    }

    @Test(
        "when no more is asked for, whoever waits gets the pages that were under way, and is let go", arguments: 1...3)
    func cancelled(threads: Int) throws {
        let isAsked = DispatchSemaphore(value: 0)
        let mayAnswer = DispatchSemaphore(value: 0)
        let pages = PagesAhead(from: 1, of: Array(repeating: (), count: threads), by: asker) { number, _ in
            isAsked.signal()
            mayAnswer.wait()
            return Page(number: number)
        }
        let taking = Ahead { self.taken(from: pages) }
        for _ in 1...threads { isAsked.wait() }
        pages.cancel()
        for _ in 1...threads { mayAnswer.signal() }
        let (numbers, end) = try taking.value()
        #expect(numbers == Array(1...threads))
        #expect(end is CancellationError)
        pages.end()
    }

    @Test("pages come in their order, whichever is answered first, and each is asked for once", arguments: 1...4)
    func order(threads: Int) throws {
        let asked = Mutex<[Int]>([])
        let pages = PagesAhead(from: 3, of: Array(repeating: (), count: threads), by: asker) { number, _ in
            asked.withLock { $0.append(number) }
            usleep(.random(in: 0...300))
            return Page(number: number, isLast: number >= 500)
        }
        let (numbers, end) = taken(from: pages)
        pages.end()
        #expect(numbers.elementsEqual(3...500))
        #expect(end == nil)
        let all = asked.withLock(\.self).sorted()
        // What was asked for while the last page was under way is left.
        #expect(Array(all.prefix(numbers.count)) == numbers)
        #expect(all.count < numbers.count + threads)
    }

    @Test("an answer that is late holds up what came after it, and no more is asked for than has room")
    func late() throws {
        let mayAnswer = DispatchSemaphore(value: 0)
        let asked = Mutex(0)
        let isFull = DispatchSemaphore(value: 0)
        let pages = PagesAhead(from: 1, of: [(), ()], by: asker) { number, _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count == PagesAhead<Page>.waitingMax { isFull.signal() }
            if number == 1 { mayAnswer.wait() }
            return Page(number: number, isLast: number == 50)
        }
        isFull.wait()
        usleep(20_000)
        #expect(asked.withLock(\.self) == PagesAhead<Page>.waitingMax)
        mayAnswer.signal()
        #expect(taken(from: pages).numbers == Array(1...50))
        pages.end()
    }

    @Test("what went wrong is told after the pages before it, and those after it are not", arguments: 1...3)
    func failure(threads: Int) throws {
        let pages = PagesAhead(from: 1, of: Array(repeating: (), count: threads), by: asker) { number, _ in
            usleep(.random(in: 0...300))
            if number == 25 { throw Unreadable(number: number) }
            return Page(number: number)
        }
        let (numbers, end) = taken(from: pages)
        pages.end()
        #expect(numbers == Array(1...24))
        #expect(end as? Unreadable == Unreadable(number: 25))
    }

    @Test("a list that shows the same page twice ends there", arguments: 1...3)
    func repetition(threads: Int) throws {
        let pages = PagesAhead(from: 1, of: Array(repeating: (), count: threads), by: asker) { number, _ in
            Page(number: number, rowIDs: [String(min(number, 30))])
        }
        let (numbers, end) = taken(from: pages)
        pages.end()
        #expect(numbers == Array(1...30))
        #expect((end as? SourceFailure)?.debugDescription.contains("the same page twice") == true)
    }
}
