import HTTPTypes
import Testing

@testable import FastCGI

private func sent(_ response: Response, isHead: Bool = false) throws -> String {
    String(decoding: try response.serialized(id: "0123", isHead: isHead), as: UTF8.self)
}

struct ResponseTests {
    @Test("an answer is written with its id, type and length")
    func whole() throws {
        #expect(
            try sent(.html("<p>é</p>")) == """
                Status: 200 OK\r\nX-Request-Id: 0123\r\nContent-Type: text/html; charset=utf-8\r\n\
                Content-Length: 9\r\n\r\n<p>é</p>
                """)
    }

    @Test("the answer to HEAD has the headers of GET and no body")
    func head() throws {
        let text = try sent(.text("hello"), isHead: true)
        #expect(text.utf8.elementsEqual(try sent(.text("hello")).utf8.dropLast(5)))
    }

    @Test("each helper names its type and charset")
    func types() {
        #expect(Response.html("").headers[.contentType] == "text/html; charset=utf-8")
        #expect(Response.text("").headers[.contentType] == "text/plain; charset=utf-8")
        #expect(Response.json([]).headers[.contentType] == "application/json; charset=utf-8")
        let problem = Response.json([], status: .conflict, type: "application/problem+json")
        #expect(problem.headers[.contentType] == "application/problem+json; charset=utf-8")
        #expect(Response.seeOther("/a").headers[.location] == "/a")
        #expect(Response.seeOther("/a").status.code == 303)
    }

    @Test("204 and 304 have neither body nor length")
    func empty() throws {
        #expect(try sent(.noContent()) == "Status: 204 No Content\r\nX-Request-Id: 0123\r\n\r\n")
        let unchanged = Response(status: .notModified, body: [65])
        #expect(try sent(unchanged) == "Status: 304 Not Modified\r\nX-Request-Id: 0123\r\n\r\n")
    }

    @Test(
        "a header value with a line break or a zero byte refuses the answer",
        arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b", "\r\n\u{301}", "a\r\n\u{200D}Set-Cookie: x=1"])
    func injection(value: String) {
        var response = Response.text("x")
        response.setHeader(.setCookie, value)
        #expect(response.refusedHeader == .setCookie)
        #expect(throws: RefusedHeader.self) { try response.serialized(id: "0123", isHead: false) }
        #expect(throws: RefusedHeader.self) { try Response.seeOther(value).serialized(id: "0123", isHead: false) }
    }

    @Test("a header set past the check cannot break the line either")
    func directInjection() throws {
        let response = Response(status: .ok, headers: [.location: "/a\r\nSet-Cookie: x=1"])
        #expect(try sent(response).utf8.split(separator: UInt8(ascii: "\n")).count == 5)
        #expect(try !sent(response).contains("\nSet-Cookie"))
    }

    @Test("a handler's own length or id does not count")
    func serverHeaders() throws {
        let response = Response(status: .ok, headers: [.contentLength: "99"], body: [65])
        #expect(try sent(response) == "Status: 200 OK\r\nX-Request-Id: 0123\r\nContent-Length: 1\r\n\r\nA")
    }
}
