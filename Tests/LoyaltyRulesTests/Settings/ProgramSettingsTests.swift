import Testing

@testable import LoyaltyRules

struct ProgramSettingsTests {
    @Test("the defaults are those of rules.md and have no problems")
    func defaults() {
        let program = ProgramSettings()
        #expect(program.problems.isEmpty)
        #expect(!program.paused && program.alpinePolicy == .override)
        #expect(program.discrepancyPercent == 10 && program.lagHours == 36 && program.syncEveryMinutes == 30)
        #expect(AlpinePolicy.allCases.map(\.rawValue) == ["override", "compare_only"])
        #expect(ProgramSettings.tab.rawValue == "program")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<ProgramSettings>) { change.check(on: ProgramSettings()) }

    static let changes: [SettingsChange<ProgramSettings>] =
        SettingsChange.lengths(of: \.pauseReason, 0...200, "pause_reason")
        + SettingsChange.edges(of: \.discrepancyPercent, 1...100, "discrepancy_percent")
        + SettingsChange.edges(of: \.lagHours, 0...168, "lag_hours")
        + SettingsChange.edges(of: \.syncEveryMinutes, 5...1_440, "sync_every_minutes")
        + SettingsChange.edges(of: \.adjustLimit, 0...10_000_000, "adjust_limit")
}
