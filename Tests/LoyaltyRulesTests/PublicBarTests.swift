import Testing

@testable import LoyaltyRules

struct PublicBarTests {
    @Test(
        "the tagline names the rate in words that fit the number",
        arguments: [(1_000, "1 pt"), (1_500, "1.5 pts"), (2_000, "2 pts"), (100, "0.1 pts"), (10_000, "10 pts")]
            as [(Thousandths, String)])
    func tagline(rate: Thousandths, words: String) {
        var settings = PointsSettings()
        settings.pointsPerDollar = rate
        #expect(settings.defaultTagline == "Earn \(words) per $1 spent — redeem for discounts")
    }

    @Test(
        "an offer names points and dollars",
        arguments: [
            (100, 5_00, "100 pts = $5 off"), (1, 1, "1 pt = $0.01 off"), (1_000, 12_50, "1,000 pts = $12.50 off"),
            (250, 1_500_00, "250 pts = $1,500 off"),
        ] as [(Int64, Cents, String)])
    func offer(points: Int64, value: Cents, words: String) {
        #expect(Reward(id: RewardID(rawValue: 1), pointsCost: points, value: value).offer == words)
    }

    @Test(
        "the delivery line has each part only if it is set",
        arguments: [  // minimum, fee, radius in tenths, line
            (nil, nil, nil, nil), (50_00, nil, nil, "$50 min"), (nil, 10_00, nil, "$10 fee"),
            (nil, nil, 200, "20-mi radius"), (50_00, 10_00, nil, "$50 min · $10 fee"),
            (50_00, nil, 200, "$50 min · 20-mi radius"), (nil, 10_00, 200, "$10 fee · 20-mi radius"),
            (50_00, 10_00, 200, "$50 min · $10 fee · 20-mi radius"),
            (49_50, 7_99, 25, "$49.50 min · $7.99 fee · 2.5-mi radius"), (nil, 0, nil, "Free delivery"),
        ] as [(Cents?, Cents?, Int64?, String?)])
    func delivery(minimum: Cents?, fee: Cents?, radius: Int64?, line: String?) {
        var settings = MenuDisplaySettings.defaults
        (settings.deliveryMinimum, settings.deliveryFee, settings.deliveryRadiusTenths) = (minimum, fee, radius)
        #expect(settings.deliveryLine == line)
    }

    @Test("text keeps a contrast of 4.5 on every colour of a grid")
    func contrast() {
        let channels = Array(stride(from: 0, through: 255, by: 5))
        var poor: [String] = []
        for red in channels {
            for green in channels {
                for blue in channels {
                    let color = "#" + [red, green, blue].map(hexadecimal).joined()
                    let background = luminance([red, green, blue])
                    let text = textColor(on: color) == "#ffffff" ? 1.0 : 0.0
                    let contrast = (max(background, text) + 0.05) / (min(background, text) + 0.05)
                    if contrast < 4.5 { poor.append(color) }
                }
            }
        }
        #expect(poor.isEmpty)
    }

    @Test(
        "text is black on light colours and white on dark ones, in either case of letters",
        arguments: [
            ("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#FFFF00", "#000000"), ("#1d6b45", "#ffffff"),
            ("#1D6B45", "#ffffff"), ("not a color", "#000000"), ("", "#000000"),
        ])
    func text(color: String, expected: String) { #expect(textColor(on: color) == expected) }

    private func hexadecimal(_ channel: Int) -> String {
        (channel < 16 ? "0" : "") + String(channel, radix: 16)
    }

    /// WCAG 2.2 relative luminance; x^2.4 by its square and two fifth roots, so without the library that the code uses.
    private func luminance(_ channels: [Int]) -> Double {
        let linear = channels.map { channel -> Double in
            let value = Double(channel) / 255
            if value <= 0.04045 { return value / 12.92 }
            let base = (value + 0.055) / 1.055
            var root = 1.0
            for _ in 0..<60 {
                root -= (root * root * root * root * root - base * base) / (5 * root * root * root * root)
            }
            return base * base * root
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}
