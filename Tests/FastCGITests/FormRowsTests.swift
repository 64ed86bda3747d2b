import FastCGI
import Testing

struct FormRowsTests {
    @Test("rows come by index, each with its own fields, and other names stand aside")
    func rows() throws {
        let fields: FormFields = [
            "csrf": "x", "tier[10][name]": "Gold", "tier[2][name]": "Silver", "tier[2][color]": "#ccc",
            "tiers[0][name]": "other", "tier": "plain", "tier_id": "plain",
        ]
        #expect(
            try fields.rows("tier") == [
                FormFields.Row(index: 2, fields: ["name": "Silver", "color": "#ccc"]),
                FormFields.Row(index: 10, fields: ["name": "Gold"]),
            ])
        #expect(try fields.rows("program").isEmpty)
    }

    @Test(
        "a malformed name of a row refuses the form",
        arguments: [
            "tier[", "tier[]", "tier[1]", "tier[1][", "tier[1][]", "tier[1][name", "tier[1]name]", "tier[1][name]x",
            "tier[1][name][]", "tier[-1][name]", "tier[+1][name]", "tier[01][name]", "tier[10000][name]",
            "tier[1][na me]", "tier[1][n\u{E9}]", "tier[\u{661}][name]", "tier[1][]]", "tier[1]\u{301}[name]",
            "tier[99999999999999999999][name]",
        ])
    func malformed(name: String) {
        #expect(throws: BadRequest.self) { try FormFields([(name, "1")]).rows("tier") }
    }

    @Test("a repeated field of a row refuses the form")
    func repeated() {
        let fields = FormFields([("tier[1][name]", "a"), ("tier[1][name]", "b")])
        #expect(throws: BadRequest.self) { try fields.rows("tier") }
    }

    @Test("more rows than the limit refuse the form")
    func bounds() throws {
        let fields = FormFields((0..<4).map { ("tier[\($0)][name]", "x") })
        #expect(try fields.rows("tier", atMost: 4).count == 4)
        #expect(throws: BadRequest.self) { try fields.rows("tier", atMost: 3) }
    }
}
