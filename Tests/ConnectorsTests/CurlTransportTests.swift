import Connectors
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite(.serialized)
struct CurlTransportTests {
    private func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nX-Kind: plain\r\n\r\n\(body)"
    }

    @Test("requests share one connection, and the answer has status, headers and body")
    func plain() throws {
        let body = "{\"a\":1}"
        let whole = ok(body)
        let server = try SocketServer { _ in .keep(whole) }
        defer { server.stop() }
        let transport = CurlTransport()
        for _ in 0..<3 {
            let answer = try transport.send(
                OutboundRequest(method: "GET", url: server.url("/x?y=1"), headers: ["X-APIKEY": "k"]))
            #expect(answer.status == 200)
            #expect(answer.headers["x-kind"] == "plain")
            #expect(answer.body == Data(body.utf8))
        }
        #expect(server.connectionsCount == 1)
        let head = try #require(server.requestHeads.first)
        #expect(head.hasPrefix("GET /x?y=1 HTTP/1.1\r\n"))
        #expect(head.lowercased().contains("\r\nx-apikey: k\r\n"))
    }

    @Test("requests with a body leave no open file behind")
    func bodies() throws {
        let whole = ok("{}")
        let server = try SocketServer { _ in .keep(whole) }
        defer { server.stop() }
        let transport = CurlTransport()
        let files = { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        let before = try files()
        for _ in 0..<200 {
            let request = try OutboundRequest(method: "POST", url: server.url(), body: Data("{}".utf8))
            #expect(try transport.send(request).status == 200)
        }
        Thread.sleep(forTimeInterval: 0.2)
        #expect(try files() < before + 20)
        let head = try #require(server.requestHeads.first)
        #expect(head.hasPrefix("POST / HTTP/1.1\r\n"))
        #expect(head.lowercased().contains("\r\ncontent-type: application/json\r\n"))
    }

    @Test("a redirect is an answer and is not followed")
    func redirect() throws {
        let other = try SocketServer { _ in .close("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
        defer { other.stop() }
        let target = try other.url("/stolen").absoluteString
        let server = try SocketServer { _ in
            .close("HTTP/1.1 302 Found\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n")
        }
        defer { server.stop() }
        let answer = try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        #expect(answer.status == 302)
        #expect(other.connectionsCount == 0)
    }

    @Test("an answer over the cap is refused, with a length or without")
    func cap() throws {
        let body = String(repeating: "x", count: 200_000)
        let whole = ok(body)
        let server = try SocketServer { index in index == 0 ? .close(whole) : .close("HTTP/1.1 200 OK\r\n\r\n" + body) }
        defer { server.stop() }
        let transport = CurlTransport(answerBytesMax: 100_000)
        for _ in 0..<2 {
            #expect(throws: ConnectorError.tooLarge) {
                try transport.send(OutboundRequest(method: "GET", url: server.url()))
            }
        }
    }

    @Test(
        "an answer that dribbles or never comes times out as a whole",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12"])
    func timeOut(start: String) throws {
        let server = try SocketServer { _ in .hang(start) }
        defer { server.stop() }
        let begun = Date()
        #expect(throws: ConnectorError.timedOut) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: server.url(), timeoutSeconds: 1))
        }
        #expect(Date().timeIntervalSince(begun) < 3)
    }

    @Test(
        "an answer that breaks off is cut",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{\"a\":1},", "",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"a\"\r\n",
        ])
    func cut(text: String) throws {
        let server = try SocketServer { _ in .close(text) }
        defer { server.stop() }
        #expect(throws: ConnectorError.cutAnswer) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        }
    }

    @Test(
        "an answer whose head breaks off is cut, and the process lives on",
        arguments: [
            "H", "HTTP/1.1", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r",
            "HTTP/1.1 200 OK\r\nX-Kind: plain\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Kind: plain\r\n",
        ])
    func cutHead(text: String) throws {
        let server = try SocketServer { _ in .close(text) }
        defer { server.stop() }
        for isRepeatable in [true, false] {
            #expect(throws: ConnectorError.cutAnswer) {
                let body = isRepeatable ? nil : Data("{}".utf8)
                return try CurlTransport().send(
                    OutboundRequest(
                        method: isRepeatable ? "GET" : "POST", url: server.url(), body: body,
                        isRepeatable: isRepeatable))
            }
        }
        #expect(server.requestHeads.filter { $0.hasPrefix("POST") }.count == 1)
    }

    @Test(
        "a head without end is refused",
        arguments: [
            String(repeating: "X-Kind: plain\r\n", count: 20_000), "X-Kind: " + String(repeating: "x", count: 300_000),
        ])
    func headCap(lines: String) throws {
        let server = try SocketServer { _ in .close("HTTP/1.1 200 OK\r\n" + lines) }
        defer { server.stop() }
        #expect(throws: ConnectorError.tooLarge) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        }
    }

    @Test("interim answers and lines after the body do not change what the head says")
    func interimAndTrailer() throws {
        let server = try SocketServer { _ in
            .close(
                "HTTP/1.1 100 Continue\r\nX-Kind: interim\r\n\r\nHTTP/1.1 200 OK\r\nX-Kind: plain\r\nX-Kind: too\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Kind: late\r\n\r\n")
        }
        defer { server.stop() }
        let answer = try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        #expect(answer.status == 200)
        #expect(answer.headers["x-kind"] == "plain, too")
        #expect(answer.body == Data("{}".utf8))
    }

    @Test(
        "a refusal that names a scheme is an answer, at once",
        arguments: ["Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"1\"", "Bearer"])
    func challenge(scheme: String) throws {
        let server = try SocketServer { _ in
            .keep("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: \(scheme)\r\nContent-Length: 2\r\n\r\n{}")
        }
        defer { server.stop() }
        let answer = try CurlTransport().send(
            OutboundRequest(method: "GET", url: server.url(), headers: ["Authorization": "Bearer t"], timeoutSeconds: 2)
        )
        #expect(answer.status == 401)
    }

    @Test("what is no HTTP leaves open whether a write was done")
    func noHTTP() throws {
        let server = try SocketServer { _ in .close("garbage\r\n\r\n") }
        defer { server.stop() }
        #expect(throws: ConnectorError.cutAnswer) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        }
    }

    @Test("many threads share one transport")
    func threads() throws {
        let whole = ok(String(repeating: "x", count: 30_000))
        let server = try SocketServer { _ in .keep(whole) }
        defer { server.stop() }
        let transport = CurlTransport()
        let url = try server.url()
        let good = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<50 {
                do {
                    let answer = try transport.send(OutboundRequest(method: "GET", url: url))
                    if answer.body.count == 30_000 { good.wrappingAdd(1, ordering: .relaxed) }
                } catch {
                    Issue.record(error)
                }
            }
        }
        #expect(good.load(ordering: .relaxed) == 400)
    }

    @Test("compression is undone, and the cap holds for what comes out")
    func compressed() throws {
        // 100,000 times "x".
        let packed = try #require(
            Data(
                base64Encoded:
                    "H4sIAAAAAAACA+3BMQEAAADCoNqLbw0PoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBXA3ERB/6ghgEA"
            ))
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
        let server = try SocketServer { _ in .closeBytes(Array(head.utf8) + Array(packed)) }
        defer { server.stop() }
        let answer = try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        #expect(answer.body == Data(repeating: UInt8(ascii: "x"), count: 100_000))
        #expect(throws: ConnectorError.tooLarge) {
            try CurlTransport(answerBytesMax: 99_999).send(OutboundRequest(method: "GET", url: server.url()))
        }
    }

    @Test("a line break in a header value begins no other header, and an empty body says so")
    func requestLines() throws {
        let whole = ok("{}")
        let server = try SocketServer { _ in .keep(whole) }
        defer { server.stop() }
        _ = try CurlTransport().send(
            OutboundRequest(
                method: "POST", url: server.url("/a/../b"), headers: ["X-Key": "k\r\nX-Other: 1", "X-No": ""]))
        let head = try #require(server.requestHeads.first)
        #expect(head.hasPrefix("POST /a/../b HTTP/1.1\r\n"))
        let lines = head.lowercased().components(separatedBy: "\r\n")
        for line in ["x-key: k  x-other: 1", "x-no:", "content-length: 0", "accept: application/json"] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.hasPrefix("content-type") || $0.hasPrefix("expect") })
    }

    @Test("another scheme is not asked", arguments: ["file:///etc/hostname", "ftp://127.0.0.1/x", "/x"])
    func scheme(text: String) throws {
        let url = try #require(URL(string: text))
        #expect(throws: ConnectorError.unreachable) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: url))
        }
    }

    @Test("a name that nobody has is unreachable")
    func noSuchName() throws {
        let url = try #require(URL(string: "http://no-such-host.invalid/"))
        #expect(throws: ConnectorError.unreachable) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: url))
        }
    }

    @Test("nobody listening is unreachable")
    func unreachable() throws {
        let server = try SocketServer { _ in .close("") }
        server.stop()
        #expect(throws: ConnectorError.unreachable) {
            try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        }
    }

    @Test("a write lost on the wire reaches the server once, though connections are kept")
    func writeOnce() throws {
        let whole = ok("{}")
        // The first request leaves a kept connection; whatever comes next is read and dropped.
        let server = try SocketServer { index in index == 0 ? .keep(whole) : .close("") }
        defer { server.stop() }
        let transport = CurlTransport()
        _ = try transport.send(OutboundRequest(method: "GET", url: server.url()))
        #expect(throws: ConnectorError.cutAnswer) {
            try transport.send(
                OutboundRequest(
                    method: "PUT", url: server.url("/points"), body: Data("{\"value\":1}".utf8), isRepeatable: false))
        }
        Thread.sleep(forTimeInterval: 0.3)
        #expect(server.requestHeads.filter { $0.hasPrefix("PUT") }.count == 1)
    }

    @Test("a request lost with a kept connection is sent again by itself", arguments: ["GET", "POST"])
    func sentAgain(method: String) throws {
        let whole = ok("{}")
        let server = try SocketServer { index in index == 1 ? .close("") : .keep(whole) }
        defer { server.stop() }
        let transport = CurlTransport()
        for _ in 0..<3 {
            let body = method == "POST" ? Data(repeating: UInt8(ascii: "1"), count: 50_000) : nil
            let request = try OutboundRequest(method: method, url: server.url(), body: body)
            #expect(try transport.send(request).status == 200)
        }
        #expect(server.requestHeads.count == 4)
        #expect(server.connectionsCount == 2)
    }

    @Test("a kept connection that the server drops costs no long wait", arguments: ["GET", "POST"])
    func droppedConnection(method: String) throws {
        let whole = ok("{}")
        let server = try SocketServer { index in index == 1 ? .close("") : .keep(whole) }
        defer { server.stop() }
        let transport = CurlTransport()
        let body = method == "POST" ? Data("{\"page\":1}".utf8) : nil
        let begun = Date()
        for _ in 0..<3 {
            do {
                let request = try OutboundRequest(method: method, url: server.url(), body: body, timeoutSeconds: 5)
                #expect(try transport.send(request).status == 200)
            } catch ConnectorError.cutAnswer {
                continue  // as good: the caller asks again
            }
        }
        #expect(Date().timeIntervalSince(begun) < 3)
    }

    @Test("a stop interrupts a request that waits")
    func stop() throws {
        let server = try SocketServer { _ in .hang("") }
        defer { server.stop() }
        let asked = Atomic<Int>(0)
        let transport = CurlTransport(isStopping: {
            asked.wrappingAdd(1, ordering: .relaxed).newValue > 2
        })
        let begun = Date()
        #expect(throws: Stopped.self) { try transport.send(OutboundRequest(method: "GET", url: server.url())) }
        #expect(Date().timeIntervalSince(begun) < 3)
    }

    @Test("a proxy named in the environment is not asked")
    func proxy() throws {
        let whole = ok("{}")
        let proxy = try SocketServer { _ in .close(whole) }
        let server = try SocketServer { _ in .close(whole) }
        defer {
            proxy.stop()
            server.stop()
        }
        setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
        defer { unsetenv("http_proxy") }
        _ = try CurlTransport().send(OutboundRequest(method: "GET", url: server.url()))
        #expect(proxy.connectionsCount == 0)
        #expect(server.connectionsCount == 1)
    }
}
