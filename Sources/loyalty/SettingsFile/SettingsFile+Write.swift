import LoyaltyRules

extension SettingsFile {
    /// The settings as a file; the equity multiplier only on request.
    init(_ settings: Settings, withEquityMultiplier: Bool) {
        let points = settings.points
        self.init(
            pointsPerDollar: ExactNumber(points.pointsPerDollar),
            equityMultiplier: withEquityMultiplier ? ExactNumber(points.equityMultiplier) : nil,
            rounding: points.rounding, earnOn: points.earnOn, earnFrom: points.earnFrom,
            tiers: settings.tiers.tiers.map(TierItem.init), tierRules: TierRules(settings.tiers),
            segments: SegmentThresholds(settings.segments),
            redemptionTiers: settings.redemptions.rewards.map(RewardItem.init),
            redemptionRules: RedemptionRules(settings.redemptions), menuDisplay: MenuDisplay(settings.menuDisplay),
            discountPrograms: settings.menuDisplay.programs.map(ProgramItem.init),
            business: Business(settings.business), program: Program(settings.program))
    }
}

extension SettingsFile.TierItem {
    fileprivate init(_ tier: Tier) {
        self.init(
            id: tier.id, name: tier.name, threshold: ExactNumber(tier.threshold), color: tier.color,
            earnMultiplier: ExactNumber(tier.earnMultiplier), benefits: tier.benefits)
    }
}

extension SettingsFile.TierRules {
    fileprivate init(_ tab: TierSettings) {
        self.init(
            qualifyingWindow: tab.qualifyingWindow, demotionEnabled: tab.demotionEnabled,
            demotionInactiveDays: tab.demotionInactiveDays)
    }
}

extension SettingsFile.SegmentThresholds {
    fileprivate init(_ tab: SegmentSettings) {
        self.init(
            loyalMinOrders: tab.loyalMinOrders, vipMinLifetimeValue: ExactNumber(tab.vipMinLifetimeValue),
            vipMinOrders: tab.vipMinOrders, vipMinAverageBasket: ExactNumber(tab.vipMinAverageBasket),
            highValueMinAverageBasket: ExactNumber(tab.highValueMinAverageBasket),
            highValueMaxOrders: tab.highValueMaxOrders, frequentMinOrders: tab.frequentMinOrders,
            frequentMaxAverageBasket: ExactNumber(tab.frequentMaxAverageBasket), slippingMinDays: tab.slippingMinDays,
            atRiskMinDays: tab.atRiskMinDays, churnedMinDays: tab.churnedMinDays, newMaxDays: tab.newMaxDays)
    }
}

extension SettingsFile.RewardItem {
    fileprivate init(_ reward: Reward) {
        self.init(
            id: reward.id, pointsCost: reward.pointsCost, rewardValue: ExactNumber(reward.value),
            description: reward.description, posDiscountId: reward.posDiscountID)
    }
}

extension SettingsFile.RedemptionRules {
    fileprivate init(_ tab: RedemptionSettings) {
        self.init(
            partialRedemption: tab.partialRedemption, maxOrderPercent: tab.maxOrderPercent,
            minimumOrder: ExactNumber(tab.minimumOrder), holdMinutes: tab.holdMinutes)
    }
}

extension SettingsFile.MenuDisplay {
    fileprivate init(_ tab: MenuDisplaySettings) {
        self.init(
            showBar: tab.showBar, loyaltyTagline: tab.loyaltyTagline, showDiscountPrograms: tab.showDiscountPrograms,
            showDeliveryInfo: tab.showDeliveryInfo, deliveryMinimum: tab.deliveryMinimum.map { ExactNumber($0) },
            deliveryFee: tab.deliveryFee.map { ExactNumber($0) },
            deliveryRadius: tab.deliveryRadiusTenths.map { ExactNumber($0, places: 1) },
            showDriveThru: tab.showDriveThru, driveThruHours: tab.driveThruHours, pickupText: tab.pickupText,
            showTiers: tab.showTiers, showRedemptions: tab.showRedemptions, primaryColor: tab.primaryColor)
    }
}

extension SettingsFile.ProgramItem {
    fileprivate init(_ program: DiscountProgram) {
        self.init(
            id: program.id, enabled: program.isEnabled, name: program.name, description: program.description,
            icon: program.icon)
    }
}

extension SettingsFile.Business {
    fileprivate init(_ tab: BusinessSettings) {
        self.init(
            name: tab.name, timeZone: tab.timeZone, dispensaryType: tab.dispensaryType,
            licenseNumber: tab.licenseNumber, minimumAge: tab.minimumAge, termsUrl: tab.termsURL)
    }
}

extension SettingsFile.Program {
    fileprivate init(_ tab: ProgramSettings) {
        self.init(
            paused: tab.paused, pauseReason: tab.pauseReason, hideBarWhenPaused: tab.hideBarWhenPaused,
            gamificationEnabled: tab.gamificationEnabled, campaignsEnabled: tab.campaignsEnabled,
            outboundEnabled: tab.outboundEnabled, posDiscountEnabled: tab.posDiscountEnabled,
            alpinePolicy: tab.alpinePolicy, discrepancyPercent: tab.discrepancyPercent, lagHours: tab.lagHours,
            syncEveryMinutes: tab.syncEveryMinutes, adjustLimit: tab.adjustLimit)
    }
}
