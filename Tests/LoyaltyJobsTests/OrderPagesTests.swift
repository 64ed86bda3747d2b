import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore
import Synchronization
import Testing

@testable import Connectors
@testable import LoyaltyJobs

/// Pages of orders where requests are not limited.
struct OrderPagesTests {
    /// A list of orders, newest first, that may grow at its head, and answers that go wrong.
    private final class List: Sendable {
        struct State {
            var ids: [Int]
            var asked: [Int] = []
            /// What the page answers instead, each once.
            var instead: [Int: [@Sendable () throws -> OutboundAnswer]] = [:]
            /// Orders to come when this page is asked for.
            var coming: [Int: Int] = [:]
            var signIns = 0
            /// Whether every page answers as the first.
            var overlooksPages = false
        }

        let state: Mutex<State>

        init(_ count: Int) { state = Mutex(State(ids: Array((1...count).reversed()))) }

        func answer(_ request: OutboundRequest) throws -> OutboundAnswer {
            if request.url.path().hasSuffix("/auth") {
                state.withLock { $0.signIns += 1 }
                return .json("{\"token\":\"a.b.c\"}")
            }
            let items = URLComponents(url: request.url, resolvingAgainstBaseURL: false)?.queryItems ?? []
            let page = Int(items.first { $0.name == "page" }?.value ?? "") ?? 0
            let (instead, ids) = state.withLock { state in
                state.asked.append(page)
                if let newest = state.coming.removeValue(forKey: page) { state.ids.insert(newest, at: 0) }
                let first = state.overlooksPages ? 0 : (page - 1) * 100
                let instead = state.instead[page]?.isEmpty == false ? state.instead[page]?.removeFirst() : nil
                return (instead, Array(state.ids.dropFirst(first).prefix(100)))
            }
            if let instead { return try instead() }
            let rows = ids.map {
                "{\"id_order\":\($0),\"total\":\"1.00\",\"date_created\":\"2026-01-02T00:00:00Z\",\"status\":\"completed\"}"
            }
            return .json("[\(rows.joined(separator: ","))]")
        }

        func fail(_ page: Int, times: Int = 1, _ answer: @escaping @Sendable () throws -> OutboundAnswer) {
            state.withLock { $0.instead[page] = Array(repeating: answer, count: times) }
        }

        var asked: [Int] { state.withLock(\.asked) }
    }

    private static let lost: @Sendable () throws -> OutboundAnswer = { throw ConnectorError.unreachable }

    private func client(_ list: List) throws -> AlleavesClient {
        let base = try #require(URL(string: "https://pos.example/api"))
        var clock = ConnectorClock.live()
        clock.sleep = { _ in }
        return AlleavesClient(
            baseURL: base, credentials: AlleavesCredentials(username: "u", password: "p", pin: nil),
            transport: FakeTransport { request, _ in try list.answer(request) },
            limit: RateLimit(perSecond: 0, clock: clock), clock: clock)
    }

    /// The ids of the pages read, and what ended them; nil for the last page.
    private func read(_ list: List, by client: AlleavesClient? = nil) throws -> (ids: [Int], end: (any Error)?) {
        let day = try #require(Day(year: 2026, month: 1, day: 1))
        let pages = OrderPages(
            try client ?? self.client(list), by: Asker("Alleaves", Logger(label: "test"), run: .make(at: .now())),
            from: day, to: day, firstPage: 1)
        defer { pages.end() }
        var ids: [Int] = []
        do {
            while true {
                let next = try pages.next()
                for page in next { ids += page.read().rows.compactMap { Int($0.posOrderID) } }
                if next.last?.isLast == true { return (ids, nil) }
            }
        } catch {
            return (ids, error)
        }
    }

    private func expectAll(_ list: List, _ found: (ids: [Int], end: (any Error)?)) {
        #expect(found.end == nil)
        #expect(found.ids == list.state.withLock(\.ids))
    }

    @Test(
        "all pages come, in order, each asked for once, and one beyond the end at most",
        arguments: [1, 100, 250, 4_321])
    func whole(count: Int) throws {
        let list = List(count)
        expectAll(list, try read(list))
        let pages = count / 100 + 1
        #expect(Array(list.asked.prefix(pages)) == Array(1...pages))
        #expect(list.asked.count <= pages + 1)
    }

    @Test("a page that is lost, cut, refused or no list is asked for anew, and so is all after it", arguments: 0..<4)
    func again(kind: Int) throws {
        let list = List(3_030)
        let answers: [@Sendable () throws -> OutboundAnswer] = [
            Self.lost,
            { .json("[{\"id_order\":1,\"total\":\"\(String(repeating: "x", count: 2_000))") },
            { .json("Unauthorized", status: 401) },
            { .json("Busy", status: 503) },
        ]
        list.fail(7, answers[kind])
        expectAll(list, try read(list))
        let asked = list.asked
        let second = try #require(asked.lastIndex(of: 7))
        #expect(asked.count { $0 == 7 } == 2)
        #expect(Array(asked[second...].prefix(25)) == Array(7...31))
        #expect(list.state.withLock(\.signIns) == (kind == 2 ? 2 : 1))
    }

    @Test("while a page is asked for anew the list grows: no order is left out")
    func growing() throws {
        let list = List(2_050)
        // A long text that breaks off: what was asked for after it was answered before it is read.
        list.fail(4) { .json("[" + String(repeating: " ", count: 5_000)) }
        list.state.withLock { state in
            for page in [5, 9, 15] { state.coming[page] = 10_000 + page }
        }
        let found = try read(list)
        #expect(found.end == nil)
        #expect(Set(found.ids).isSuperset(of: 1...2_050))
    }

    @Test("a page that is lost for good ends the list after those before it, asked for as often as the rules say")
    func lostForGood() throws {
        let list = List(1_000)
        list.fail(5, times: 1_000, Self.lost)
        let found = try read(list)
        #expect(found.ids == Array((601...1_000).reversed()))
        #expect((found.end as? SourceFailure)?.concernsOneAnswer == false)
        #expect(list.asked.count { $0 == 5 } == 8)
    }

    @Test("a page beyond the end that is lost counts for nothing")
    func beyond() throws {
        let list = List(250)
        list.fail(4, times: 1_000, Self.lost)
        let client = try client(list)
        expectAll(list, try read(list, by: client))
        #expect(list.asked.count { $0 == 4 } <= 1)
        // The client goes on as if nothing had been.
        #expect(try client.orders(from: Day(daysSince1970: 1), to: Day(daysSince1970: 2), page: 3).isLast)
    }

    @Test("a list that shows the same page for ever is noticed")
    func repetition() throws {
        let list = List(1_000)
        list.state.withLock { $0.overlooksPages = true }
        let found = try read(list)
        #expect(found.ids == Array((901...1_000).reversed()))
        #expect((found.end as? SourceFailure)?.debugDescription.contains("the same page twice") == true)
    }

    @Test("ended in the middle, it asks for nothing more and gives the client back")
    func ended() throws {
        let list = List(100_000)
        let client = try client(list)
        let day = Day(daysSince1970: 1)
        let pages = OrderPages(
            client, by: Asker("Alleaves", Logger(label: "test"), run: .make(at: .now())), from: day, to: day,
            firstPage: 1)
        #expect(try !pages.next().isEmpty)
        pages.end()
        let asked = list.asked.count
        #expect(asked <= 2 * PagesAhead<OrderPages.Asked>.waitingMax)
        usleep(50_000)
        #expect(list.asked.count == asked)
    }
}
