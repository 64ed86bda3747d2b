import Foundation
import LoyaltyRules
import Testing

@testable import loyalty

struct SettingsFileTests {
    private let settings: Settings = {
        var settings = Settings.defaults(name: "Green “Leaf”", timeZone: "America/New_York")
        settings.points.pointsPerDollar = 1_125
        settings.points.equityMultiplier = 1_255
        settings.points.earnFrom = Day(parsing: "2026-02-01")
        settings.menuDisplay.deliveryFee = 4_99
        settings.menuDisplay.deliveryRadiusTenths = 75
        settings.segments.vipMinLifetimeValue = 1_000_000_01
        return settings
    }()

    private func json(_ settings: Settings, withEquityMultiplier: Bool = false) throws -> String {
        try Output.json(SettingsFile(settings, withEquityMultiplier: withEquityMultiplier))
    }

    private func read(_ json: String, replacing present: Settings) throws -> Settings {
        try SettingsFile(json: Array(json.utf8)).settings(replacing: present)
    }

    @Test("what was exported comes back the same, and the equity multiplier stays as it is")
    func roundTrip() throws {
        var present = Settings.defaults(name: "Other", timeZone: "UTC")
        present.points.equityMultiplier = 1_400
        var expected = settings
        expected.points.equityMultiplier = 1_400
        expected.segments.vipMinLifetimeValue = 500_00
        var exported = settings
        exported.segments.vipMinLifetimeValue = 500_00
        #expect(try read(json(exported), replacing: present) == expected)
    }

    @Test("only show prints the equity multiplier")
    func equityMultiplier() throws {
        #expect(try !json(settings).contains("equity"))
        #expect(try json(settings, withEquityMultiplier: true).contains(#""equityMultiplier":1.255"#))
    }

    @Test("dollars, rates and miles are exact decimal numbers")
    func decimals() throws {
        let text = try json(settings)
        #expect(text.contains(#""pointsPerDollar":1.125"#))
        #expect(text.contains(#""deliveryFee":4.99"#))
        #expect(text.contains(#""deliveryRadius":7.5"#))
        #expect(text.contains(#""vipMinLifetimeValue":1000000.01"#))
        #expect(text.contains(#""rewardValue":5"#))
    }

    @Test(
        "a file with a fault is refused with the field's name",
        arguments: [
            (#""pointsPerDollar":1.125"#, #""pointsPerDollar":99"#, "points_per_dollar"),
            (#""pointsPerDollar":1.125"#, #""pointsPerDollar":"1""#, "pointsPerDollar: should be a number"),
            (#""pointsPerDollar":1.125"#, #""pointsPerDolar":1"#, "pointsPerDollar: is missing"),
            (#""pointsPerDollar":1.125"#, #""pointsPerDollar":1.1255"#, "pointsPerDollar: a number with at most 3"),
            (#""deliveryFee":4.99"#, #""deliveryFee":4.999"#, "menuDisplay.deliveryFee: a number with at most 2"),
            (#""deliveryFee":4.99"#, #""deliveryFees":4.99"#, "menuDisplay.deliveryFees: there is no such setting"),
            (#""rounding":"down""#, #""rounding":"sideways""#, "rounding"),
            (#""threshold":0"#, #""threshold":1"#, "tier[0][threshold]"),
            (#""name":"Gold""#, #""name":"Silver""#, "tier[2][name]"),
            (#""minimumAge":21"#, #""minimumAge":3"#, "minimum_age"),
        ])
    func refused(text: String, replacement: String, field: String) throws {
        var good = settings
        good.segments.vipMinLifetimeValue = 500_00
        let present = good
        let json = try json(good)
        #expect(json.contains(text))
        let error = #expect(throws: SettingsFileProblems.self) {
            try read(json.replacingOccurrences(of: text, with: replacement), replacing: present)
        }
        #expect(error?.description.contains(field) == true)
    }
}
