import Connectors
import Foundation
import LoyaltyRules
import Synchronization

/// A clock whose waits take no time and are remembered.
final class TestClock: Sendable {
    private struct State {
        var milliseconds: Int64 = 0
        var waits: [Int64] = []
        var stopsAt: Int64 = .max
    }

    private let state = Mutex(State())
    private let start: Instant

    /// Begins at this time of day.
    init(start: Instant = Instant(secondsSince1970: 1_767_384_000)) { self.start = start }

    /// All waiting so far.
    var waitedMilliseconds: Int64 { state.withLock { $0.waits.reduce(0, +) } }
    /// Since the start, waits and passed time alike.
    var elapsedMilliseconds: Int64 { state.withLock { $0.milliseconds } }

    func pass(seconds: Int64) { state.withLock { $0.milliseconds += seconds * 1_000 } }
    func stop(afterMilliseconds milliseconds: Int64) { state.withLock { $0.stopsAt = milliseconds } }

    /// As connectors take it; of a random range, the highest number.
    var clock: ConnectorClock {
        ConnectorClock(
            now: { self.start.advanced(bySeconds: self.elapsedMilliseconds / 1_000) },
            uptimeMilliseconds: { self.elapsedMilliseconds },
            sleep: { milliseconds in
                self.state.withLock { state in
                    state.milliseconds += milliseconds
                    state.waits.append(milliseconds)
                }
            },
            random: { $0.upperBound },
            isStopping: { self.state.withLock { $0.milliseconds >= $0.stopsAt } })
    }
}

/// The base address of both third parties in tests.
func baseURL() throws -> URL {
    guard let url = URL(string: "https://pos.example/api") else { throw URLError(.badURL) }
    return url
}

/// An unsigned token that ends then.
func token(expiresAt seconds: Int64) -> String {
    let payload = Data("{\"exp\":\(seconds),\"x\":\"???>>>\"}".utf8).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    return "h.\(payload).s"
}

extension FakeTransport {
    /// An Alleaves that takes any credentials and answers `body` to everything else.
    static func alleaves(_ body: @escaping @Sendable (OutboundRequest) throws -> OutboundAnswer) -> FakeTransport {
        FakeTransport { request, _ in
            if request.url.path().hasSuffix("/auth") { return .json("{\"token\":\"a.b.c\"}") }
            return try body(request)
        }
    }

    /// Requests other than for a token.
    var dataRequests: [OutboundRequest] { requests.filter { !$0.url.path().hasSuffix("/auth") } }
}

func alleaves(_ transport: FakeTransport, clock: TestClock = TestClock(), pagesMax: Int = 1_000) throws
    -> AlleavesClient
{
    AlleavesClient(
        baseURL: try baseURL(), credentials: AlleavesCredentials(username: "u", password: "p:w", pin: "0000"),
        transport: transport, limit: RateLimit(perSecond: 0, clock: clock.clock), clock: clock.clock,
        pagesMax: pagesMax)
}

func alpine(_ transport: FakeTransport, clock: TestClock = TestClock()) throws -> AlpineClient {
    AlpineClient(
        baseURL: try baseURL(), credentials: AlpineCredentials(apiKey: "key", uid: "1234"), transport: transport,
        limit: RateLimit(perSecond: 0, clock: clock.clock), clock: clock.clock)
}
