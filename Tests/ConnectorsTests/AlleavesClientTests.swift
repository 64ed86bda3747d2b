import Connectors
import Foundation
import LoyaltyRules
import Testing

struct AlleavesClientTests {
    private static let row = #"{"id_customer":501,"name_first":"Test"}"#
    private static let firstOfJanuary = Day(daysSince1970: 20_454)

    @Test(
        "all four shapes of a customer list are read",
        arguments: [
            "[\(row)]", "{\"customers\":[\(row)]}", "{\"data\":[\(row)],\"message\":\"ok\"}", "{\"0\":\(row)}",
            "\u{FEFF} {\"customers\":[\(row)],\"error\":null}",
        ])
    func shapes(body: String) throws {
        let page = try alleaves(.alleaves { _ in .json(body) }).customers(page: 1)
        #expect(page.rows == [PosCustomer(posID: "501", firstName: "Test")])
        #expect(page.unreadable.isEmpty)
        #expect(page.isLast)
    }

    @Test("an empty page is empty", arguments: ["[]", "{\"customers\":[]}", "{\"data\":[]}", "{}"])
    func empty(body: String) throws {
        let page = try alleaves(.alleaves { _ in .json(body) }).customers(page: 1)
        #expect(page == CustomerPage(isLast: true))
    }

