import HTTPTypes
import Testing

@testable import FastCGI

private func head(_ uri: String, _ more: [(String, String)] = []) throws(BadRequest) -> Request {
    let pairs = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", uri)] + more
    return try Parameters(pairs.map { (name: $0.0, value: Array($0.1.utf8)) }).requestHead(id: Request.randomID())
}

struct RequestTests {
    @Test(
        "a path is decoded once, segment by segment",
        arguments: [
            ("/", "/"), ("/a/b?c=d", "/a/b"), ("/a%20b+c", "/a b+c"), ("/caf%C3%A9", "/café"), ("/a%2525", "/a%25"),
            ("/a//b/", "/a//b/"), ("/.well-known/x..y", "/.well-known/x..y"), ("/café", "/café"),
        ])
    func paths(uri: String, path: String) throws {
        #expect(try head(uri).path == path)
    }

    @Test(
        "a path with two meanings is refused",
        arguments: [
            "", "*", "a/b", "http://host/a", "/%", "/%4", "/%zz", "/%ff", "/%C3", "/a%00b", "/a%2Fb", "/a%2fb",
            "/a/../b", "/%2e%2e/b", "/./a", "/a/.", "/a%0Ab", "/a%0D%0Ab", "/a%7F", "/a#b",
        ])
    func badPaths(uri: String) {
        #expect(throws: BadRequest.self) { try head(uri) }
    }

    @Test("the query is read with the path, and a malformed one refused")
    func query() throws {
        #expect(try head("/a?q=b%20c&q=d?e").query.all("q") == ["b c", "d?e"])
        #expect(try head("/a?").query == FormFields())
        #expect(throws: BadRequest.self) { try head("/a?q=100%") }
    }

    @Test("header fields carry their names, without those that must not reach a handler")
    func headers() throws {
        let request = try head(
            "/",
            [
                ("CONTENT_TYPE", "text/plain"), ("HTTP_CONTENT_TYPE", "text/plain"), ("CONTENT_LENGTH", ""),
                ("HTTP_X_CSRF_TOKEN", "abc"), ("HTTP_PROXY", "http://evil"), ("HTTP_TRANSFER_ENCODING", "chunked"),
                ("HTTP_EMPTY", ""), ("HTTP_HOST", "shop.example:8080"), ("REMOTE_ADDR", "10.0.0.7"), ("HTTPS", "on"),
            ])
        #expect(
            request.headers.map { "\($0.name.canonicalName)=\($0.value)" }.sorted() == [
                "content-type=text/plain", "host=shop.example:8080", "x-csrf-token=abc",
            ])
        #expect(request.host == "shop.example:8080")
        #expect(request.remoteAddress == "10.0.0.7")
        #expect(request.isSecure)
        #expect(try !head("/").isSecure)
    }

    @Test(
        "a repeated or contradictory header refuses the request",
        arguments: [
            [("HTTP_AUTHORIZATION", "a"), ("HTTP_AUTHORIZATION", "a")],
            [("HTTP_COOKIE", "a=1"), ("HTTP_COOKIE", "b=2")],
            [("HTTP_IDEMPOTENCY_KEY", "1"), ("HTTP_IDEMPOTENCY_KEY", "2")], [("HTTP_HOST", "a"), ("HTTP_HOST", "b")],
            [("HTTP_CONTENT_TYPE", "a"), ("HTTP_CONTENT_TYPE", "b")], [("CONTENT_TYPE", "a"), ("CONTENT_TYPE", "a")],
            [("CONTENT_TYPE", "a"), ("HTTP_CONTENT_TYPE", "b")], [("HTTP_HOST", "a/b")], [("HTTP_HOST", "a\r\nb")],
        ])
    func repeatedHeaders(parameters: [(String, String)]) {
        #expect(throws: BadRequest.self) { try head("/", parameters) }
    }

    @Test(
        "a length is digits only",
        arguments: [
            ("", 0), ("0", 0), ("12", 12), ("+5", nil), ("-1", nil), ("5 ", nil), ("0x10", nil), ("5,5", nil),
            ("9999999999999999999999", nil), ("٣", nil),
        ] as [(String, Int?)])
    func lengths(text: String, length: Int?) throws {
        let parameters = Parameters([(name: "CONTENT_LENGTH", value: Array(text.utf8))])
        if let length {
            #expect(try parameters.contentLength() == length)
        } else {
            #expect(throws: BadRequest.self) { try parameters.contentLength() }
        }
    }

    @Test("an id of nginx is kept, anything else gives a random one")
    func ids() {
        func id(_ text: String) -> String { Parameters([(name: "REQUEST_ID", value: Array(text.utf8))]).requestID }
        let given = "0123456789abcdef0123456789abcdef"
        #expect(id(given) == given)
        for text in ["", "0123", given + "0", "g" + given.dropFirst(), "0123456789abcdef0123456789abcde\n"] {
            #expect(id(text) != text)
            #expect(id(text).utf8.count == 32)
        }
        #expect(Request.randomID() != Request.randomID())
    }

    @Test("cookies are found by the exact bytes of their names")
    func cookies() {
        let request = Request(headers: [.cookie: "a=1; __Host-session=x=y;b=\"q\"; a=2; junk; Session=no"])
        #expect(request.cookies["__Host-session"] == "x=y")
        #expect(request.cookies.all("a") == ["1", "2"])
        #expect(request.cookies["b"] == "\"q\"")
        #expect(request.cookies["session"] == nil)
        #expect(request.cookies["junk"] == nil)
        #expect(Request().cookies["a"] == nil)
    }

    @Test(
        "only a urlencoded body in UTF-8 is a form",
        arguments: [
            ("application/x-www-form-urlencoded", true), ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("application/x-www-form-urlencoded;charset=\"utf-8\"", true),
            ("application/x-www-form-urlencoded; charset=latin1", false), ("multipart/form-data; boundary=x", false),
            ("application/json", false), ("", false),
        ])
    func forms(type: String, isForm: Bool) throws {
        let request = Request(method: .post, headers: [.contentType: type], body: Array("a=1".utf8))
        if isForm {
            #expect(try request.form()["a"] == "1")
        } else {
            let refusal = #expect(throws: BadRequest.self) { try request.form() }
            #expect(refusal?.status == .unsupportedMediaType)
        }
    }
}
