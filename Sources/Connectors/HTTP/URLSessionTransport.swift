import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Requests over HTTP by Foundation: no redirects, cookies, cache or proxy, and an end to size and time.
///
/// One for the whole process: connections are kept and shared.
public final class URLSessionTransport: HTTPTransport {
    private let answerBytesMax: Int
    private let isStopping: @Sendable () -> Bool
    private let receiver: AnswerReceiver
    private let session: URLSession

    /// Makes a transport whose answers may have so many bytes each, and which gives up when the process is to end.
    public init(answerBytesMax: Int = 32 << 20, isStopping: @escaping @Sendable () -> Bool = { false }) {
        // The library underneath reads these by itself (engine-notes.md, 7.8: no proxy environment).
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            unsetenv(name)
        }
        self.answerBytesMax = answerBytesMax
        self.isStopping = isStopping
        receiver = AnswerReceiver(bytesMax: answerBytesMax)
        session = Self.makeSession(receiver)
    }

    deinit { session.invalidateAndCancel() }

    public func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        // The library repeats by itself what was lost on a kept connection: a write would be done twice, and any body
        // is not wound back, so that the request hangs until its time is over.
        guard request.isRepeatable && request.body == nil else {
            let receiver = AnswerReceiver(bytesMax: answerBytesMax)
            let session = Self.makeSession(receiver)
            defer { session.invalidateAndCancel() }
            return try send(request, in: session, to: receiver)
        }
        return try send(request, in: session, to: receiver)
    }

    private func send(
        _ request: OutboundRequest, in session: URLSession, to receiver: AnswerReceiver
    ) throws -> OutboundAnswer {
        let task = session.dataTask(with: Self.urlRequest(request))
        let pending = receiver.expect(task)
        defer { receiver.forget(task) }
        task.resume()
        let deadline = DispatchTime.now() + .seconds(request.timeoutSeconds)
        while pending.done.wait(timeout: min(deadline, .now() + .milliseconds(250))) == .timedOut {
            if isStopping() {
                task.cancel()
                throw Stopped()
            }
            if DispatchTime.now() >= deadline {
                task.cancel()
                throw ConnectorError.timedOut
            }
        }
        return try pending.answer()
    }

    private static func makeSession(_ receiver: AnswerReceiver) -> URLSession {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.connectionProxyDictionary = [:]
        configuration.httpMaximumConnectionsPerHost = 16
        return URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
    }

    private static func urlRequest(_ request: OutboundRequest) -> URLRequest {
        var made = URLRequest(url: request.url)
        made.httpMethod = request.method
        made.httpBody = request.body
        made.httpShouldHandleCookies = false
        // The wait in `send` is the one that counts: this one starts anew with every byte.
        made.timeoutInterval = TimeInterval(request.timeoutSeconds + 5)
        for (name, value) in request.headers { made.setValue(value, forHTTPHeaderField: name) }
        if request.body != nil { made.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if request.headers["Accept"] == nil { made.setValue("application/json", forHTTPHeaderField: "Accept") }
        return made
    }
}

/// One answer on its way.
private final class PendingAnswer: Sendable {
    struct Parts {
        var response: HTTPURLResponse?
        var body = Data()
        var isTooLarge = false
        /// Answered 401 with a scheme of its own.
        var isChallenged = false
        var error: (any Error)?
    }

    let parts = Mutex(Parts())
    let done = DispatchSemaphore(value: 0)

    func answer() throws -> OutboundAnswer {
        try parts.withLock { parts in
            if parts.isTooLarge { throw ConnectorError.tooLarge }
            if parts.isChallenged { return OutboundAnswer(status: 401) }
            if let error = parts.error { throw ConnectorError(transport: error) }
            guard let response = parts.response else { throw ConnectorError.cutAnswer }
            var headers: [String: String] = [:]
            for (name, value) in response.allHeaderFields {
                if let name = name as? String, let value = value as? String { headers[name] = value }
            }
            let answer = OutboundAnswer(status: response.statusCode, headers: headers, body: parts.body)
            // The library may take a closed connection for the end.
            if answer.headers["content-encoding"] == nil, let length = answer.headers["content-length"],
                let expected = Int(length), expected != parts.body.count
            {
                throw ConnectorError.cutAnswer
            }
            return answer
        }
    }
}

/// Collects answers by task, on the session's own queue.
private final class AnswerReceiver: NSObject, URLSessionDataDelegate, Sendable {
    private let bytesMax: Int
    private let pending = Mutex<[Int: PendingAnswer]>([:])

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    func expect(_ task: URLSessionTask) -> PendingAnswer {
        let answer = PendingAnswer()
        pending.withLock { $0[task.taskIdentifier] = answer }
        return answer
    }

    func forget(_ task: URLSessionTask) { pending.withLock { $0[task.taskIdentifier] = nil } }

    private func answer(of task: URLSessionTask) -> PendingAnswer? { pending.withLock { $0[task.taskIdentifier] } }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Followed, a redirect would carry the key to whatever host the answer names.
        answer(of: task)?.parts.withLock { $0.response = response }
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        // Left alone, a 401 that names a scheme waits for credentials until the time is over; rejected, it ends as an
        // error. So its status is kept here. Certificates are checked as ever.
        let schemes = [NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest]
        guard schemes.contains(challenge.protectionSpace.authenticationMethod) else {
            return completionHandler(.performDefaultHandling, nil)
        }
        answer(of: task)?.parts.withLock { $0.isChallenged = true }
        completionHandler(.rejectProtectionSpace, nil)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard let answer = answer(of: dataTask) else { return }
        let isTooLarge = answer.parts.withLock { parts in
            parts.isTooLarge = parts.isTooLarge || parts.body.count + data.count > bytesMax
            if !parts.isTooLarge { parts.body.append(data) }
            return parts.isTooLarge
        }
        if isTooLarge { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let answer = answer(of: task) else { return }
        answer.parts.withLock { parts in
            parts.error = error
            if let response = task.response as? HTTPURLResponse { parts.response = response }
        }
        answer.done.signal()
    }
}

extension ConnectorError {
    /// What an error of Foundation means; its own text may name an address with a query and is dropped.
    fileprivate init(transport error: any Error) {
        switch (error as? URLError)?.code {
        // Only what proves that nothing was sent: a write that ended otherwise may have been done.
        case .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed, .notConnectedToInternet,
            .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
            self = .unreachable
        case .timedOut: self = .timedOut
        default: self = .cutAnswer
        }
    }
}