    @Test(
        "a fifth shape is not understood, and told by its keys",
        arguments: [
            ("{\"rows\":[\(row)],\"total\":1}", "{rows,total}"), ("{\"0\":\(row),\"total\":1}", "{#,total}"),
            ("{\"customers\":null}", "{customers}"), ("null", "null"), ("\"ok\"", "string"), ("[1,2]", "[number]"),
            ("[{\"customer_id\":1},{\"customer_id\":2}]", "[{customer_id}]"), ("<html>", "not JSON"),
        ])
    func notUnderstood(body: String, shape: String) throws {
        let client = try alleaves(.alleaves { _ in .json(body) })
        #expect(throws: ConnectorError.notUnderstood(what: "customers", shapeFingerprint: shape)) {
            try client.customers(page: 1)
        }
    }

    @Test(
        "an application error with status 200 is a failure, not an empty page",
        arguments: ["{\"error\":\"no\"}", "{\"error\":true,\"data\":[]}", "{\"message\":\"no\"}", "{\"error\":{}}"])
    func applicationError(body: String) throws {
        let client = try alleaves(.alleaves { _ in .json(body) })
        #expect(throws: ConnectorError.rejected(status: 200)) { try client.customers(page: 1) }
        #expect(throws: ConnectorError.rejected(status: 200)) { try client.order(id: "1") }
    }

    @Test("a customer's fields are read, whatever else the row holds")
    func customer() throws {
        let body = #"""
            [{"id_customer":"501","name_first":" Ada ","name_last":"L\u0000ove","email":" Ada@Example.COM ",
              "phone":"n/a","phone2":"1 (202) 555-0143","date_of_birth":"1990-01-02T00:00:00.000Z",
              "customer_since":"2025-05-06T12:00:00","alpine_user_code":"c-1","loyalty_points":"x"},
             {"id_customer":502.0,"name_first":"GUEST","name_last":"","email":"customer_502@alleaves.local",
              "phone":"","date_of_birth":"1/2/1990","customer_since":7},
             {"id_customer":0},{"id_customer":null},{"id_customer":true},7,{"id_customer":503}]
            """#
        let page = try alleaves(.alleaves { _ in .json(body) }).customers(page: 1)
        let birth = Day(year: 1990, month: 1, day: 2)
        #expect(
            page.rows == [
                PosCustomer(
                    posID: "501", firstName: "Ada", lastName: "Love", email: "ada@example.com",
                    phone: Phone("2025550143"), birthDate: birth, alpineUserCode: "c-1",
                    createdAt: Instant(parsing: "2025-05-06T12:00:00Z")),
                PosCustomer(posID: "502", firstName: "GUEST", birthDate: birth, isGuest: true),
                PosCustomer(posID: "503"),
            ])
        #expect(
            page.unreadable == [
                UnreadableRow(id: "0", reason: "The customer's id is zero or negative."),
                UnreadableRow(id: nil, reason: "The customer has no id."),
                UnreadableRow(id: nil, reason: "“id_customer” is not an id."),
                UnreadableRow(id: nil, reason: "The customer has no id."),
            ])
    }

    @Test("pages are asked for by number, and end at one that is not full")
    func paging() throws {
        let transport = FakeTransport.alleaves { request in
            let page = request.body.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let start = page.contains("\"page\":1") ? 0 : 100
            let count = start == 0 ? 100 : 99
            return .json("[" + (0..<count).map { "{\"id_customer\":\($0 + start + 1)}" }.joined(separator: ",") + "]")
        }
        let client = try alleaves(transport)
        #expect(try !client.customers(page: 1).isLast)
        #expect(try client.customers(page: 2).isLast)
        let request = try #require(transport.dataRequests.first)
        #expect(request.method == "POST")
        #expect(request.url.absoluteString == "https://pos.example/api/customer/search")
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) }?.contains("\"pageSize\":100") == true)
        #expect(request.headers["Authorization"] == "Bearer a.b.c")
        #expect(request.headers["X-APIKEY"] == nil)
    }

    @Test("a list that never ends is refused: the same page twice, or too many pages")
    func endless() throws {
        let client = try alleaves(.alleaves { _ in .json("[\(Self.row)]") }, pagesMax: 3)
        _ = try client.customers(page: 1)
        #expect(throws: ConnectorError.notUnderstood(what: "customers", shapeFingerprint: "the same page twice")) {
            try client.customers(page: 2)
        }
        _ = try client.customers(page: 1)  // asked for again, it may be the same
        #expect(throws: ConnectorError.tooLarge) { try client.customers(page: 4) }
        let day = Self.firstOfJanuary
        #expect(throws: ConnectorError.tooLarge) { try client.orders(from: day, to: day, page: 4) }
    }

    @Test("stores are read narrowly: ids as text, an unset flag as active, no other field")
    func locations() throws {
        let body = #"""
            [{"id_location":1000,"location":"Demo Store","timezone":"America/New_York","active":true,"key":"live"},
             {"id_location":"2","location":null,"reference":"two","active":null},{"location":"no id"}]
            """#
        #expect(
            try alleaves(.alleaves { _ in .json(body) }).locations() == [
                PosLocation(posID: "1000", name: "Demo Store", timeZone: "America/New_York"),
                PosLocation(posID: "2", name: "two"),
            ])
    }

    @Test("of orders whose text is known none is read, and each text has a digest of its own")
    func known() throws {
        @Sendable func list(_ total: String) -> String {
            """
            [{"id_order":1,"total":1,"date_created":"2026-01-01T00:00:00Z","status":"completed"},
             {"id_order":2,"total":\(total),"date_created":"2026-01-01T00:00:00Z","status":"completed"}]
            """
        }
        func page(_ total: String) throws -> UnreadOrderPage {
            try alleaves(.alleaves { _ in .json(list(total)) })
                .orders(from: Self.firstOfJanuary, to: Self.firstOfJanuary, page: 1)
        }
        let known = Set(try page("2").read().rows.compactMap(\.wireDigest))
        #expect(known.count == 2)
        let again = try page("2").read { known.contains($0) }
        #expect(again.rows == [] && again.recognisedCount == 2)
        let changed = try page("2.00").read { known.contains($0) }
        #expect(changed.rows.map(\.posOrderID) == ["2"] && changed.recognisedCount == 1)
        #expect(changed.rows.allSatisfy { $0.wireDigest.map { !known.contains($0) } ?? false })
    }

    @Test("orders are asked for by days and read in all shapes", arguments: ["", "orders", "data", "results"])
    func orders(name: String) throws {
        let list = """
            [{"id_order":1,"total":1,"date_created":"2026-01-01T00:00:00Z","status":"parked"},
             {"id_order":2,"total":1,"date_created":"2026-01-01T00:00:00Z","status":"Completed"},
             {"id_order":3,"total":"x","date_created":"2026-01-01T00:00:00Z"}]
            """
        let transport = FakeTransport.alleaves { _ in .json(name.isEmpty ? list : "{\"\(name)\":\(list)}") }
        let page = try alleaves(transport).orders(from: Self.firstOfJanuary, to: Self.firstOfJanuary, page: 7).read()
        #expect(page.rows.map(\.posOrderID) == ["1", "2"])
        #expect(page.rows.map(\.isCompleted) == [false, true])
        #expect(page.unreadable == [UnreadableRow(id: "3", reason: "“total” is not an amount.")])
        #expect(page.unknownWords == ["parked"])
        #expect(
            transport.dataRequests.map(\.url.absoluteString) == [
                "https://pos.example/api/order?page=7&pageSize=100&startDate=2026-01-01&endDate=2026-01-01"
            ])
    }

    @Test("one order is read bare or wrapped; 404 is nil; another order is not understood")
    func order() throws {
        let row = #"{"id_order":9,"total":"2.50","date_created":"2026-01-01T00:00:00Z","message":"hi"}"#
        for body in [row, "{\"order\":\(row)}"] {
            #expect(try alleaves(.alleaves { _ in .json(body) }).order(id: "9")?.total == 250)
        }
        #expect(try alleaves(.alleaves { _ in .json("Not Found", status: 404) }).order(id: "9") == nil)
        #expect(throws: ConnectorError.self) { try alleaves(.alleaves { _ in .json(row) }).order(id: "8") }
        #expect(throws: UnreadableRow(id: "9", reason: "The order has no total.")) {
            try alleaves(.alleaves { _ in .json("{\"id_order\":9}") }).order(id: "9")
        }
    }

    @Test("a half page is a cut answer and is asked for again")
    func halfPage() throws {
        let transport = FakeTransport.alleaves { _ in .json("[{\"id_customer\":1},{\"id_cus") }
        #expect(throws: ConnectorError.cutAnswer) { try alleaves(transport).customers(page: 1) }
        #expect(transport.dataRequests.count == 4)
    }
}
