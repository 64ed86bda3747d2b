import Foundation
import LoyaltyRules
import Testing

@testable import LoyaltyWeb

struct MenuSettingsTests {
    private func text(_ settings: Settings) -> String {
        String(decoding: menuSettingsJSON(settings).bytes, as: UTF8.self)
    }

    @Test("the public settings have the contract's keys in its order, and dollars are exact numbers")
    func shape() throws {
        var settings = Settings.barSample(full: true)
        settings.points.pointsPerDollar = 1_125
        settings.menuDisplay.deliveryFee = 9_95
        settings.menuDisplay.deliveryMinimum = nil
        settings.menuDisplay.deliveryRadiusTenths = 125
        settings.menuDisplay.programs = Array(settings.menuDisplay.programs.prefix(1))
        settings.tiers.tiers = [settings.tiers.tiers[1]]
        settings.redemptions.rewards = [
            Reward(id: RewardID(rawValue: 2), pointsCost: 250, value: 15_10, description: "Say \"hi\"\n\u{1}")
        ]
        #expect(
            text(settings) == """
                {"pointsPerDollar":1.125,"menuDisplay":{"showBar":true,"loyaltyTagline":"","showDiscountPrograms":true,\
                "showDeliveryInfo":true,"deliveryMinimum":null,"deliveryFee":9.95,"deliveryRadius":12.5,\
                "showDriveThru":true,"driveThruHours":"Mon–Sat 9 am – 9 pm","pickupText":"Ready in 15 minutes",\
                "showTiers":true,"showRedemptions":true},"discountPrograms":[{"id":"\(ProgramID(rawValue: 1))",\
                "enabled":true,"name":"Veterans","description":"10% off with ID","icon":"shield"}],\
                "tiers":[{"id":"\(TierID(rawValue: 2))","name":"Silver","threshold":200,"color":"#6f7a82",\
                "benefits":["Points on every order","Early news of drops"]}],"redemptionTiers":[{"id":\
                "\(RewardID(rawValue: 2))","pointsCost":250,"rewardValue":15.1,"description":"Say \\"hi\\"\\u000a\\u0001"}]}
                """)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text(settings).utf8)) }
    }

    @Test("arrays are there when they are empty, and the equity multiplier never is")
    func privacy() {
        var settings = Settings.barSample(full: true)
        settings.menuDisplay.programs = []
        settings.redemptions.rewards = []
        settings.points.equityMultiplier = 4_321
        #expect(text(settings).contains(#""discountPrograms":[]"#) && text(settings).contains(#""redemptionTiers":[]"#))
        #expect(!text(settings).contains("4.321") && !text(settings).lowercased().contains("equity"))
    }
}
