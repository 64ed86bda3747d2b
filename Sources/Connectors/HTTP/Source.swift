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

    /// The calls of another thread of the same run; nil where requests are limited, and so one at a time.
    func companion() -> Source? {
        limit.isLifted ? Source(name: name, transport: transport, limit: limit, retry: retry, clock: clock) : nil
    }

    /// Sends `request` until `read` makes something of an answer with a status of 200 to 299, or the attempts end.
    /// `read` may throw a loss too (half an answer); it then counts as an attempt.
    func call<Value>(_ request: OutboundRequest, read: (OutboundAnswer) throws -> Value) throws -> Value {
        if let lost { throw lost }
        do {
            let value = try attempts(request, read: read)
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

    private func attempts<Value>(_ request: OutboundRequest, read: (OutboundAnswer) throws -> Value) throws -> Value {
        var request = request
        request.timeoutSeconds = min(request.timeoutSeconds, retry.timeoutSeconds)
        var attempt = 1
        while true {
            var answer: OutboundAnswer?
            do {
                let received = try limit.withTurn { try transport.send(request) }
                answer = received
                if let error = ConnectorError(status: received.status) { throw error }
                return try read(received)
            } catch let error as ConnectorError {
                // What may have been done already is never sent again blindly.
                let mayRepeat = error.isLoss && (request.isRepeatable || !error.leavesWriteUnclear)
                guard mayRepeat, attempt < retry.attemptsMax else { throw error }
                let asked = retryAfterSeconds(answer?.headers["retry-after"], now: clock.now())
                try clock.wait(
                    milliseconds: retry.waitMilliseconds(after: attempt, retryAfterSeconds: asked, clock: clock))
                attempt += 1
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
