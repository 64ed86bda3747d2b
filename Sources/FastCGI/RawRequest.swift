import CFastCGI
import Foundation
import HTTPTypes

/// libfcgi's request, which is also its connection. Stays on the thread that made it.
final class RawRequest {
    private let pointer: UnsafeMutablePointer<FCGX_Request>

    /// The library is to be set up once, before any thread uses it.
    private static let isLibraryReady = FCGX_Init() == 0

    init(descriptor: Int32) {
        precondition(Self.isLibraryReady, "FCGX_Init fails only without memory")
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: FCGX_Request())
        FCGX_InitRequest(pointer, descriptor, 0)
    }

    deinit {
        FCGX_Free(pointer, 1)
        pointer.deallocate()
    }

    /// Waits for a connection and reads the parameters: 0, or a negated `errno`. No lock around it, for it reads from
    /// the peer, and a silent peer would stop every thread.
    func accept() -> Int32 { FCGX_Accept_r(pointer) }

    /// A copy of the parameters.
    func parameters() -> Parameters { Parameters(copying: pointer.pointee.envp) }

    /// The body, read to its end, or nil when the client went away before it was complete.
    /// 413 when more than `limit` bytes were announced, and then nothing is read.
    func body(length: Int, atMost limit: Int) throws(BadRequest) -> [UInt8]? {
        guard length <= limit, let sizeToRead = Int32(exactly: length + 1) else {
            throw BadRequest(status: .contentTooLarge, detail: "The body is longer than \(limit) bytes.")
        }
        // One byte more than announced: reading up to the end is what tells a whole body from a broken one.
        let body = [UInt8](unsafeUninitializedCapacity: length + 1) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) { count = read(into: $0, sizeToRead) }
        }
        guard body.count >= length, FCGX_GetError(pointer.pointee.in) == 0 else { return nil }
        guard body.count == length else {
            throw BadRequest(detail: "The body is longer than its Content-Length.")
        }
        return body
    }

    /// Reads and forgets what is left of the body: unread input would be taken for the answer's connection breaking.
    func drain() {
        let size: Int32 = 8192
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(size)) { buffer in
            while read(into: buffer, size) == Int(size) {}
        }
    }

    private func read(into buffer: UnsafeMutableBufferPointer<CChar>, _ size: Int32) -> Int {
        max(0, Int(FCGX_GetStr(buffer.baseAddress, size, pointer.pointee.in)))
    }

    /// Sends the whole answer. False when nobody is there to read it any more.
    func send(_ answer: [UInt8]) -> Bool {
        let out = pointer.pointee.out
        let written = answer.withUnsafeBytes { bytes in
            FCGX_PutStr(bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), out)
        }
        // Closing both streams writes the rest of the answer and the end of the request in one piece, where a flush
        // before `finish` would make two and wake nginx twice.
        let isErrorClosed = FCGX_FClose(pointer.pointee.err) == 0
        return FCGX_FClose(out) == 0 && isErrorClosed && Int(written) == answer.count
    }

    /// Ends the request and closes its connection, even when the peer asked to keep it: a thread waiting on an idle
    /// connection answers nobody else and cannot be woken to stop.
    func finish() {
        pointer.pointee.keepConnection = 0
        FCGX_Finish_r(pointer)
    }
}
