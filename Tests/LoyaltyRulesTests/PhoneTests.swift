import Testing

@testable import LoyaltyRules

struct PhoneTests {
    @Test(
        "a number in any usual format is one E.164 number",
        arguments: [
            "2025550143", "12025550143", "+12025550143", "(202) 555-0143", "202-555-0143", "202.555.0143",
            "1 (202) 555-0143", "+1 202 555 0143", "  202 555 0143 ", "202/555-0143", "(+1) 202 555 0143",
        ])
    func american(text: String) throws {
        let phone = try #require(Phone(text))
        #expect(phone.e164 == "+12025550143")
        #expect(phone.formatted == "(202) 555-0143")
        #expect(Phone(phone.formatted) == phone)
        #expect(phone.description == phone.e164)
    }

    @Test(
        "a number abroad needs its plus, and is shown as E.164",
        arguments: [
            ("+44 20 7946 0958", "+442079460958"), ("+49 (30) 901820", "+4930901820"), ("+4712345678", "+4712345678"),
            ("+12345678", nil), ("+52 55 5555 1234", "+525555551234"), ("+123456789012345", nil),
            ("+441234567", "+441234567"), ("+4412345678901234", nil), ("+4412345", nil), ("+0442079460958", nil),
            ("442079460958", nil),
        ] as [(String, String?)])
    func abroad(text: String, e164: String?) {
        let phone = Phone(text)
        #expect(phone?.e164 == e164)
        #expect(phone?.formatted == e164)
    }

    @Test(
        "what cannot be a number is refused",
        arguments: [
            "", "+", "555-0143", "202555014", "20255501430", "1025550143", "0025550143", "2021550143", "2020550143",
            "22025550143", "+1 102 555 0143", "+1 202 055 0143", "+1202555014", "202 555 0143 x12", "call me",
            "２０２５５５０１４３", "202+5550143", "++12025550143", "2025550143;", "2025550143\u{0}", "é",
            "                               2025550143",
        ])
    func refused(text: String) { #expect(Phone(text) == nil) }

    @Test("reading its own forms gives the same number again", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<1_000 {
            let area = random.number(in: 200...999)
            let exchange = random.number(in: 200...999)
            let digits = "\(area)\(exchange)\(random.number(in: 1_000...9_999))"
            let phone = try #require(Phone(digits))
            #expect(Phone(phone.e164) == phone)
            #expect(Phone(phone.formatted) == phone)
            #expect(phone.e164 == "+1" + digits)
        }
    }

    @Test(
        "an e-mail is compared trimmed and in lower case, and made-up ones never",
        arguments: [
            ("ann@example.com", "ann@example.com"), (" Ann@Example.COM\n", "ann@example.com"),
            ("a.b+c@mail.example.co", "a.b+c@mail.example.co"), ("x@alleaves.local.com", "x@alleaves.local.com"),
            ("x@notalleaves.local", "x@notalleaves.local"), ("no-email@alleaves.local", nil),
            ("customer_501@Alleaves.Local", nil), (nil, nil), ("", nil), ("   ", nil), ("ann", nil),
            ("@example.com", nil),
            ("ann@", nil), ("ann@example", nil), ("a@b@example.com", nil), ("ann smith@example.com", nil),
            ("ann@exa mple.com", nil), ("ann@.com", nil), ("ann@example.", nil), ("ann@example..com", nil),
        ] as [(String?, String?)])
    func email(text: String?, compared: String?) { #expect(comparableEmail(text) == compared) }

    @Test("an e-mail has at most 254 bytes")
    func longEmail() {
        let domain = "@example.com"
        let longest = String(repeating: "a", count: 254 - domain.utf8.count) + domain
        #expect(comparableEmail(longest) == longest)
        #expect(comparableEmail("a" + longest) == nil)
    }
}
