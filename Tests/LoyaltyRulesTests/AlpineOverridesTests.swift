import Testing

@testable import LoyaltyRules

struct AlpineOverridesTests {
    @Test(
        "a wave is more than a fifth and more than 25, or at least 5 and more than half",
        arguments: [  // compared, over, a wave
            (1_000, 300, true), (1_000, 201, true), (1_000, 200, false), (100, 25, false), (100, 26, true),
            (130, 26, false), (129, 26, true), (26, 26, true), (125, 25, false), (10, 5, false), (9, 5, true),
            (8, 4, false), (4, 4, false), (5, 5, true), (1, 1, false), (0, 0, false), (51, 26, true), (50, 25, false),
            (49, 25, true), (Int64.max / 5, Int64.max / 10, true),
        ] as [(Int64, Int64, Bool)])
    func wave(compared: Int64, over: Int64, isWave: Bool) {
        #expect(WaveCount(compared: compared, over: over).isWave == isWave)
    }

    @Test(
        "numbers are taken unless the shop only compares, the program is paused or the operator has switched it off",
        arguments: [  // policy, paused, switch, bar
            (.override, false, true, nil), (.override, true, true, .paused), (.override, false, false, .switchedOff),
            (.compareOnly, false, true, .compareOnly), (.compareOnly, true, false, .paused),
            (.compareOnly, false, false, .compareOnly),
        ] as [(AlpinePolicy, Bool, Bool, UntakenReason?)])
    func bar(policy: AlpinePolicy, isPaused: Bool, isEnabled: Bool, bar: UntakenReason?) {
        var program = ProgramSettings()
        program.alpinePolicy = policy
        program.paused = isPaused
        #expect(program.barToOverrides(isEnabled: isEnabled) == bar)
    }

    @Test("five points are recorded, four only corrected", arguments: [(4, false), (5, true), (-4, false), (-5, true)])
    func recorded(points: Int64, isRecorded: Bool) {
        #expect(AlpineOverride.isRecorded(points) == isRecorded)
        #expect(AlpineOverride.isRecorded(.min) && AlpineOverride.isRecorded(.max))
    }

    private static let noon = Instant(secondsSince1970: 1_700_000_000)

    @Test(
        "a comparison is a first one until the numbers have agreed, and again after a pause",
        arguments: [  // seconds after which they agreed, and after which the program was resumed
            (nil, nil, .first), (10, nil, .reconciled), (nil, 10, .first), (10, 20, .first), (20, 10, .reconciled),
            (10, 10, .reconciled),
        ] as [(Int64?, Int64?, ComparisonGroup)])
    func group(agreed: Int64?, resumed: Int64?, group: ComparisonGroup) {
        let found = ComparisonGroup(
            reconciledAt: agreed.map { Self.noon.advanced(bySeconds: $0) },
            resumedAt: resumed.map { Self.noon.advanced(bySeconds: $0) })
        #expect(found == group)
    }

    @Test("the program was last resumed when a version without a pause followed one with it")
    func resumed() {
        func history(_ pauses: [Bool]) -> SettingsHistory {
            let versions = pauses.enumerated().map { index, isPaused in
                var settings = Settings.defaults(name: "Shop", timeZone: "UTC")
                settings.program.paused = isPaused
                return SettingsHistory.Version(
                    savedAt: Self.noon.advanced(bySeconds: Int64(index)), settings: settings)
            }
            return SettingsHistory(versions: versions, firstPostingAt: Self.noon)
        }
        func seconds(_ pauses: [Bool]) -> Int64? {
            history(pauses).lastResumedAt.map { $0.secondsSince1970 - Self.noon.secondsSince1970 }
        }
        #expect(seconds([false]) == nil && seconds([false, true]) == nil && seconds([true, true]) == nil)
        #expect(seconds([true, false]) == 1)
        #expect(seconds([true, false, true, true, false, false]) == 4)
        #expect(seconds([true, false, true]) == 1)
    }

    @Test(
        "a rise is explained by a lost number, give or take a fraction",
        arguments: [(300, true), (301, true), (299, false), (302, false), (0, false), (1, false), (-300, false)])
    func lost(rise: Int64, isExplained: Bool) {
        #expect(LostFigures([300, 0, 7_000]).explain(riseOf: rise) == isExplained)
        #expect(LostFigures([0]).isEmpty && !LostFigures([1]).isEmpty)
    }
}
