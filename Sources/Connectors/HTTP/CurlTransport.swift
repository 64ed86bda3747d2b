import CCurl
import Foundation
import Synchronization

/// Requests over HTTP/1.1 by libcurl: no redirects, cookies or proxy, and an end to size and time.
///
/// One for the whole process: connections are kept and shared.
public final class CurlTransport: HTTPTransport {
    /// As many as threads that send at once; more are made and closed again.
    private static let idleMax = 16

    private let answerBytesMax: Int
    private let isStopping: @Sendable () -> Bool
    private let idle = Mutex<[CurlHandle]>([])

    /// Makes a transport whose answers may have so many bytes each, and which gives up when the process is to end.
    public init(answerBytesMax: Int = 32 << 20, isStopping: @escaping @Sendable () -> Bool = { false }) {
        self.answerBytesMax = answerBytesMax
        self.isStopping = isStopping
    }

    public func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        // The one used last: its connection is the least likely to have been closed.
        let handle = try idle.withLock { $0.popLast() } ?? CurlHandle()
        defer {
            idle.withLock { idle in
                if idle.count < Self.idleMax { idle.append(handle) }
            }
        }
        return try handle.send(request, bodyBytesMax: answerBytesMax, isStopping: isStopping)
    }
}

/// One transfer at a time, and the connections kept from those before.
///
/// Not Sendable by itself: a handle taken from the idle ones belongs to one thread until it is put back.
private final class CurlHandle: @unchecked Sendable {
    /// Once in the process: the library is not set up by two threads at a time.
    private static let isLibraryReady: Bool = {
        // Told to use no signals (they are not for threads), the library leaves this one to us: a peer that closes
        // while we write must not end the process.
        signal(SIGPIPE, SIG_IGN)
        return ccurl_global_init() == CURLE_OK
    }()

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private var incoming = IncomingAnswer(bodyBytesMax: 0)

    init() throws {
        guard Self.isLibraryReady, let easy = curl_easy_init() else { throw ConnectorError.unreachable }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            throw ConnectorError.unreachable
        }
        self.easy = easy
        self.multi = multi
        // A connection or two for each third party.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 4)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    func send(_ request: OutboundRequest, bodyBytesMax: Int, isStopping: () -> Bool) throws -> OutboundAnswer {
        incoming = IncomingAnswer(bodyBytesMax: bodyBytesMax)
        defer { incoming = IncomingAnswer(bodyBytesMax: 0) }
        // Forgets keys and body; connections stay, for they belong to `multi`.
        defer { curl_easy_reset(easy) }
        try setLimits(bodyBytesMax: bodyBytesMax)
        try setTarget(request)
        try setReceivers()
        let lines = try headerLines(request)
        defer { curl_slist_free_all(lines) }
        try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, lines))
        let result = try transfer(until: .now + .seconds(request.timeoutSeconds), isStopping: isStopping)
        return try answer(result)
    }

    /// Runs the transfer; in steps, as the library by itself looks up only once a second.
    private func transfer(until deadline: ContinuousClock.Instant, isStopping: () -> Bool) throws -> CURLcode {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { throw ConnectorError.unreachable }
        // In the middle of a transfer this closes the connection.
        defer { curl_multi_remove_handle(multi, easy) }
        while true {
            var running: Int32 = 0
            guard curl_multi_perform(multi, &running) == CURLM_OK else { throw ConnectorError.cutAnswer }
            if running == 0 { return result() }
            if isStopping() { throw Stopped() }
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { throw ConnectorError.timedOut }
            let slice = min(rest, .milliseconds(ConnectorClock.sliceMilliseconds))
            // One more, for the rest is cut to whole milliseconds and a wait of 0 would spin.
            let waited = curl_multi_poll(multi, nil, 0, Int32(slice / .milliseconds(1)) + 1, nil)
            guard waited == CURLM_OK else { throw ConnectorError.cutAnswer }
        }
    }

    /// What became of the transfer that has ended.
    private func result() -> CURLcode {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return CURLE_RECV_ERROR
    }

    private func answer(_ result: CURLcode) throws -> OutboundAnswer {
        if incoming.isTooLarge { throw ConnectorError.tooLarge }
        guard result == CURLE_OK else {
            var bytesSent = 0
            try check(ccurl_get_long(easy, CURLINFO_REQUEST_SIZE, &bytesSent))
            throw ConnectorError(result, hasSent: bytesSent > 0)
        }
        // The library takes a connection that closes within the head for the end of an answer without a body.
        guard incoming.isHeadWhole else { throw ConnectorError.cutAnswer }
        return OutboundAnswer(status: incoming.status, headers: incoming.headers, body: incoming.body)
    }
}

/// The options of a request. None fails but for want of memory or by a library too old: then nothing is sent.
extension CurlHandle {
    private func check(_ result: CURLcode) throws {
        guard result == CURLE_OK else { throw ConnectorError.unreachable }
    }

    private func set(_ option: CURLoption, _ value: Int) throws { try check(ccurl_set_long(easy, option, value)) }
    private func set(_ option: CURLoption, _ value: String) throws { try check(ccurl_set_text(easy, option, value)) }

