import Dispatch
import Foundation
import JSONText
import LoyaltyRules
import Testing

@testable import Connectors

struct RetryTests {
    private let clock = TestClock()

    private func source(_ transport: FakeTransport) -> Source {
        Source(
            name: "Alleaves", transport: transport, limit: RateLimit(perSecond: 0, clock: clock.clock),
            retry: Retry(), clock: clock.clock)
    }

    private func request(isRepeatable: Bool = true) throws -> OutboundRequest {
        OutboundRequest(method: "GET", url: try baseURL(), isRepeatable: isRepeatable)
    }

    @Test(
        "what may help is tried four times, with growing waits",
        arguments: [
            .success(.json("", status: 500)), .success(.json("", status: 503)), .success(.json("", status: 429)),
            .success(.json("", status: 408)), .failure(.timedOut), .failure(.cutAnswer), .failure(.unreachable),
        ] as [Result<OutboundAnswer, ConnectorError>])
    func repeated(answer: Result<OutboundAnswer, ConnectorError>) throws {
        let transport = FakeTransport([answer])
        #expect(throws: ConnectorError.self) { try source(transport).call(request()) { _ in } }
        #expect(transport.requests.count == 4)
        #expect(clock.waitedMilliseconds == 500 + 1_000 + 2_000)
    }

    @Test("the second attempt may succeed, and reading half an answer counts as one")
    func recovered() throws {
        let transport = FakeTransport([.success(.json("[{\"a\"")), .success(.json("[]"))])
        let count = try source(transport).call(request()) { try $0.document(of: "x").elements?.count }
        #expect(count == 0)
        #expect(transport.requests.count == 2)
    }

    @Test(
        "other statuses are final",
        arguments: [
            (400, .rejected(status: 400)), (401, .refusedCredentials), (403, .refusedCredentials), (404, .notFound),
            (422, .rejected(status: 422)), (302, .rejected(status: 302)),
        ] as [(Int, ConnectorError)])
    func final(status: Int, error: ConnectorError) throws {
        let transport = FakeTransport([.success(.json("", status: status))])
        #expect(throws: error) { try source(transport).call(request()) { _ in } }
        #expect(transport.requests.count == 1)
        #expect(clock.waitedMilliseconds == 0)
    }

    @Test(
        "Retry-After is honoured, as seconds and as date, up to a minute",
        arguments: [
            ("7", 7_250), ("Fri, 02 Jan 2026 20:00:09 GMT", 9_250), ("3600", 60_250),
            ("Fri, 02 Jan 2026 19:00:00 GMT", 250), ("soon", 500), ("-5", 250),
        ] as [(String, Int64)])
    func retryAfter(header: String, waited: Int64) throws {
        let busy = OutboundAnswer(status: 429, headers: ["Retry-After": header])
        let transport = FakeTransport([.success(busy), .success(.json("[]"))])
        try source(transport).call(request()) { _ in }
        #expect(clock.waitedMilliseconds == waited)
    }

    @Test("two requests lost in a row end the source; an answer in between, even a refusal, starts anew")
    func lost() throws {
        let transport = FakeTransport { _, index in
            .json("", status: (4..<8).contains(index) ? 200 : index == 12 ? 404 : 500)
        }
        let source = source(transport)
        #expect(throws: ConnectorError.serverFault(status: 500)) { try source.call(request()) { _ in } }
        for _ in 0..<4 { try source.call(request()) { _ in } }
        #expect(throws: ConnectorError.serverFault(status: 500)) { try source.call(request()) { _ in } }
        #expect(throws: ConnectorError.notFound) { try source.call(request()) { _ in } }
        #expect(throws: ConnectorError.serverFault(status: 500)) { try source.call(request()) { _ in } }
        let ended = SourceLost(source: "Alleaves", cause: .serverFault(status: 500))
        #expect(throws: ended) { try source.call(request()) { _ in } }
        let count = transport.requests.count
        #expect(throws: ended) { try source.call(request()) { _ in } }
        #expect(transport.requests.count == count)
    }

