import Connectors
import Foundation
import LoyaltyRules
import Testing

struct AlpineClientTests {
    private func client(_ body: String, status: Int = 200) throws -> AlpineClient {
        try alpine(FakeTransport([.success(.json(body, status: status))]))
    }

    @Test(
        "a figure is known, hidden, unknown or of no member",
        arguments: [
            (#""loyaltyPoints":420.5"#, .known(420)), (#""loyaltyPoints":"420.99""#, .known(420)),
            (#""loyaltyPoints":0"#, .known(0)), (#""loyaltyPoints":100.9,"loyalty":true"#, .known(100)),
            (#""loyaltyPoints":4.2e2"#, .known(420)), (#""loyaltyPoints":-3.5"#, .known(-3)),
            (#""loyaltyPoints":null"#, .unknown), (#""loyalty":1"#, .unknown), (#""loyaltyPoints":"n/a""#, .unknown),
            (#""loyaltyPoints":{}"#, .unknown), (#""loyaltyPoints":0,"loyalty":false"#, .notAMember),
            (#""loyaltyPoints":9,"loyalty":"0""#, .notAMember), (#""loyaltyPoints":9,"loyalty":null"#, .known(9)),
            (#""loyaltyPoints":0,"hidePointsInWallet":true"#, .hidden),
        ] as [(String, AlpineFigure)])
    func figures(fields: String, figure: AlpineFigure) throws {
        let persona = try client(#"{"data":{"contactID":"c","# + fields + "}}").persona(contactID: "c")
        #expect(persona?.figure == figure)
    }

    @Test("a persona's fields are read")
    func persona() throws {
        let body = #"""
            {"success":true,"code":200,"errors":null,"data":{"contactID":"0f3c","srcID":77120,"platform":"Alleaves",
             "email":"Member@example.com","mobilePhone":"2025550142","homePhone":"n/a","loyaltyPoints":1,
             "lastTouch":"1735700000","loyalty":true}}
            """#
        let persona = try #require(try client(body).persona(contactID: "0f3c"))
        #expect(
            persona
                == Persona(
                    contactID: "0f3c", srcID: "77120", platform: "Alleaves", phone: Phone("2025550142"),
                    email: "member@example.com", figure: .known(1), lastSeen: Instant(secondsSince1970: 1_735_700_000)))
        #expect(persona.alleavesCustomerID == "77120")
    }

    @Test(
        "an unknown contact is nil, however Alpine says so",
        arguments: [
            ("", 404), ("{}", 400), (#"{"success":true,"data":null}"#, 200),
            (#"{"success":false,"code":404,"data":null}"#, 200),
        ])
    func unknownContact(body: String, status: Int) throws {
        #expect(try client(body, status: status).persona(contactID: "c") == nil)
    }

    @Test(
        "failures of the envelope are failures, also with status 200",
        arguments: [
            (#"{"success":false,"data":null}"#, 200, .rejected(status: 200)),
            (#"{"success":"false","data":{"results":[]}}"#, 200, .rejected(status: 200)),
            (#"{"errors":[{"message":"bad"}],"data":null}"#, 200, .rejected(status: 200)),
            (#"{"code":403,"data":null}"#, 200, .refusedCredentials),
            (#"{"errors":[{"message":"Please provide a valid API key"}]}"#, 403, .refusedCredentials),
            (#"{"results":[]}"#, 200, .notUnderstood(what: "people", shapeFingerprint: "{results}")),
            (#"{"data":{"people":[]}}"#, 200, .notUnderstood(what: "people", shapeFingerprint: "{people}")),
            (#"{"data":{"results":{}}}"#, 200, .notUnderstood(what: "people", shapeFingerprint: "{results}")),
            (#"{"data":{"results":[{"id":1}]}}"#, 200, .notUnderstood(what: "people", shapeFingerprint: "[{id}]")),
            ("<html>", 200, .notUnderstood(what: "people", shapeFingerprint: "not JSON")),
            (#"{"data":{"results":["#, 200, .cutAnswer),
        ] as [(String, Int, ConnectorError)])
    func failures(body: String, status: Int, error: ConnectorError) throws {
        #expect(throws: error) { try client(body, status: status).personas(start: 0) }
    }

    @Test(
        "pages end at null, at none, and at one that is not full; a server's own lower limit is heeded",
        arguments: [
            (#"{"data":null}"#, 0, nil), (#"{"data":{"results":null}}"#, 0, nil), (#"{"data":{"results":[]}}"#, 0, nil),
            (#"{"data":[]}"#, 0, nil),
            (#"{"data":{"limit":3,"size":2,"results":[{"contactID":"a"},{"contactID":"b"}]}}"#, 2, nil),
            (#"{"data":{"limit":2,"size":2,"results":[{"contactID":"a"},{"contactID":"b"}]}}"#, 2, 12),
            (#"{"data":{"limit":3,"size":3,"results":[{"contactID":"a"},{"contactID":"b"}]}}"#, 2, 12),
            (#"{"errors":[],"data":{"limit":9,"results":[{"contactID":"a"},{"srcID":"b"}]}}"#, 1, nil),
        ] as [(String, Int, Int?)])
    func paging(body: String, count: Int, next: Int?) throws {
        let page = try client(body).personas(start: 10, limit: 3)
        #expect(page.rows.count == count)
        #expect(page.nextStart == next)
    }

    @Test("one odd person does not stop a page")
    func oddRow() throws {
        let body = #"{"data":{"results":[{"contactID":"a"},{"contactID":null},7,{"contactID":"b","srcID":[]}]}}"#
        let page = try client(body).personas(start: 0)
        #expect(page.rows.map(\.contactID) == ["a"])
        #expect(page.unreadable.count == 3)
    }

    @Test("requests carry the key in its own header, the account in the path, and a stable order")
    func requests() throws {
        let transport = FakeTransport([.success(.json(#"{"data":null}"#))])
        let client = try alpine(transport)
        _ = try client.personas(start: 2_000, sort: .inserted)
        _ = try client.persona(contactID: "a/../b")
        _ = try client.adjustments(from: Instant(secondsSince1970: 100), to: Instant(secondsSince1970: 200))
        #expect(
            transport.requests.map(\.url.absoluteString) == [
                "https://pos.example/api/v1.1/piis/1234?start=2000&limit=1000&sort=inserted&dir=asc",
                "https://pos.example/api/v1.1/piis/1234/a%2F..%2Fb",
                "https://pos.example/api/v1.1/adjustments/1234/99/201",
            ])
        #expect(transport.requests.allSatisfy { $0.headers == ["X-APIKEY": "key"] })
    }

    @Test("a search is fuzzy, what it gives is exact")
    func search() throws {
        let body = #"""
            {"data":{"size":4,"results":[
             {"contactID":"a","mobilePhone":"2025550142","email":"x@example.com","srcID":"1"},
             {"contactID":"b","homePhone":"+1 202 555 0142","email":"X@example.com","srcID":"12"},
             {"contactID":"c","mobilePhone":"2025550143","email":"xx@example.com"},{"contactID":"d"}]}}
            """#
        let transport = FakeTransport([.success(.json(body))])
        let client = try alpine(transport)
        let phone = try #require(Phone("2025550142"))
        #expect(try client.search(.phone(phone)).map(\.contactID) == ["a", "b"])
        #expect(try client.search(.email("x@Example.com")).map(\.contactID) == ["a", "b"])
        #expect(try client.search(.srcID("1")).map(\.contactID) == ["a"])
        #expect(try client.search(.email("")).isEmpty)
        #expect(transport.requests.first?.url.query()?.hasSuffix("&search=2025550142") == true)
    }

    @Test(
        "a wallet tells hidden points from none",
        arguments: [
            (#"{"data":{"contactID":"c","loyaltyPoints":0,"hidePointsInWallet":true}}"#, .hidden),
            (#"{"data":{"loyaltyPoints":0,"hidePointsInWallet":false,"discountTemplates":null}}"#, .known(0)),
            (#"{"data":{}}"#, .unknown), (#"{"data":null}"#, nil),
        ] as [(String, AlpineFigure?)])
    func wallet(body: String, figure: AlpineFigure?) throws {
        let transport = FakeTransport([.success(.json(body))])
        let wallet = try alpine(transport).wallet(.phone(try #require(Phone("2025550142"))))
        #expect(wallet?.figure == figure)
        #expect(transport.requests.first?.body == Data(#"{"phone":"2025550142"}"#.utf8))
    }

    @Test("the program's settings are read as far as they go")
    func program() throws {
        #expect(try client(#"{"data":{"name":"P","tiers":[]}}"#).program() == AlpineProgram(name: "P"))
        #expect(try client(#"{"data":{"hidePointsInWallet":1}}"#).program().hidesPoints == true)
    }

    @Test("an adjustment is sent once, whatever of its answer is not known")
    func adjust() throws {
        for body in ["", #"{"success":true,"data":null}"#, "{}", "[]"] {
            let transport = FakeTransport([.success(.json(body))])
            try alpine(transport).adjust(contactID: "c", value: -200, note: "ent_1")
            let request = try #require(transport.requests.first)
            #expect(request.method == "PUT")
            #expect(request.url.path() == "/api/v1.1/adjust/loyaltyPoints/1234/c")
            #expect(!request.isRepeatable)
            let sent = String(decoding: try #require(request.body), as: UTF8.self)
            #expect(sent.contains("\"value\":-200") && sent.contains("\"note\":\"ent_1\""))
        }
    }

    @Test(
        "a lost adjustment is not sent again, and says whether it may have been done",
        arguments: [
            (.failure(.timedOut), true, 1), (.failure(.cutAnswer), true, 1),
            (.success(.json("", status: 500)), true, 1),
            (.success(.json("<html>")), true, 1), (.success(.json("{\"success\":")), true, 1),
            (.success(.json(#"{"success":false}"#)), false, 1), (.success(.json("", status: 404)), false, 1),
            (.success(.json("", status: 403)), false, 1), (.success(.json("", status: 429)), false, 4),
            (.failure(.unreachable), false, 4),
        ] as [(Result<OutboundAnswer, ConnectorError>, Bool, Int)])
    func lostAdjustment(answer: Result<OutboundAnswer, ConnectorError>, isUnclear: Bool, attempts: Int) throws {
        let transport = FakeTransport([answer])
        let error = #expect(throws: ConnectorError.self) {
            try alpine(transport).adjust(contactID: "c", value: 1, note: "n")
        }
        #expect(error?.leavesWriteUnclear == isUnclear)
        #expect(transport.requests.count == attempts)
    }

    @Test("adjustments are listed by cntID; null is none; odd rows are told")
    func adjustments() throws {
        let body = #"""
            {"data":[{"cntID":"c","value":-200,"note":"ent_1","ts":1767000000},{"contactID":"d","value":"1.5"},
             {"cntID":"e"},{"value":1}]}
            """#
        let moment = Instant(secondsSince1970: 1_767_000_000)
        let list = try client(body).adjustments(from: moment, to: moment)
        #expect(list.rows.map(\.contactID) == ["c", "d"])
        #expect(list.rows.map(\.value) == [-200, 1])
        #expect(list.rows.map(\.note) == ["ent_1", nil])
        #expect(list.rows.first?.at == moment)
        #expect(list.unreadable.map(\.id) == ["e", nil])
        #expect(try client(#"{"data":null}"#).adjustments(from: moment, to: moment) == AlpineAdjustments())
        #expect(throws: ConnectorError.self) { try client(#"{"data":{}}"#).adjustments(from: moment, to: moment) }
    }

    @Test(
        "an adjustment of ours is found by its note wherever it stands; rows without a note prove nothing of theirs",
        arguments: [
            (#"{"data":null}"#, .absent), (#"{"data":[]}"#, .absent),
            (#"{"data":[{"cntID":"c","value":20,"note":"Loyalty points ent_1","ts":1}]}"#, .found),
            (#"{"data":[{"cntID":"merged","value":"20.0","note":"[api] Loyalty points ent_1."}]}"#, .found),
            (#"{"data":[{"value":null,"comment":"Loyalty points ent_1"}]}"#, .found),
            (#"{"data":[{"cntID":"c","value":20,"note":"Loyalty points ent_2"}]}"#, .absent),
            (#"{"data":[{"cntID":"c","value":20,"note":""}]}"#, .uncertain),
            (#"{"data":[{"cntID":"c","value":20}]}"#, .uncertain),
            (#"{"data":[{"cntID":"d","value":20.0,"note":null}]}"#, .uncertain),
            (#"{"data":[{"cntID":"c","value":-20}]}"#, .absent),
            (#"{"data":[{"cntID":"c","points":20}]}"#, .uncertain), (#"{"data":["odd"]}"#, .uncertain),
            (#"{"data":[{"cntID":"c","value":20},{"cntID":"c","value":20,"note":"Loyalty points ent_1"}]}"#, .found),
        ] as [(String, AdjustmentPresence)])
    func lookedFor(body: String, presence: AdjustmentPresence) throws {
        let moment = Instant(secondsSince1970: 1_767_000_000)
        let transport = FakeTransport([.success(.json(body))])
        let found = try alpine(transport).lookForAdjustment(
            note: "Loyalty points ent_1", value: 20, from: moment, to: moment.advanced(bySeconds: 60))
        #expect(found == presence)
        #expect(transport.requests.first?.url.path() == "/api/v1.1/adjustments/1234/1766999999/1767000061")
    }

    @Test("a list of adjustments that is lost or not understood proves nothing")
    func lookedForInVain() throws {
        let moment = Instant(secondsSince1970: 1_767_000_000)
        for (body, status) in [(#"{"data":{}}"#, 200), ("<html>", 200), ("", 500), (#"{"success":false}"#, 200)] {
            #expect(throws: ConnectorError.self) {
                try client(body, status: status).lookForAdjustment(note: "n", value: 1, from: moment, to: moment)
            }
        }
    }

    @Test("a key that would break out of its header is refused before anything is sent")
    func badKey() throws {
        let transport = FakeTransport([.success(.json("{}"))])
        let client = AlpineClient(
            baseURL: try baseURL(), credentials: AlpineCredentials(apiKey: "k\r\nX: 1", uid: "1"),
            transport: transport, limit: RateLimit(perSecond: 0))
        #expect(throws: ConnectorError.refusedCredentials) { try client.program() }
        #expect(transport.requests.isEmpty)
    }
}