    private func setLimits(bodyBytesMax: Int) throws {
        try set(CURLOPT_NOSIGNAL, 1)
        // Else a stop would wait for a slow name server; the library's own thread ends by itself.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        // Followed, a redirect would carry the key to whatever host the answer names.
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // Empty: not even one that the environment names (engine-notes.md, 7.8).
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // A page of a hundred orders is taken in one go, not in seven.
        try set(CURLOPT_BUFFERSIZE, 256 * 1_024)
        // Refuses by the length that is announced; `IncomingAnswer` counts what comes.
        try check(ccurl_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(bodyBytesMax)))
    }

    private func setTarget(_ request: OutboundRequest) throws {
        // Checked here, for later the library's word for another scheme is also its word for what is no HTTP.
        guard ["http", "https"].contains(request.url.scheme?.lowercased()) else { throw ConnectorError.unreachable }
        try set(CURLOPT_URL, request.url.absoluteString)
        try set(CURLOPT_PATH_AS_IS, 1)
        // What was lost on a kept connection the library sends again by itself: a write would be done twice.
        if !request.isRepeatable { try set(CURLOPT_FRESH_CONNECT, 1) }
        guard request.method != "GET" || request.body != nil else { return }
        let body = request.body ?? Data()
        try check(ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // Copied, so that nothing of ours must stay where it is while the library sends. A byte more than is sent: an
        // empty body has no address, and without one the library reads standard input.
        try (Array(body) + [0]).withUnsafeBytes {
            try check(ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress))
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func setReceivers() throws {
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check(
            ccurl_set_writer(easy, CURLOPT_HEADERFUNCTION) { bytes, _, count, me in
                CurlHandle.receive(bytes, count, me) { $0.appendHeaderLine($1) }
            })
        try check(
            ccurl_set_writer(easy, CURLOPT_WRITEFUNCTION) { bytes, _, count, me in
                CurlHandle.receive(bytes, count, me) { $0.appendBody($1) }
            })
    }

    /// Called by the library, on the thread of `transfer`; any other number than `count` ends the transfer.
    private static func receive(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ me: UnsafeMutableRawPointer?,
        append: (inout IncomingAnswer, UnsafeRawBufferPointer) -> Void
    ) -> Int {
        guard let me else { return 0 }
        let handle = Unmanaged<CurlHandle>.fromOpaque(me).takeUnretainedValue()
        append(&handle.incoming, UnsafeRawBufferPointer(start: bytes, count: count))
        return handle.incoming.isTooLarge ? -1 : count
    }

    private func headerLines(_ request: OutboundRequest) throws -> UnsafeMutablePointer<curl_slist>? {
        var headers = Dictionary(request.headers.map { ($0.key.lowercased(), $0.value) }) { _, last in last }
        if request.body != nil { headers["content-type"] = "application/json" }
        headers["accept"] = headers["accept"] ?? "application/json"
        headers["user-agent"] = headers["user-agent"] ?? "loyalty"
        var lines = headers.map { name, value in value.isEmpty ? "\(name);" : "\(name): \(value)" }
        // The library's own, which it leaves out for a line without a value.
        lines.append("expect:")
        if request.body == nil { lines.append("content-type:") }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            // A line break within a value would begin another header (RFC 9110, 5.5: a space stands for it).
            let bytes = line.utf8.map { [0, 10, 13].contains($0) ? 32 : CChar(bitPattern: $0) } + [0]
            guard let longer = curl_slist_append(list, bytes) else {
                curl_slist_free_all(list)
                throw ConnectorError.unreachable
            }
            list = longer
        }
        return list
    }
}

/// An answer as it arrives, and what is wrong with it.
private struct IncomingAnswer {
    /// Of all header lines, those of interim answers and after the body too.
    private static let headBytesMax = 128 << 10

    private let bodyBytesMax: Int
    private var headBytes = 0
    private var hasBlankLine = false
    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    private(set) var body = Data()
    private(set) var isTooLarge = false

    init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    /// Whether the head of the answer itself has come, not only that of an interim one.
    var isHeadWhole: Bool { hasBlankLine && status >= 200 }

    mutating func appendHeaderLine(_ bytes: UnsafeRawBufferPointer) {
        headBytes += bytes.count
        isTooLarge = isTooLarge || headBytes > Self.headBytesMax
        // What follows the body says nothing that we want, and may not replace what the head said.
        guard !isTooLarge, !isHeadWhole else { return }
        let line = Self.trimmed(Substring(decoding: bytes, as: UTF8.self))
        if line.hasPrefix("HTTP/") {
            let parts = line.split(separator: " ")
            status = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            headers = [:]
            hasBlankLine = false
        } else if line.isEmpty {
            hasBlankLine = true
        } else if let colon = line.firstIndex(of: ":") {
            let name = line[..<colon].lowercased()
            let value = Self.trimmed(line[line.index(after: colon)...])
            headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
        }
    }

    /// Without the white space of RFC 9110, 5.5, and the end of the line.
    private static func trimmed(_ text: Substring) -> Substring {
        func isSpace(_ byte: UInt8) -> Bool { [9, 10, 13, 32].contains(byte) }
        let bytes = text.utf8.drop(while: isSpace)
        let end = bytes.lastIndex { !isSpace($0) }.map(bytes.index(after:)) ?? bytes.startIndex
        return Substring(bytes[..<end])
    }

    mutating func appendBody(_ bytes: UnsafeRawBufferPointer) {
        isTooLarge = isTooLarge || body.count + bytes.count > bodyBytesMax
        if !isTooLarge { body.append(contentsOf: bytes) }
    }
}

extension ConnectorError {
    /// What an error of the library means.
    fileprivate init(_ result: CURLcode, hasSent: Bool) {
        switch result {
        // Only what proves that nothing was sent: a write that ended otherwise may have been done. `hasSent` as well,
        // for the connection that fails may be the second, after one that was kept.
        case CURLE_URL_MALFORMAT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
            CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            self = hasSent ? .cutAnswer : .unreachable
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        // The latter is also what it calls a header line longer than it takes.
        case CURLE_FILESIZE_EXCEEDED, CURLE_OUT_OF_MEMORY: self = .tooLarge
        default: self = .cutAnswer
        }
    }
}
