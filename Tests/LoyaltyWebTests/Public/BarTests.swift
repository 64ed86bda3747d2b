import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct BarTests {
    let templates: Templates

    init() throws { templates = try Templates.ofCheckout() }

    private func bar(_ change: (inout Settings) -> Void) throws -> String? {
        var settings = Settings.barSample(full: true)
        change(&settings)
        return try BarFragment(settings).map { try templates.render($0) }
    }

    /// One setting, what it is set to, and a text that is in the bar without it (false) or with it (true).
    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let appears: Bool
        let apply: @Sendable (inout Settings) -> Void

        init(_ name: String, _ text: String, appears: Bool, _ apply: @escaping @Sendable (inout Settings) -> Void) {
            testDescription = name
            self.text = text
            self.appears = appears
            self.apply = apply
        }
    }

    static let changes: [Change] = [
        Change("bar off", "Earn 1 pt per $1 spent — redeem for discounts", appears: false) {
            $0.menuDisplay.showBar = false
        },
        Change("own tagline", "Grow with us", appears: true) { $0.menuDisplay.loyaltyTagline = "Grow with us" },
        Change("another rate", "Earn 1.5 pts per $1 spent — redeem for discounts", appears: true) {
            $0.points.pointsPerDollar = 1_500
        },
        Change("redemptions off", "100 pts = $5 off", appears: false) { $0.menuDisplay.showRedemptions = false },
        Change("another reward", "1,000 pts = $12.50 off", appears: true) {
            $0.redemptions.rewards = [Reward(id: RewardID(rawValue: 9), pointsCost: 1_000, value: 12_50)]
        },
        Change("programs off", "Veterans", appears: false) { $0.menuDisplay.showDiscountPrograms = false },
        Change("a program off", "Veterans", appears: false) { $0.menuDisplay.programs[0].isEnabled = false },
        Change("a program's description", "11% off", appears: true) {
            $0.menuDisplay.programs[0].description = "11% off"
        },
        Change("a program's icon", BarGlyph.heart.path, appears: false) {
            $0.menuDisplay.programs[2].icon = .shield
        },
        Change("delivery off", "Delivery", appears: false) { $0.menuDisplay.showDeliveryInfo = false },
        Change("delivery minimum unset", "$50 min", appears: false) { $0.menuDisplay.deliveryMinimum = nil },
        Change("delivery fee unset", "$10 fee", appears: false) { $0.menuDisplay.deliveryFee = nil },
        Change("delivery radius unset", "20-mi radius", appears: false) {
            $0.menuDisplay.deliveryRadiusTenths = nil
        },
        Change("drive-thru off", "Drive-thru", appears: false) { $0.menuDisplay.showDriveThru = false },
        Change("drive-thru hours", "after dark", appears: true) { $0.menuDisplay.driveThruHours = "after dark" },
        Change("pickup text", "Ready in 15 minutes", appears: false) { $0.menuDisplay.pickupText = "" },
        Change("tiers off", "Platinum", appears: false) { $0.menuDisplay.showTiers = false },
        Change("a tier's benefit", "Free grinder", appears: true) { $0.tiers.tiers[3].benefits = ["Free grinder"] },
        Change("a tier's multiplier", "1.25x points", appears: true) { $0.tiers.tiers[3].earnMultiplier = 1_250 },
        Change("another color", "fill=\"#0a0b0c\"", appears: true) { $0.menuDisplay.primaryColor = "#0a0b0c" },
        Change("a light color", "stroke=\"#ffffff\"", appears: false) {
            $0.menuDisplay.primaryColor = "#f0e0d0"
            for index in $0.tiers.tiers.indices { $0.tiers.tiers[index].color = "#eeeeee" }
        },
        Change("paused, and saying so", "The loyalty program is paused", appears: true) {
            $0.program.paused = true
            $0.program.hideBarWhenPaused = false
        },
    ]

    @Test("each setting changes the bar", arguments: changes)
    func settings(change: Change) throws {
        let before = try #require(try bar { _ in })
        let after = try #require(try bar(change.apply))
        #expect(before.contains(change.text) != change.appears)
        #expect(after.contains(change.text) == change.appears)
    }

    @Test("there is no bar when bar and delivery are off, or the program is paused and the bar hidden")
    func nothing() throws {
        #expect(
            try bar {
                $0.menuDisplay.showBar = false
                $0.menuDisplay.showDeliveryInfo = false
            } == nil)
        #expect(try bar { $0.program.paused = true } == nil)
    }

    @Test("a paused program offers nothing, and still says how to get the goods")
    func paused() throws {
        let text = try #require(
            try bar {
                $0.program.paused = true
                $0.program.hideBarWhenPaused = false
            })
        #expect(!text.contains("pts = ") && !text.contains("lb-tiers") && text.contains("Delivery"))
    }

    @Test("the bar is one named region, without styles or ids, and under 6 kB with its icons")
    func shape() throws {
        let text = try #require(try bar { _ in })
        #expect(text.hasPrefix("<section class=\"lb-bar\" aria-label=\"Loyalty and offers\">"))
        #expect(!text.contains("style=") && !text.contains(" id=") && !text.contains("<style"))
        let classes = text.split(separator: "class=\"").dropFirst().flatMap {
            $0.prefix { $0 != "\"" }.split(separator: " ")
        }
        #expect(classes.allSatisfy { $0.hasPrefix("lb-") })
        #expect(text.utf8.count <= 6_000, "\(text.utf8.count) bytes")
    }

    @Test(
        "hostile words are shown as words",
        arguments: [
            "\"><script>alert(1)</script>", "\"\u{301}onmouseover=alert(1) x=\"\u{301}", "'\u{300}><img src=x>",
            "\u{202E}txet terces", "{{tagline}}", "</section>", "&lt;b&gt;",
        ])
    func hostile(words: String) throws {
        let text = try #require(
            try bar {
                $0.menuDisplay.loyaltyTagline = words
                $0.menuDisplay.programs[0].name = words
                $0.menuDisplay.programs[0].description = words
                $0.menuDisplay.driveThruHours = words
                $0.menuDisplay.pickupText = words
                $0.tiers.tiers[0].name = words
                $0.tiers.tiers[0].benefits = [words]
                $0.menuDisplay.primaryColor = "red\"><b>"
            })
        let tagCount = { (text: String) in text.utf8.count { $0 == UInt8(ascii: "<") } }
        #expect(tagCount(text) == tagCount(try #require(try bar { _ in })))
        let escaped = escapedHTML(words)
        #expect(text.split(separator: escaped, omittingEmptySubsequences: false).count == 8)
        #expect(!text.contains("red"))
    }

    @Test("the script carries the bar as a string that nothing can break out of")
    func script() throws {
        let markup = "<b title=\"x\">\u{2028}</script>\\ `${1}`</b>"
        let text = try templates.render(try EmbedScript(markup: markup))
        #expect(text.contains(#""\u003cb title=\"x\">"#))
        #expect(!text.contains("</script"))
        #expect(try templates.render(try EmbedScript(markup: nil)).contains("var markup = null;"))
    }
}
