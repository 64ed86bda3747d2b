import Testing

@testable import LoyaltyRules

struct DecimalTextTests {
    @Test(
        "dollars as typed are exact, or refused",
        arguments: [
            ("12", 12_00), ("12.5", 12_50), ("12.50", 12_50), ("-3", -3_00), ("-0.05", -5), (".5", 50), ("0", 0),
            ("-0", 0), ("007", 7_00), ("0.01", 1), ("92233720368547758.06", 9_223_372_036_854_775_806),
            ("", nil), (".", nil), ("-", nil), ("1.", nil), ("-.", nil), ("--1", nil), ("+5", nil), ("1.2.3", nil),
            (" 5", nil), ("5 ", nil), ("1,000", nil), ("$5", nil), ("1e2", nil), ("12.345", nil), ("0.001", nil),
            ("é", nil), ("１２", nil), ("٣", nil), ("1\u{0}", nil), ("NaN", nil), ("inf", nil), ("0x10", nil),
            ("−3", nil),
            ("92233720368547758.08", nil), ("9999999999999999999", nil), ("99999999999999999999999999", nil),
            ("268.28000000000003", nil), ("1e400", nil), ("-1e-14", nil),
        ] as [(String, Int64?)])
    func typedDollars(text: String, cents: Int64?) { #expect(Cents(dollars: text)?.rawValue == cents) }

    @Test(
        "dollars from a till are read exactly and rounded half up to the cent once",
        arguments: [
            ("268.28000000000003", 268_28), ("-1e-14", 0), ("1e-400", 0), ("39.55", 39_55), ("39.554999999", 39_55),
            ("39.555", 39_56), ("0.005", 1), ("0.00499999999999999999", 0), ("0.995", 1_00), ("-0.005", -1),
            ("-20.00", -20_00), ("1e2", 100_00), ("1E2", 100_00), ("1.5e+1", 15_00), ("12e-1", 1_20), ("0e400", 0),
            ("0", 0), ("-0.0", 0), ("00000000000000000000000000.29", 29), ("0.00000000000000000000000000000000009", 0),
            ("1e400", nil), ("-1e400", nil), ("1e17", nil), ("1e", nil), ("e5", nil), ("1e+", nil), ("1e--1", nil),
            ("1e1.5", nil), ("1.e5", nil), ("1e1234", nil), ("", nil), (".", nil), ("1.", nil), ("+5", nil),
            ("é", nil), ("１２", nil), ("NaN", nil), ("Infinity", nil), ("null", nil), ("12 USD", nil),
            ("9999999999999999999", nil), ("92233720368547758.079", nil),
        ] as [(String, Int64?)])
    func wireDollars(text: String, cents: Int64?) { #expect(Cents(wireDollars: text)?.rawValue == cents) }

    @Test(
        "a rate has up to three places",
        arguments: [
            ("1", 1_000), ("1.5", 1_500), ("1.125", 1_125), ("0.1", 100), ("10", 10_000), ("1.1250", 1_125),
            ("-1.5", -1_500), ("1.1255", nil), ("", nil), ("one", nil), ("1,5", nil), ("1.5x", nil), ("１", nil),
        ] as [(String, Int64?)])
    func rate(text: String, thousandths: Int64?) { #expect(Thousandths(parsing: text)?.rawValue == thousandths) }

    @Test(
        "a whole number has digits only",
        arguments: [
            ("0", 0), ("180", 180), ("-40", -40), ("9223372036854775806", 9_223_372_036_854_775_806),
            ("1.0", nil), ("1.", nil), (".5", nil), ("1e3", nil), ("", nil), ("+1", nil), ("1 000", nil), ("١", nil),
            ("9223372036854775808", nil), ("-99999999999999999999", nil),
        ] as [(String, Int64?)])
    func whole(text: String, value: Int64?) { #expect(wholeNumber(parsing: text) == value) }

    @Test("a text too long to be a number is refused before it is read")
    func long() {
        #expect(Cents(wireDollars: String(repeating: "0", count: 64)) == .zero)
        #expect(Cents(wireDollars: String(repeating: "0", count: 65)) == nil)
        #expect(Cents(wireDollars: String(repeating: "9", count: 100_000)) == nil)
    }

    @Test(
        "a rate is written as short as it can be",
        arguments: [
            (1_000, "1"), (1_500, "1.5"), (1_125, "1.125"), (100, "0.1"), (10_000, "10"), (0, "0"), (-1_050, "-1.05"),
        ] as [(Thousandths, String)])
    func rateText(rate: Thousandths, text: String) { #expect(rate.text == text) }

    @Test(
        "an amount is written as people write it",
        arguments: [  // cents, dollarsText, formatted, short
            (0, "0.00", "$0.00", "$0"), (5, "0.05", "$0.05", "$0.05"), (12_50, "12.50", "$12.50", "$12.50"),
            (1_240_00, "1240.00", "$1,240.00", "$1,240"), (-3_00, "-3.00", "−$3.00", "−$3"),
            (1_234_567_89, "1234567.89", "$1,234,567.89", "$1,234,567.89"),
            (
                Cents(rawValue: .min), "-92233720368547758.08", "−$92,233,720,368,547,758.08",
                "−$92,233,720,368,547,758.08"
            ),
        ] as [(Cents, String, String, String)])
    func amount(cents: Cents, plain: String, long: String, short: String) {
        #expect(cents.dollarsText == plain)
        #expect(cents.formatted() == long)
        #expect(cents.formatted(short: true) == short)
    }

    @Test(
        "a count has its thousands marked",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1,000"), (123_456, "123,456"), (-1_240, "−1,240"),
            (.max, "9,223,372,036,854,775,807"), (.min, "−9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func count(value: Int64, text: String) { #expect(groupedDigits(value) == text) }

    @Test("what is written reads back as the same number", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let value = random.magnitude(upTo: .max - 1) * (random.next() % 2 == 0 ? 1 : -1)
            #expect(Cents(dollars: Cents(rawValue: value).dollarsText)?.rawValue == value)
            #expect(Cents(wireDollars: Cents(rawValue: value).dollarsText)?.rawValue == value)
            #expect(Thousandths(parsing: Thousandths(rawValue: value).text)?.rawValue == value)
        }
    }

    @Test("any text is a number or refused, and never stops the program", arguments: SeededRandom.seeds)
    func anyText(seed: UInt64) {
        var random = SeededRandom(seed)
        let letters = ["0", "9", "5", "1", ".", "-", "+", "e", "E", " ", ",", "é", "１", "\u{0}"]
        for _ in 0..<5_000 {
            let text = (0..<random.number(in: 0...24)).map { _ in random.element(of: letters) }.joined()
            let typed = Cents(dollars: text)
            #expect(typed == nil || typed == Cents(wireDollars: text), "\(text.debugDescription)")
        }
    }
}
