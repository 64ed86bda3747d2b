/// A picture of a discount program. contract.md, "Settings forms".
public enum ProgramIcon: String, Codable, CaseIterable, Sendable {
    case shield
    case graduationCap = "graduation-cap"
    case star
    case heart
    case users
    case tag
}

/// A discount for a group of customers, shown on the menu.
public struct DiscountProgram: Equatable, Codable, Sendable {
    /// Stays the same through edits.
    public var id: ProgramID
    /// Whether the bar shows it.
    public var isEnabled: Bool
    /// 1 to 60 characters.
    public var name: String
    /// At most 160 characters.
    public var description: String
    /// Its picture.
    public var icon: ProgramIcon

    /// Makes a program.
    public init(id: ProgramID, isEnabled: Bool, name: String, description: String, icon: ProgramIcon) {
        self.id = id
        self.isEnabled = isEnabled
        self.name = name
        self.description = description
        self.icon = icon
    }
}

/// The Menu Display tab. rules.md, "Public bar".
public struct MenuDisplaySettings: SettingsTabValue {
    public static let tab = SettingsTab.menuDisplay

    /// Whether the loyalty line is shown.
    public var showBar = true
    /// The tenant's own tagline; empty: one is made from the rate.
    public var loyaltyTagline = ""
    /// Whether discount programs are shown.
    public var showDiscountPrograms = true
    /// Whether the delivery line is shown.
    public var showDeliveryInfo = false
    /// Smallest order that is delivered; nil: not shown.
    public var deliveryMinimum: Cents?
    /// Price of a delivery; nil: not shown.
    public var deliveryFee: Cents?
    /// How far, in tenths of a mile; nil: not shown.
    public var deliveryRadiusTenths: Int64?
    /// Whether the drive-thru line is shown.
    public var showDriveThru = false
    /// When the drive-thru is open, in the owner's words.
    public var driveThruHours = ""
    /// The pickup line; empty: not shown.
    public var pickupText = ""
    /// Whether tiers and their benefits are shown.
    public var showTiers = false
    /// Whether the redemption offers are shown.
    public var showRedemptions = true
    /// Accent of the bar, `#rrggbb`.
    public var primaryColor = "#1d6b45"
    /// In the owner's order.
    public var programs: [DiscountProgram]

    /// The defaults with the given programs.
    public init(programs: [DiscountProgram]) { self.programs = programs }

    /// At most this many programs.
    public static let countMax = 20

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.requireText(loyaltyTagline, "loyalty_tagline", 0...140)
        list.requireText(driveThruHours, "drive_thru_hours", 0...80)
        list.requireText(pickupText, "pickup_text", 0...120)
        for (field, amount) in [("delivery_minimum", deliveryMinimum), ("delivery_fee", deliveryFee)] {
            if let amount {
                list.require((0...1_000_000).contains(amount.rawValue), field, "Enter dollars from 0 to 10000.")
            }
        }
        if let deliveryRadiusTenths {
            list.require((1...5_000).contains(deliveryRadiusTenths), "delivery_radius", "Enter miles from 0.1 to 500.")
        }
        list.require(isColor(primaryColor), "primary_color", "Choose a color as #rrggbb.")
        list.require(programs.count <= Self.countMax, "program", "At most \(Self.countMax) discount programs.")
        var names: Set<String> = []
        for (index, program) in programs.enumerated() {
            list.requireText(program.name, "program[\(index)][name]", 1...60)
            list.require(
                names.insert(program.name.lowercased()).inserted, "program[\(index)][name]",
                "Another program has this name already.")
            list.requireText(program.description, "program[\(index)][description]", 0...160)
        }
        return list.problems
    }
}
