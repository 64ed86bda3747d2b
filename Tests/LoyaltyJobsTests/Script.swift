import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import Synchronization

/// Both third parties of a test, which answer from a `World` unless a fault is set; and a clock on which waiting takes
/// no time.
final class Script: HTTPTransport {
    typealias Fault = @Sendable (_ call: Call, _ answer: OutboundAnswer) throws -> OutboundAnswer

    private struct State: Sendable {
        var world: World
        var fault: Fault = { _, answer in answer }
        var calls: [Call] = []
        var sleptMilliseconds: Int64 = 0
        var isStopping = false
    }

    private let state: Mutex<State>

    init(_ world: World) { state = Mutex(State(world: world)) }

    var world: World {
        get { state.withLock { $0.world } }
        set { state.withLock { $0.world = newValue } }
    }

    /// Turns the right answer into another, or throws instead.
    var fault: Fault {
        get { state.withLock { $0.fault } }
        set { state.withLock { $0.fault = newValue } }
    }

    /// All that was asked, in order.
    var calls: [Call] { state.withLock { $0.calls } }
    var sleptMilliseconds: Int64 { state.withLock { $0.sleptMilliseconds } }
    var isStopping: Bool {
        get { state.withLock { $0.isStopping } }
        set { state.withLock { $0.isStopping = newValue } }
    }

    func forgetCalls() { state.withLock { $0.calls = [] } }
    func healAll() { fault = { _, answer in answer } }

    func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        let call = Call(request)
        let (world, fault) = state.withLock { state in
            state.calls.append(call)
            return (state.world, state.fault)
        }
        return try fault(call, world.answer(to: call))
    }

    var clock: ConnectorClock {
        ConnectorClock(
            now: { .now() }, uptimeMilliseconds: { self.sleptMilliseconds },
            sleep: { time in self.state.withLock { $0.sleptMilliseconds += time } }, random: { $0.lowerBound },
            isStopping: { self.isStopping })
    }
}

/// Ways in which a third party fails.
enum Failure: String, CaseIterable, Sendable {
    case unreachable
    case timeout
    case unauthorized
    case forbidden
    case tooMany
    case serverFault
    case garbage
    case half
    case unknownShape

    func answer(instead answer: OutboundAnswer) throws -> OutboundAnswer {
        switch self {
        case .unreachable: throw ConnectorError.unreachable
        case .timeout: throw ConnectorError.timedOut
        case .unauthorized: .json("{}", status: 401)
        case .forbidden: .json("{}", status: 403)
        case .tooMany: OutboundAnswer(status: 429, headers: ["Retry-After": "7"])
        case .serverFault: .json("<h1>Oops</h1>", status: 500)
        case .garbage: .json("<html>Maintenance</html>")
        case .half: OutboundAnswer(status: 200, body: answer.body.prefix(answer.body.count / 2))
        case .unknownShape: .json(#"{"success":true,"payload":[{"id":1}]}"#)
        }
    }

    /// Whether asking again may help.
    var isLoss: Bool {
        switch self {
        case .unreachable, .timeout, .tooMany, .serverFault, .half: true
        case .unauthorized, .forbidden, .garbage, .unknownShape: false
        }
    }

    /// What the owner reads of it.
    var words: String {
        switch self {
        case .unreachable: "The service could not be reached."
        case .timeout: "The service did not answer in time."
        case .unauthorized, .forbidden:
            "The service refused the user name, password or key. Check them in the settings."
        case .tooMany: "The service asked us to slow down. The next sync tries again."
        case .serverFault: "The service has a fault of its own. The next sync tries again."
        case .garbage, .unknownShape:
            "The service answered in a form that we do not know. Nothing was read from it."
        case .half: "The answer of the service broke off."
        }
    }
}
