import FastCGI
import Foundation
import HTTPTypes
import Logging
import Synchronization

/// What the handlers of one server saw, and a gate at which `/slow` waits.
final class Trace: Sendable {
    private let seen = Mutex<[Request]>([])
    private let handlerCount = Mutex(0)
    let entered = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)

    var requests: [Request] { seen.withLock { $0 } }
    var handlers: Int { handlerCount.withLock { $0 } }

    func add(_ request: Request) { seen.withLock { $0.append(request) } }
    func addHandler() { handlerCount.withLock { $0 += 1 } }
}

/// Answers each path in a way of its own.
final class EchoHandler: RequestHandler {
    private let trace: Trace

    init(_ trace: Trace) {
        self.trace = trace
        trace.addHandler()
    }

    func respond(to request: Request) throws(BadRequest) -> Response {
        trace.add(request)
        switch request.path {
        case "/slow":
            trace.entered.signal()
            trace.gate.wait()
            return .text("slow but whole")
        case "/throw": throw BadRequest(status: .unsupportedMediaType, detail: "not this")
        case "/split": return .seeOther("/a\r\nSet-Cookie: x=1")
        case "/large": return .text(String(repeating: "x", count: 3_000_000))
        default: return .content(request.body, type: "application/octet-stream")
        }
    }

    func failure(_ bad: BadRequest, id: String, path: String) -> Response {
        .text("\(bad.status.code) \(path) \(id)", status: bad.status)
    }
}

/// A directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "fcgi-" + Request.randomID().prefix(12)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("left behind: \(path): \(error)")
        }
    }

    var socket: String { path + "/app.sock" }
}

func makeServer(_ path: String, _ trace: Trace = Trace(), threads: Int = 4) -> Server {
    let options = ServerOptions(socketPath: path, threads: threads, bodyBytesMax: { $0 == "/hook" ? 4_096 : 1_024 })
    return Server(options: options, logger: Logger(label: "test")) { EchoHandler(trace) }
}
