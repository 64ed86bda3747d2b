import Foundation
import LoyaltyRules
import LoyaltyStore

extension SettingsFile {
    /// Reads a file whole: a name it does not know, a missing one, a value of the wrong kind are refused.
    init(json: [UInt8]) throws {
        let data = Data(json)
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw SettingsFileProblems(list: [DecodingWords.of(error)])
        }
        let unknown = UnknownNames.paths(in: data, beside: try JSONEncoder().encode(complete))
        guard unknown.isEmpty else {
            throw SettingsFileProblems(list: unknown.map { "\($0): there is no such setting." })
        }
    }

    /// The same with every name that may be there, so that it shows which ones are known.
    private var complete: SettingsFile {
        var file = self
        let number = ExactNumber(0, places: 0)
        file.equityMultiplier = number
        file.earnFrom = Day(daysSince1970: 0)
        file.menuDisplay.deliveryMinimum = number
        file.menuDisplay.deliveryFee = number
        file.menuDisplay.deliveryRadius = number
        file.tiers = tiers.map { item in with(item) { $0.id = TierID(rawValue: 1) } }
        file.redemptionTiers = redemptionTiers.map { item in with(item) { $0.id = RewardID(rawValue: 1) } }
        file.discountPrograms = discountPrograms.map { item in with(item) { $0.id = ProgramID(rawValue: 1) } }
        return file
    }

    /// The settings of the file in place of `present`, checked tab by tab.
    func settings(replacing present: Settings) throws -> Settings {
        var settings = present
        settings.points.pointsPerDollar = try pointsPerDollar.thousandths(at: "pointsPerDollar")
        if let equityMultiplier {
            settings.points.equityMultiplier = try equityMultiplier.thousandths(at: "equityMultiplier")
        }
        settings.points.rounding = rounding
        settings.points.earnOn = earnOn
        settings.points.earnFrom = earnFrom
        settings.tiers = try tierSettings()
        settings.segments = try segmentSettings()
        settings.redemptions = try redemptionSettings()
        settings.menuDisplay = try menuDisplaySettings()
        settings.business = businessSettings()
        settings.program = programSettings()
        let problems = settings.tabs.flatMap(\.problems)
        guard problems.isEmpty else {
            throw SettingsFileProblems(list: problems.map { "\($0.field): \($0.message)" })
        }
        return settings
    }

    private func tierSettings() throws -> TierSettings {
        TierSettings(
            tiers: try tiers.enumerated().map { index, item in
                Tier(
                    id: item.id ?? .make(), name: item.name,
                    threshold: try item.threshold.cents(at: "tiers[\(index)].threshold"), color: item.color,
                    earnMultiplier: try item.earnMultiplier.thousandths(at: "tiers[\(index)].earnMultiplier"),
                    benefits: item.benefits)
            }, qualifyingWindow: tierRules.qualifyingWindow, demotionEnabled: tierRules.demotionEnabled,
            demotionInactiveDays: tierRules.demotionInactiveDays)
    }

    private func segmentSettings() throws -> SegmentSettings {
        var tab = SegmentSettings()
        tab.loyalMinOrders = segments.loyalMinOrders
        tab.vipMinLifetimeValue = try segments.vipMinLifetimeValue.cents(at: "segments.vipMinLifetimeValue")
        tab.vipMinOrders = segments.vipMinOrders
        tab.vipMinAverageBasket = try segments.vipMinAverageBasket.cents(at: "segments.vipMinAverageBasket")
        tab.highValueMinAverageBasket = try segments.highValueMinAverageBasket.cents(
            at: "segments.highValueMinAverageBasket")
        tab.highValueMaxOrders = segments.highValueMaxOrders
        tab.frequentMinOrders = segments.frequentMinOrders
        tab.frequentMaxAverageBasket = try segments.frequentMaxAverageBasket.cents(
            at: "segments.frequentMaxAverageBasket")
        tab.slippingMinDays = segments.slippingMinDays
        tab.atRiskMinDays = segments.atRiskMinDays
        tab.churnedMinDays = segments.churnedMinDays
        tab.newMaxDays = segments.newMaxDays
        return tab
    }

    private func redemptionSettings() throws -> RedemptionSettings {
        RedemptionSettings(
            rewards: try redemptionTiers.enumerated().map { index, item in
                Reward(
                    id: item.id ?? .make(), pointsCost: item.pointsCost,
                    value: try item.rewardValue.cents(at: "redemptionTiers[\(index)].rewardValue"),
                    description: item.description, posDiscountID: item.posDiscountId)
            }, partialRedemption: redemptionRules.partialRedemption, maxOrderPercent: redemptionRules.maxOrderPercent,
            minimumOrder: try redemptionRules.minimumOrder.cents(at: "redemptionRules.minimumOrder"),
            holdMinutes: redemptionRules.holdMinutes)
    }

    private func menuDisplaySettings() throws -> MenuDisplaySettings {
        var tab = MenuDisplaySettings(
            programs: discountPrograms.map { item in
                DiscountProgram(
                    id: item.id ?? .make(), isEnabled: item.enabled, name: item.name, description: item.description,
                    icon: item.icon)
            })
        tab.showBar = menuDisplay.showBar
        tab.loyaltyTagline = menuDisplay.loyaltyTagline
        tab.showDiscountPrograms = menuDisplay.showDiscountPrograms
        tab.showDeliveryInfo = menuDisplay.showDeliveryInfo
        tab.deliveryMinimum = try menuDisplay.deliveryMinimum?.cents(at: "menuDisplay.deliveryMinimum")
        tab.deliveryFee = try menuDisplay.deliveryFee?.cents(at: "menuDisplay.deliveryFee")
        tab.deliveryRadiusTenths = try menuDisplay.deliveryRadius?.units(places: 1, at: "menuDisplay.deliveryRadius")
        tab.showDriveThru = menuDisplay.showDriveThru
        tab.driveThruHours = menuDisplay.driveThruHours
        tab.pickupText = menuDisplay.pickupText
        tab.showTiers = menuDisplay.showTiers
        tab.showRedemptions = menuDisplay.showRedemptions
        tab.primaryColor = menuDisplay.primaryColor
        return tab
    }

    private func businessSettings() -> BusinessSettings {
        var tab = BusinessSettings(name: business.name, timeZone: business.timeZone)
        tab.dispensaryType = business.dispensaryType
        tab.licenseNumber = business.licenseNumber
        tab.minimumAge = business.minimumAge
        tab.termsURL = business.termsUrl
        return tab
    }

    private func programSettings() -> ProgramSettings {
        var tab = ProgramSettings()
        tab.paused = program.paused
        tab.pauseReason = program.pauseReason
        tab.hideBarWhenPaused = program.hideBarWhenPaused
        tab.gamificationEnabled = program.gamificationEnabled
        tab.campaignsEnabled = program.campaignsEnabled
        tab.outboundEnabled = program.outboundEnabled
        tab.posDiscountEnabled = program.posDiscountEnabled
        tab.alpinePolicy = program.alpinePolicy
        tab.discrepancyPercent = program.discrepancyPercent
        tab.lagHours = program.lagHours
        tab.syncEveryMinutes = program.syncEveryMinutes
        tab.adjustLimit = program.adjustLimit
        return tab
    }
}

extension Settings {
    /// Every tab, in the order of the pages.
    var tabs: [any SettingsTabValue] { [points, tiers, segments, redemptions, menuDisplay, business, program] }
}

private func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
    var value = value
    change(&value)
    return value
}
