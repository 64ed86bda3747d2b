import Connectors
import Foundation
import LoyaltyRules
import Testing

struct AlleavesSessionTests {
    private let clock = TestClock()
    private var now: Int64 { clock.clock.now().secondsSince1970 }

    /// An Alleaves whose sign-in answers by closure and whose lists are empty for `token`.
    private func transport(
        accepts token: @escaping @Sendable (String) -> Bool = { _ in true }, refusal: Int = 401,
        signIn: @escaping @Sendable (OutboundRequest, Int) -> OutboundAnswer
    ) -> FakeTransport {
        FakeTransport { request, index in
            if request.url.path().hasSuffix("/auth") { return signIn(request, index) }
            return token(request.headers["Authorization"] ?? "") ? .json("[]") : .json("Forbidden", status: refusal)
        }
    }

    @Test("signing in sends name, password and pin apart; the token is kept for all calls")
    func formA() throws {
        let transport = transport { _, _ in .json("{\"token\":\"a.b.c\"}") }
        let client = try alleaves(transport)
        for page in 1...3 { _ = try client.customers(page: page) }
        #expect(transport.requests.count == 4)
        let body = try #require(transport.requests.first?.body)
        #expect(
            try JSONDecoder().decode([String: String].self, from: body) == [
                "username": "u", "password": "p:w", "pin": "0000",
            ])
    }

    @Test("where form A is refused, form B is tried", arguments: [400, 401, 403, 404, 415, 200])
    func formB(status: Int) throws {
        let transport = transport { request, _ in
            request.headers["Authorization"] == "Basic " + Data("u:p:w".utf8).base64EncodedString()
                && request.body == nil
                ? .json("{\"token\":\"a.b.c\"}") : .json("{\"error\":\"no\"}", status: status)
        }
        _ = try alleaves(transport).customers(page: 1)
        #expect(transport.requests.count == 3)
    }

    @Test("credentials that both forms refuse are refused, once", arguments: [400, 401, 403, 200])
    func refused(status: Int) throws {
        let transport = transport { _, _ in .json("{\"error\":\"no\"}", status: status) }
        #expect(throws: ConnectorError.refusedCredentials) { try alleaves(transport).customers(page: 1) }
        #expect(transport.requests.count == 2)
    }

    @Test("a fault while signing in is no reason for form B")
    func fault() throws {
        let transport = transport { _, _ in .json("", status: 500) }
        #expect(throws: ConnectorError.serverFault(status: 500)) { try alleaves(transport).customers(page: 1) }
        #expect(transport.requests.allSatisfy { $0.body != nil })
    }

    @Test("a token is renewed five minutes before its end, or at half of a short life")
    func renewal() throws {
        let start = now
        for (life, kept) in [(86_400, 86_099), (120, 59)] as [(Int64, Int64)] {
            let clock = TestClock()
            let transport = transport { _, _ in .json("{\"token\":\"\(token(expiresAt: start + life))\"}") }
            let client = try alleaves(transport, clock: clock)
            _ = try client.customers(page: 1)
            clock.pass(seconds: kept)
            _ = try client.customers(page: 1)
            #expect(transport.requests.count == 3)
            clock.pass(seconds: 1)
            _ = try client.customers(page: 1)
            #expect(transport.requests.count == 5)
        }
    }

    @Test("a token that is over by our clock, or opaque, is used until refused", arguments: ["old", "x.y.z", "opaque"])
    func opaque(kind: String) throws {
        let text = kind == "old" ? token(expiresAt: now - 5) : kind
        let transport = transport { _, _ in .json("{\"token\":\"\(text)\"}") }
        let client = try alleaves(transport, clock: clock)
        for page in 1...3 { _ = try client.customers(page: page) }
        #expect(transport.requests.count == 4)
    }

    @Test("a refused token is replaced once", arguments: [401, 403])
    func replaced(status: Int) throws {
        let transport = transport(accepts: { $0 == "Bearer t.2.t" }, refusal: status) { _, index in
            .json("{\"token\":\"t.\(index).t\"}")
        }
        _ = try alleaves(transport).customers(page: 1)
        #expect(transport.requests.count == 4)
    }

    @Test("a second refusal is final")
    func refusedTwice() throws {
        let transport = transport(accepts: { _ in false }) { _, _ in .json("{\"token\":\"a.b.c\"}") }
        #expect(throws: ConnectorError.refusedCredentials) { try alleaves(transport).customers(page: 1) }
        #expect(transport.requests.count == 4)
    }

    @Test("a token that would break out of its header is not understood")
    func headerInjection() throws {
        let transport = transport { _, _ in .json(#"{"token":"a\r\nX-Evil: 1"}"#) }
        #expect(throws: ConnectorError.notUnderstood(what: "sign-in", shapeFingerprint: "{token}")) {
            try alleaves(transport).customers(page: 1)
        }
    }
}
