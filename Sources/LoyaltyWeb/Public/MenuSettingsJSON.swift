import LoyaltyRules

/// What a menu may know of the settings: contract.md, "Public", with its keys in its order. The equity multiplier is
/// not named here, so it cannot come out.
func menuSettingsJSON(_ settings: Settings) -> OrderedJSON {
    .object([
        ("pointsPerDollar", .number(settings.points.pointsPerDollar.text)),
        ("menuDisplay", menuDisplayJSON(settings.menuDisplay)),
        ("discountPrograms", .array(settings.menuDisplay.programs.map(programJSON))),
        ("tiers", .array(settings.tiers.tiers.map(tierJSON))),
        ("redemptionTiers", .array(settings.redemptions.rewards.map(rewardJSON))),
    ])
}

private func menuDisplayJSON(_ menu: MenuDisplaySettings) -> OrderedJSON {
    .object([
        ("showBar", .bool(menu.showBar)),
        ("loyaltyTagline", .text(menu.loyaltyTagline)),
        ("showDiscountPrograms", .bool(menu.showDiscountPrograms)),
        ("showDeliveryInfo", .bool(menu.showDeliveryInfo)),
        ("deliveryMinimum", .optional(menu.deliveryMinimum, OrderedJSON.dollars)),
        ("deliveryFee", .optional(menu.deliveryFee, OrderedJSON.dollars)),
        ("deliveryRadius", .optional(menu.deliveryRadiusTenths) { .number(DecimalText.format($0, places: 1)) }),
        ("showDriveThru", .bool(menu.showDriveThru)),
        ("driveThruHours", .text(menu.driveThruHours)),
        ("pickupText", .text(menu.pickupText)),
        ("showTiers", .bool(menu.showTiers)),
        ("showRedemptions", .bool(menu.showRedemptions)),
    ])
}

private func programJSON(_ program: DiscountProgram) -> OrderedJSON {
    .object([
        ("id", .text(program.id.description)), ("enabled", .bool(program.isEnabled)), ("name", .text(program.name)),
        ("description", .text(program.description)), ("icon", .text(program.icon.rawValue)),
    ])
}

private func tierJSON(_ tier: Tier) -> OrderedJSON {
    .object([
        ("id", .text(tier.id.description)), ("name", .text(tier.name)), ("threshold", .dollars(tier.threshold)),
        ("color", .text(tier.color)), ("benefits", .array(tier.shownBenefits.map(OrderedJSON.text))),
    ])
}

private func rewardJSON(_ reward: Reward) -> OrderedJSON {
    .object([
        ("id", .text(reward.id.description)), ("pointsCost", .integer(reward.pointsCost)),
        ("rewardValue", .dollars(reward.value)), ("description", .text(reward.description)),
    ])
}
