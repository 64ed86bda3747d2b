import Foundation
import LoyaltyRules

/// The calls of one run to one third party: paced, repeated when lost, and ended after two losses in a row.
///
/// Belongs to one thread.
final class Source {
    /// `Alleaves` or `Alpine IQ`.
    let name: String
    let clock: ConnectorClock
    private let transport: any HTTPTransport
    private let limit: RateLimit
    private let retry: Retry
    private var lossesInARow = 0
    private var lost: SourceLost?

    init(name: String, transport: any HTTPTransport, limit: RateLimit, retry: Retry, clock: ConnectorClock) {
        self.name = name
        self.transport = transport
        self.limit = limit
        self.retry = retry
        self.clock = clock
    }

    /// A call of which the first attempt was made and is still to be read.
    struct Begun: Sendable {
        let request: OutboundRequest
        fileprivate let outcome: Result<OutboundAnswer, ConnectorError>

        /// What was answered; throws what stands for an answer that is none, or has a status of 300 or above.
        func answer() throws(ConnectorError) -> OutboundAnswer {
            let answer = try outcome.get()
            if let error = ConnectorError(status: answer.status) { throw error }
            return answer
        }
    }

    /// Whether requests need not wait for each other.
    var isUnlimited: Bool { limit.isLifted }

    /// Sends `request` until `read` makes something of an answer with a status of 200 to 299, or the attempts end.
    /// `read` may throw a loss too (half an answer); it then counts as an attempt.
    func call<Value>(_ request: OutboundRequest, read: (OutboundAnswer) throws -> Value) throws -> Value {
        try finish(begin(request), read: read)
    }

    /// Makes the first attempt of a call. Nothing is counted before `finish`; a call that is not finished was none.
    func begin(_ request: OutboundRequest) throws -> Begun {
        if let lost { throw lost }
        var request = request
        request.timeoutSeconds = min(request.timeoutSeconds, retry.timeoutSeconds)
        do {
            return Begun(request: request, outcome: .success(try limit.withTurn { try transport.send(request) }))
        } catch let error as ConnectorError {
            return Begun(request: request, outcome: .failure(error))
        }
    }

    /// As `call`, after the first attempt.
    func finish<Value>(_ begun: Begun, read: (OutboundAnswer) throws -> Value) throws -> Value {
        do {
            let value = try attempts(begun, read: read)
            lossesInARow = 0
            return value
        } catch let error as ConnectorError {
            lossesInARow = error.isLoss ? lossesInARow + 1 : 0
            guard lossesInARow >= 2 else { throw error }
            let ended = SourceLost(source: name, cause: error)
            lost = ended
            throw ended
        }
    }

    private func attempts<Value>(_ begun: Begun, read: (OutboundAnswer) throws -> Value) throws -> Value {
        var (begun, attempt) = (begun, 1)
        while true {
            do {
                return try read(begun.answer())
            } catch let error as ConnectorError {
                // What may have been done already is never sent again blindly.
                let mayRepeat = error.isLoss && (begun.request.isRepeatable || !error.leavesWriteUnclear)
                guard mayRepeat, attempt < retry.attemptsMax else { throw error }
                var headers: [String: String] = [:]
                if case .success(let answer) = begun.outcome { headers = answer.headers }
                let asked = retryAfterSeconds(headers["retry-after"], now: clock.now())
                try clock.wait(
                    milliseconds: retry.waitMilliseconds(after: attempt, retryAfterSeconds: asked, clock: clock))
                attempt += 1
                begun = try begin(begun.request)
            }
        }
    }
}

extension ConnectorError {
    /// What a status means; nil for 200 to 299.
    init?(status: Int) {
        switch status {
        case 200...299: return nil
        case 401, 403: self = .refusedCredentials
        case 404: self = .notFound
        case 408: self = .timedOut
        case 429: self = .rateLimited
        case 500...: self = .serverFault(status: status)
        default: self = .rejected(status: status)
        }
    }
}
