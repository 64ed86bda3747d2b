import LoyaltyRules

/// A tenant's settings as JSON: the names and shapes of the public answers (docs/contract.md, "Public"), and beside
/// them what those leave out. Dollars, rates and miles are exact decimal numbers.
struct SettingsFile: Codable, Equatable {
    var pointsPerDollar: ExactNumber
    /// Only what `settings show` prints has it; left out of a file, it stays as it is.
    var equityMultiplier: ExactNumber?
    var rounding: Rounding
    var earnOn: EarnBase
    var earnFrom: Day?
    var tiers: [TierItem]
    var tierRules: TierRules
    var segments: SegmentThresholds
    var redemptionTiers: [RewardItem]
    var redemptionRules: RedemptionRules
    var menuDisplay: MenuDisplay
    var discountPrograms: [ProgramItem]
    var business: Business
    var program: Program

    /// A tier; without an id a new one is made.
    struct TierItem: Codable, Equatable {
        var id: TierID?
        var name: String
        var threshold: ExactNumber
        var color: String
        var earnMultiplier: ExactNumber
        var benefits: [String]
    }

    struct TierRules: Codable, Equatable {
        var qualifyingWindow: QualifyingWindow
        var demotionEnabled: Bool
        var demotionInactiveDays: Int64
    }

    struct SegmentThresholds: Codable, Equatable {
        var loyalMinOrders: Int64
        var vipMinLifetimeValue: ExactNumber
        var vipMinOrders: Int64
        var vipMinAverageBasket: ExactNumber
        var highValueMinAverageBasket: ExactNumber
        var highValueMaxOrders: Int64
        var frequentMinOrders: Int64
        var frequentMaxAverageBasket: ExactNumber
        var slippingMinDays: Int64
        var atRiskMinDays: Int64
        var churnedMinDays: Int64
        var newMaxDays: Int64
    }

    /// A reward; without an id a new one is made.
    struct RewardItem: Codable, Equatable {
        var id: RewardID?
        var pointsCost: Int64
        var rewardValue: ExactNumber
        var description: String
        var posDiscountId: String
    }

    struct RedemptionRules: Codable, Equatable {
        var partialRedemption: Bool
        var maxOrderPercent: Int64
        var minimumOrder: ExactNumber
        var holdMinutes: Int64
    }

    struct MenuDisplay: Codable, Equatable {
        var showBar: Bool
        var loyaltyTagline: String
        var showDiscountPrograms: Bool
        var showDeliveryInfo: Bool
        var deliveryMinimum: ExactNumber?
        var deliveryFee: ExactNumber?
        var deliveryRadius: ExactNumber?
        var showDriveThru: Bool
        var driveThruHours: String
        var pickupText: String
        var showTiers: Bool
        var showRedemptions: Bool
        var primaryColor: String
    }

    /// A discount program; without an id a new one is made.
    struct ProgramItem: Codable, Equatable {
        var id: ProgramID?
        var enabled: Bool
        var name: String
        var description: String
        var icon: ProgramIcon
    }

    struct Business: Codable, Equatable {
        var name: String
        var timeZone: String
        var dispensaryType: DispensaryType
        var licenseNumber: String
        var minimumAge: Int64
        var termsUrl: String
    }

    struct Program: Codable, Equatable {
        var paused: Bool
        var pauseReason: String
        var hideBarWhenPaused: Bool
        var gamificationEnabled: Bool
        var campaignsEnabled: Bool
        var outboundEnabled: Bool
        var posDiscountEnabled: Bool
        var alpinePolicy: AlpinePolicy
        var discrepancyPercent: Int64
        var lagHours: Int64
        var syncEveryMinutes: Int64
        var adjustLimit: Int64
    }
}
