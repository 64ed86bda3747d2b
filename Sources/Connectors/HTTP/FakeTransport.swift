import Foundation
import Synchronization

/// A third party for tests: a closure that answers, and a record of what was asked.
public final class FakeTransport: HTTPTransport {
    private let answer: @Sendable (_ request: OutboundRequest, _ index: Int) throws -> OutboundAnswer
    private let recorded = Mutex<[OutboundRequest]>([])

    /// Answers by closure; `index` counts requests from 0.
    public init(answer: @escaping @Sendable (_ request: OutboundRequest, _ index: Int) throws -> OutboundAnswer) {
        self.answer = answer
    }

    /// Answers in this order, and the last one for ever after.
    public convenience init(_ script: [Result<OutboundAnswer, ConnectorError>]) {
        self.init { _, index in
            guard let last = script.last else { throw ConnectorError.unreachable }
            return try (index < script.count ? script[index] : last).get()
        }
    }

    /// All requests so far, in order.
    public var requests: [OutboundRequest] { recorded.withLock { $0 } }

    public func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        let index = recorded.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        return try answer(request, index)
    }
}

extension OutboundAnswer {
    /// An answer with this JSON text as its body.
    public static func json(_ text: String, status: Int = 200) -> OutboundAnswer {
        OutboundAnswer(status: status, headers: ["Content-Type": "application/json"], body: Data(text.utf8))
    }
}
