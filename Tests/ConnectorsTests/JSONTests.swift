import JSONText
import LoyaltyRules
import Testing

@testable import Connectors

struct JSONTests {
    private func root(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }

    @Test(
        "a text that ends too early is cut, at whatever byte",
        arguments: [
            #"[{"a":1.5,"b":"x\u00e9\n","c":[true,false,null,{}]}]"#, #"{"0":{"id":-1e5}}"#,
        ])
    func cut(whole: String) throws {
        _ = try root(whole)
        for count in 0..<whole.utf8.count {
            #expect(throws: JSONDocument.Fault.cut) { try JSONDocument(Array(whole.utf8.prefix(count))) }
        }
    }

    @Test(
        "what is no JSON is malformed",
        arguments: [
            "<html>", "Not Found", "[1,]", "{,}", "{\"a\"}", "{a:1}", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[-]",
            "\"a\nb\"", "\"\\x\"", "\"\\u12g4\"", "[] []", "nul!", "[1 2]", "NaN",
            String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
        ])
    func malformed(text: String) {
        #expect(throws: JSONDocument.Fault.malformed) { try root(text) }
    }

    @Test("escapes are undone, and half a surrogate pair harms nothing")
    func escapes() throws {
        let text = try root(#""\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00é\ud83d!""#).text
        #expect(text == "\"\\/\u{8}\u{c}\n\r\tAé😀é\u{FFFD}!")
    }

    @Test("members are found by name, escaped names too, the last of several, and null is nothing")
    func members() throws {
        let value = try root(#"{"a":1,"b":{"a":9},"a":2,"\u0063":3,"n":null}"#)
        #expect(value["a"]?.text == "2")
        #expect(value["c"]?.text == "3")
        #expect(value["n"] == nil)
        #expect(value.member("n")?.kind == .null)
        #expect(value["n", "b"]?["a"]?.text == "9")
    }

    @Test("a shape is told by its keys alone, and by none that may be a value")
    func fingerprint() throws {
        let text = #"[{"z":1,"id_order":2,"501":3,"a@b.example":4,"0f3c9a7be1d24c58a6b0d1e2f3a4b5c6":5}]"#
        #expect(try root(text).shapeFingerprint == "[{#,?,id_order,z}]")
    }

    @Test(
        "amounts are read exactly and rounded half up to the cent, as number and as text",
        arguments: [
            ("39.55", 3_955), ("1e2", 10_000), ("40.005", 4_001), ("40.0049999999999999999", 4_000),
            ("268.28000000000003", 26_828), ("0.29", 29), ("1.005", 101), ("-5", -500), ("-0.005", -1),
            ("0", 0), ("90071992547409.93", 9_007_199_254_740_993), ("1.5E-1", 15),
        ] as [(String, Int64)])
    func amounts(text: String, cents: Int64) throws {
        #expect(try root("{\"t\":\(text)}").cents("t") == Cents(rawValue: cents))
        #expect(try root("{\"t\":\"\(text)\"}").cents("t") == Cents(rawValue: cents))
    }

    @Test("what is no amount is refused", arguments: ["\"$5\"", "\"1,000\"", "true", "[]", "{}", "1e300", "\"NaN\""])
    func noAmount(text: String) throws {
        let value = try root("{\"t\":\(text)}")
        #expect(throws: BadField.self) { try value.cents("t") }
    }

    @Test(
        "flags come as Bool, number or text",
        arguments: [
            ("true", true), ("false", false), ("1", true), ("0", false), ("\"true\"", true), ("\"False\"", false),
            ("\"1\"", true), ("\"0\"", false), ("null", nil), ("\"\"", nil),
        ] as [(String, Bool?)])
    func flags(text: String, flag: Bool?) throws {
        #expect(try root("{\"f\":\(text)}").flag("f") == flag)
    }

    @Test(
        "the whole part is cut, not rounded",
        arguments: [
            ("420.5", 420), ("420.99999999999999999999", 420), ("-0.5", 0), ("-3.9", -3), ("4.205e2", 420),
            ("42e1", 420), ("9e-1", 0), ("\"420.5\"", 420), ("0", 0), ("\" 7 \"", 7), ("\"x\"", nil), ("true", nil),
            ("1e30", nil), ("420", 420), ("\"007\"", 7), ("900719925474099377", 900_719_925_474_099_377),
            ("9223372036854775808", nil),
        ] as [(String, Int64?)])
    func wholeParts(text: String, points: Int64?) throws {
        #expect(try root("{\"p\":\(text)}")["p"]?.text.flatMap { wholePart(of: $0) } == points)
    }
}
