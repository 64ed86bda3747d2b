import Foundation
import Testing

@testable import LoyaltyRules

struct BusinessSettingsTests {
    private static let sample = BusinessSettings(name: "Green Leaf", timeZone: "America/New_York")

    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        #expect(Self.sample.problems.isEmpty)
        #expect(Self.sample.minimumAge == 21 && Self.sample.dispensaryType == .both)
        #expect(DispensaryType.allCases.map(\.rawValue) == ["medical", "recreational", "both"])
        #expect(BusinessSettings.tab.rawValue == "business")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<BusinessSettings>) { change.check(on: Self.sample) }

    static let changes: [SettingsChange<BusinessSettings>] =
        SettingsChange.lengths(of: \.name, 1...80, "name")
        + SettingsChange.lengths(of: \.licenseNumber, 0...60, "license_number")
        + SettingsChange.edges(of: \.minimumAge, 18...25, "minimum_age")
        + [
            .accepted("UTC") { $0.timeZone = "UTC" },
            .accepted("a zone of half hours") { $0.timeZone = "Australia/Lord_Howe" },
            .refused("no zone", under: "time_zone") { $0.timeZone = "" },
            .refused("an abbreviation", under: "time_zone") { $0.timeZone = "EST" },
            .refused("an unknown zone", under: "time_zone") { $0.timeZone = "America/Nowhere" },
            .accepted("an https address") { $0.termsURL = "https://example.com/terms?a=1" },
            .accepted("no address") { $0.termsURL = "" },
            .refused("an http address", under: "terms_url") { $0.termsURL = "http://example.com" },
            .refused("a script", under: "terms_url") { $0.termsURL = "javascript:alert(1)" },
            .refused("a space", under: "terms_url") { $0.termsURL = "https://example.com/a b" },
            .refused("a quote", under: "terms_url") { $0.termsURL = "https://example.com/\"x" },
            .accepted("the longest address") { $0.termsURL = "https://e.co/" + String(repeating: "a", count: 287) },
            .refused("an address too long", under: "terms_url") {
                $0.termsURL = "https://e.co/" + String(repeating: "a", count: 288)
            },
        ]

    @Test("the calendar is the zone's, and UTC for a zone that the system lost")
    func calendar() {
        var business = Self.sample
        #expect(business.calendar.timeZone.identifier == "America/New_York")
        business.timeZone = "America/Nowhere"
        #expect(business.calendar.timeZone.secondsFromGMT() == 0)
    }
}
