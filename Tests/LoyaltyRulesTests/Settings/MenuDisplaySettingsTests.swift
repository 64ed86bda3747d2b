import Testing

@testable import LoyaltyRules

struct MenuDisplaySettingsTests {
    @Test("the defaults show the bar and the offers, and have no problems")
    func defaults() {
        let menu = MenuDisplaySettings.defaults
        #expect(menu.problems.isEmpty)
        #expect(menu.showBar && menu.showRedemptions && menu.loyaltyTagline.isEmpty)
        #expect(menu.deliveryLine == nil && menu.programs.allSatisfy { !$0.isEnabled })
        #expect(MenuDisplaySettings.tab.rawValue == "menu-display")
    }

    @Test("each range ends where the page says", arguments: changes)
    func change(change: SettingsChange<MenuDisplaySettings>) { change.check(on: .defaults) }

    static let changes: [SettingsChange<MenuDisplaySettings>] =
        SettingsChange.lengths(of: \.loyaltyTagline, 0...140, "loyalty_tagline")
        + SettingsChange.lengths(of: \.driveThruHours, 0...80, "drive_thru_hours")
        + SettingsChange.lengths(of: \.pickupText, 0...120, "pickup_text")
        + SettingsChange.lengths(of: \.programs[1].name, 1...60, "program[1][name]")
        + SettingsChange.lengths(of: \.programs[1].description, 0...160, "program[1][description]")
        + optionals + [
            .accepted("no programs") { $0.programs = [] },
            .accepted("20 programs") { $0.programs = many(20) },
            .refused("21 programs", under: "program") { $0.programs = many(21) },
            .refused("two programs of one name", under: "program[1][name]") {
                $0.programs[1].name = $0.programs[0].name.uppercased()
            },
            .refused("a named color", under: "primary_color") { $0.primaryColor = "green" },
            .refused("no color", under: "primary_color") { $0.primaryColor = "" },
            .refused("a color that closes its attribute", under: "primary_color") { $0.primaryColor = "#12345\"" },
        ]

    private static let optionals: [SettingsChange<MenuDisplaySettings>] = [
        .accepted("no minimum, fee and radius") {
            ($0.deliveryMinimum, $0.deliveryFee, $0.deliveryRadiusTenths) = (nil, nil, nil)
        },
        .accepted("the smallest delivery") {
            ($0.deliveryMinimum, $0.deliveryFee, $0.deliveryRadiusTenths) = (0, 0, 1)
        },
        .accepted("the largest delivery") {
            ($0.deliveryMinimum, $0.deliveryFee, $0.deliveryRadiusTenths) = (10_000_00, 10_000_00, 5_000)
        },
        .refused("a minimum below 0", under: "delivery_minimum") { $0.deliveryMinimum = -1 },
        .refused("a minimum too high", under: "delivery_minimum") { $0.deliveryMinimum = 10_000_01 },
        .refused("a fee below 0", under: "delivery_fee") { $0.deliveryFee = -1 },
        .refused("a fee too high", under: "delivery_fee") { $0.deliveryFee = 10_000_01 },
        .refused("no radius at all", under: "delivery_radius") { $0.deliveryRadiusTenths = 0 },
        .refused("a radius too far", under: "delivery_radius") { $0.deliveryRadiusTenths = 5_001 },
    ]

    private static func many(_ count: Int) -> [DiscountProgram] {
        (0..<count).map {
            DiscountProgram(
                id: ProgramID(rawValue: UInt128($0)), isEnabled: true, name: "Program \($0)", description: "",
                icon: .tag)
        }
    }

    @Test("the icons are those of contract.md")
    func icons() {
        #expect(ProgramIcon.allCases.map(\.rawValue) == ["shield", "graduation-cap", "star", "heart", "users", "tag"])
    }
}
