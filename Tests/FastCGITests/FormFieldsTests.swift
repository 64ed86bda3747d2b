import FastCGI
import HTTPTypes
import Testing

struct FormFieldsTests {
    @Test(
        "a form is read as it was typed",
        arguments: [
            ("", []),
            ("a=1", [("a", "1")]),
            ("a=1&&b=2&", [("a", "1"), ("b", "2")]),
            ("a=b=c&d", [("a", "b=c"), ("d", "")]),
            ("=x", [("", "x")]),
            ("q=a+b%20c%2Bd", [("q", "a b c+d")]),
            ("t=one%0D%0Atwo", [("t", "one\r\ntwo")]),
            ("n=Jos%C3%A9", [("n", "José")]),
            ("a=2&a=1", [("a", "2"), ("a", "1")]),
        ] as [(String, [(String, String)])])
    func reads(encoded: String, fields: [(String, String)]) throws {
        #expect(try FormFields(parsing: encoded.utf8) == FormFields(fields))
    }

    @Test(
        "a malformed form is refused",
        arguments: ["a=%", "a=%2", "a=%zz", "%G0=1", "a=%ff", "a=%C3", "a=%ED%A0%80", "a=%C0%80", "a=%00", "a\0=1"])
    func refuses(encoded: String) {
        #expect(throws: BadRequest.self) { try FormFields(parsing: encoded.utf8) }
    }

    @Test("bytes that are not UTF-8 are refused without percent signs too")
    func invalidBytes() {
        #expect(throws: BadRequest.self) { try FormFields(parsing: [0x61, 0x3D, 0xFF]) }
    }

    @Test("4,000 fields are read, 10,000 are refused as too large")
    func bounds() throws {
        let most = Array(repeating: "a=1", count: FormFields.countMax).joined(separator: "&")
        #expect(try FormFields(parsing: most.utf8).all("a").count == FormFields.countMax)
        let tooMany = Array(repeating: "a=1", count: 10_000).joined(separator: "&")
        let refusal = #expect(throws: BadRequest.self) { try FormFields(parsing: tooMany.utf8) }
        #expect(refusal?.status == .contentTooLarge)
    }

    @Test("a repeated name is found, and refused where one value is expected")
    func repeatedNames() throws {
        let fields = FormFields([("b", "1"), ("a", "2"), ("b", "3")])
        #expect(fields["b"] == "1")
        #expect(fields.all("b") == ["1", "3"])
        #expect(fields.names == ["b", "a"])
        #expect(fields.isDuplicated("b"))
        #expect(!fields.isDuplicated("a"))
        #expect(!fields.isDuplicated("none"))
        #expect(try fields.single("a") == "2")
        #expect(throws: BadRequest.self) { try fields.single("b") }
    }

    @Test("names are compared byte by byte, not as a reader would")
    func exactNames() {
        let fields = FormFields([("caf\u{E9}", "one"), ("cafe\u{301}", "two")])
        #expect(fields["cafe\u{301}"] == "two")
        #expect(fields.names.count == 2)
        #expect(!fields.isDuplicated("caf\u{E9}"))
        #expect(FormFields([("a", "\u{E9}")]) != FormFields([("a", "e\u{301}")]))
    }

    @Test("what is encoded reads back as it was")
    func roundTrip() throws {
        let fields: FormFields = ["a&b": "1=2+3 %", "é\u{301}\"": "\r\n", "tier[0][name]": "Ø"]
        #expect(try FormFields(parsing: fields.encoded.utf8) == fields)
        #expect(fields.encoded.utf8.allSatisfy { $0 < 0x80 })
    }
}
