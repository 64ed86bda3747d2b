import LoyaltyRules

/// What a shop's menu shows of its program: rules.md, "Public bar". Made from settings alone, so that it can carry
/// nothing of a customer, and the equity multiplier is not in the type.
public struct BarFragment: Page {
    public static let template = "public/bar"

    public let title = "Loyalty and offers"
    let rule: BarColor
    let loyalty: Loyalty?
    let programs: [Program]
    let services: [Service]
    let tiers: [BarTier]

    /// The bar for `settings`; nil when there is nothing to show.
    public init?(_ settings: Settings) {
        let menu = settings.menuDisplay
        let isPaused = settings.program.paused
        guard menu.showBar || menu.showDeliveryInfo, !(isPaused && settings.program.hideBarWhenPaused) else {
            return nil
        }
        let rule = BarColor(menu.primaryColor)
        self.rule = rule
        loyalty = menu.showBar ? Loyalty(settings, color: rule) : nil
        programs =
            menu.showDiscountPrograms
            ? menu.programs.filter(\.isEnabled).map { Program($0, color: rule) } : []
        services = Service.all(menu, color: rule)
        tiers = menu.showBar && menu.showTiers && !isPaused ? settings.tiers.tiers.map(BarTier.init) : []
        hasPrograms = !programs.isEmpty
        hasServices = !services.isEmpty
        hasTiers = !tiers.isEmpty
    }

    private let hasPrograms: Bool
    private let hasServices: Bool
    private let hasTiers: Bool

    /// The first line: the tagline with the offers, or that the program is paused.
    struct Loyalty: Sendable {
        let tagline: String
        let icon: BarIcon
        let offers: [Offer]
        let hasOffers: Bool

        init(_ settings: Settings, color: BarColor) {
            let menu = settings.menuDisplay
            icon = BarIcon(.tagline, on: color)
            if settings.program.paused {
                tagline = "The loyalty program is paused. Points are kept."
                offers = []
            } else {
                tagline = menu.loyaltyTagline.isEmpty ? settings.points.defaultTagline : menu.loyaltyTagline
                offers = menu.showRedemptions ? settings.redemptions.rewards.map { Offer(offer: $0.offer) } : []
            }
            hasOffers = !offers.isEmpty
        }
    }

    /// `100 pts = $5 off`.
    struct Offer: Sendable {
        let offer: String
    }

    /// A discount for a group of customers.
    struct Program: Sendable {
        let name: String
        let about: String?
        let icon: BarIcon

        init(_ program: DiscountProgram, color: BarColor) {
            name = program.name
            about = program.description.isEmpty ? nil : program.description
            icon = BarIcon(BarGlyph(program.icon), on: color)
        }
    }

    /// Delivery, drive-thru or pickup.
    struct Service: Sendable {
        let label: String
        let detail: String
        let icon: BarIcon

        static func all(_ menu: MenuDisplaySettings, color: BarColor) -> [Service] {
            var services: [Service] = []
            if menu.showDeliveryInfo {
                services.append(
                    Service(
                        label: "Delivery", detail: menu.deliveryLine ?? "available", icon: BarIcon(.truck, on: color)))
            }
            if menu.showDriveThru {
                let hours = menu.driveThruHours.isEmpty ? "open" : menu.driveThruHours
                services.append(Service(label: "Drive-thru", detail: hours, icon: BarIcon(.car, on: color)))
            }
            if !menu.pickupText.isEmpty {
                services.append(Service(label: "Pickup", detail: menu.pickupText, icon: BarIcon(.bag, on: color)))
            }
            return services
        }
    }

    /// A tier with what it brings.
    struct BarTier: Sendable {
        let tierName: String
        let start: String
        let dot: BarColor
        let benefits: [String]

        init(_ tier: Tier) {
            tierName = tier.name
            start = tier.threshold == .zero ? "from the first visit" : "from \(tier.threshold.formatted(short: true))"
            dot = BarColor(tier.color)
            benefits = tier.shownBenefits
        }
    }

    public static let samples: [BarFragment] = [Settings.barSample(full: true), .barSample(full: false)]
        .compactMap(BarFragment.init)
}

/// A colour and the text that keeps its contrast on it, as SVG attributes carry them: no style is needed.
struct BarColor: Sendable {
    let fill: String
    let ink: String

    /// Anything that is not `#rrggbb` becomes black: settings refuse it, and a row from elsewhere cannot inject.
    init(_ color: String) {
        fill = isColor(color) ? color : "#000000"
        ink = textColor(on: fill)
    }
}

extension Settings {
    /// Settings that show everything the bar has, or a paused program with a line of delivery.
    static func barSample(full: Bool) -> Settings {
        var settings = Settings.defaults(name: "Juniper & Main", timeZone: "America/New_York")
        settings.menuDisplay.showDeliveryInfo = true
        guard full else {
            settings.program.paused = true
            settings.program.hideBarWhenPaused = false
            return settings
        }
        settings.menuDisplay.deliveryMinimum = 50_00
        settings.menuDisplay.deliveryFee = 10_00
        settings.menuDisplay.deliveryRadiusTenths = 200
        settings.menuDisplay.showDriveThru = true
        settings.menuDisplay.driveThruHours = "Mon–Sat 9 am – 9 pm"
        settings.menuDisplay.pickupText = "Ready in 15 minutes"
        settings.menuDisplay.showTiers = true
        for index in settings.menuDisplay.programs.indices { settings.menuDisplay.programs[index].isEnabled = true }
        return settings
    }
}
