import Connectors
import Foundation
import LoyaltyRules
import Testing

struct AlleavesOrderPayloadTests {
    private func revision(_ fields: String, envelopeTime: Instant? = nil) throws -> OrderRevision {
        try AlleavesOrderPayload.revision(from: Data("{\(fields)}".utf8), envelopeTime: envelopeTime)
    }

    private let required = #""id_order":9001,"total":39.55,"date_created":"2026-01-02T20:15:00.000Z""#

    @Test("an order of the list is read whole")
    func whole() throws {
        let revision = try revision(
            #"""
            "id_order": 9001, "id_customer": 501, "id_external": "web-1", "id_location": 1000, "id_status": 5,
            "status": "completed", "subtotal": "40.00", "discount": "5.00", "tax": "4.55", "total": 39.55,
            "loyalty": 0, "points_earned": null, "loyalties": [], "complete": true, "cancel": false, "void": false,
            "date_created": "2026-01-02T20:15:00.000Z", "date_updated": "2026-01-02T20:20:00", "items": null
            """#)
        #expect(
            revision
                == OrderRevision(
                    source: .pos, posOrderID: "9001", posCustomerID: "501", posLocationID: "1000",
                    status: "completed", isCompleted: true, total: 3_955, tax: 455, subtotal: 4_000, discount: 500,
                    externalID: "web-1", completedAt: try #require(Instant(parsing: "2026-01-02T20:15:00Z")),
                    updatedAt: Instant(parsing: "2026-01-02T20:20:00Z")))
    }

    @Test("a webhook's vocabulary is read too, its own time standing in for what it does not name")
    func webhook() throws {
        let time = Instant(secondsSince1970: 1_767_355_530)
        let revision = try revision(
            #""id":"9001","locationId":1000,"customer":{"id":501,"name":"x"},"status":"completed","total":"39.55""#,
            envelopeTime: time)
        #expect(revision.posOrderID == "9001")
        #expect(revision.posLocationID == "1000")
        #expect(revision.posCustomerID == "501")
        #expect(revision.completedAt == time)
        #expect(revision.updatedAt == time)
        #expect(revision.isCompleted)
        let payload = try AlleavesOrderPayload(jsonData: Data(#"{"id":1,"id_order":9001,"locationId":"L"}"#.utf8))
        #expect(payload.posOrderID == "9001")
        #expect(payload.posLocationID == "L")
    }

    @Test(
        "a sale without a customer is anonymous",
        arguments: [
            "", #","id_customer":null"#, #","id_customer":0"#, #","id_customer":-1"#, #","id_customer":"0""#,
            #","id_customer":"-1""#, #","id_customer":"""#, #","customer":null"#,
        ])
    func anonymous(field: String) throws {
        #expect(try revision(required + field).posCustomerID == nil)
    }

