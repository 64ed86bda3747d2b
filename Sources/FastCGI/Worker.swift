import Foundation
import HTTPTypes
import Logging
import Synchronization

/// Set once, when the server begins to stop.
final class StopFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    /// Returns whether it was set before.
    func set() -> Bool { value.exchange(true, ordering: .acquiringAndReleasing) }
}

/// One thread's work: accept, read, answer, and again.
final class Worker {
    private let raw: RawRequest
    private let handler: any RequestHandler
    private let listener: Listener
    private let places: Places
    private let bodyBytesMax: @Sendable (String) -> Int
    private let stopFlag: StopFlag
    private let logger: Logger

    init(
        listener: Listener, options: ServerOptions, stopFlag: StopFlag, logger: Logger, handler: any RequestHandler
    ) {
        raw = RawRequest(descriptor: listener.descriptor)
        bodyBytesMax = options.bodyBytesMax
        places = options.places
        self.handler = handler
        self.listener = listener
        self.stopFlag = stopFlag
        self.logger = logger
    }

    /// Works until the server stops. What waits on our own socket by then is still answered; an inherited one is left
    /// at once, for under load there is always somebody waiting, and the successor takes them.
    func run() {
        var failures = 0
        while listener.ownPath != nil || !stopFlag.isSet {
            // A request that waited has cost the place.
            guard places.take() else { return }
            let code = raw.accept()
            if code == 0 {
                failures = 0
                answer()
                raw.finish()
            } else if stopFlag.isSet {
                return
            } else if code != -EAGAIN {
                failures += 1
                pause(after: code, failures)
            }
        }
    }

    /// Running out of descriptors passes by: a thread that ended over it would be missing for good.
    private func pause(after code: Int32, _ failures: Int) {
        if failures % 100 == 1 {
            logger.error("cannot accept requests", metadata: ["reason": "\(String(cString: strerror(-code)))"])
        }
        Thread.sleep(forTimeInterval: 0.05)
    }

    private func answer() {
        let parameters = raw.parameters()
        let id = parameters.requestID
        var path = parameters.rawPath
        let response: Response
        do throws(BadRequest) {
            var request = try parameters.requestHead(id: id)
            path = request.path
            let length = try parameters.contentLength()
            guard let body = try raw.body(length: length, atMost: bodyBytesMax(path)) else {
                logger.debug("the client left before its request was complete", metadata: ["request": "\(id)"])
                return
            }
            request.body = body
            response = try handler.respond(to: request)
        } catch {
            raw.drain()
            response = handler.failure(error, id: id, path: path)
        }
        send(response, id: id, path: path, isHead: parameters.string("REQUEST_METHOD") == "HEAD")
    }

    private func send(_ response: Response, id: String, path: String, isHead: Bool) {
        do {
            if !raw.send(try bytes(of: response, id: id, path: path, isHead: isHead)) {
                // Whatever the handler committed stays: the client asks again with the same key.
                logger.debug("the client left before its answer", metadata: ["request": "\(id)"])
            }
        } catch {
            logger.error(
                "the answer to a failure has a bad header", metadata: ["request": "\(id)", "header": "\(error)"])
        }
    }

    private func bytes(
        of response: Response, id: String, path: String, isHead: Bool
    ) throws(RefusedHeader) -> [UInt8] {
        do {
            return try response.serialized(id: id, isHead: isHead)
        } catch {
            logger.error("an answer has a bad header", metadata: ["request": "\(id)", "header": "\(error.name)"])
            let bad = BadRequest(status: .internalServerError, detail: "The answer could not be built.")
            return try handler.failure(bad, id: id, path: path).serialized(id: id, isHead: isHead)
        }
    }
}
