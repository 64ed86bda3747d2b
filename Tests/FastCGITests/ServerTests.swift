import Foundation
import Testing

@testable import FastCGI

struct ServerTests {
    let directory: TemporaryDirectory
    let trace = Trace()
    let server: Server

    init() throws {
        directory = try TemporaryDirectory()
        server = makeServer(directory.socket, trace)
        try server.start()
    }

    private func answer(
        _ method: String = "GET", _ uri: String, body: [UInt8] = [], parameters: [(String, String)] = []
    ) throws -> FastCGIClient.Answer {
        let client = try FastCGIClient(connectingTo: directory.socket)
        try client.send(method, uri, body: body, parameters: parameters)
        return try client.receive()
    }

    private func stop() { #expect(server.stop(waitingAtMost: .seconds(5))) }

    @Test("GET is answered under the id that nginx gave, which the handler sees")
    func get() throws {
        defer { stop() }
        let id = "00112233445566778899aabbccddeeff"
        let answer = try answer("GET", "/a%20b?c=d", parameters: [("REQUEST_ID", id)])
        #expect(answer.status == "200 OK")
        #expect(answer.isEnded)
        #expect(answer.header("X-Request-Id") == id)
        #expect(trace.requests.map(\.id) == [id])
        #expect(trace.requests.first?.path == "/a b")
        #expect(trace.requests.first?.query["c"] == "d")
    }

    @Test("a posted body arrives byte for byte")
    func post() throws {
        defer { stop() }
        let body = (0..<1_024).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try Array(answer("POST", "/", body: body).output.suffix(1_024)) == body)
        #expect(trace.requests.map(\.body) == [body])
    }

    @Test("a body over the limit of its path is 413 and reaches no handler")
    func tooLarge() throws {
        defer { stop() }
        let body = [UInt8](repeating: 65, count: 300_000)
        #expect(try answer("POST", "/", body: body).status == "413 Content Too Large")
        #expect(trace.requests.isEmpty)
        #expect(try answer("POST", "/hook", body: Array(body.prefix(4_096))).status == "200 OK")
    }

    @Test("a body cut short reaches no handler", arguments: [true, false])
    func short(endsInput: Bool) throws {
        defer { stop() }
        let client = try FastCGIClient(connectingTo: directory.socket)
        try client.send("POST", "/", body: [65, 66], length: 10, endsInput: endsInput)
        client.closeInput()
        #expect(try client.receive().output.isEmpty)
        #expect(trace.requests.isEmpty)
        #expect(try answer("GET", "/after").status == "200 OK")
    }

    @Test("a request that ends before its input does reaches no handler")
    func unended() throws {
        defer { stop() }
        let client = try FastCGIClient(connectingTo: directory.socket)
        try client.send("GET", "/", endsInput: false)
        client.closeInput()
        #expect(try client.receive().output.isEmpty)
        #expect(trace.requests.isEmpty)
    }

    @Test("a body longer than announced is 400")
    func tooLong() throws {
        defer { stop() }
        let client = try FastCGIClient(connectingTo: directory.socket)
        try client.send("POST", "/", body: [65, 66, 67], length: 2)
        #expect(try client.receive().status == "400 Bad Request")
        #expect(trace.requests.isEmpty)
    }

    @Test("a repeated header is 400, told with the path and the id")
    func repeatedHeader() throws {
        defer { stop() }
        let id = "00112233445566778899aabbccddeeff"
        let answer = try answer(
            "POST", "/api/%zz?x", body: [65],
            parameters: [("HTTP_AUTHORIZATION", "a"), ("HTTP_AUTHORIZATION", "b"), ("REQUEST_ID", id)])
        #expect(answer.status == "400 Bad Request")
        #expect(answer.body == "400 /api/%zz \(id)")
        #expect(answer.header("X-Request-Id") == id)
        #expect(trace.requests.isEmpty)
    }

    @Test(
        "HEAD is answered without a body, also when it fails", arguments: [("/", "200 OK"), ("/%", "400 Bad Request")])
    func head(uri: String, status: String) throws {
        defer { stop() }
        let answer = try answer("HEAD", uri)
        #expect(answer.status == status)
        #expect(answer.body.isEmpty)
    }

    @Test("what a handler refuses is answered as a failure")
    func thrown() throws {
        defer { stop() }
        #expect(try answer("GET", "/throw").status == "415 Unsupported Media Type")
    }

    @Test("a header that would split the answer becomes a 500")
    func split() throws {
        defer { stop() }
        let answer = try answer("GET", "/split")
        #expect(answer.status == "500 Internal Server Error")
        #expect(!answer.text.contains("Set-Cookie"))
    }

    @Test("an answer of megabytes arrives whole, and a client that leaves during one harms nobody")
    func large() throws {
        defer { stop() }
        #expect(try answer("GET", "/large").body.utf8.count == 3_000_000)
        for _ in 0..<4 { try FastCGIClient(connectingTo: directory.socket).send("GET", "/large") }
        #expect(try answer("GET", "/large").body.utf8.count == 3_000_000)
    }

    @Test("more requests at once than threads are all answered, each by a handler of its thread")
    func parallel() throws {
        defer { stop() }
        let clients = try (0..<8).map { number in
            let client = try FastCGIClient(connectingTo: directory.socket)
            try client.send("POST", "/slow", body: [UInt8(number)], keepsConnection: true)
            return client
        }
        for _ in 0..<4 { trace.entered.wait() }  // all four threads are busy at the same time
        for _ in clients { trace.gate.signal() }
        for client in clients { #expect(try client.receive().body == "slow but whole") }
        #expect(Set(trace.requests.flatMap(\.body)) == Set(0..<8))
        #expect(trace.handlers == 4)
    }
}