    @Test("a stop interrupts the waiting")
    func stop() throws {
        clock.stop(afterMilliseconds: 700)
        let transport = FakeTransport([.success(.json("", status: 500))])
        #expect(throws: Stopped()) { try source(transport).call(request()) { _ in } }
        #expect(transport.requests.count == 2)
        #expect(clock.elapsedMilliseconds <= 1_000)
    }

    @Test(
        "a write is repeated only where nothing can have been done",
        arguments: [
            (.failure(.timedOut), 1), (.failure(.cutAnswer), 1), (.success(.json("", status: 502)), 1),
            (.success(.json("", status: 429)), 4), (.failure(.unreachable), 4),
        ] as [(Result<OutboundAnswer, ConnectorError>, Int)])
    func writes(answer: Result<OutboundAnswer, ConnectorError>, attempts: Int) throws {
        let transport = FakeTransport([answer])
        #expect(throws: ConnectorError.self) { try source(transport).call(request(isRepeatable: false)) { _ in } }
        #expect(transport.requests.count == attempts)
    }

    @Test(
        "no second and no minute holds more requests than allowed",
        arguments: [(2, 0, 10, 4_500), (4, 100, 101, 60_000), (0, 0, 50, 0), (0, 3, 4, 60_000), (1, 0, 3, 2_000)])
    func rate(perSecond: Int, perMinute: Int, requests: Int, elapsed: Int64) throws {
        let limit = RateLimit(perSecond: perSecond, perMinute: perMinute, clock: clock.clock)
        var starts: [Int64] = []
        for _ in 0..<requests { try limit.withTurn { starts.append(clock.elapsedMilliseconds) } }
        for (index, start) in starts.enumerated() {
            if perSecond > 0, index >= perSecond { #expect(start - starts[index - perSecond] >= 1_000) }
            if perMinute > 0, index >= perMinute { #expect(start - starts[index - perMinute] >= 60_000) }
        }
        #expect(clock.elapsedMilliseconds <= elapsed)
    }

    @Test("limited, requests go one at a time; without a limit they do not wait for each other", arguments: [0, 1_000])
    func inFlight(perSecond: Int) throws {
        let limit = RateLimit(perSecond: perSecond)
        let isOther = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
        let met = try limit.withTurn {
            Thread.detachNewThread {
                // Does not throw: nothing stops.
                _ = try? limit.withTurn { isOther.signal() }
                hasEnded.signal()
            }
            return isOther.wait(timeout: .now() + (perSecond == 0 ? .seconds(30) : .milliseconds(50))) == .success
        }
        hasEnded.wait()
        #expect(met == (perSecond == 0))
    }

    @Test("errors say nothing of what was sent, and speak to an owner")
    func words() throws {
        let request = OutboundRequest(
            method: "POST",
            url: try baseURL().appending(path: "x").appending(queryItems: [.init(name: "q", value: "s3cret")]),
            headers: ["X-APIKEY": "s3cret"], body: Data("s3cret".utf8))
        var dumped = ""
        dump(request, to: &dumped)
        dump(OutboundAnswer.json("s3cret"), to: &dumped)
        dump(AlleavesCredentials(username: "s3cret", password: "s3cret"), to: &dumped)
        dump(AlpineCredentials(apiKey: "s3cret", uid: "s3cret"), to: &dumped)
        #expect(!dumped.contains("s3cret"))
        #expect("\(ConnectorError.timedOut)" == "The service did not answer in time.")
        let lost = SourceLost(source: "Alleaves", cause: .unreachable)
        #expect("\(lost)" == "Alleaves stopped answering. The service could not be reached.")
    }

    @Test("an address is built from escaped parts and keeps its host")
    func address() throws {
        let address = ServiceAddress(base: try #require(URL(string: "https://pos.example/api/")))
        let url = try address.url(["order", "../@evil.example/?x#y"], query: [("search", "a+b&c=d@e")])
        #expect(
            url.absoluteString
                == "https://pos.example/api/order/..%2F%40evil.example%2F%3Fx%23y?search=a%2Bb%26c%3Dd%40e")
        #expect(url.host() == "pos.example")
        #expect(throws: ConnectorError.notFound) { try address.url(["order", ".."]) }
    }
}
