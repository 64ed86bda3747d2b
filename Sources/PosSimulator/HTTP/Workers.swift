import CFastCGI
import Foundation

/// Threads that accept, read, answer. Nothing here knows what is simulated.
final class Workers: Sendable {
    private let listener: Int32
    private let answer: @Sendable (Request) -> Response
    private static let bodyBytesMax = 4 << 20

    struct NotListening: Error {}

    init(socketPath: String, answer: @escaping @Sendable (Request) -> Response) throws(NotListening) {
        FCGX_Init()
        // Any local nginx may connect, whatever user it runs as: everything behind this socket is invented.
        umask(0o111)
        listener = FCGX_OpenSocket(socketPath, 1_024)
        guard listener >= 0 else { throw NotListening() }
        self.answer = answer
    }

    func start(threads: Int) {
        for _ in 0..<threads {
            let thread = Thread { self.serve() }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Wakes every waiting thread; requests already running may finish.
    func stop() {
        FCGX_ShutdownPending()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve() {
        let record = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
        FCGX_InitRequest(record, listener, 0)
        while true {
            let result = FCGX_Accept_r(record)
            if result == -EINVAL { return }  // what `shutdown` of the listener gives
            if result < 0 {
                Thread.sleep(forTimeInterval: 0.05)
                continue
            }
            if let request = request(from: record) {
                send(answer(request), to: record)
            }
            FCGX_Finish_r(record)
        }
    }

    private func request(from record: UnsafeMutablePointer<FCGX_Request>) -> Request? {
        func value(_ name: String) -> String? {
            FCGX_GetParam(name, record.pointee.envp).map { String(cString: $0) }
        }
        let length = value("CONTENT_LENGTH").flatMap { Int($0) } ?? 0
        guard length <= Workers.bodyBytesMax else { return nil }
        var body = [UInt8]()
        var chunk = [CChar](repeating: 0, count: 16_384)
        while true {
            let count = FCGX_GetStr(&chunk, Int32(chunk.count), record.pointee.in)
            if count <= 0 { break }
            body.append(contentsOf: chunk[..<Int(count)].lazy.map { UInt8(bitPattern: $0) })
        }
        guard body.count == length else { return nil }
        return Request(
            method: value("REQUEST_METHOD") ?? "GET", uri: value("REQUEST_URI") ?? "/",
            authorization: value("HTTP_AUTHORIZATION"), apiKey: value("HTTP_X_APIKEY"),
            host: value("HTTP_HOST") ?? "localhost", body: body)
    }

    private func send(_ response: Response, to record: UnsafeMutablePointer<FCGX_Request>) {
        guard !response.isAborted else { return }
        response.wire.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            _ = FCGX_PutStr(start, Int32(bytes.count), record.pointee.out)
        }
    }
}