    @Test(
        "flags go before the word",
        arguments: [
            (#""complete":1,"status":"odd""#, true), (#""complete":"true","void":0"#, true),
            (#""complete":true,"void":true"#, false), (#""complete":true,"status":"VOIDED""#, false),
            (#""complete":true,"cancel":"1""#, false), (#""status":"Delivered""#, true), (#""status":"ready""#, false),
            (#""complete":false,"status":"completed""#, false), (#""complete":null,"status":null"#, false),
        ])
    func state(fields: String, isCompleted: Bool) throws {
        #expect(try revision(required + "," + fields).isCompleted == isCompleted)
    }

    @Test(
        "where flags say that a sale was undone and the word does not, the word follows",
        arguments: [
            (#""complete":true,"void":true,"status":"completed""#, "voided"), (#""void":true"#, "voided"),
            (#""cancel":1,"status":"ready""#, "cancelled"), (#""void":1,"cancel":1,"status":"Refunded""#, "Refunded"),
            (#""complete":false,"status":"completed""#, "completed"),
        ])
    func word(fields: String, status: String) throws {
        #expect(try revision(required + "," + fields).status == status)
    }

    @Test("a negative order names the sale that it takes back, a positive one the same sale elsewhere")
    func refund() throws {
        let fields = #""id_order":2,"date_created":"2026-01-02T20:15:00Z","id_external":9001,"total":"#
        #expect(try revision(fields + "-5").refundOf == "9001")
        #expect(try revision(fields + "-5").externalID == nil)
        #expect(try revision(fields + "0").externalID == "9001")
        #expect(try revision(fields + "0").refundOf == nil)
    }

    @Test(
        "what cannot be read rejects the order and names the field",
        arguments: [
            (#""total":1"#, nil, "The order has no id."), (#""id_order":{}"#, nil, "The order has no id."),
            (#""id_order":7"#, "7", "The order has no total."),
            (#""id_order":7,"total":""#, nil, "The order is not JSON."),
            (#""id_order":7,"total":"12,50""#, "7", "“total” is not an amount."),
            (#""id_order":7,"total":1"#, "7", "The order has no date."),
            (#""id_order":7,"total":1,"date_created":"yesterday""#, "7", "“date_created” is not a time."),
            (#""id_order":7,"total":1,"date_created":17"#, "7", "“date_created” is not a time."),
            (#""id_order":7,"total":1,"date_created":"2026-01-02T20:15:00Z","tax":{}"#, "7", "“tax” is not an amount."),
            (
                #""id_order":7,"total":1,"date_created":"2026-01-02T20:15:00Z","void":"maybe""#, "7",
                "“void” is not a yes or no."
            ),
            (
                #""id_order":7,"total":1,"date_created":"2026-01-02T20:15:00Z","id_customer":[1]"#, "7",
                "“id_customer” is not an id."
            ),
        ] as [(String, String?, String)])
    func unreadable(fields: String, id: String?, reason: String) throws {
        #expect(throws: UnreadableRow(id: id, reason: reason)) { try revision(fields) }
    }

    @Test("an unknown word is reported as sent")
    func unknownWord() throws {
        let payload = try AlleavesOrderPayload(jsonData: Data(#"{"id":1,"status":"Parked","complete":true}"#.utf8))
        #expect(payload.unknownWord == "Parked")
    }

    @Test("a page of a hundred orders is read in a few milliseconds")
    func fast() throws {
        let row = #"""
            {"id_order":9001,"id_customer":501,"id_external":null,"id_location":1000,"id_status":5,
            "status":"completed","type":"retail","use_type":"adult","name_first":"Test","name_last":"Buyer",
            "patient_number":null,"subtotal":"40.00","discount":"5.00","tax":"4.55","total":39.55,"loyalty":0,
            "points_earned":null,"loyalties":[],"complete":true,"cancel":false,"void":false,"void_reason":null,
            "paid_in_full":true,"pickup_date":null,"date_created":"2026-01-02T20:15:00.000Z",
            "date_updated":"2026-01-02T20:20:00.000Z","items":[{"id_item":70001,"id_inventory_item":321,
            "item":"Demo Pre Roll","category":"Category > Pre rolls","quantity":1,"price":"20.00"}]}
            """#
        let body = "[" + Array(repeating: row, count: 100).joined(separator: ",") + "]"
        let client = try alleaves(.alleaves { _ in .json(body) })
        let day = Day(daysSince1970: 20_454)
        _ = try client.orders(from: day, to: day, page: 1).read()
        let begun = ContinuousClock.now
        for _ in 0..<20 { #expect(try client.orders(from: day, to: day, page: 1).read().rows.count == 100) }
        let each = (ContinuousClock.now - begun) / 20
        #if DEBUG
            let limit = Duration.milliseconds(150)  // unoptimised, on a shared machine: only a runaway shows
        #else
            let limit = Duration.milliseconds(3)
        #endif
        #expect(each < limit)
    }
}
