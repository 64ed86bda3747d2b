import FastCGI
import Foundation
import LoyaltyRules
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct LedgerCallsTests {
    let api: ApiCaller
    let id: CustomerID
    init() throws {
        api = try ApiCaller()
        id = try api.customer()
    }

    private var path: String { "/api/v1/customers/\(id)/ledger" }

    @Test("an entry has every field of the contract, newest first")
    func fields() throws {
        try api.move(10, for: id)
        try api.move(-4, for: id)
        let answer = try api.get(path)
        #expect(try answer.status == 200 && answer.json["next"] is NSNull)
        #expect(try answer.entries.map { $0["points"] as? Int } == [-4, 10])
        #expect(try answer.entries.map { $0["balanceAfter"] as? Int } == [6, 10])
        let entry = try #require(try answer.entries.first)
        #expect(Set(entry.keys) == ["id", "kind", "points", "balanceAfter", "reason", "posOrderId", "at"])
        #expect(entry["kind"] as? String == "bonus" && entry["reason"] as? String == "Test")
        #expect((entry["id"] as? String)?.hasPrefix("ent_") == true && entry["posOrderId"] is NSNull)
        #expect((entry["at"] as? String).flatMap { Instant(parsing: $0) } != nil)
    }

    @Test("pages meet without a gap or a repetition while entries are posted")
    func paging() throws {
        for _ in 0..<60 { try api.move(1, for: id) }
        let before = try api.get(path + "?limit=100").entryIDs
        var (seen, cursor, sizes): ([String], String?, [Int]) = ([], nil, [])
        repeat {
            let answer = try api.get(path + (cursor.map { "?cursor=\($0)" } ?? ""))
            seen += try answer.entryIDs
            sizes.append(try answer.entries.count)
            cursor = try answer.json["next"] as? String
            try api.move(1, for: id)
        } while cursor != nil
        #expect(seen == before && sizes == [25, 25, 10])
        let exact = try api.get(path + "?limit=63")
        #expect(try exact.entries.count == 63 && exact.json["next"] is NSNull)
        #expect(try api.get(path + "?limit=62").json["next"] is String)
    }

    @Test("nobody's ledger is empty, and a customer without entries has an empty one")
    func empty() throws {
        #expect(try api.get(path).entries.isEmpty && api.get(path).status == 200)
        for nobody in ["cus_00000000000000000000000000", "x", "ent_00000000000000000000000000"] {
            #expect(try api.get("/api/v1/customers/\(nobody)/ledger").code == "not_found")
        }
    }

    @Test(
        "a limit or a cursor that is none is refused",
        arguments: [
            ("limit=0", "/limit"), ("limit=101", "/limit"), ("limit=", "/limit"), ("limit=%2B5", "/limit"),
            ("limit=1.5", "/limit"), ("limit=99999999999999999999", "/limit"), ("cursor=", "/cursor"),
            ("cursor=25", "/cursor"), ("cursor=e", "/cursor"), ("cursor=e-1", "/cursor"), ("cursor=e0", "/cursor"),
            ("cursor=e9999999999999999999", "/cursor"),
        ])
    func refused(query: String, pointer: String) throws {
        let answer = try api.get(path + "?" + query)
        #expect(try answer.status == 400 && answer.code == "invalid_request" && answer.pointers == [pointer])
    }
}
